"""Which study, panel, reading of the break and tables does a request mean?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from bayes_border.design import Design, build_design, difference_of
from bayes_border.errors import UsageError
from bayes_border.panel.panel import Panel
from bayes_border.spec.breaks import Break
from bayes_border.spec.study import Outcomes
from bayes_border.study import Study, load_study
from bayes_border.workflow.request import Request


@dataclass(frozen=True, slots=True)
class Inputs:
    """What every verb starts from.

    `tables` are the names of the published tables that are asked for and whose outcome the panel knows;
    `left_out` says why, of each one that is asked for and not among them.
    """

    study: Study
    panel: Panel
    break_: Break
    tables: tuple[str, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def remarks(self) -> tuple[str, ...]:
        """Return what must be said beside whatever is made from all tables: which of them are left out."""
        return tuple(f"{table} is left out: {reason}." for table, reason in self.left_out.items())

    def design(self, table: str) -> Design:
        """Return the rows that explain one table's outcome."""
        outcome = find_table(self.study, table).outcome
        return build_design(self.panel, self.study.spec.terms, self.break_, outcome=outcome)


def load_inputs(request: Request) -> Inputs:
    """Return the study, panel, break and tables that a request names, defaults from the study.

    Raises
    ------
    SpecificationError, DataError, UsageError
        If one of them cannot be had.
    """
    study = load_study(request.study)
    break_ = read_break(study, request.break_)
    panel = study.panel(request.panel)
    if request.table is not None:
        # Where one table is asked for, the design says what is missing.
        return Inputs(study, panel, break_, (find_table(study, request.table).table,))
    return every_table(study, panel, break_)


def every_table(study: Study, panel: Panel, break_: Break) -> Inputs:
    """Return inputs of all tables whose outcome a panel knows, or of the first alone where it knows none."""
    reasons = {table.table: _why_not(panel, table) for table in study.spec.tables}
    known = tuple(table for table, reason in reasons.items() if not reason) or tuple(reasons)[:1]
    left_out = {table: reason for table, reason in reasons.items() if table not in known}
    return Inputs(study, panel, break_, known, left_out)


def _why_not(panel: Panel, table: Outcomes) -> str:
    """Return why a table cannot be explained from a panel, empty where it can."""
    series = panel.data.get(difference_of(table.outcome))
    if series is not None and np.isfinite(series.values).any():
        return ""
    lacks = f"no column {str(table.outcome)!r}" if series is None else f"no {table.outcome} for two years in a row"
    return f"panel {panel.name} has {lacks} ({table.label})"


def read_break(study: Study, reading: str | Break | None) -> Break:
    """Return a reading of the break, the study's default where none is given."""
    if isinstance(reading, Break):
        return reading
    return Break.read(reading or study.spec.default_break, study.spec.crossing)


def find_table(study: Study, name: str | None) -> Outcomes:
    """Return one of the study's tables, the first where none is named.

    Raises
    ------
    UsageError
        If the study has no such table.
    """
    tables = study.spec.tables
    found = tables[0] if name is None else next((table for table in tables if table.table == name), None)
    if found is None:
        known = ", ".join(table.table for table in tables)
        message = f"table {name!r} is unknown to study {study.name!r}; use one of {known}"
        raise UsageError(message)
    return found
