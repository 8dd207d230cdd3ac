"""What growth does equation (3) imply, solved for the outcome?

The deliberate second statement of the likelihood (the first is `bayes.build`): plain arrays, the
reduced form ``y = (mu + e) / m`` with ``m = 1 - x'gamma`` and its normal density. Parameters are a
Dataset in the paper's units with any sample dimensions; what a model lacks is left out of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from bayes_border.design import Design


@dataclass(frozen=True)
class ReducedForm:
    """The row-wise pieces of ``m y = mu + sigma z``; dims sample dims and `row`."""

    m: xr.DataArray
    mu: xr.DataArray
    sigma: xr.DataArray

    @property
    def mean(self) -> xr.DataArray:
        """Return E[y | x], percentage points."""
        return self.mu / self.m

    @property
    def sd(self) -> xr.DataArray:
        """Return sd[y | x], percentage points."""
        return self.sigma / np.abs(self.m)


def reduced_form(parameters: xr.Dataset, design: Design) -> ReducedForm:
    """Return `m`, `mu` and `sigma` of each row.

    Parameters
    ----------
    parameters
        `beta`, `gamma` `(regime, regressor)`, `intercept`, `sigma` `(regime)`, `alpha` `(province)`,
        `tau` `(year)`, `kappa` `(regressor)`, beside any sample dims. All but `beta` and `sigma` may
        be absent.
    design
        The rows.
    """
    single = parameters.sizes["regime"] == 1
    regime = xr.zeros_like(design.data["regime_index"]) if single else design.data["regime_index"]
    x = design.data["x"]
    effects = (("alpha", "province", design.provinces), ("tau", "year", design.years))

    def term(name: str) -> xr.DataArray:
        return (x * parameters[name].isel(regime=regime)).sum("regressor")

    mu = term("beta")
    m = 1.0 - term("gamma") if "gamma" in parameters else xr.ones_like(mu)
    if "intercept" in parameters:
        mu = mu + parameters["intercept"].isel(regime=regime)
    for name, dim, labels in effects:
        if name in parameters:
            # A year without an observed row has no shock to report: its rows become NaN.
            effect = parameters[name].reindex({dim: list(labels)}).isel({dim: design.data[f"{dim}_index"]})
            mu = mu + effect.drop_vars(dim, errors="ignore")
    sigma = parameters["sigma"].isel(regime=regime)
    if "kappa" in parameters:
        sigma = sigma * np.exp((x * parameters["kappa"]).sum("regressor"))
    drop = ("regime", "province", "year")
    m, mu, sigma = (part.drop_vars(drop, errors="ignore") for part in xr.broadcast(m, mu, sigma))
    return ReducedForm(m, mu, sigma)


def simulate(parameters: xr.Dataset, design: Design, rng: np.random.Generator) -> xr.DataArray:
    """Return outcomes drawn from the reduced form, dims sample dims and `row`, percentage points.

    Rows that the design does not observe are 0, as in a design and under the nulls: their year's shock
    may be unknown, and a NaN there would spoil the likelihood in spite of its weight of zero.
    """
    form = reduced_form(parameters, design)
    drawn = form.mean + form.sd * rng.standard_normal(form.mean.shape)
    return drawn.where(xr.DataArray(design.observed, dims="row"), 0.0)


def log_density(parameters: xr.Dataset, design: Design, outcome: xr.DataArray | None = None) -> xr.DataArray:
    """Return the log density of each row's outcome (the design's own unless given), sample dims and `row`."""
    form = reduced_form(parameters, design)
    y = design.data["dg"].drop_vars(("province", "year")) if outcome is None else outcome
    density: xr.DataArray = -0.5 * ((y - form.mean) / form.sd) ** 2 - np.log(form.sd) - 0.5 * np.log(2.0 * np.pi)
    return density
