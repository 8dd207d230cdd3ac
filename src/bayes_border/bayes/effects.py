"""By how much does growth move when a regressor does, in whatever form a model writes it?"""

from __future__ import annotations

import numpy as np
import xarray as xr

from bayes_border.design import Design
from bayes_border.simulate.reduced_form import ReducedForm, laid_out, reduced_form
from bayes_border.vocabulary import Window


def marginal_effects(parameters: xr.Dataset, design: Design) -> xr.Dataset:
    """Return average marginal effects ``dE[y | x] / dx_k = beta_k / m + gamma_k mu / m^2`` of each regime.

    `mu` is the whole linear predictor (intercept, province effect, year shock and x'beta), so the
    effect is the derivative of the model's own conditional mean; where a model has none of the
    former it is ``beta_k / m + gamma_k x'beta / m^2``.

    Parameters
    ----------
    parameters, design
        As for `simulate.reduced_form.reduced_form`.

    Returns
    -------
    xarray.Dataset
        `effect_mean` and `effect_median`, over a regime's observed rows, dims sample dims, `regime`
        and `regressor`: percentage points of the outcome a unit of the regressor.
    """
    found = effects_of(parameters, design, reduced_form(parameters, design))
    dims = found["effect_mean"].dims
    effects = xr.Dataset(found, {dim: parameters[dim] for dim in dims if dim in parameters.coords})
    return effects.sel(regressor=list(design.terms))


def effects_of(parameters: xr.Dataset, design: Design, form: ReducedForm) -> dict[str, xr.Variable]:
    """Return `marginal_effects` without labels, in the parameters' order, from their reduced form."""
    sample, own = form.m.dims[1:], ("regime", "regressor")
    m, mu = (each.transpose(*sample, "row").values for each in (form.m, form.mu))
    slopes = {
        name: laid_out(parameters.variables[name], (*sample, *own)) for name in ("beta", "gamma") if name in parameters
    }
    shape = (*m.shape[:-1], *slopes["beta"].shape[-2:])
    found = {name: np.empty(shape) for name in ("effect_mean", "effect_median")}
    for r, label in enumerate(parameters.variables["regime"].values):
        rows = np.flatnonzero(design.rows_of(Window(str(label))))
        m_here, mu_here = (np.ascontiguousarray(each[..., rows]) for each in (m, mu))
        of_beta, of_gamma = 1.0 / m_here, mu_here / m_here**2
        # One regressor after the other: what is held at once has a number for each draw and row.
        for k in range(slopes["beta"].shape[-1]):
            effect = slopes["beta"][..., r, k, None] * of_beta
            if "gamma" in slopes:
                effect += slopes["gamma"][..., r, k, None] * of_gamma
            found["effect_mean"][..., r, k] = effect.mean(axis=-1)
            effect.sort(axis=-1)
            found["effect_median"][..., r, k] = _median(effect)
    return {name: xr.Variable((*sample, *own), values) for name, values in found.items()}


def _median(ordered: np.ndarray) -> np.ndarray:
    """Return the median along the last axis; to sort so few values is faster than what `np.median` does."""
    n = ordered.shape[-1]
    # NaN are the last.
    middle = (ordered[..., (n - 1) // 2] + ordered[..., n // 2]) / 2.0
    return np.where(np.isnan(ordered[..., -1]), np.nan, middle)
