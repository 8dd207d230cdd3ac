"""By how much does growth move when a regressor does, in whatever form a model writes it?"""

from __future__ import annotations

import itertools
from collections.abc import Hashable

import numpy as np
import xarray as xr

from bayes_border.design import Design
from bayes_border.simulate.reduced_form import reduced_form
from bayes_border.vocabulary import Window


def marginal_effects(parameters: xr.Dataset, design: Design) -> xr.Dataset:
    """Return average marginal effects ``dE[y | x] / dx_k = beta_k / m + gamma_k mu / m^2`` of each regime.

    `mu` is the whole linear predictor (intercept, province effect, year shock and x'beta), so the
    effect is the derivative of the model's own conditional mean; where a model has none of the
    former it is ``beta_k / m + gamma_k x'beta / m^2``.

    Returns
    -------
    xarray.Dataset
        `effect_mean` and `effect_median`, over a regime's observed rows, dims sample dims, `regime`
        and `regressor`: percentage points of the outcome a unit of the regressor.
    """
    form = reduced_form(parameters, design)
    sample = form.m.dims[1:]
    m, mu = form.m.values, form.mu.values
    found: dict[str, list[np.ndarray]] = {"effect_mean": [], "effect_median": []}
    for label, term in itertools.product(parameters["regime"].values, design.terms):
        rows = design.rows_of(Window(str(label)))
        beta, gamma = (
            _over(sample, parameters[name].sel(regime=label, regressor=term)) if name in parameters else 0.0
            for name in ("beta", "gamma")
        )
        effect = beta / m[rows] + gamma * mu[rows] / m[rows] ** 2
        found["effect_mean"].append(effect.mean(axis=0))
        found["effect_median"].append(np.median(effect, axis=0))
    regimes, shape = parameters["regime"].values, (parameters.sizes["regime"], len(design.terms))
    coords = {**{dim: form.m[dim] for dim in sample if dim in form.m.coords}, "regime": regimes}
    arrays = {
        name: (("regime", "regressor", *sample), np.reshape(parts, (*shape, *form.m.shape[1:])))
        for name, parts in found.items()
    }
    return xr.Dataset(arrays, {**coords, "regressor": list(design.terms)})


def _over(sample: tuple[Hashable, ...], slope: xr.DataArray) -> np.ndarray:
    """Return a slope's values along the sample dims, 1 along one that it lacks."""
    values = slope.transpose(*sample, missing_dims="ignore").values
    return values.reshape([slope.sizes.get(dim, 1) for dim in sample])
