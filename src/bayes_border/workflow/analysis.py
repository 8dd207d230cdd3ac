"""What are all the results that a reanalysis sets side by side?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from bayes_border.bayes.posterior import Posterior
from bayes_border.checks.barrier import smallest_m, without_each
from bayes_border.checks.check import Check
from bayes_border.checks.convergence import convergence, require_converged
from bayes_border.checks.predictive import predictive_checks
from bayes_border.compare.audit import Audit, audit
from bayes_border.compare.comparison import Comparison, compare
from bayes_border.compare.draws import collect_draws
from bayes_border.compare.posterior_claims import PosteriorJudgement, judge_on_posteriors
from bayes_border.compare.verdict import CAVEAT, SUPPLIED
from bayes_border.estimates import Estimates
from bayes_border.spec.reader import load_model
from bayes_border.store.calibrations import (
    Calibration,
    calibration_digest,
    calibration_name,
    calibration_path,
    read_calibration,
)
from bayes_border.vocabulary import Engine, TruthSource
from bayes_border.workflow.calibrate import StoredRun
from bayes_border.workflow.executors import open_executor
from bayes_border.workflow.fit import fit_models
from bayes_border.workflow.inputs import Inputs
from bayes_border.workflow.replication import Replicated, replicate_fully
from bayes_border.workflow.request import Request


@dataclass(frozen=True)
class Sampled:
    """What takes a sampler: fits (`lighten`), and `barrier`, rows near incoherence with the answer without each."""

    fits: tuple[Posterior, ...]
    barrier: pd.DataFrame


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """Everything that was computed, nothing of it formatted.

    `replicated` is what the recipes find; `barrier` names the rows nearest to incoherence with the answer
    without each; `calibrations` are the stored ones of the flagship. `refused` are fits that did not pass the
    convergence gate: no number of theirs is shown.
    """

    fits: tuple[Posterior, ...]
    refused: tuple[Posterior, ...]
    replicated: Replicated
    calibrations: Mapping[TruthSource, StoredRun]
    audit: Audit
    comparison: Comparison
    claims: tuple[PosteriorJudgement, ...]
    checks: tuple[Check, ...]
    barrier: pd.DataFrame

    def by_table(self) -> Mapping[str, Mapping[str, Posterior]]:
        """Return the fits by table and model."""
        found: dict[str, dict[str, Posterior]] = defaultdict(dict)
        for fit in self.fits:
            found[fit.table][fit.spec.name] = fit
        return found


def sample_models(
    inputs: Inputs, request: Request, finished: Callable[[Posterior], object] = lambda _: None
) -> Sampled:
    """Return the study's fits and, for the flagship, the answer without each row nearest to incoherence.

    Each fit is given to `finished` as soon as it is there, whole; then `lighten` takes off what no analysis needs.

    Raises
    ------
    GateError
        If the flagship, or its counterpart for the full window, has not converged on the study's first
        table and the request does not allow that.
    """

    def written(fit: Posterior) -> None:
        finished(fit)
        lighten(fit, inputs)

    fits = fit_models(request, inputs, written)
    essential = [fit for fit in fits if _essential(fit, inputs)]
    require_converged(essential, allow_unconverged=request.sampling.allow_unconverged)
    return Sampled(fits, _barrier(flagship_of(fits, inputs), request))


def lighten(fit: Posterior, inputs: Inputs) -> None:
    """Drop a fit's rows unless an analysis needs them: those of the flagship on the study's first table."""
    if not _is_flagship(fit, inputs):
        fit.drop_rows()


def flagship_of(fits: tuple[Posterior, ...], inputs: Inputs) -> Posterior:
    """Return the flagship's fit to the study's first table."""
    return next(fit for fit in fits if _is_flagship(fit, inputs))


def analyse(inputs: Inputs, request: Request, sampled: Sampled) -> Analysis:
    """Set everything that a study asks for beside its fits."""
    published = inputs.study.published()
    replicated = replicate_fully(inputs, request, sampled.fits)
    allowed = request.sampling.allow_unconverged
    fits = tuple(fit for fit in sampled.fits if allowed or fit.convergence.passed)
    refused = tuple(fit for fit in sampled.fits if not (allowed or fit.convergence.passed))
    flagship = flagship_of(fits, inputs)
    return Analysis(
        fits=fits,
        refused=refused,
        replicated=replicated,
        calibrations=stored_calibrations(inputs),
        audit=audit(published, flagship.design),
        comparison=set_beside(inputs, replicated, fits, refused=refused, allow_unconverged=allowed),
        claims=judge_on_posteriors(published, collect_draws(fits), inputs.study.spec.roles[0].at),
        checks=(*map(convergence, sampled.fits), *predictive_checks(flagship)),
        barrier=sampled.barrier,
    )


def set_beside(  # noqa: PLR0913 -- one keyword a kind of counterpart
    inputs: Inputs,
    replicated: Replicated,
    fits: Sequence[Posterior],
    *,
    refused: Sequence[Posterior] = (),
    others: Estimates | None = None,
    allow_unconverged: bool = False,
) -> Comparison:
    """Return the study's print beside fits, recipes, placebos and `others`, estimates that come without draws.

    Raises
    ------
    GateError
        If a fit has not converged and is not allowed in.
    """
    given = others or Estimates(())
    own = (stored.data for stored in replicated.own_placebos if not stored.stale)
    return compare(
        inputs.study.published(),
        roles=inputs.study.spec.roles,
        bayes=[*(fit.estimates() for fit in fits), Estimates(tuple(x for x in given if x.engine is Engine.BAYES))],
        gmm=replicated.estimates + Estimates(tuple(x for x in given if x.engine is Engine.GMM)),
        draws=collect_draws(fits),
        placebo=[*(found.data for found in replicated.placebos), *own],
        designs={table: inputs.design(table) for table in inputs.tables},
        missing=_missing(inputs, refused),
        caveat=CAVEAT if inputs.panel.name in inputs.study.spec.panels else SUPPLIED,
        allow_unconverged=allow_unconverged,
    )


def _missing(inputs: Inputs, refused: Sequence[Posterior]) -> dict[tuple[str, str], str]:
    """Return, by model and table, why a model says nothing of a table."""
    spec = inputs.study.spec
    left_out = {(model, table): reason for table, reason in inputs.left_out.items() for model in spec.models}
    return left_out | {
        (fit.spec.name, fit.table): f"{fit.spec.name} was refused: {'; '.join(fit.convergence.faults)}"
        for fit in refused
    }


def _is_flagship(fit: Posterior, inputs: Inputs) -> bool:
    return (fit.spec.name, fit.table) == (inputs.study.spec.flagship, inputs.tables[0])


def _essential(fit: Posterior, inputs: Inputs) -> bool:
    spec = inputs.study.spec
    return fit.table == inputs.tables[0] and fit.spec.name in {spec.flagship, spec.full_window}


def stored_calibrations(inputs: Inputs) -> Mapping[TruthSource, StoredRun]:
    """Return the stored calibrations of the flagship by simulation, those that there are.

    Raises
    ------
    DataError
        If a file is no stored calibration.
    """
    flagship, table = load_model(inputs.study.spec.flagship), inputs.tables[0]
    digest, study = calibration_digest(flagship, inputs.design(table)), inputs.study.name
    kinds = {TruthSource.PRIOR: Calibration.SBC, TruthSource.POSTERIOR: Calibration.POSTERIOR_SBC}
    name = calibration_name(table, flagship.name)
    found = {source: read_calibration(calibration_path(kind, study, name), digest) for source, kind in kinds.items()}
    return {
        source: StoredRun(one.data, one.date, one.digest, one.stale) for source, one in found.items() if one is not None
    }


def _barrier(flagship: Posterior, request: Request) -> pd.DataFrame:
    rows = smallest_m(flagship)
    request.progress("leaving rows out", 0, 1)
    with open_executor() as executor:
        found = without_each(flagship, rows, seed=request.seed, executor=executor)
    request.progress("leaving rows out", 1, 1)
    return found
