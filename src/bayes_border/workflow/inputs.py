"""Which study, panel, reading of the break and tables does a request mean?"""

from __future__ import annotations

from dataclasses import dataclass

from bayes_border.design import Design, build_design
from bayes_border.errors import UsageError
from bayes_border.panel.panel import Panel
from bayes_border.spec.breaks import Break
from bayes_border.spec.study import Outcomes
from bayes_border.study import Study, load_study
from bayes_border.vocabulary import Outcome
from bayes_border.workflow.request import Request


@dataclass(frozen=True, slots=True)
class Inputs:
    """What every verb starts from."""

    study: Study
    panel: Panel
    break_: Break
    tables: tuple[Outcomes, ...]

    def design(self, table: Outcomes) -> Design:
        """Return the rows that explain one table's outcome."""
        return build_design(self.panel, self.study.spec.terms, self.break_, outcome=Outcome(table.outcome))


def load_inputs(request: Request) -> Inputs:
    """Return the study, panel, break and tables that a request names, defaults from the study.

    Raises
    ------
    SpecificationError, DataError, UsageError
        If one of them cannot be had.
    """
    study = load_study(request.study)
    break_ = Break.read(request.break_ or study.spec.default_break, study.spec.crossing)
    tables = _tables(study, request.table)
    return Inputs(study, study.panel(request.panel), break_, tables)


def _tables(study: Study, wanted: str | None) -> tuple[Outcomes, ...]:
    chosen = tuple(table for table in study.spec.tables if wanted in {None, table.table})
    if not chosen:
        known = ", ".join(table.table for table in study.spec.tables)
        message = f"table {wanted!r} is unknown to study {study.name!r}; use one of {known}"
        raise UsageError(message)
    return chosen
