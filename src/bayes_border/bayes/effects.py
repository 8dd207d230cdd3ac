"""By how much does growth move when a regressor does, in whatever form a model writes it?"""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import xarray as xr

from bayes_border.design import Design
from bayes_border.simulate.reduced_form import ReducedForm, reduced_form
from bayes_border.vocabulary import Window


def marginal_effects(parameters: xr.Dataset, design: Design, form: ReducedForm | None = None) -> xr.Dataset:
    """Return average marginal effects ``dE[y | x] / dx_k = beta_k / m + gamma_k mu / m^2`` of each regime.

    `mu` is the whole linear predictor (intercept, province effect, year shock and x'beta), so the
    effect is the derivative of the model's own conditional mean; where a model has none of the
    former it is ``beta_k / m + gamma_k x'beta / m^2``.

    Parameters
    ----------
    parameters, design
        As for `simulate.reduced_form.reduced_form`.
    form
        Their reduced form, where it is there already.

    Returns
    -------
    xarray.Dataset
        `effect_mean` and `effect_median`, over a regime's observed rows, dims sample dims, `regime`
        and `regressor`: percentage points of the outcome a unit of the regressor.
    """
    form = form or reduced_form(parameters, design)
    sample = form.m.dims[1:]
    m, mu = form.m.values, form.mu.values
    regimes, terms = parameters["regime"].values, list(design.terms)
    slopes = {
        name: _over(sample, parameters[name].sel(regressor=terms)) for name in ("beta", "gamma") if name in parameters
    }
    found: dict[str, list[np.ndarray]] = {"effect_mean": [], "effect_median": []}
    for r, label in enumerate(regimes):
        rows = design.rows_of(Window(str(label)))
        of_beta, of_gamma = 1.0 / m[rows], mu[rows] / m[rows] ** 2
        for k in range(len(terms)):
            effect = slopes["beta"][r, k] * of_beta
            if "gamma" in slopes:
                effect = effect + slopes["gamma"][r, k] * of_gamma
            found["effect_mean"].append(effect.mean(axis=0))
            found["effect_median"].append(np.median(effect, axis=0))
    shape = len(regimes), len(terms)
    coords = {**{dim: form.m[dim] for dim in sample if dim in form.m.coords}, "regime": regimes}
    arrays = {
        name: (("regime", "regressor", *sample), np.reshape(parts, (*shape, *form.m.shape[1:])))
        for name, parts in found.items()
    }
    return xr.Dataset(arrays, {**coords, "regressor": terms})


def _over(sample: tuple[Hashable, ...], slope: xr.DataArray) -> np.ndarray:
    """Return a slope's values, `(regime, regressor)`, then the sample dims, 1 along one that it lacks."""
    own = ("regime", "regressor")
    values = slope.transpose(*own, *sample, missing_dims="ignore").values
    return values.reshape([slope.sizes[dim] for dim in own] + [slope.sizes.get(dim, 1) for dim in sample])
