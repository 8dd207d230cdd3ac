"""What do our own models find on panels that have no interactions?"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Executor

import numpy as np
import xarray as xr

from bayes_border import criteria
from bayes_border.bayes.convergence import diagnose
from bayes_border.bayes.engine import engine_for, shape_of
from bayes_border.bayes.fit import sample
from bayes_border.bayes.parameters import regimes_of
from bayes_border.checks.placebo import ManyEstimator
from bayes_border.design import Design
from bayes_border.spec.model import ModelSpec
from bayes_border.spec.sampling import SamplerSettings
from bayes_border.vocabulary import interaction

type Progress = Callable[[Iterable[xr.Dataset]], Iterable[xr.Dataset]]

_TAIL = (1.0 - criteria.INTERVAL_LEVEL) / 2.0


def model_estimator(
    spec: ModelSpec, *, settings: SamplerSettings, seed: int, executor: Executor, progress: Progress = iter
) -> ManyEstimator:
    """Return a model as a function of design and outcomes, one fit an outcome.

    Its `estimate` is the posterior mean, `se` the posterior sd, `lower` and `upper` the equal-tailed
    interval; `converged` `(simulation)` says which fits passed the gate. Those that did not stay in:
    to leave them out would choose among the panels.
    """

    def estimate(design: Design, outcomes: np.ndarray) -> xr.Dataset:
        def one(k: int) -> xr.Dataset:
            # One core a fit: the executor runs several at once.
            panel = design.with_outcome(outcomes[k])
            posterior, stats = sample(spec, panel, settings=settings, seed=seed + k, cores=1)
            return _summary(spec, posterior).assign(converged=diagnose(posterior, stats).passed)

        # Compiled before any thread starts: threads that find nothing would each compile it.
        engine_for(shape_of(design))
        fits = list(progress(executor.map(one, range(len(outcomes)))))
        return xr.concat(fits, "simulation").assign_coords(simulation=np.arange(len(outcomes)))

    return estimate


def _summary(spec: ModelSpec, posterior: xr.Dataset) -> xr.Dataset:
    beta, gamma = posterior["beta"], posterior["gamma"]
    terms = [str(term) for term in beta["regressor"].values]
    both = xr.concat(
        [beta.rename(regressor="term"), gamma.rename(regressor="term").assign_coords(term=[*map(interaction, terms)])],
        "term",
    ).rename(regime="window")
    draws = both.assign_coords(window=[str(window) for window in regimes_of(spec)])
    ends = draws.quantile([_TAIL, 1.0 - _TAIL], ("chain", "draw"))
    return xr.Dataset(
        {
            "estimate": draws.mean(("chain", "draw")),
            "se": draws.std(("chain", "draw"), ddof=1),
            "lower": ends.isel(quantile=0, drop=True),
            "upper": ends.isel(quantile=1, drop=True),
        }
    )
