"""What does one model say of each coefficient?"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import as_completed
from dataclasses import asdict, replace

from bayes_border.bayes.fit import fit
from bayes_border.bayes.pilot import Pilot
from bayes_border.bayes.posterior import Posterior
from bayes_border.checks.convergence import convergence, require_converged
from bayes_border.criteria import RHAT_APART
from bayes_border.design import Design
from bayes_border.errors import UsageError
from bayes_border.spec.digest import model_digest
from bayes_border.spec.model import ModelSpec
from bayes_border.spec.reader import load_model
from bayes_border.spec.sampling import SamplerSettings
from bayes_border.store.draws import write_tree
from bayes_border.workflow.executors import open_executor
from bayes_border.workflow.inputs import Inputs, load_inputs
from bayes_border.workflow.provenance import of_request
from bayes_border.workflow.request import Request, Sampling
from bayes_border.workflow.result import Result, single

#: Where default chains do not pass the gate, the model is sampled with so many times the draws, in coordinates of the
#: mode's curvature. What was used stands in the fit's attributes. Chains that are far apart (`criteria.RHAT_APART`) are
#: not repeated.
_LONGER = 4

_DEFAULT = SamplerSettings()

_COLUMNS = (
    "window", "term", "value", "se", "lower", "upper", "prior_sd", "contraction", "p_positive", "prior_p_positive",
)  # fmt: skip


def run(request: Request) -> Result:
    """Sample a model, refuse it if it has not converged, and write its draws where asked."""
    posterior, inputs = sample(request)
    return replace(
        single(
            f"{posterior.spec.name} on panel {inputs.panel.name}, {posterior.table}, break {inputs.break_.reading}",
            posterior.estimates().to_rows(),
            meta(request, inputs, posterior),
            columns=_COLUMNS,
            notes=notes(posterior),
        ),
        files=() if request.output is None else (write_tree(request.output, posterior.tree),),
    )


def sample(request: Request) -> tuple[Posterior, Inputs]:
    """Return the fit that a request asks for, and what it was fitted to.

    Raises
    ------
    GateError
        If it has not converged and the request does not allow that.
    """
    inputs = load_inputs(request)
    spec = load_model(request.model or inputs.study.spec.flagship)
    if request.output is not None and request.output.suffix != ".nc":
        message = f"draws are written as netCDF: give --output a name that ends in .nc, not {request.output.name!r}"
        raise UsageError(message)
    request.progress(f"sampling {spec.name}", 0, 1)
    table = inputs.tables[0]
    chosen = settings(request.sampling)
    posterior = fit(spec, inputs.design(table), table=table, settings=chosen, seed=request.seed)
    request.progress(f"sampling {spec.name}", 1, 1)
    require_converged([posterior], allow_unconverged=request.sampling.allow_unconverged)
    return posterior, inputs


def fit_models(request: Request, inputs: Inputs, finished: Callable[[Posterior], object]) -> tuple[Posterior, ...]:
    """Return the study's models fitted to every table's outcome, converged or not.

    Each is given to `finished` as soon as it is there: what that drops makes room for the next.
    """
    specs = [load_model(name) for name in inputs.study.spec.models]
    asked = [(table, spec) for table in inputs.tables for spec in specs]
    # Several at once: while one is summarised, which takes one core, another is sampled.
    with open_executor() as executor:
        futures = [executor.submit(fit_model, spec, inputs.design(table), table, request) for table, spec in asked]
        request.progress("sampling", 0, len(asked))
        for done, future in enumerate(as_completed(futures), 1):
            finished(future.result())  # one that failed ends the job at once
            request.progress("sampling", done, len(asked))
        return tuple(future.result() for future in futures)


def fit_model(
    spec: ModelSpec, design: Design, table: str, request: Request, *, default: SamplerSettings = _DEFAULT
) -> Posterior:
    """Return a fit, with longer chains where the gate refuses the default ones and the user set none."""
    chosen = settings(request.sampling, default)
    posterior = fit(spec, design, table=table, settings=chosen, seed=request.seed)
    found = posterior.convergence
    if chosen != default or found.passed or found.rhat_max > RHAT_APART:
        return posterior
    posterior.drop_rows()  # the longer one needs their room
    longer = replace(chosen, draws=_LONGER * chosen.draws)
    return fit(spec, design, table=table, settings=longer, seed=request.seed, pilot=Pilot.COORDINATES)


def settings(sampling: Sampling, default: SamplerSettings = _DEFAULT) -> SamplerSettings:
    """Return sampler settings, the default's for what was not said."""
    given = {name: getattr(sampling, name) for name in ("draws", "tune", "chains")}
    return replace(default, **{name: value for name, value in given.items() if value is not None})


def meta(request: Request, inputs: Inputs, posterior: Posterior) -> dict[str, object]:
    """Return the provenance of a fit."""
    digests = {"model": model_digest(posterior.spec), "design": posterior.design.digest}
    found = of_request(request, inputs.panel, break_=inputs.break_.reading, **digests).meta()
    return {
        **found,
        "model": posterior.spec.name,
        "sampler": asdict(posterior.settings),
        "converged": posterior.convergence.passed,
    }


def notes(posterior: Posterior) -> tuple[str, ...]:
    """Return what must stand beside every number of a fit."""
    gate = convergence(posterior)
    verdict = f"Convergence gate: {gate.status}: {gate.observed}."
    if posterior.convergence.passed:
        return (verdict, IDENTIFICATION)
    return (f"UNCONVERGED, shown because --allow-unconverged was given. {verdict}", IDENTIFICATION)


IDENTIFICATION = (
    "Interactions (dg_...) are identified by the curvature of the mean and by dispersion that changes with the "
    "regressors: heteroscedastic or heavy-tailed errors can look like an interaction."
)
