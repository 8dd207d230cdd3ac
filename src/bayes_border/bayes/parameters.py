"""What do the sampler's standardised draws mean in the paper's units?"""

from __future__ import annotations

from dataclasses import dataclass

import xarray as xr
from xarray.ufuncs import exp

from bayes_border.bayes.family import Scales, scales
from bayes_border.design import Design
from bayes_border.spec.model import Intercept, ModelSpec, Pooling, Regimes
from bayes_border.vocabulary import Window


def regimes_of(spec: ModelSpec) -> tuple[Window, ...]:
    """Return the windows that a model has coefficients for."""
    return (Window.FULL,) if spec.structure.regimes is Regimes.SINGLE else (Window.PRE, Window.POST)


def to_parameters(raw: xr.Dataset, spec: ModelSpec, design: Design) -> xr.Dataset:
    """Return named quantities in the paper's units from standardised draws, dims `chain`, `draw`.

    `beta`, `gamma` `(regime, regressor)`: per unit of the regressor. `delta_beta`, `delta_gamma`
    `(regressor)`: post minus pre. `omega_beta`, `omega_gamma`: sd of the break per standard deviation
    of a regressor. `intercept`, `sigma` `(regime)`, `alpha` `(province)`, `tau` `(year)`: percentage
    points. `kappa` `(regressor)`: log sd per unit. Only what the model has; years that no row in the
    likelihood speaks of are left out of `tau`.
    """
    draws = _Draws(raw, design, scales(spec))
    return xr.Dataset({**_slopes("beta", draws, spec), **_interactions(draws, spec), **_rest(draws, spec)})


@dataclass(frozen=True)
class _Draws:
    """The sampler's standardised draws, scaled and labelled on the way out."""

    raw: xr.Dataset
    design: Design
    scale: Scales

    def standard(self, name: str, dim: str | None = None) -> xr.DataArray:
        """Return a standardised parameter, its anonymous dimension named and labelled."""
        values = self.raw[f"{name}_z"].reset_coords(drop=True)
        if dim is None:
            return values
        (anonymous,) = (str(d) for d in values.dims if d not in {"chain", "draw"})
        labels = {"regressor": self.design.terms, "province": self.design.provinces, "year": self.design.years}
        values = values.drop_vars(anonymous, errors="ignore").rename({anonymous: dim})
        return values.assign_coords({dim: list(labels[dim])}) if dim in labels else values

    def scaled(self, name: str, dim: str | None = None) -> xr.DataArray:
        """Return a parameter times its prior scale."""
        return self.standard(name, dim) * self.scale[f"scale_{name}"]

    def in_paper_units(self, values: xr.DataArray) -> xr.DataArray:
        return self.design.to_paper_units(values)


def _slopes(name: str, draws: _Draws, spec: ModelSpec) -> dict[str, xr.DataArray]:
    mean = draws.in_paper_units(draws.standard(f"{name}_mean", "regressor") * draws.scale[f"scale_{name}"])
    if spec.structure.regimes is Regimes.SINGLE:
        return {name: _over_regimes([mean], spec)}
    omega = draws.scaled(f"omega_{name}")
    spread = omega + draws.scale[f"fixed_delta_{name}"]
    delta = draws.in_paper_units(spread * draws.standard(f"delta_{name}", "regressor"))
    pooled = {f"omega_{name}": omega} if spec.structure.pooling is Pooling.PARTIAL else {}
    return {**pooled, f"delta_{name}": delta, name: _over_regimes([mean - delta / 2, mean + delta / 2], spec)}


def _interactions(draws: _Draws, spec: ModelSpec) -> dict[str, xr.DataArray]:
    return _slopes("gamma", draws, spec) if spec.structure.interactions else {}


def _rest(draws: _Draws, spec: ModelSpec) -> dict[str, xr.DataArray]:
    """Return intercepts, effects, shocks and error sds, as far as the model has them."""
    structure, regimes = spec.structure, range(len(regimes_of(spec)))
    out: dict[str, xr.DataArray] = {}
    if structure.intercept is not Intercept.NONE:
        common = structure.intercept is Intercept.COMMON
        levels = draws.scaled("intercept", "parameter")
        out["intercept"] = _over_regimes([levels.isel(parameter=0 if common else r) for r in regimes], spec)
    if structure.province_effects:
        out["sigma_alpha"] = draws.scaled("sigma_alpha")
        out["alpha"] = out["sigma_alpha"] * draws.standard("alpha", "province")
    if structure.year_shocks:
        out["sigma_tau"] = draws.scaled("sigma_tau")
        # Without a row in the likelihood a year's shock is its prior: nothing to report.
        out["tau"] = out["sigma_tau"] * draws.standard("tau", "year")
        out["tau"] = out["tau"].sel(year=list(draws.design.observed_years))
    log_sd = draws.standard("log_sigma", "parameter") * draws.scale["sigma_log_sd"] + draws.scale["sigma_log_median"]
    out["sigma"] = _over_regimes([exp(log_sd.isel(parameter=r)) for r in regimes], spec)
    if structure.skedastic:
        out["kappa"] = draws.in_paper_units(draws.scaled("kappa", "regressor"))
    return out


def _over_regimes(parts: list[xr.DataArray], spec: ModelSpec) -> xr.DataArray:
    labels = [str(window) for window in regimes_of(spec)]
    return xr.concat(parts, "regime", coords="minimal", compat="override").assign_coords(regime=labels)
