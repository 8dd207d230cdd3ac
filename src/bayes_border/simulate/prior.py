"""Which parameters does a model hold possible before it has seen the outcome?

Draws from the joint prior, barrier included: a whole joint draw, scales too, is kept with probability
given by the barrier (`spec.model.Barrier`) over the reference rows, so that the kept draws are
exactly those of the density that the sampler is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from bayes_border.design import Design
from bayes_border.errors import UsageError
from bayes_border.simulate.reduced_form import reduced_form
from bayes_border.spec.model import Intercept, ModelSpec, Pooling, Regimes
from bayes_border.vocabulary import Window

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
    kept, proposed, found = [], 0, 0
    size = min(_PROPOSALS_A_DRAW * draws, _BATCH)
    while found < draws:
        if proposed >= _MAX_PROPOSED:
            message = f"the barrier of {spec.name} kept {found} of {proposed} prior draws: choose tighter gamma priors"
            raise UsageError(message)
        batch = _propose(spec, design, _Normals(rng, size))
        inside = rng.random(size) < np.exp(_log_barrier(spec, design, batch))
        kept.append(batch.isel(draw=inside))
        proposed, found = proposed + size, found + int(inside.sum())
        size = min(2 * size, _BATCH)
    joined = xr.concat(kept, "draw").isel(draw=slice(draws))
    return joined.assign_coords(draw=np.arange(draws)).assign_attrs(acceptance=found / proposed)


def _log_barrier(spec: ModelSpec, design: Design, parameters: xr.Dataset) -> np.ndarray:
    if spec.barrier is None or not spec.structure.interactions:
        return np.zeros(parameters.sizes["draw"])
    m = reduced_form(parameters, design).m.isel(row=np.flatnonzero(design.data["reference"].values))
    beyond = (m - spec.barrier.location).clip(max=0.0) / spec.barrier.width
    log_factor: xr.DataArray = -0.5 * (beyond**2).sum("row")
    return np.asarray(log_factor.values)


def _propose(spec: ModelSpec, design: Design, normal: _Normals) -> xr.Dataset:
    scaled = xr.merge([_slopes(spec, design, normal), _effects(spec, design, normal), _errors(spec, design, normal)])
    return _with_break(_in_paper_units(scaled, design))


@dataclass(frozen=True)
class _Normals:
    """A batch of normal draws, labelled; every array has the leading dim `draw`."""

    rng: np.random.Generator
    size: int

    def __call__(self, scale: float | xr.DataArray, **labels: Sequence[str] | Sequence[int]) -> xr.DataArray:
        shape = [self.size, *(len(values) for values in labels.values())]
        coords = {dim: list(values) for dim, values in labels.items()}
        return xr.DataArray(self.rng.standard_normal(shape), coords, dims=("draw", *labels)) * scale

    def half(self, scale: float) -> xr.DataArray:
        return abs(self(scale))


def _regimes(spec: ModelSpec) -> list[str]:
    single = spec.structure.regimes is Regimes.SINGLE
    return [str(Window.FULL)] if single else [str(Window.PRE), str(Window.POST)]


def _slopes(spec: ModelSpec, design: Design, normal: _Normals) -> xr.Dataset:
    out = {}
    families = [("beta", spec.priors.beta, spec.priors.omega_beta)]
    if spec.structure.interactions:
        families.append(("gamma", spec.priors.gamma, spec.priors.omega_gamma))
    for name, scale, omega_scale in families:
        if spec.structure.regimes is Regimes.SINGLE or spec.structure.pooling is Pooling.NONE:
            out[name] = normal(scale, regime=_regimes(spec), regressor=design.terms)
            continue
        out[f"omega_{name}"] = omega = normal.half(omega_scale)
        centre, gap = normal(scale, regressor=design.terms), normal(omega, regressor=design.terms)
        side = xr.DataArray([-0.5, 0.5], dims="regime", coords={"regime": _regimes(spec)})
        out[name] = (centre + side * gap).transpose("draw", "regime", "regressor")
    return xr.Dataset(out)


def _effects(spec: ModelSpec, design: Design, normal: _Normals) -> xr.Dataset:
    structure, prior, out = spec.structure, spec.priors, {}
    if structure.intercept is Intercept.BY_REGIME:
        out["intercept"] = normal(prior.intercept, regime=_regimes(spec))
    elif structure.intercept is Intercept.COMMON:
        out["intercept"] = normal(prior.intercept).expand_dims(regime=_regimes(spec))
    if structure.province_effects:
        out["sigma_alpha"] = normal.half(prior.sigma_alpha)
        out["alpha"] = normal(out["sigma_alpha"], province=design.provinces)
    if structure.year_shocks:
        out["sigma_tau"] = normal.half(prior.sigma_tau)
        out["tau"] = normal(out["sigma_tau"], year=design.years)
    return xr.Dataset(out)


def _errors(spec: ModelSpec, design: Design, normal: _Normals) -> xr.Dataset:
    sigma = spec.priors.sigma_median * np.exp(normal(spec.priors.sigma_log_sd, regime=_regimes(spec)))
    if not spec.structure.skedastic:
        return xr.Dataset({"sigma": sigma})
    return xr.Dataset({"sigma": sigma, "kappa": normal(spec.priors.kappa, regressor=design.terms)})


def _in_paper_units(scaled: xr.Dataset, design: Design) -> xr.Dataset:
    slopes = [name for name in ("beta", "gamma", "kappa") if name in scaled]
    return scaled.assign({name: design.to_paper_units(scaled[name]) for name in slopes})


def _with_break(parameters: xr.Dataset) -> xr.Dataset:
    """Add the break contrasts delta = post - pre where both regimes are there."""
    if parameters.sizes["regime"] == 1:
        return parameters
    contrasts = {}
    for name in ("beta", "gamma"):
        if name in parameters:
            pre, post = (parameters[name].sel(regime=str(w), drop=True) for w in (Window.PRE, Window.POST))
            contrasts[f"delta_{name}"] = post - pre
    return parameters.assign(contrasts)
