"""Which study, panel, reading of the break and tables does a request mean?"""

from __future__ import annotations

from dataclasses import dataclass

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
    """What every verb starts from; `tables` are the names of the published tables that are asked for."""

    study: Study
    panel: Panel
    break_: Break
    tables: tuple[str, ...]

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
    asked = study.spec.tables if request.table is None else (find_table(study, request.table),)
    # A panel need not know every table's outcome; where one table is asked for, the design says what is missing.
    known = tuple(table.table for table in asked if request.table is not None or _knows(panel, table))
    return Inputs(study, panel, break_, known or (asked[0].table,))


def _knows(panel: Panel, table: Outcomes) -> bool:
    series = panel.data.get(difference_of(table.outcome))
    return series is not None and bool(np.isfinite(series.values).any())


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
