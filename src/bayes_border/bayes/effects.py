"""By how much does growth move when a regressor does, in whatever form a model writes it?"""

from __future__ import annotations

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
    windows = [Window(str(label)) for label in parameters["regime"].values]
    by_regime = [_of_window(parameters, design, window) for window in windows]
    return xr.concat(by_regime, "regime").assign_coords(regime=[str(window) for window in windows])


def _of_window(parameters: xr.Dataset, design: Design, window: Window) -> xr.Dataset:
    form = reduced_form(parameters, design)
    rows = np.flatnonzero(design.rows_of(window))
    m, mu = form.m.isel(row=rows), form.mu.isel(row=rows)
    here = parameters.sel(regime=str(window), drop=True)
    means, medians = [], []
    for term in design.terms:
        beta = here["beta"].sel(regressor=term, drop=True)
        gamma = here["gamma"].sel(regressor=term, drop=True) if "gamma" in here else 0.0
        effect = beta / m + gamma * mu / m**2
        means.append(effect.mean("row"))
        medians.append(effect.median("row"))
    index = xr.Variable("regressor", list(design.terms))
    return xr.Dataset({"effect_mean": xr.concat(means, index), "effect_median": xr.concat(medians, index)})
