"""What growth does equation (3) imply, solved for the outcome?

The deliberate second statement of the likelihood (the first is `bayes.density`): plain arrays, the
reduced form ``y = (mu + e) / m`` with ``m = 1 - x'gamma`` and its normal density. Parameters are a
Dataset in the paper's units with any sample dimensions; what a model lacks is left out of it.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import xarray as xr

from bayes_border.design import Design
from bayes_border.vocabulary import Window

_PARAMETERS = frozenset({"beta", "gamma", "intercept", "alpha", "tau", "sigma", "kappa"})

#: As a design numbers them.
_REGIMES = (Window.PRE, Window.POST)


@dataclass(frozen=True)
class ReducedForm:
    """The row-wise pieces of ``m y = mu + sigma z``; dims `row`, then the sample's, without labels."""

    m: xr.Variable
    mu: xr.Variable
    sigma: xr.Variable

    @property
    def mean(self) -> xr.Variable:
        """Return E[y | x], percentage points."""
        return self.mu / self.m

    @property
    def sd(self) -> xr.Variable:
        """Return sd[y | x], percentage points."""
        return self.sigma / abs(self.m)

    def log_density(self, y: np.ndarray) -> xr.Variable:
        """Return the log density of each row's outcome."""
        sd = self.sd.values
        z = (y.reshape((-1, *(1 for _ in sd.shape[1:]))) - self.mean.values) / sd
        found = -0.5 * z**2
        found -= np.log(sd)
        found -= 0.5 * np.log(2.0 * np.pi)
        return xr.Variable(self.m.dims, found)


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
    rows = _Rows(parameters, design)
    mu = rows.slopes("beta")
    m = 1.0 - rows.slopes("gamma") if "gamma" in parameters else np.ones_like(mu)
    if "intercept" in parameters:
        mu = mu + rows.take("intercept", "regime", rows.regime)
    for name, dim, labels in (("alpha", "province", design.provinces), ("tau", "year", design.years)):
        if name in parameters:
            mu = mu + rows.take(name, dim, design.data.variables[f"{dim}_index"].values, labels)
    sigma = rows.take("sigma", "regime", rows.regime)
    if "kappa" in parameters:
        sigma = sigma * np.exp(rows.values("kappa", "regressor")[..., rows.regressors] @ design.x.T)
    dims = ("row", *rows.sample)
    return ReducedForm(*(xr.Variable(dims, np.moveaxis(each, -1, 0)) for each in np.broadcast_arrays(m, mu, sigma)))


def slopes_of_rows(coefficient: np.ndarray, regime: np.ndarray, design: Design) -> np.ndarray:
    """Return x times a coefficient of each row's regime, `(..., row)`.

    Parameters
    ----------
    coefficient
        In the paper's units, `(..., regime, regressor)`.
    regime
        Place of each row's regime among the coefficient's, `(row,)`.
    design
        The rows.
    """
    by_regime = coefficient @ design.x.T
    return np.asarray(by_regime[..., regime, np.arange(len(regime))])


def laid_out(variable: xr.Variable, dims: tuple[Hashable, ...]) -> np.ndarray:
    """Return an array with these dims in this order, 1 along each that the variable lacks."""
    own = variable.transpose(*(dim for dim in dims if dim in variable.dims))
    return np.asarray(own.values.reshape([variable.sizes.get(dim, 1) for dim in dims]))


@dataclass(frozen=True)
class _Rows:
    """Parameters as plain arrays, sample dims first, and what each row makes of them."""

    parameters: xr.Dataset
    design: Design

    @cached_property
    def sample(self) -> tuple[str, ...]:
        """Return the sample dims, as the first parameters that have them order them."""
        own = {"regime", "regressor", "province", "year"}
        variables = self.parameters.variables
        names = [name for name in variables if name in _PARAMETERS]
        return tuple(dict.fromkeys(str(dim) for name in names for dim in variables[name].dims if dim not in own))

    @cached_property
    def regime(self) -> np.ndarray:
        """Return the place of each row's regime; a model without a break has one."""
        index: np.ndarray = self.design.data.variables["regime_index"].values
        if self.parameters.sizes["regime"] == 1:
            return np.zeros_like(index)
        variables = self.parameters.variables
        labels = variables["regime"].values.tolist() if "regime" in variables else [*_REGIMES]
        return np.asarray(np.array([labels.index(window) for window in _REGIMES])[index])

    @cached_property
    def regressors(self) -> list[int] | slice:
        """Return the place of each of the design's regressors among the parameters'."""
        variables = self.parameters.variables
        if "regressor" not in variables:
            return slice(None)
        labels = variables["regressor"].values.tolist()
        return [labels.index(term) for term in self.design.terms]

    def values(self, name: str, *dims: str) -> np.ndarray:
        """Return a parameter, shape `(*sample, *dims)`; 1 along a sample dim that it lacks."""
        # Without its labels, which every simulation of a loop would put on and take off again.
        return laid_out(self.parameters.variables[name], (*self.sample, *dims))

    def take(
        self, name: str, dim: str, index: np.ndarray, labels: tuple[str, ...] | tuple[int, ...] = ()
    ) -> np.ndarray:
        """Return each row's value of a parameter; where it has labels but not this row's, NaN."""
        values = self.values(name, dim)
        if labels and dim in self.parameters.variables:
            known = {label: place for place, label in enumerate(self.parameters.variables[dim].values.tolist())}
            # A year without an observed row has no shock to report.
            values = np.concatenate([values, np.full((*values.shape[:-1], 1), np.nan)], axis=-1)
            index = np.array([known.get(label, -1) for label in labels])[index]
        return values[..., index]

    def slopes(self, name: str) -> np.ndarray:
        """Return x times a coefficient of each row's regime."""
        coefficient = self.values(name, "regime", "regressor")[..., self.regressors]
        return slopes_of_rows(coefficient, self.regime, self.design)


def simulate(parameters: xr.Dataset, design: Design, rng: np.random.Generator) -> xr.DataArray:
    """Return outcomes drawn from the reduced form, dims sample dims and `row`, percentage points.

    Rows that the design does not observe are 0, as in a design and under the nulls: their year's shock
    may be unknown, and a NaN there would spoil the likelihood in spite of its weight of zero.
    """
    form = reduced_form(parameters, design)
    drawn = form.mean.values + form.sd.values * rng.standard_normal(form.m.shape)
    drawn[~design.observed] = 0.0
    return _labelled(xr.Variable(form.m.dims, drawn), parameters)


def log_density(parameters: xr.Dataset, design: Design) -> xr.DataArray:
    """Return the log density of each row's outcome, dims `row` and sample dims."""
    return _labelled(reduced_form(parameters, design).log_density(design.y), parameters)


def _labelled(values: xr.Variable, parameters: xr.Dataset) -> xr.DataArray:
    """Return values of rows with the parameters' labels of the sample dims."""
    return xr.DataArray(values, {dim: parameters[dim] for dim in values.dims if dim in parameters.coords})
