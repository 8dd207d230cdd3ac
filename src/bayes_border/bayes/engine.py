"""How is a model sampled without compiling it again?"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import nutpie
import xarray as xr

from bayes_border.bayes.build import build_collapsed
from bayes_border.bayes.family import DataArrays
from bayes_border.bayes.linear_draws import linear_draws
from bayes_border.spec.sampling import SamplerSettings

_ROWS = ("y", "weight", "contrast", "province", "year", "sigma_index", "x", "intercept_map")
_BARRIER_ROWS = ("barrier_x", "barrier_contrast")
_START = 0.02

#: A process compiles once: threads that begin together wait for the first of them.
_COMPILING = threading.Lock()


@dataclass(frozen=True)
class Engine:
    """The compiled density for panels of any size; threads may share it, processes may not."""

    regressors: int
    compiled: nutpie.sample.CompiledModel

    def sample(
        self, data: DataArrays, *, settings: SamplerSettings, seed: int, cores: int | None = None
    ) -> xr.DataTree:
        """Return draws of every standardised parameter, and the sampler's statistics.

        The sampler moves in interactions and scales alone; slopes, intercepts, effects and shocks are then
        drawn from their exact conditional distribution, so that each draw is one of the joint posterior.

        Raises
        ------
        ValueError
            If the arrays' lengths do not fit one another or the compiled shape.
        """
        check_shapes(data, self.regressors)
        tree: xr.DataTree = nutpie.sample(
            self.compiled.with_data(**data),
            draws=settings.draws,
            tune=settings.tune,
            chains=settings.chains,
            target_accept=settings.target_accept,
            seed=seed,
            cores=cores,
            save_warmup=False,
            progress_bar=False,
        )
        curved = tree["posterior"].to_dataset()
        tree["posterior"] = curved.merge(linear_draws(curved, data, np.random.default_rng([seed, 2])))
        return tree


def engine_for(regressors: int) -> Engine:
    """Return the compiled density for so many regressors; a process compiles it once (some 20 seconds)."""
    with _COMPILING:
        return _compile(regressors)


@lru_cache(maxsize=4)
def _compile(regressors: int) -> Engine:
    model = build_collapsed(regressors)
    # Where m is negative on some row the density has a mode of its own, small but behind log|m| = -inf,
    # so that a chain that starts there stays. Every chain starts next to gamma = 0, where m = 1; not at 0
    # itself, where an unused parameter's gradient vanishes and the sampler refuses to start.
    near_zero = dict.fromkeys(("gamma_mean_z", "delta_gamma_z"), np.full(regressors, _START))
    compiled = nutpie.compile_pymc_model(
        model,
        backend="numba",
        var_names=[variable.name for variable in model.free_RVs],
        initial_points=near_zero,
        jitter_rvs={variable for variable in model.free_RVs if variable.name not in near_zero},
    )
    return Engine(regressors, compiled)


def check_shapes(data: DataArrays, regressors: int) -> None:
    """Refuse arrays that nutpie would accept and fail on later: it checks names and ranks only."""
    for names in (_ROWS, _BARRIER_ROWS):
        lengths = {name: len(np.atleast_1d(data[name])) for name in names}
        if len(set(lengths.values())) != 1:
            message = f"row-indexed arrays differ in length: {lengths}"
            raise ValueError(message)
    for name in ("x", "barrier_x"):
        if np.shape(data[name])[1] != regressors:
            message = f"{name} has {np.shape(data[name])[1]} regressors, compiled for {regressors}"
            raise ValueError(message)
    for name, size in zip(("province", "year"), np.asarray(data["sizes"]), strict=True):
        index = np.asarray(data[name])
        if index.size and not 0 <= index.min() <= index.max() < size:
            message = f"{name} index runs from {index.min()} to {index.max()}, of {size} there are"
            raise ValueError(message)
