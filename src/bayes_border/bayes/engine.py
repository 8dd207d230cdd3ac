"""How is a model sampled without compiling it again?"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import nutpie
import pyarrow as pa
import xarray as xr

from bayes_border.bayes.arrays import parts, placeholders
from bayes_border.bayes.compiled import CompiledDensity
from bayes_border.bayes.density import COORDINATES, DATA, PLACES, ROWS, log_posterior, parameters_of
from bayes_border.bayes.family import DataArrays
from bayes_border.bayes.pilot import START, LinearMap, LogDensity, Pilot
from bayes_border.bayes.shape import Shape
from bayes_border.simulate.quantities import Quantities, coordinates
from bayes_border.spec.sampling import SamplerSettings

#: Doublings of a trajectory. A short chain whose step size is small would take as long as several others; kept to
#: 31 steps, where some 15 are usual, it is a valid chain still.
_DEPTH, _SHORT_DEPTH = 10, 5
#: What the sampler says of each draw, by ArviZ's names for them.
_STATISTICS = (
    "depth",
    "maxdepth_reached",
    "diverging",
    "energy",
    "energy_error",
    "index_in_trajectory",
    "logp",
    "max_energy_error",
    "mean_tree_accept",
    "n_steps",
    "step_size",
    "step_size_bar",
)
#: Threads that begin together wait for the first of them, instead of compiling each for itself.
_COMPILING = threading.Lock()
#: What the parameters at a place of the sampler's depend on, beside the linear map.
_OF_PARAMETERS = ("mean_slopes", "scales")
_DOUBLES = ctypes.POINTER(ctypes.c_double)


@dataclass(frozen=True)
class Engine:
    """The compiled density for panels of one shape; threads may share it, processes may not."""

    shape: Shape
    compiled: CompiledDensity

    def sample(
        self,
        data: DataArrays,
        *,
        settings: SamplerSettings,
        seed: int,
        cores: int | None = None,
        pilot: Pilot = Pilot.NONE,
    ) -> tuple[Quantities, xr.Dataset]:
        """Return draws of `bayes.density.PARAMETERS` and the sampler's statistics, one number a draw.

        The former are standardised, arrays `(chain, draw, ...)`.

        Parameters
        ----------
        data, settings, seed, cores
            What is sampled, and how.
        pilot
            Whether it runs in coordinates of the mode's curvature, and whether it starts there (`bayes.pilot`).

        Raises
        ------
        ValueError
            If the arrays' lengths do not fit one another or the compiled shape.
        """
        check_shapes(data, self.shape)
        linear_map = LinearMap.identity(self.shape.places)
        if pilot is not Pilot.NONE:
            linear_map = LinearMap.of(self._density(data), self.shape.places)
        compiled = self._with_data(data, linear_map)
        if pilot is Pilot.COORDINATES:
            compiled = compiled.with_starts(_started_through(linear_map, compiled.initial_point_func))
        trace = nutpie.sample(
            compiled,
            draws=settings.draws,
            tune=settings.tune,
            chains=settings.chains,
            target_accept=settings.target_accept,
            maxdepth=_SHORT_DEPTH if pilot is Pilot.START else _DEPTH,
            seed=seed,
            cores=cores,
            save_warmup=False,
            progress_bar=False,
            return_raw_trace=True,
        )
        draws, stats = trace.get_arrow_trace()
        kept = [~_numbers(each, "tuning") for each in stats]
        places = np.concatenate([*_stacked(draws, PLACES, kept).values()], axis=-1)
        return self._parameters(places, data, linear_map), _labelled(_stacked(stats, _STATISTICS, kept))

    def _density(self, data: DataArrays) -> LogDensity:
        """Return the function that the sampler calls, the log density and its derivatives at places, without a map."""
        holder = self._with_data(data, LinearMap.identity(self.shape.places))
        function = self.compiled.compiled_logp_func.ctypes

        def evaluate(places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            at = np.ascontiguousarray(places, dtype=float)
            # A place that the function fails at, and those after it, keep what stands here.
            values, derivatives = np.full(len(at), np.nan), np.full(at.shape, np.nan)
            pointers = [each.ctypes.data_as(_DOUBLES) for each in (at, derivatives, values)]
            function(at.size, *pointers, holder.user_data.ctypes.data)
            return values, derivatives

        return evaluate

    def _with_data(self, data: DataArrays, linear_map: LinearMap) -> CompiledDensity:
        return self.compiled.with_data(**data, center=linear_map.center, root=linear_map.root)

    def _parameters(self, places: np.ndarray, data: DataArrays, linear_map: LinearMap) -> Quantities:
        """Return the standardised parameters at places of the sampler's, `(chain, draw, ...)`."""
        arguments: list[Any] = [linear_map.center, linear_map.root, *(data[name] for name in _OF_PARAMETERS)]
        found = parameters_of(places.reshape((-1, places.shape[-1])), *arguments).reshape(places.shape)
        return {
            name: found[..., span].reshape((*places.shape[:2], *self.shape.parameters[name]))
            for name, span in self.shape.parameter_spans()
        }


def engine_for(shape: Shape) -> Engine:
    """Return the compiled density for a shape. A computer compiles it once, whatever the shape; a process loads it."""
    with _COMPILING:
        return _compile(shape)


@lru_cache(maxsize=4)
def _compile(shape: Shape) -> Engine:
    data = placeholders(shape)
    compiled = CompiledDensity.of(
        log_posterior, parts(shape), {name: data[name] for name in (*COORDINATES, *DATA)}, _starts(shape)
    )
    return Engine(shape, compiled)


def _starts(shape: Shape) -> Callable[[int], np.ndarray]:
    """Return where a chain starts, by its seed, as PyMC's jitter has it but for the interactions."""
    # Where m is negative on some row the density has a mode of its own, small but behind log|m| = -inf,
    # so that a chain that starts there stays. Every chain starts next to gamma = 0, where m = 1; not at 0
    # itself, where an unused parameter's gradient vanishes and the sampler refuses to start.
    interactions, others = parts(shape).values()

    def start(seed: int) -> np.ndarray:
        (own,) = np.random.SeedSequence(seed).spawn(1)
        jitter = np.random.Generator(np.random.PCG64(own)).uniform(-1.0, 1.0, others)
        return np.concatenate([np.full(interactions, START), jitter])

    return start


def _started_through(linear_map: LinearMap, starts: Callable[[int], np.ndarray]) -> Callable[[int], np.ndarray]:
    """Return, by seed, the place that a linear map takes to where a chain starts without it."""
    return lambda seed: linear_map.place_of(starts(seed))


def check_shapes(data: DataArrays, shape: Shape) -> None:
    """Refuse arrays that compiled code, which checks nothing, would read past their ends."""
    lengths = {name: np.shape(data[name])[-1] for name in ROWS}
    if len(set(lengths.values())) != 1:
        message = f"row-indexed arrays differ in length: {lengths}"
        raise ValueError(message)
    for name, lines in (("lines", shape.lines), ("reference", 2 * shape.regressors)):
        if len(data[name]) != lines:
            message = f"{name} has {len(data[name])} lines, compiled for {lines}: {shape.regressors} regressors"
            raise ValueError(message)
    for name, size in zip(("narrow", "wide"), shape.narrow_and_wide(shape.provinces, shape.years), strict=True):
        index = np.asarray(data[name])
        if index.size and not 0 <= index.min() <= index.max() < size:
            message = f"{name} index runs from {index.min()} to {index.max()}, compiled for {size}"
            raise ValueError(message)


def _stacked(batches: Sequence[Any], names: Iterable[str], kept: Sequence[np.ndarray]) -> Quantities:
    """Return columns of Arrow's record batches, one a chain, `(chain, draw, ...)`, rows that are kept.

    The sampler's own conversion labels and fills in what no loop looks at, which takes a tenth of a short fit.
    """
    return {
        name: np.stack([_numbers(batch, name)[rows] for batch, rows in zip(batches, kept, strict=True)])
        for name in names
    }


def _labelled(stats: Quantities) -> xr.Dataset:
    """Return statistics, one number a draw, with the labels of chains and draws."""
    dims, sizes = ("chain", "draw"), stats["energy"].shape
    labels = tuple((dim, tuple(range(size))) for dim, size in zip(dims, sizes, strict=True))
    return xr.Dataset({name: (dims, values) for name, values in stats.items()}, coordinates(labels))


def _numbers(batch: Any, name: str) -> np.ndarray:  # noqa: ANN401 -- Arrow's record batch, whoever made it
    """Return a column, `(row,)` or `(row, element)` where it holds lists of one length."""
    column = pa.array(batch.column(name))
    if not pa.types.is_large_list(column.type):
        return np.asarray(column.to_numpy(zero_copy_only=False))
    return np.asarray(column.flatten().to_numpy().reshape((batch.num_rows, -1)))
