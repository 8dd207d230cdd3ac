"""How is a model sampled without compiling it again?"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import nutpie
import xarray as xr

from bayes_border.bayes.build import build_model
from bayes_border.bayes.density import PARAMETERS
from bayes_border.bayes.family import DataArrays
from bayes_border.bayes.shape import Shape
from bayes_border.spec.sampling import SamplerSettings

_ROWS = ("y", "weight", "x", "columns", "narrow", "wide", "regime")
_START = 0.02
#: Threads that begin together wait for the first of them, instead of compiling each for itself.
_COMPILING = threading.Lock()
_BARRIER_ROWS = ("barrier_x", "barrier_regime")


@dataclass(frozen=True)
class Engine:
    """The compiled density for panels of one shape; threads may share it, processes may not."""

    shape: Shape
    compiled: nutpie.sample.CompiledModel

    def sample(
        self, data: DataArrays, *, settings: SamplerSettings, seed: int, cores: int | None = None
    ) -> xr.DataTree:
        """Return draws of `bayes.density.PARAMETERS`, standardised, and the sampler's statistics.

        Raises
        ------
        ValueError
            If the arrays' lengths do not fit one another or the compiled shape.
        """
        check_shapes(data, self.shape)
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
        return tree


def engine_for(shape: Shape) -> Engine:
    """Return the compiled density for a shape; a process compiles each shape once (10 to 30 seconds)."""
    with _COMPILING:
        return _compile(shape)


@lru_cache(maxsize=4)
def _compile(shape: Shape) -> Engine:
    model = build_model(shape)
    # Where m is negative on some row the density has a mode of its own, small but behind log|m| = -inf,
    # so that a chain that starts there stays. Every chain starts next to gamma = 0, where m = 1; not at 0
    # itself, where an unused parameter's gradient vanishes and the sampler refuses to start.
    near_zero = dict.fromkeys(("gamma_mean", "delta_gamma"), np.full(shape.regressors, _START))
    compiled = nutpie.compile_pymc_model(
        model,
        backend="numba",
        var_names=PARAMETERS,
        initial_points=near_zero,
        jitter_rvs={variable for variable in model.free_RVs if variable.name not in near_zero},
    )
    return Engine(shape, compiled)


def check_shapes(data: DataArrays, shape: Shape) -> None:
    """Refuse arrays that nutpie would accept and fail on later: it checks names and ranks only."""
    for names in (_ROWS, _BARRIER_ROWS):
        lengths = {name: len(np.atleast_1d(data[name])) for name in names}
        if len(set(lengths.values())) != 1:
            message = f"row-indexed arrays differ in length: {lengths}"
            raise ValueError(message)
    for name in ("x", "barrier_x"):
        if np.shape(data[name])[1] != shape.regressors:
            message = f"{name} has {np.shape(data[name])[1]} regressors, compiled for {shape.regressors}"
            raise ValueError(message)
    for name, size in zip(("narrow", "wide"), shape.narrow_and_wide(shape.provinces, shape.years), strict=True):
        index = np.asarray(data[name])
        if index.size and not 0 <= index.min() <= index.max() < size:
            message = f"{name} index runs from {index.min()} to {index.max()}, compiled for {size}"
            raise ValueError(message)
