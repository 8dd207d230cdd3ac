"""How does nutpie take a density that needs neither a PyMC model nor PyTensor's compiler?

By what it makes of a PyMC model itself, filled in by hand: the addresses that it calls, names and sizes of what is
drawn. It has no function of its public interface for this, so all that depends on its inside stands here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import pandas as pd
from nutpie.compile_pymc import CompiledPyMCModel

from bayes_border.bayes.callback import Compiled, density_of, expansion, function_of, kinds_of, table_of


@dataclass(frozen=True, kw_only=True)
class CompiledDensity(CompiledPyMCModel):  # type: ignore[misc]
    """A compiled density and its data; threads may share it."""

    function: Any
    sizes: Sequence[int]

    @classmethod
    def of(
        cls,
        function: Compiled,
        parts: Mapping[str, int],
        data: Mapping[str, np.ndarray],
        starts: Callable[[int], np.ndarray],
    ) -> Self:
        """Compile a density, or load what an earlier process has compiled.

        Parameters
        ----------
        function
            As `callback.function_of` takes it.
        parts
            Names of the place's parts, which are what is drawn, and their lengths.
        data
            The other arguments in the function's order. What `with_data` puts in their place has their type and rank.
        starts
            Where a chain starts, by its seed.
        """
        arrays, sizes = _frozen(data), list(parts.values())
        kinds, size, ends = kinds_of(arrays.values()), sum(sizes), np.cumsum(sizes).tolist()
        spans = [slice(end - length, end) for end, length in zip(ends, sizes, strict=True)]
        shapes = [(length,) for length in sizes]
        compiled = function_of(function, len(parts), kinds)
        return cls(
            function=compiled,
            sizes=sizes,
            dims={},
            reparameterized_names=[],
            compiled_logp_func=density_of(len(parts), kinds),
            compiled_expand_func=expansion(),
            initial_point_func=starts,
            shared_data=arrays,
            shared_var_keys={},
            user_data=table_of(compiled, sizes, arrays.values()),
            n_expanded=size,
            shape_info=(list(parts), spans, shapes),
            logp_func=None,
            expand_func=None,
            _n_dim=size,
            _shapes=dict(zip(parts, shapes, strict=True)),
            _coords={"unconstrained_parameter": pd.RangeIndex(size)},
        )

    def with_data(self, **updates: np.ndarray) -> Self:
        """Return the same density with other data.

        Raises
        ------
        KeyError
            If there is no data of a name.
        ValueError
            If an array has another rank.
        """
        arrays = self.shared_data | _frozen(updates, self.shared_data)
        return self._with(shared_data=arrays, user_data=table_of(self.function, self.sizes, arrays.values()))

    def with_starts(self, starts: Callable[[int], np.ndarray]) -> Self:
        """Return the same density with other places for chains to start at, by their seeds."""
        return self._with(initial_point_func=starts)

    def _with(self, **fields: Any) -> Self:  # noqa: ANN401 -- nutpie's
        unchanged: Any = self
        found: Self = replace(unchanged, **fields)
        return found


def _frozen(arrays: Mapping[str, Any], like: Mapping[str, np.ndarray] | None = None) -> dict[str, np.ndarray]:
    """Return copies that nobody else can change, which the sampler's threads read by their addresses."""
    found = {}
    for name, array in arrays.items():
        pattern = array if like is None else like[name]
        found[name] = np.array(array, dtype=pattern.dtype, order="C", copy=True)
        if found[name].ndim != pattern.ndim:
            message = f"{name} has rank {found[name].ndim}, compiled for {pattern.ndim}"
            raise ValueError(message)
        found[name].flags.writeable = False
    return found
