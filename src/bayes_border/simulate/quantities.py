"""Which dimensions has each quantity of a model, and what are the labels along them?

Draws of the prior and of a posterior are computed as plain arrays and labelled here, once.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import xarray as xr

from bayes_border.design import Design
from bayes_border.spec.model import ModelSpec, Regimes
from bayes_border.vocabulary import Window

#: Quantities by name, sample dims first.
type Quantities = dict[str, np.ndarray]
type Labels = tuple[str, ...] | tuple[int, ...]

#: Dimensions of each quantity beside the sample's; the others have none.
_DIMS = {
    **dict.fromkeys(("beta", "gamma"), ("regime", "regressor")),
    **dict.fromkeys(("delta_beta", "delta_gamma", "kappa"), ("regressor",)),
    **dict.fromkeys(("intercept", "sigma"), ("regime",)),
    "alpha": ("province",),
    "tau": ("year",),
}


def regimes_of(spec: ModelSpec) -> tuple[Window, ...]:
    """Return the windows that a model has coefficients for."""
    return (Window.FULL,) if spec.structure.regimes is Regimes.SINGLE else (Window.PRE, Window.POST)


def labelled(
    values: Quantities, sample: tuple[str, ...], spec: ModelSpec, design: Design, *, years: tuple[int, ...]
) -> xr.Dataset:
    """Return quantities with their dimensions and labels.

    Parameters
    ----------
    values
        Arrays, sample dims first.
    sample
        The sample dims; their labels count from 0.
    spec, design
        The model and the rows.
    years
        Those of `tau`.
    """
    arrays = {name: ((*sample, *_DIMS.get(name, ())), array) for name, array in values.items()}
    sizes = next(iter(values.values())).shape
    labels: dict[str, Labels] = {dim: tuple(range(size)) for dim, size in zip(sample, sizes, strict=False)}
    labels |= {
        "regime": tuple(str(window) for window in regimes_of(spec)),
        "regressor": design.terms,
        "province": design.provinces,
        "year": years,
    }
    used = {dim for dims, _ in arrays.values() for dim in dims}
    return xr.Dataset(arrays, coordinates(tuple((dim, along) for dim, along in labels.items() if dim in used)))


@lru_cache(maxsize=64)
def coordinates(labels: tuple[tuple[str, Labels], ...]) -> xr.Coordinates:
    """Return the coordinates of some dims: every simulation of a loop has the same, and they take longer than it."""
    # Python's own texts: Arrow's, which pandas would make of them, are made into these whenever they are read.
    kinds = {dim: object if any(isinstance(each, str) for each in along) else int for dim, along in labels}
    return xr.Coordinates({dim: np.array(along, kinds[dim]) for dim, along in labels})
