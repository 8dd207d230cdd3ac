"""Where does the truth stand among a posterior's draws, which are not independent?"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import xarray as xr


@dataclass(frozen=True)
class Flat:
    """Every scalar of a dataset side by side.

    Parameters
    ----------
    labels
        `beta[pre, dlnFAI]`, `sigma_alpha`.
    values
        Sample dims, then one place a label.
    """

    labels: tuple[str, ...]
    values: np.ndarray

    def at(self, labels: tuple[str, ...]) -> np.ndarray:
        """Return the values of some labels, in their order."""
        place = {label: k for k, label in enumerate(self.labels)}
        return np.asarray(self.values[..., [place[label] for label in labels]])


def flatten(
    dataset: xr.Dataset, sample_dims: tuple[str, ...] = (), beside: Mapping[str, xr.Variable] | None = None
) -> Flat:
    """Return every scalar of a dataset, and of arrays with its labels beside it, variables in alphabetical order."""
    variables = dataset.variables
    arrays = {**{str(name): variables[name] for name in dataset.data_vars}, **(beside or {})}
    along = {dim: tuple(variables[dim].values.tolist()) for dim in dataset.dims if dim not in sample_dims}
    parts, labels = [], []
    for name in sorted(arrays):
        array = arrays[name].transpose(*sample_dims, ...)
        dims = array.dims[len(sample_dims) :]
        labels += _labels(name, tuple(along[dim] for dim in dims))
        parts.append(array.values.reshape((*array.shape[: len(sample_dims)], -1)))
    return Flat(tuple(labels), np.concatenate(parts, axis=-1))


@lru_cache(maxsize=1024)
def _labels(name: str, coords: tuple[tuple[object, ...], ...]) -> list[str]:
    """Return the label of each scalar of a variable; the same few are asked for in every simulation."""
    places = (", ".join(map(str, place)) for place in itertools.product(*coords))
    return [f"{name}[{place}]" if place else name for place in places]


def thinned_pit(draws: np.ndarray, truth: np.ndarray, sizes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the randomised probability integral transform of the truth, shape `(quantity,)`, in (0, 1).

    NaN where the truth or one of its draws is: they have no order.

    Of each quantity as many draws are kept, evenly spaced along the joined chains, as it has effective ones,
    so that those kept are nearly independent: ranks among dependent draws are too often extreme (Talts et al.
    2018, section 5.1). With L draws kept of which b are below the truth and t equal to it, the transform
    is uniform between b / (L + 1) and (b + t + 1) / (L + 1); where truth and draws are exchangeable it
    is uniform exactly.

    Parameters
    ----------
    draws
        Shape `(chain, draw, quantity)`.
    truth, sizes
        Shape `(quantity,)`; sizes as `mixing.effective_sizes` returns them.
    rng
        Of the randomisation.
    """
    joined = draws.reshape(-1, draws.shape[-1])
    total, shares = len(joined), rng.random(len(truth))
    kept, number = sizes.astype(int), np.arange(total)[:, None]
    thinned = np.take_along_axis(joined, np.minimum(number * total // kept, total - 1), axis=0)
    below, tied = (((number < kept) & each).sum(axis=0) for each in (thinned < truth, thinned == truth))
    found = (below + shares * (tied + 1)) / (kept + 1)
    return np.where(np.isnan(truth) | np.isnan(joined).any(axis=0), np.nan, found)
