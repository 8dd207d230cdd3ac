"""What do the sampler's draws mean in the paper's units?"""

from __future__ import annotations

from dataclasses import dataclass

import xarray as xr
from xarray.ufuncs import exp

from bayes_border.design import Design
from bayes_border.spec.model import Intercept, ModelSpec, Pooling, Regimes
from bayes_border.vocabulary import Window


def regimes_of(spec: ModelSpec) -> tuple[Window, ...]:
    """Return the windows that a model has coefficients for."""
    return (Window.FULL,) if spec.structure.regimes is Regimes.SINGLE else (Window.PRE, Window.POST)


def to_parameters(draws: xr.Dataset, spec: ModelSpec, design: Design) -> xr.Dataset:
    """Return named quantities in the paper's units from the density's own, dims `chain`, `draw`.

    `beta`, `gamma` `(regime, regressor)`: per unit of the regressor. `delta_beta`, `delta_gamma`
    `(regressor)`: post minus pre. `omega_beta`, `omega_gamma`: sd of the break per standard deviation
    of a regressor. `intercept`, `sigma` `(regime)`, `alpha` `(province)`, `tau` `(year)`: percentage
    points. `kappa` `(regressor)`: log sd per unit. Only what the model has; years that no row in the
    likelihood speaks of are left out of `tau`.
    """
    labelled = _Draws(draws, design)
    return xr.Dataset({**_slopes("beta", labelled, spec), **_interactions(labelled, spec), **_rest(labelled, spec)})


@dataclass(frozen=True)
class _Draws:
    """The density's parameters and coefficients, labelled on the way out."""

    draws: xr.Dataset
    design: Design

    def __call__(self, name: str, dim: str | None = None) -> xr.DataArray:
        """Return a quantity, its anonymous dimension named and labelled."""
        values = self.draws[name]
        if dim is None:
            return values
        (anonymous,) = (str(d) for d in values.dims if d not in {"chain", "draw"})
        labels = {"regressor": self.design.terms, "province": self.design.provinces, "year": self.design.years}
        values = values.rename({anonymous: dim})
        return values.assign_coords({dim: list(labels[dim])}) if dim in labels else values

    def per_unit(self, name: str) -> xr.DataArray:
        """Return a coefficient of each regressor, in the paper's units."""
        return self.design.to_paper_units(self(name, "regressor"))


def _slopes(name: str, draws: _Draws, spec: ModelSpec) -> dict[str, xr.DataArray]:
    mean = draws.per_unit(f"{name}_mean")
    if spec.structure.regimes is Regimes.SINGLE:
        return {name: _over_regimes([mean], spec)}
    delta = draws.per_unit(f"delta_{name}")
    pooled = {f"omega_{name}": draws(f"omega_{name}")} if spec.structure.pooling is Pooling.PARTIAL else {}
    return {**pooled, f"delta_{name}": delta, name: _over_regimes([mean - delta / 2, mean + delta / 2], spec)}


def _interactions(draws: _Draws, spec: ModelSpec) -> dict[str, xr.DataArray]:
    return _slopes("gamma", draws, spec) if spec.structure.interactions else {}


def _rest(draws: _Draws, spec: ModelSpec) -> dict[str, xr.DataArray]:
    """Return intercepts, effects, shocks and error sds, as far as the model has them."""
    structure, regimes = spec.structure, range(len(regimes_of(spec)))
    out: dict[str, xr.DataArray] = {}
    if structure.intercept is not Intercept.NONE:
        common = structure.intercept is Intercept.COMMON
        levels = draws("intercept", "parameter")
        out["intercept"] = _over_regimes([levels.isel(parameter=0 if common else r) for r in regimes], spec)
    if structure.province_effects:
        out |= {"sigma_alpha": draws("sigma_alpha"), "alpha": draws("alpha", "province")}
    if structure.year_shocks:
        # Without a row in the likelihood a year's shock is its prior: nothing to report.
        spoken_of = draws("tau", "year").sel(year=list(draws.design.observed_years))
        out |= {"sigma_tau": draws("sigma_tau"), "tau": spoken_of}
    log_sd = draws("log_sigma", "parameter")
    out["sigma"] = _over_regimes([exp(log_sd.isel(parameter=r)) for r in regimes], spec)
    if structure.skedastic:
        out["kappa"] = draws.per_unit("kappa")
    return out


def _over_regimes(parts: list[xr.DataArray], spec: ModelSpec) -> xr.DataArray:
    labels = [str(window) for window in regimes_of(spec)]
    return xr.concat(parts, "regime", coords="minimal", compat="override").assign_coords(regime=labels)
