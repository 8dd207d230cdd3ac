"""What of an analysis does a report show?"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd

from bayes_border.bayes.pilot import Pilot
from bayes_border.bayes.posterior import Posterior
from bayes_border.checks.calibration_curves import curves_of
from bayes_border.gmm.fit import GmmFit
from bayes_border.panel import coverage
from bayes_border.panel.panel import Panel
from bayes_border.report.contents import ReportContents, StoredCalibration, StoredTable
from bayes_border.spec.digest import model_digest
from bayes_border.store.calibrations import COMMAND, Stored
from bayes_border.study import Study
from bayes_border.workflow.analysis import Analysis
from bayes_border.workflow.calibrate import StoredRun
from bayes_border.workflow.inputs import Inputs
from bayes_border.workflow.own_models import own_placebo_table, own_power_table, own_resolution_table
from bayes_border.workflow.provenance import of_request
from bayes_border.workflow.recipe_rows import place_of
from bayes_border.workflow.request import Request


def contents_of(analysis: Analysis, inputs: Inputs, request: Request) -> ReportContents:
    """Return everything that the report of an analysis shows."""
    study, panel = inputs.study, inputs.panel
    own = panel.name in study.spec.panels
    widest = widest_panel(study) if own else panel
    empty = pd.DataFrame()
    return ReportContents(
        study=study.spec,
        published=study.published(),
        meta=meta_of(analysis, inputs, request),
        panel=panel,
        coverage=coverage.coverage(widest),
        core=(panel.first_row, panel.last_row),
        panel_summary=coverage.summary(panel),
        source_differences=coverage.source_differences() if own else empty,
        sources=coverage.sources() if own else empty,
        audit=analysis.audit,
        comparison=analysis.comparison,
        fits=analysis.by_table(),
        gmm=analysis.replicated.estimates,
        hansen=pd.DataFrame([_hansen(fit) for fit in analysis.replicated.recipes if fit.hansen is not None]),
        crowded=pd.DataFrame([_crowded(fit) for fit in analysis.replicated.recipes if fit.count_warning is not None]),
        placebos={
            (str(one.data.attrs["recipe"]), str(one.data.attrs["null"])): one.data
            for one in analysis.replicated.placebos
            if one.data.attrs["table"] == inputs.tables[0]
        },
        own_placebo=_own(
            tuple(one for one in analysis.replicated.own_placebos if one.data.attrs["table"] == inputs.tables[0]),
            own_placebo_table,
        ),
        power=analysis.replicated.power,
        resolution=analysis.replicated.resolution,
        own_power=_own(analysis.replicated.own_power, own_power_table),
        own_resolution=_own(analysis.replicated.own_resolution, own_resolution_table),
        calibrate=COMMAND,
        searches=analysis.replicated.searches,
        calibrations={source: _calibration(run) for source, run in analysis.calibrations.items()},
        checks=analysis.checks,
        claims=analysis.claims,
        barrier=_barrier(analysis.barrier, panel),
        allowed_unconverged=analysis.comparison.unconverged,
        left_out=inputs.left_out,
    )


def widest_panel(study: Study) -> Panel:
    """Return the study's panel of the most years, the first of them that is listed."""
    return max((study.panel(name) for name in study.spec.panels), key=lambda panel: panel.data.sizes["year"])


def meta_of(analysis: Analysis, inputs: Inputs, request: Request) -> dict[str, object]:
    """Return the provenance of everything in a report."""
    digests = {fit.spec.name: model_digest(fit.spec) for fit in analysis.fits}
    found = of_request(request, inputs.panel, inputs.break_.reading, **digests).meta()
    sampler = {f"{fit.spec.name} ({fit.table})": _sampler(fit) for fit in analysis.fits}
    refused = [f"{fit.spec.name} ({fit.table})" for fit in analysis.refused]
    return {**found, "sampler": sampler, "refused": refused, "left_out": dict(inputs.left_out)}


def _sampler(fit: Posterior) -> str:
    used, seed = fit.settings, fit.tree.attrs["seed"]
    return (
        f"{used.chains} chains of {used.draws} draws after {used.tune}, target acceptance {used.target_accept:g}, "
        f"seed {seed}{', in coordinates of the mode' if fit.pilot is not Pilot.NONE else ''}"
    )


def _hansen(fit: GmmFit) -> dict[str, object]:
    test = fit.hansen
    assert test is not None  # noqa: S101 -- the caller asks of fits with a test only
    return {
        **place_of(fit),
        "n_instruments": test.n_instruments,
        "n_clusters": test.n_clusters,
        "rank": test.rank,
        "j": test.j,
        "df": test.df,
        "p_value": test.p_value,
        "bound": test.bound,
        "smallest_p": test.smallest_p,
        "vacuous": test.vacuous,
    }


def _crowded(fit: GmmFit) -> dict[str, object]:
    warning = fit.count_warning
    assert warning is not None  # noqa: S101 -- the caller asks of fits with a warning only
    return {
        **place_of(fit),
        "n_instruments": warning.n_instruments,
        "n_clusters": warning.n_clusters,
        "most_testable": str(warning.most_testable or "none"),
        "remedies": ", ".join(warning.said),
    }


def _own(stored: Sequence[Stored], table: Callable[[Sequence[Stored]], pd.DataFrame]) -> StoredTable | None:
    if not stored:
        return None
    return StoredTable(
        table=table(stored),
        date=min(one.date for one in stored),
        digest=", ".join(dict.fromkeys(one.digest for one in stored)),
        stale=any(one.stale for one in stored),
        command=COMMAND,
    )


def _calibration(run: StoredRun) -> StoredCalibration:
    return StoredCalibration(run.date, run.digest, run.stale, COMMAND, run.verdict, curves_of(run.data["pit"]))


def _barrier(rows: pd.DataFrame, panel: Panel) -> pd.DataFrame:
    """Return the rows under the report's names; `panel` gives the growth that was observed there."""
    growth = panel.data["dg"]
    observed = [float(growth.sel(province=p, year=t)) for p, t in zip(rows["province"], rows["year"], strict=True)]
    named = rows.drop(columns="row").rename(columns={"m": "m_mean"})
    return named.rename(columns=lambda name: name.replace(":", "/")).assign(dg=observed)
