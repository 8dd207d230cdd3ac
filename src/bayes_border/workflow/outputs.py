"""Which files does a reanalysis leave, and how is what was sampled read back?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from bayes_border.bayes.posterior import Posterior
from bayes_border.errors import UsageError
from bayes_border.report.render import render_report
from bayes_border.store.atomic import write_bytes, write_text
from bayes_border.store.draws import write_tree
from bayes_border.store.folder import replacing_folder, require_replaceable
from bayes_border.store.frames import read_frame, write_frame
from bayes_border.store.rows import write_csv, write_json
from bayes_border.vocabulary import TruthSource
from bayes_border.workflow.analysis import Analysis, Sampled, lighten, sample_models
from bayes_border.workflow.calibrate import StoredRun
from bayes_border.workflow.compare import read_fit
from bayes_border.workflow.contents import contents_of, meta_of
from bayes_border.workflow.inputs import Inputs
from bayes_border.workflow.own_models import own_placebo_table, own_power_table, own_resolution_table
from bayes_border.workflow.request import Request

_BARRIER = "barrier.csv"


def output_folder(inputs: Inputs, request: Request) -> Path:
    """Return the folder a report is written to.

    Raises
    ------
    UsageError
        If it is one that a report cannot replace.
    """
    folder = request.output or Path("reports") / inputs.study.name
    require_replaceable(folder)
    return folder


def sample_into(folder: Path, inputs: Inputs, request: Request) -> tuple[Sampled, tuple[Path, ...]]:
    """Sample a study's models and write each fit's draws when it is there, all or nothing; return the paths too.

    Raises
    ------
    GateError
        If a fit that everything rests on has not converged (`sample_models`).
    """
    with replacing_folder(folder) as new:

        def write(fit: Posterior) -> None:
            write_tree(new / _file_of(fit.table, fit.spec.name), fit.tree)

        sampled = sample_models(inputs, request, write)
        write_frame(new / _BARRIER, sampled.barrier)
    fits = (_file_of(fit.table, fit.spec.name) for fit in sampled.fits)
    return sampled, tuple(folder / name for name in (*fits, _BARRIER))


def read_sampled(inputs: Inputs, folder: Path) -> Sampled:
    """Return what `sample_into` wrote, as it returned it.

    Raises
    ------
    UsageError
        If nothing was sampled for this study, panel and break yet.
    DataError
        If a file cannot be read, or a model or the rows have changed since.
    """
    paths = [folder / _file_of(table, name) for table in inputs.tables for name in inputs.study.spec.models]
    absent = [path.name for path in (*paths, folder / _BARRIER) if not path.is_file()]
    if absent:
        message = f"{folder} lacks {', '.join(absent)}: run `bayes-border reanalyse` first"
        raise UsageError(message)
    fits = []
    for path in paths:
        fits.append(read_fit(path, inputs))
        lighten(fits[-1], inputs)
    return Sampled(tuple(fits), read_frame(folder / _BARRIER))


def _file_of(table: str, model: str) -> str:
    return f"{table}_{model}.nc"


def write_outputs(analysis: Analysis, inputs: Inputs, request: Request) -> tuple[Path, ...]:
    """Write report, summary, figures and tables, all or nothing, and return the paths, the report first."""
    folder = output_folder(inputs, request)
    rendered = render_report(contents_of(analysis, inputs, request))
    meta = meta_of(analysis, inputs, request)
    with replacing_folder(folder) as new:
        written = (
            write_text(new / "report.html", rendered.html),
            write_text(new / "summary.md", rendered.summary_md),
            *(write_bytes(new / "figures" / name, content) for name, content in rendered.figures.items()),
            *_write_tables(analysis, new / "tables", meta),
        )
    return tuple(folder / path.relative_to(new) for path in written)


def _write_tables(analysis: Analysis, folder: Path, meta: Mapping[str, object]) -> list[Path]:
    tables: dict[str, list[dict[str, object]]] = {
        "comparison": analysis.comparison.to_rows(),
        "audit": analysis.audit.to_rows(),
        "claims": [row for judgement in analysis.claims for row in judgement.to_rows()],
        "gmm": analysis.replicated.estimates.to_rows(),
        "posterior": [row for fit in analysis.fits for row in fit.estimates().to_rows()],
        "placebo": [row for one in analysis.replicated.placebos for row in _rows(one.summary())],
        "own_placebo": _rows(own_placebo_table(analysis.replicated.own_placebos)),
        "power": _rows(analysis.replicated.power),
        "resolution": _rows(analysis.replicated.resolution),
        "own_power": _rows(own_power_table(analysis.replicated.own_power)),
        "own_resolution": _rows(own_resolution_table(analysis.replicated.own_resolution)),
        "nearest": [
            {"table": table, **row}
            for table, found in analysis.replicated.searches.items()
            for row in _rows(found.table)
        ],
        "calibration": [_calibration(source, run) for source, run in analysis.calibrations.items()],
        "calibration_quantities": [
            {"truths": str(source), **row}
            for source, run in analysis.calibrations.items()
            for row in _rows(run.verdict.table())
        ],
        "checks": [
            {"check": check.name, "status": str(check.status), "observed": check.observed, "criterion": check.criterion}
            for check in analysis.checks
        ],
    }
    paths = []
    for name, rows in tables.items():
        paths += [write_csv(folder / f"{name}.csv", rows)]
        paths += [write_json(folder / f"{name}.json", {"rows": rows, "meta": meta})]
    return paths


def _calibration(source: TruthSource, run: StoredRun) -> dict[str, object]:
    verdict, findable = run.verdict, run.verdict.detectable
    return {
        "truths": str(source),
        "model": verdict.model,
        "passed": verdict.passed,
        "quantities": len(verdict.quantities),
        "simulations": verdict.simulations,
        "failed": verdict.failed,
        "unconverged": verdict.unconverged,
        **{name: None if findable is None else getattr(findable, name) for name in ("bias", "narrow", "wide")},
        "date": run.date,
        "digest": run.digest,
        "stale": run.stale,
        "summary": verdict.summary,
    }


def _rows(frame: pd.DataFrame) -> list[dict[str, object]]:
    # `DataFrame.to_dict` asks a column of texts for one element at a time. Columns are NumPy's, or of texts.
    columns = {str(name): column.tolist() for name, column in frame.items()}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
