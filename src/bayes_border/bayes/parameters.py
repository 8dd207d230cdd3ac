"""What do the sampler's draws mean in the paper's units?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from bayes_border.design import Design
from bayes_border.spec.model import Intercept, ModelSpec, Pooling, Regimes
from bayes_border.vocabulary import Window

#: A quantity's own dimensions, and its values `(chain, draw, ...)`. Plain arrays: labels are put on once, at the end.
type _Quantity = tuple[tuple[str, ...], np.ndarray]


def regimes_of(spec: ModelSpec) -> tuple[Window, ...]:
    """Return the windows that a model has coefficients for."""
    return (Window.FULL,) if spec.structure.regimes is Regimes.SINGLE else (Window.PRE, Window.POST)


def to_parameters(draws: xr.Dataset, spec: ModelSpec, design: Design) -> xr.Dataset:
    """Return named quantities in the paper's units from the density's own, dims `chain`, `draw`, then their own.

    `beta`, `gamma` `(regime, regressor)`: per unit of the regressor. `delta_beta`, `delta_gamma`
    `(regressor)`: post minus pre. `omega_beta`, `omega_gamma`: sd of the break per standard deviation
    of a regressor. `intercept`, `sigma` `(regime)`, `alpha` `(province)`, `tau` `(year)`: percentage
    points. `kappa` `(regressor)`: log sd per unit. Only what the model has; years that no row in the
    likelihood speaks of are left out of `tau`.
    """
    units = _Units(draws, design, spec)
    found = {**units.slopes("beta"), **units.intercepts(), **units.effects(), **units.errors()}
    if spec.structure.interactions:
        found |= units.slopes("gamma")
    labels: dict[str, Sequence[str] | Sequence[int]] = {
        "regime": [str(window) for window in regimes_of(spec)],
        "regressor": list(design.terms),
        "province": list(design.provinces),
        "year": list(design.observed_years),
    }
    used = {dim for dims, _ in found.values() for dim in dims}
    coords = {dim: draws[dim] for dim in ("chain", "draw") if dim in draws.coords}
    return xr.Dataset(
        {name: (("chain", "draw", *dims), values) for name, (dims, values) in found.items()},
        coords | {dim: values for dim, values in labels.items() if dim in used},
    )


@dataclass(frozen=True)
class _Units:
    """The density's parameters and coefficients, `(chain, draw, ...)`, turned into a model's quantities."""

    draws: xr.Dataset
    design: Design
    spec: ModelSpec

    def slopes(self, name: str) -> dict[str, _Quantity]:
        """Return a coefficient of each regressor by regime, its break and the break's scale where they are pooled."""
        mean = self._per_unit(f"{name}_mean")
        if self.spec.structure.regimes is Regimes.SINGLE:
            return {name: (("regime", "regressor"), mean[..., None, :])}
        delta = self._per_unit(f"delta_{name}")
        found: dict[str, _Quantity] = {
            f"delta_{name}": (("regressor",), delta),
            name: (("regime", "regressor"), np.stack([mean - delta / 2, mean + delta / 2], axis=-2)),
        }
        if self.spec.structure.pooling is Pooling.PARTIAL:
            found[f"omega_{name}"] = ((), self._values(f"omega_{name}"))
        return found

    def intercepts(self) -> dict[str, _Quantity]:
        """Return each regime's intercept; a common one is the first of the density's two."""
        if self.spec.structure.intercept is Intercept.NONE:
            return {}
        common = self.spec.structure.intercept is Intercept.COMMON
        places = [0 if common else r for r in range(len(regimes_of(self.spec)))]
        return {"intercept": (("regime",), self._values("intercept")[..., places])}

    def effects(self) -> dict[str, _Quantity]:
        """Return province effects and year shocks with their scales."""
        found: dict[str, _Quantity] = {}
        if self.spec.structure.province_effects:
            found["sigma_alpha"] = ((), self._values("sigma_alpha"))
            found["alpha"] = (("province",), self._values("alpha"))
        if self.spec.structure.year_shocks:
            found["sigma_tau"] = ((), self._values("sigma_tau"))
            # Without a row in the likelihood a year's shock is its prior: nothing to report.
            spoken_of = [self.design.years.index(year) for year in self.design.observed_years]
            found["tau"] = (("year",), self._values("tau")[..., spoken_of])
        return found

    def errors(self) -> dict[str, _Quantity]:
        """Return each regime's error sd, and how it moves with the regressors."""
        sigma = np.exp(self._values("log_sigma")[..., : len(regimes_of(self.spec))])
        found: dict[str, _Quantity] = {"sigma": (("regime",), sigma)}
        if self.spec.structure.skedastic:
            found["kappa"] = (("regressor",), self._per_unit("kappa"))
        return found

    def _values(self, name: str) -> np.ndarray:
        return np.asarray(self.draws[name].values)

    def _per_unit(self, name: str) -> np.ndarray:
        return np.asarray(self._values(name) / self.design.scale)
