"""Which parameters does a model hold possible before it has seen the outcome?

Draws from the joint prior, barrier included: a whole joint draw, scales too, is kept with probability
given by the barrier (`spec.model.Barrier`) over the reference rows, so that the kept draws are
exactly those of the density that the sampler is given.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from bayes_border.design import Design
from bayes_border.errors import UsageError
from bayes_border.simulate.quantities import Quantities, labelled, regimes_of
from bayes_border.simulate.reduced_form import slopes_of_rows
from bayes_border.spec.model import Intercept, ModelSpec, Pooling, Regimes

#: Proposals made at once: for each draw that is wanted some more than the flagship's barrier needs, up to a limit.
_PROPOSALS_A_DRAW = 32
_BATCH = 2000
_MAX_PROPOSED = 500 * _BATCH


def draw_prior(spec: ModelSpec, design: Design, *, draws: int, rng: np.random.Generator) -> xr.Dataset:
    """Return `draws` joint prior draws in the paper's units, dim `draw`.

    Variables are those of a posterior (see `bayes.parameters`). The attribute `acceptance` is the
    share of proposals that the barrier kept.

    Raises
    ------
    UsageError
        If the barrier rejects nearly everything.
    """
    kept: list[Quantities] = []
    proposed, found = 0, 0
    size = min(_PROPOSALS_A_DRAW * draws, _BATCH)
    while found < draws:
        if proposed >= _MAX_PROPOSED:
            message = f"the barrier of {spec.name} kept {found} of {proposed} prior draws: choose tighter gamma priors"
            raise UsageError(message)
        batch = _propose(spec, design, _Normals(rng, size))
        inside = rng.random(size) < np.exp(_log_barrier(spec, design, batch))
        kept.append({name: values[inside] for name, values in batch.items()})
        proposed, found = proposed + size, found + int(inside.sum())
        size = min(2 * size, _BATCH)
    joined = {name: np.concatenate([each[name] for each in kept])[:draws] for name in kept[0]}
    named = labelled(joined, ("draw",), spec, design, years=design.years)
    named.attrs["acceptance"] = found / proposed
    return named


def _log_barrier(spec: ModelSpec, design: Design, drawn: Quantities) -> np.ndarray:
    """Return the logarithm of the barrier's factor, `(draw,)`."""
    if spec.barrier is None or not spec.structure.interactions:
        return np.zeros(len(drawn["sigma"]))
    gamma, rows = drawn["gamma"], design.data.variables
    index = rows["regime_index"].values
    single = spec.structure.regimes is Regimes.SINGLE
    m = 1.0 - slopes_of_rows(gamma, np.zeros_like(index) if single else index, design)
    beyond = np.minimum(m[:, rows["reference"].values] - spec.barrier.location, 0.0) / spec.barrier.width
    return np.asarray(-0.5 * (beyond**2).sum(axis=1))


def _propose(spec: ModelSpec, design: Design, normal: _Normals) -> Quantities:
    prior = spec.priors
    slopes = _slopes("beta", (prior.beta, prior.omega_beta), spec, design, normal)
    if spec.structure.interactions:
        slopes |= _slopes("gamma", (prior.gamma, prior.omega_gamma), spec, design, normal)
    return {**slopes, **_effects(spec, design, normal), **_errors(spec, design, normal)}


@dataclass(frozen=True)
class _Normals:
    """A batch of normal draws; every array has the leading dim `draw`."""

    rng: np.random.Generator
    size: int

    def __call__(self, scale: float | np.ndarray, *sizes: int) -> np.ndarray:
        """Return draws `(draw, *sizes)`; the scale is one number, or one a draw."""
        by_draw = np.reshape(scale, (-1, *(1 for _ in sizes)))
        return np.asarray(self.rng.standard_normal((self.size, *sizes)) * by_draw)

    def half(self, scale: float) -> np.ndarray:
        return np.abs(self(scale))


def _slopes(name: str, scales: tuple[float, float], spec: ModelSpec, design: Design, normal: _Normals) -> Quantities:
    """Return a coefficient in each regime, in the paper's units, and its break; scales of the mean and of the break."""
    scale, omega_scale = scales
    regimes, terms = len(regimes_of(spec)), len(design.terms)
    if spec.structure.regimes is Regimes.SINGLE:
        return {name: normal(scale, regimes, terms) / design.scale}
    pooled: Quantities = {}
    if spec.structure.pooling is Pooling.NONE:
        per_sd = normal(scale, regimes, terms)
    else:
        pooled[f"omega_{name}"] = omega = normal.half(omega_scale)
        centre, gap = normal(scale, terms), normal(omega, terms)
        per_sd = np.stack([centre - 0.5 * gap, centre + 0.5 * gap], axis=1)
    slopes = per_sd / design.scale
    return {**pooled, name: slopes, f"delta_{name}": slopes[:, 1] - slopes[:, 0]}


def _effects(spec: ModelSpec, design: Design, normal: _Normals) -> Quantities:
    structure, prior, out = spec.structure, spec.priors, {}
    if structure.intercept is Intercept.BY_REGIME:
        out["intercept"] = normal(prior.intercept, len(regimes_of(spec)))
    elif structure.intercept is Intercept.COMMON:
        out["intercept"] = np.repeat(normal(prior.intercept, 1), len(regimes_of(spec)), axis=1)
    if structure.province_effects:
        out["sigma_alpha"] = normal.half(prior.sigma_alpha)
        out["alpha"] = normal(out["sigma_alpha"], len(design.provinces))
    if structure.year_shocks:
        out["sigma_tau"] = normal.half(prior.sigma_tau)
        out["tau"] = normal(out["sigma_tau"], len(design.years))
    return out


def _errors(spec: ModelSpec, design: Design, normal: _Normals) -> Quantities:
    sigma = spec.priors.sigma_median * np.exp(normal(spec.priors.sigma_log_sd, len(regimes_of(spec))))
    if not spec.structure.skedastic:
        return {"sigma": sigma}
    return {"sigma": sigma, "kappa": normal(spec.priors.kappa, len(design.terms)) / design.scale}
