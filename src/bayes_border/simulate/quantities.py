"""Which dimensions has each quantity of a model, and what are the labels along them?

Draws of the prior and of a posterior are computed as plain arrays and labelled here, once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from bayes_border.design import Design
from bayes_border.spec.model import ModelSpec, Regimes
from bayes_border.vocabulary import Window

#: Quantities by name, sample dims first.
type Quantities = dict[str, np.ndarray]

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
    values: Quantities, sample: Mapping[str, Any], spec: ModelSpec, design: Design, *, years: Sequence[int]
) -> xr.Dataset:
    """Return quantities with their dimensions and labels.

    Parameters
    ----------
    values
        Arrays, sample dims first, in the order of `sample`.
    sample
        Each sample dim with its labels.
    spec, design
        The model and the rows.
    years
        Those of `tau`.
    """
    labels: dict[str, Sequence[str] | Sequence[int]] = {
        "regime": [str(window) for window in regimes_of(spec)],
        "regressor": list(design.terms),
        "province": list(design.provinces),
        "year": list(years),
    }
    arrays = {name: ((*sample, *_DIMS.get(name, ())), array) for name, array in values.items()}
    used = {dim for dims, _ in arrays.values() for dim in dims}
    return xr.Dataset(arrays, {**sample, **{dim: along for dim, along in labels.items() if dim in used}})
