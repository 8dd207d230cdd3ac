"""Which sentences may be said for the paper, against it and against this reanalysis?

Each rule yields a sentence only where its condition holds on the numbers of this run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from bayes_border.report.contents import ReportContents
from bayes_border.report.rules import coherent, doubt, printed, reproduced
from bayes_border.report.views import Side, Statement

#: In the order in which their sentences stand.
RULES: Final[tuple[Callable[[ReportContents], Iterator[Statement]], ...]] = (
    coherent.signs,
    coherent.starred,
    coherent.verdicts,
    reproduced.noise,
    reproduced.reproduction,
    printed.hansen,
    printed.outside,
    printed.contradictions,
    printed.consistent,
    doubt.panel,
    doubt.left_out,
    doubt.dispersion,
    doubt.power,
    doubt.counts,
    doubt.prior_bound,
    doubt.checks,
    doubt.calibration,
    doubt.stale,
)


def statements(contents: ReportContents) -> tuple[Statement, ...]:
    """Return every sentence whose condition holds, in the order of the rules."""
    return tuple(statement for rule in RULES for statement in rule(contents))


def of_side(every: tuple[Statement, ...], side: Side) -> tuple[Statement, ...]:
    """Return the sentences of one side."""
    return tuple(statement for statement in every if statement.side is side)
