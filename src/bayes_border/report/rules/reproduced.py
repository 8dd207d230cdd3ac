"""Which sentences do the recipes and their placebos allow?"""

from __future__ import annotations

from collections.abc import Iterator

from bayes_border import criteria
from bayes_border.compare.row import ComparisonRow
from bayes_border.report import facts, labels
from bayes_border.report.contents import ReportContents
from bayes_border.report.numbers import percent
from bayes_border.report.views import Side, Statement
from bayes_border.vocabulary import Null


def reproduction(contents: ReportContents) -> Iterator[Statement]:
    """Count the printed estimates that a recipe comes near to, and those that none does."""
    rows = [row for row in contents.comparison if row.nearest is not None]
    near = [row for row in rows if facts.reproduced(row)]
    far = [row for row in rows if not facts.reproduced(row)]
    limit = f"{criteria.PANEL_DIFFERS_SE:g} printed standard errors"
    if near:
        text = (
            f"A recipe comes within {limit} of {facts.of(len(near), len(rows), 'printed estimates')} {contents.caveat}."
        )
        yield Statement(Side.SUPPORTS, text, "reproduced")
    if far:
        shown = facts.cells(
            contents, sorted(far, key=_distance, reverse=True), lambda row: f"{_distance(row):.1f} away"
        )
        missed = facts.of(len(far), len(rows), "printed estimates")
        yield Statement(
            Side.AGAINST, f"No recipe comes within {limit} of {missed} {contents.caveat}: {shown}.", "reproduced"
        )


def _distance(row: ComparisonRow) -> float:
    return 0.0 if row.nearest is None else row.nearest.distance


def noise(contents: ReportContents) -> Iterator[Statement]:
    """Set the estimators' noise beside our own model's, or say nothing of it."""
    rows = [row for row in facts.rows_of(contents, contents.main_table) if row.cell.term in contents.interactions]
    placed = [(row, place) for row in rows for place in row.placebo if place.null == Null.WHITE_NOISE]
    if not placed:
        return
    if not facts.own_noise(contents, Null.WHITE_NOISE):
        text = (
            "Our own model has no stored placebo here, so nothing is said of the printed estimates beside noise: "
            "the same test has to be passed by both."
        )
        yield Statement(Side.DOUBT, text, "noise")
        return
    inside = [row for row, place in placed if place.holds(row.cell.estimate.value)]
    outside = [row for row, place in placed if not place.holds(row.cell.estimate.value)]
    whole = f"{len(placed)} printed interactions of {labels.table(contents, contents.main_table)}"
    if inside:
        text = (
            f"Of {whole}, {facts.lie(len(inside))} among what the nearest recipe finds in white noise without any "
            f"interaction (central {percent(criteria.NOISE_CENTRAL, 0)}) {contents.caveat}; {_ours(contents)}."
        )
        yield Statement(Side.AGAINST, text, "noise")
    if outside:
        shown = facts.cells(contents, outside, lambda row: f"printed {row.cell.estimate.text}")
        text = (
            f"Of {whole}, {facts.lie(len(outside))} outside what the nearest recipe finds in white noise "
            f"{contents.caveat}: {shown}; {_ours(contents)}."
        )
        yield Statement(Side.SUPPORTS, text, "noise")


def _ours(contents: ReportContents) -> str:
    own = facts.own_noise(contents, Null.WHITE_NOISE)
    return (
        f"on {facts.own_panels(contents, Null.WHITE_NOISE)} such panels our own model's "
        f"{percent(criteria.INTERVAL_LEVEL, 0)} intervals leave out zero in {percent(min(own), 0)} to "
        f"{percent(max(own), 0)}, a cell at a time"
    )
