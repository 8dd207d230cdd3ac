"""What does the panel hold, where does each figure come from, and do independent sources agree?"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Any

import pandas as pd

from bayes_border.criteria import SOURCE_GAP
from bayes_border.errors import DataError
from bayes_border.panel import coverage
from bayes_border.panel.panel import Panel
from bayes_border.workflow.inputs import Inputs, load_inputs
from bayes_border.workflow.provenance import of_request
from bayes_border.workflow.request import Request
from bayes_border.workflow.result import Result, Row, Section


def run(request: Request) -> Result:
    """Load or validate a panel, and describe it."""
    inputs = load_inputs(request)
    study, panel = inputs.study, inputs.panel
    sections = [_summary(panel), _coverage(panel)]
    if panel.name in study.spec.panels:
        sections += [_gaps(), _agreement(), _differences(), _sources()]
    title = f"Panel {panel.name}: {len(panel.provinces)} units, rows {panel.first_row}-{panel.last_row}"
    notes = (panel.source, *inputs.remarks, *_unusable(inputs))
    return Result(title, tuple(sections), of_request(request, panel).meta(), notes=notes)


def _unusable(inputs: Inputs) -> Iterator[str]:
    """Yield why the equation cannot be set up on this panel, a table: a break that it does not reach, say."""
    for table in inputs.tables:
        try:
            inputs.design(table)
        except DataError as error:
            yield f"{table} cannot be explained from this panel. {'; '.join(map(str, error.faults))}."


def _summary(panel: Panel) -> Section:
    return Section("summary", "Differenced series", _rows(coverage.summary(panel)))


def _coverage(panel: Panel) -> Section:
    """Return runs of years in which a series of all units has one source and status, missing cells named."""
    cells = coverage.coverage(panel)
    groups = cells.groupby(["series", "status", "source"], sort=False)
    table = groups.agg(
        cells=("value", "size"),
        units=("province", "nunique"),
        first=("year", "min"),
        last=("year", "max"),
    ).reset_index()
    return Section("coverage", "Cells by series, status and source", _rows(table))


def _gaps() -> Section:
    return Section("gap", "Cells that no source serves, all panels", _rows(coverage.declared_gaps()))


def _agreement() -> Section:
    title = "Agreement with independent sources (points of growth; other series: of their change in percent)"
    return Section("agreement", title, _rows(coverage.source_agreement()))


def _differences() -> Section:
    title = f"Cells that differ by more than {SOURCE_GAP:g} points from an independent source, widest first"
    return Section("difference", title, _rows(coverage.source_differences()))


def _sources() -> Section:
    columns = ("source", "content", "stated_source", "note")
    return Section("source", "Sources", _rows(coverage.sources()), columns)


def _rows(frame: pd.DataFrame) -> tuple[Row, ...]:
    records: list[dict[Hashable, Any]] = frame.to_dict("records")
    return tuple({str(name): value for name, value in record.items()} for record in records)
