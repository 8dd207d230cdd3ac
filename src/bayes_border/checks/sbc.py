"""Does a model's inference find truths that are drawn from its own prior, or from its posterior?

Simulation-based calibration: truths from the joint prior, barrier included, outcomes from the reduced form, and
the truth's place among the posterior's draws (Talts et al. 2018; the log-likelihood among the test quantities, and
quantities that depend on the data, after Modrák et al. 2023). Around a posterior (Säilynoja et al. 2025) the truth is
one of its draws, and what is fitted sees the panel and the copy that was simulated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import xarray as xr
from arviz_stats.base import array_stats

from bayes_border import criteria
from bayes_border.bayes.effects import effects_of
from bayes_border.bayes.fit import sample
from bayes_border.bayes.pilot import Pilot
from bayes_border.checks.mixing import effective_sizes, sizes_and_rhats
from bayes_border.checks.ranks import Flat, flatten, thinned_pit
from bayes_border.checks.simulations import Arrays, Layout, draws_digest, stream
from bayes_border.design import Design
from bayes_border.errors import UsageError
from bayes_border.project import package_version, package_versions
from bayes_border.simulate.prior import draw_prior
from bayes_border.simulate.reduced_form import reduced_form, simulate
from bayes_border.spec.digest import model_digest
from bayes_border.spec.model import ModelSpec
from bayes_border.spec.sampling import SBC_SETTINGS, SamplerSettings

#: The fewest draws a chain of which effective sizes and R-hats can be told: its halves are compared.
_FEWEST_DRAWS = 4

#: Draws behind the prior variance that a contraction is a share of.
_PRIOR_DRAWS = 2000

#: Branches of a simulation's stream: truth, outcome, sampler, randomised ranks; of the first, the prior's variance too.
_TRUTH, _OUTCOME, _SAMPLER, _RANKS, _VARIANCE = range(5)

LOG_LIKELIHOOD = "log_likelihood"

#: What a run is called in its settings, by where its truths come from.
AROUND_PRIOR, AROUND_POSTERIOR = "sbc", "posterior_sbc"


class Fitter(Protocol):
    """Fits a model to a design; the default is the sampler on one core."""

    def __call__(
        self, spec: ModelSpec, design: Design, *, settings: SamplerSettings, seed: int
    ) -> tuple[xr.Dataset, xr.Dataset]:
        """Return posterior draws in the paper's units, dims `(chain, draw, ...)`, and the sampler's statistics."""


def fit_on_one_core(
    spec: ModelSpec, design: Design, *, settings: SamplerSettings, seed: int
) -> tuple[xr.Dataset, xr.Dataset]:
    """Sample with one core a fit: the executor runs several fits at once, which wastes less than split chains."""
    return sample(spec, design, settings=settings, seed=seed, cores=1, pilot=Pilot.START)


@dataclass(frozen=True)
class SbcRun:
    """A run of simulation-based calibration: `checks.simulations.Simulations`.

    Parameters
    ----------
    spec
        The model that is fitted.
    design
        The rows; their outcome counts only around a posterior.
    seed
        Root of every random stream.
    sampler
        How each fit runs.
    generator
        The model that truths and outcomes are drawn from; None is `spec`.
    around
        Posterior draws of the generator, dims `chain` and `draw`: each simulation's truth is one of them, and the fit
        sees the design's own rows and as many simulated ones. None draws truths from the prior.
    fit
        What fits the model.
    table
        Published table whose outcome the design holds.
    """

    spec: ModelSpec
    design: Design
    seed: int
    sampler: SamplerSettings = SBC_SETTINGS
    generator: ModelSpec | None = None
    around: xr.Dataset | None = None
    fit: Fitter = fit_on_one_core
    table: str = ""
    #: A fit takes a tenth of a second: little is lost with a batch, to write one takes less than a fit, files stay few.
    batch: int = 10

    def __post_init__(self) -> None:
        """Refuse a generator that is no density of the outcome, and chains too short to be judged."""
        if self.sampler.draws < _FEWEST_DRAWS:
            message = (
                f"{self.sampler.draws} draws a chain are too few to calibrate with; ask for {_FEWEST_DRAWS} or more"
            )
            raise UsageError(message)
        if not self.source.structure.jacobian:
            message = (
                f"{self.source.name} has no Jacobian: it is no density of the outcome and nothing can be drawn from "
                "it; name a generator that has one, such as coherent_break"
            )
            raise UsageError(message)

    @property
    def source(self) -> ModelSpec:
        """Return the model that truths and outcomes are drawn from."""
        return self.generator or self.spec

    @property
    def stage(self) -> str:
        """Return what is done to which model."""
        return f"{self._check.replace('_', ' ')} {self.spec.name}"

    @cached_property
    def layout(self) -> Layout:
        """Return `pit`, `sd`, `z`, `contraction` and `ess` by quantity, and each fit's diagnostics."""
        by_quantity = dict.fromkeys(("pit", "sd", "z", "contraction", "ess"), ("quantity",))
        by_fit = dict.fromkeys(("rhat_max", "divergent_share", "ebfmi_min"), ())
        return Layout({**by_quantity, **by_fit}, {"quantity": self.quantities})

    @cached_property
    def quantities(self) -> tuple[str, ...]:
        """Return the labels of the test quantities: what generator and fitted model both have."""
        truth, fitted = self._labels
        return tuple(sorted(truth & fitted))

    @property
    def only_simulated(self) -> tuple[str, ...]:
        """Return the generator's quantities that the fitted model lacks: they are not judged."""
        truth, fitted = self._labels
        return tuple(sorted(truth - fitted))

    @property
    def only_fitted(self) -> tuple[str, ...]:
        """Return the fitted model's quantities that the generator lacks: without a truth they are not judged."""
        truth, fitted = self._labels
        return tuple(sorted(fitted - truth))

    @cached_property
    def variance(self) -> np.ndarray:
        """Return each quantity's variance before the simulated data: the prior's, or the posterior's around one.

        NaN for the log-likelihood: it is a function of the data, so that before them there is none.
        """
        if self.around is None:
            rng = np.random.default_rng(stream(self.seed, 0, _VARIANCE))
            draws = draw_prior(self.source, self.design, draws=_PRIOR_DRAWS, rng=rng).expand_dims("chain")
        else:
            draws = self.around
        found = _quantities(draws, self._rows(self.design.y), ("chain", "draw")).at(self.quantities)
        return np.where(np.array(self.quantities) == LOG_LIKELIHOOD, np.nan, found.var(axis=(0, 1)))

    def count(self, asked: int) -> int:
        """Return the simulations asked for: there are as many as one likes of the prior's, fewer of a posterior's.

        Raises
        ------
        UsageError
            If the pool of truths has too few effective draws for so many (`criteria.POOL_SIZE_PER_SIMULATION`).
        """
        if self.around is not None:
            self._require_pool(asked)
        return asked

    def settings(self) -> Mapping[str, object]:
        """Return everything that the results depend on."""
        return {
            "check": self._check,
            "model": self.spec.name,
            "model_digest": model_digest(self.spec),
            "generator": self.source.name,
            "generator_digest": model_digest(self.source),
            "table": self.table,
            "outcome": str(self.design.outcome),
            "break": self.design.break_.reading,
            "panel": self.design.panel_name,
            "panel_digest": self.design.panel_digest,
            "design_digest": self.design.digest,
            "draws_digest": draws_digest(self.around),
            "seed": self.seed,
            "fit": getattr(self.fit, "__qualname__", type(self.fit).__qualname__),
            **asdict(self.sampler),
            "version": package_version(),
            **package_versions(),
        }

    def prepare(self) -> None:
        """Work out the quantities and their variances, some thousand prior draws."""
        _ = self.layout, self.variance

    def __call__(self, numbers: Sequence[int]) -> Arrays:
        """Return the results of these simulations."""
        found = [self._one(number) for number in numbers]
        return {name: np.stack([each[name] for each in found]) for name in self.layout.variables}

    def truth(self, number: int) -> xr.Dataset:
        """Return the parameters that a simulation's outcome is drawn with."""
        rng = np.random.default_rng(stream(self.seed, number, _TRUTH))
        if self.around is not None:
            each = {dim: int(rng.integers(self.around.sizes[dim])) for dim in ("chain", "draw")}
            return self.around.isel(each, drop=True)
        return draw_prior(self.source, self.design, draws=1, rng=rng).isel(draw=0, drop=True)

    @cached_property
    def _labels(self) -> tuple[frozenset[str], frozenset[str]]:
        """Return the labels of what the generator has, and of what the fitted model has."""
        # Nothing in the likelihood tells the shock of a year without an observed row from its prior.
        unspoken_of = {f"tau[{year}]" for year in set(self.design.years) - set(self.design.observed_years)}
        truth, fitted = (
            _quantities(draw_prior(spec, self.design, draws=1, rng=np.random.default_rng(0)), self.design, ("draw",))
            for spec in (self.source, self.spec)
        )
        return frozenset(truth.labels) - unspoken_of, frozenset(fitted.labels) - unspoken_of

    @cached_property
    def pool_size(self) -> tuple[float, str]:
        """Return the smallest effective size of the draws `around`, and of which quantity it is."""
        assert self.around is not None  # noqa: S101 -- of truths from the prior there is no pool
        sizes = effective_sizes(_quantities(self.around, self.design, ("chain", "draw")).at(self.quantities))
        return float(sizes.min()), self.quantities[int(sizes.argmin())]

    def _require_pool(self, simulations: int) -> None:
        least, slowest = self.pool_size
        if least < criteria.POOL_SIZE_PER_SIMULATION * simulations:
            message = (
                f"the pool of truths has {least:.0f} effective draws of {slowest}, which allows "
                f"{least // criteria.POOL_SIZE_PER_SIMULATION:.0f} of {simulations} simulations: with fewer than "
                f"{criteria.POOL_SIZE_PER_SIMULATION} a simulation its own error would read as a fault of the fits; "
                f"ask for fewer simulations, or fit {self.source.name} with more draws"
            )
            raise UsageError(message)

    @property
    def _check(self) -> str:
        return AROUND_PRIOR if self.around is None else AROUND_POSTERIOR

    def _one(self, number: int) -> dict[str, np.ndarray]:
        truth = self.truth(number)
        rng = np.random.default_rng(stream(self.seed, number, _OUTCOME))
        rows = self._rows(simulate(truth, self.design, rng).values)
        seed = int(stream(self.seed, number, _SAMPLER).generate_state(1)[0])
        posterior, stats = self.fit(self.spec, rows, settings=self.sampler, seed=seed)
        wanted = _quantities(truth, rows).at(self.quantities)
        draws = _quantities(posterior, rows, ("chain", "draw")).at(self.quantities)
        (sizes, rhats), sd = sizes_and_rhats(draws), draws.std(axis=(0, 1))
        ebfmi = array_stats.bfmi(stats["energy"].transpose("chain", "draw").values, chain_axis=0, draw_axis=1)
        ranks = np.random.default_rng(stream(self.seed, number, _RANKS))
        with np.errstate(divide="ignore", invalid="ignore"):
            z = (draws.mean(axis=(0, 1)) - wanted) / sd
            contraction = 1.0 - sd**2 / self.variance
        return {
            "pit": thinned_pit(draws, wanted, sizes, ranks),
            "sd": sd,
            "z": z,
            "contraction": contraction,
            "ess": sizes,
            "rhat_max": rhats.max(),
            "divergent_share": stats["diverging"].values.mean(),
            "ebfmi_min": ebfmi.min(),
        }

    def _rows(self, y: np.ndarray) -> Design:
        """Return what is fitted to a simulated outcome."""
        simulated = self.design.with_outcome(y)
        return simulated if self.around is None else self.design.followed_by(simulated)


def _quantities(parameters: xr.Dataset, design: Design, sample_dims: tuple[str, ...] = ()) -> Flat:
    """Return every scalar, the break's contrasts among them, the marginal effects and the log-likelihood."""
    form = reduced_form(parameters, design)
    rows = form.log_density(design.y)[np.flatnonzero(design.observed)]
    beside = {**effects_of(parameters, design, form), LOG_LIKELIHOOD: rows.sum("row", skipna=False)}
    return flatten(parameters, sample_dims, beside)
