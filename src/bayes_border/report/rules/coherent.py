"""Which sentences do the coherent posteriors allow?"""

from __future__ import annotations

from collections.abc import Iterator

from bayes_border import criteria
from bayes_border.compare.row import ComparisonRow
from bayes_border.compare.verdict import Verdict
from bayes_border.report import facts, labels
from bayes_border.report.contents import ReportContents
from bayes_border.report.numbers import interval, percent, probability
from bayes_border.report.views import Side, Statement

_LEVEL = percent(criteria.INTERVAL_LEVEL, 0)


def signs(contents: ReportContents) -> Iterator[Statement]:
    """Name the cells in which the posterior is sure of the printed sign, or of the other one."""
    rows = [row for row in contents.comparison if facts.coherent(row) is not None]
    for side, sign, found in (
        (Side.SUPPORTS, "printed", [row for row in rows if facts.settled(row)]),
        (Side.AGAINST, "opposite", [row for row in rows if facts.opposed(row)]),
    ):
        if found:
            text = (
                f"The coherent model is sure of the {sign} sign (probability above {criteria.SAME_SIGN:g}) in "
                f"{facts.of(len(found), len(rows), 'cells')} {contents.caveat}; probability of the printed sign: "
                f"{facts.cells(contents, found, _probabilities)}."
            )
            yield Statement(side, text, "side-by-side")


def starred(contents: ReportContents) -> Iterator[Statement]:
    """Set starred estimates beside the posterior interval: does it include zero, does it hold the estimate?"""
    rows = [row for row in facts.rows_of(contents, contents.main_table) if row.cell.stars and facts.coherent(row)]
    open_ = [row for row in rows if (own := facts.coherent(row)) is not None and facts.includes_zero(own)]
    held = [row for row in rows if facts.holds_print(row)]
    name = labels.table(contents, contents.main_table)
    if open_:
        has = "has" if len(open_) == 1 else "have"
        text = (
            f"{facts.capital(facts.of(len(open_), len(rows), 'starred estimates'))} of {name} {has} a coherent "
            f"{_LEVEL} interval that includes zero {contents.caveat}: {facts.cells(contents, open_, _beside)}."
        )
        yield Statement(Side.AGAINST, text, "headline")
    if held:
        both = sum(row in open_ for row in held)
        wide = f"; {both} of these intervals also include{'s' if both == 1 else ''} zero" if both else ""
        text = (
            f"{facts.capital(facts.of(len(held), len(rows), 'starred estimates'))} of {name} "
            f"{'lies' if len(held) == 1 else 'lie'} inside the coherent model's {_LEVEL} interval {contents.caveat}: "
            f"{facts.cells(contents, held, _beside)}{wide}."
        )
        yield Statement(Side.SUPPORTS, text, "headline")


def verdicts(contents: ReportContents) -> Iterator[Statement]:
    """Count the cells whose verdict is agreement in sign and size, and in sign only."""
    tally, whole = contents.comparison.tally(), len(contents.comparison)
    for side, found, verdict in (
        (Side.SUPPORTS, tally[Verdict.SAME_SIZE], Verdict.SAME_SIZE),
        (Side.AGAINST, tally[Verdict.OTHER_SIZE], Verdict.OTHER_SIZE),
    ):
        if found:
            has = "has" if found == 1 else "have"
            cells = facts.capital(facts.of(found, whole, "cells"))
            yield Statement(side, f"{cells} {has} the verdict “{verdict}” {contents.caveat}.", "side-by-side")


def _probabilities(row: ComparisonRow) -> str:
    own = facts.coherent(row)
    return "" if own is None else f"{probability(own.same_sign)}, prior {probability(own.prior_same_sign)}"


def _beside(row: ComparisonRow) -> str:
    own = facts.coherent(row)
    beside = "" if own is None else f" against {interval(own.interval.lower, own.interval.upper)}"
    return f"{row.cell.estimate.text}{beside}"
