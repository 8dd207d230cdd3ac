"""What do our own models find on many outcomes, the regressors being the real ones?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import xarray as xr

from bayes_border import criteria
from bayes_border.bayes.convergence import diagnose
from bayes_border.bayes.fit import sample
from bayes_border.checks.estimator import RHAT
from bayes_border.checks.simulations import Arrays, stream
from bayes_border.design import Design
from bayes_border.errors import UsageError
from bayes_border.simulate.quantities import regimes_of
from bayes_border.spec.digest import model_digest
from bayes_border.spec.model import ModelSpec
from bayes_border.spec.sampling import SamplerSettings
from bayes_border.vocabulary import Window

_TAIL = (1.0 - criteria.INTERVAL_LEVEL) / 2.0


@dataclass(frozen=True)
class ModelEstimator:
    """A model of the family, one fit an outcome, with one core a fit: an executor runs several at once.

    `estimate` is the posterior mean, `se` the posterior sd, `lower` and `upper` the equal-tailed
    interval; `converged` is 1 for a fit that passed the gate and 0 for one that did not, `rhat` the worst
    R-hat, in each of its windows and terms. Those that did not pass stay in: to leave them out would choose
    among the panels.
    """

    spec: ModelSpec
    design: Design
    sampler: SamplerSettings
    seed: int
    tests: tuple[str, ...] = ("converged", RHAT)
    #: A fit takes a second or so: little is lost with a batch, and files stay few.
    batch: int = 4

    def __post_init__(self) -> None:
        """Refuse a model without interactions: there is nothing to find there."""
        if not self.spec.structure.interactions:
            message = f"{self.spec.name} has no interactions, so a placebo of it has nothing to find"
            raise UsageError(message)

    @property
    def name(self) -> str:
        """Return the model's name."""
        return self.spec.name

    @property
    def groups(self) -> tuple[tuple[Window, ...], ...]:
        """Return the model's windows, which one fit serves."""
        return (regimes_of(self.spec),)

    def settings(self) -> Mapping[str, object]:
        """Return the model's digest and the sampler's settings."""
        return {"model_digest": model_digest(self.spec), "sampler_seed": self.seed, **asdict(self.sampler)}

    def estimate(self, outcomes: np.ndarray, windows: tuple[Window, ...], numbers: Sequence[int]) -> Arrays:
        """Return the summary of one fit an outcome."""
        del windows  # the model's own, all of them
        fits = [self._fit(y, number) for y, number in zip(outcomes, numbers, strict=True)]
        return {name: np.stack([fit[name] for fit in fits]) for name in fits[0]}

    def _fit(self, y: np.ndarray, number: int) -> dict[str, np.ndarray]:
        # A branch of the panel's own stream, so that outcome and sampler share no random number.
        seed = int(stream(self.seed, number, 1).generate_state(1)[0])
        posterior, stats = sample(self.spec, self.design.with_outcome(y), settings=self.sampler, seed=seed, cores=1)
        found = _summary(posterior)
        diagnosis, shape = diagnose(posterior, stats), found["estimate"].shape
        return {
            **found,
            "converged": np.full(shape, float(diagnosis.passed)),
            RHAT: np.full(shape, diagnosis.rhat_max),
        }


def _summary(posterior: xr.Dataset) -> dict[str, np.ndarray]:
    """Return mean, sd and interval of beta, then gamma, shape `(regime, term)`."""
    families = [posterior[name].transpose("chain", "draw", "regime", "regressor").values for name in ("beta", "gamma")]
    draws = np.concatenate(families, axis=-1)
    draws = draws.reshape(-1, *draws.shape[2:])
    lower, upper = np.quantile(draws, [_TAIL, 1.0 - _TAIL], axis=0)
    return {"estimate": draws.mean(axis=0), "se": draws.std(axis=0, ddof=1), "lower": lower, "upper": upper}
