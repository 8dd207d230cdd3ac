"""What do the sampler's draws mean in the paper's units?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from bayes_border.design import Design
from bayes_border.simulate.quantities import Quantities, labelled, regimes_of
from bayes_border.spec.model import Intercept, ModelSpec, Pooling, Regimes


def to_parameters(draws: Quantities, spec: ModelSpec, design: Design) -> xr.Dataset:
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
    return labelled(found, ("chain", "draw"), spec, design, years=design.observed_years)


@dataclass(frozen=True)
class _Units:
    """The density's parameters and coefficients, `(chain, draw, ...)`, turned into a model's quantities."""

    draws: Quantities
    design: Design
    spec: ModelSpec

    def slopes(self, name: str) -> Quantities:
        """Return a coefficient of each regressor by regime, its break and the break's scale where they are pooled."""
        mean = self._per_unit(f"{name}_mean")
        if self.spec.structure.regimes is Regimes.SINGLE:
            return {name: mean[..., None, :]}
        delta = self._per_unit(f"delta_{name}")
        found: Quantities = {
            f"delta_{name}": delta,
            name: np.stack([mean - delta / 2, mean + delta / 2], axis=-2),
        }
        if self.spec.structure.pooling is Pooling.PARTIAL:
            found[f"omega_{name}"] = self.draws[f"omega_{name}"]
        return found

    def intercepts(self) -> Quantities:
        """Return each regime's intercept; a common one is the first of the density's two."""
        if self.spec.structure.intercept is Intercept.NONE:
            return {}
        common = self.spec.structure.intercept is Intercept.COMMON
        places = [0 if common else r for r in range(len(regimes_of(self.spec)))]
        return {"intercept": self.draws["intercept"][..., places]}

    def effects(self) -> Quantities:
        """Return province effects and year shocks with their scales."""
        found: Quantities = {}
        if self.spec.structure.province_effects:
            found["sigma_alpha"] = self.draws["sigma_alpha"]
            found["alpha"] = self.draws["alpha"]
        if self.spec.structure.year_shocks:
            found["sigma_tau"] = self.draws["sigma_tau"]
            # Without a row in the likelihood a year's shock is its prior: nothing to report.
            spoken_of = [self.design.years.index(year) for year in self.design.observed_years]
            found["tau"] = self.draws["tau"][..., spoken_of]
        return found

    def errors(self) -> Quantities:
        """Return each regime's error sd, and how it moves with the regressors."""
        sigma = np.exp(self.draws["log_sigma"][..., : len(regimes_of(self.spec))])
        found: Quantities = {"sigma": sigma}
        if self.spec.structure.skedastic:
            found["kappa"] = self._per_unit("kappa")
        return found

    def _per_unit(self, name: str) -> np.ndarray:
        return np.asarray(self.draws[name] / self.design.scale)
