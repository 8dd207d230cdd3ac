"""From which posterior draws are panels simulated: those of an earlier reanalysis, or of a fit made now?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from bayes_border.design import Design
from bayes_border.errors import UsageError
from bayes_border.spec.digest import model_digest
from bayes_border.spec.model import ModelSpec
from bayes_border.spec.reader import load_model
from bayes_border.spec.sampling import SamplerSettings
from bayes_border.workflow.inputs import Inputs
from bayes_border.workflow.request import Request

if TYPE_CHECKING:  # what diagnoses a fit is slow to import, and most calibrations need none
    from bayes_border.bayes.posterior import Posterior

#: What a posterior holds beside parameters: functions of them and of the rows.
_DERIVED = ("effect_mean", "effect_median")


@dataclass(frozen=True)
class Truths:
    """Posterior draws by model and table; each is read or fitted once.

    Parameters
    ----------
    inputs, request
        What is fitted to what.
    settings
        How a fit runs where the request does not say.
    """

    inputs: Inputs
    request: Request
    settings: SamplerSettings = field(default_factory=SamplerSettings)
    _found: dict[tuple[str, str], xr.Dataset] = field(default_factory=dict)

    def draws(self, model: str, table: str) -> xr.Dataset:
        """Return a model's draws as `chains` gives them, joined along `draw`."""
        return joined_chains(self.chains(load_model(model), table))

    def chains(self, spec: ModelSpec, table: str) -> xr.Dataset:
        """Return a model's draws of its parameters for a table's outcome, dims `(chain, draw, ...)`.

        From `<table>_<model>.nc` in the folder `fits` that the request names, or else fitted with its seed.

        Raises
        ------
        DataError
            If the folder has no such fit, or model, panel or break have changed since.
        GateError
            If the fit has not converged and the request does not allow that.
        """
        if (spec.name, table) not in self._found:
            self._found[spec.name, table] = parameters_of(self._fit(spec, table))
        return self._found[spec.name, table]

    def _fit(self, spec: ModelSpec, table: str) -> Posterior:
        # Here and not above: the sampler takes seconds to import, and most calibrations need none.
        from bayes_border.checks.convergence import require_converged  # noqa: PLC0415
        from bayes_border.workflow.compare import read_fit  # noqa: PLC0415
        from bayes_border.workflow.fit import fit_model  # noqa: PLC0415

        if self.request.fits is not None:
            fit = read_fit(self.request.fits / f"{table}_{spec.name}.nc", self.inputs)
        else:
            self.request.progress(f"sampling {spec.name} for its draws", 0, 1)
            fit = fit_model(spec, self.inputs.design(table), table, self.request, default=self.settings)
            self.request.progress(f"sampling {spec.name} for its draws", 1, 1)
        require_converged([fit], allow_unconverged=self.request.sampling.allow_unconverged)
        return fit


def require_fit_of(fit: Posterior, generator: ModelSpec, rows: Design) -> None:
    """Refuse a fit whose draws are not truths of this model on these rows.

    Raises
    ------
    UsageError
        Saying what was fitted to what.
    """
    found, wanted = (f"{spec.name} (digest {model_digest(spec)})" for spec in (fit.spec, generator))
    if model_digest(fit.spec) != model_digest(generator):
        message = f"truths are to come from {wanted}, but the fit is one of {found}: fit the model that simulates"
        raise UsageError(message)
    if fit.design.digest != rows.digest:
        found, wanted = (
            f"panel {design.panel_name}, {design.outcome}, break {design.break_.reading} (digest {design.digest})"
            for design in (fit.design, rows)
        )
        message = (
            f"the fit that truths come from is of other rows, {found}, than are calibrated, {wanted}; give both one"
        )
        raise UsageError(message)


def parameters_of(fit: Posterior) -> xr.Dataset:
    """Return a fit's draws of its parameters, dims `(chain, draw, ...)`."""
    return fit.tree["posterior"].to_dataset().drop_vars(_DERIVED, errors="ignore")


def joined_chains(posterior: xr.Dataset) -> xr.Dataset:
    """Return the parameters of a posterior, one chain after the other along `draw`."""
    parameters = posterior.drop_vars(_DERIVED, errors="ignore")
    stacked = parameters.rename(draw="step").stack(draw=("chain", "step"), create_index=False)
    return stacked.drop_vars(["chain", "step"]).assign_coords(draw=np.arange(stacked.sizes["draw"]))
