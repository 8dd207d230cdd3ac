"""What does every method say of each coefficient, beside what the paper prints?"""

from __future__ import annotations

from collections.abc import Iterator

from bayes_border import criteria
from bayes_border.estimates import Estimate, Estimates
from bayes_border.report import labels
from bayes_border.report.contents import ReportContents
from bayes_border.report.figures import style
from bayes_border.report.figures.ladder import Ladder, Rung, ladders
from bayes_border.report.numbers import interval, number, percent
from bayes_border.report.views import FigureView, PanelView
from bayes_border.vocabulary import COHERENT, Window

_COLOURS = {
    COHERENT: style.BLUE,
    "unpooled": style.SKY,
    "as_estimated": style.MUTED,
    "as_printed": style.PURPLE,
    "coherent_skedastic": style.GREEN,
}
_RECIPES = (style.ORANGE, style.VERMILION)
_NONE = "no such estimate"


def headline(contents: ReportContents, table: str) -> FigureView:
    """Return the forest plot of one table: a panel a window, every method in one order."""
    panels = tuple(_panel(contents, table, window) for window in contents.published.windows)
    name = labels.table(contents, table)
    return FigureView(
        name=f"forest-{table}",
        title=f"{name}: printed estimates beside every other estimate of the same coefficients",
        caption="",
        panels=tuple(panel for panel in panels if panel is not None),
        note=f"Points are estimates (posterior means), bars {percent(criteria.INTERVAL_LEVEL, 0)} intervals: normal "
        f"for print, t({contents.published.paper.units - 1}) for the recipes, "
        "equal-tailed for posteriors. β in percentage points of the outcome a unit of the regressor; γ multiplies Δg. "
        "An arrow marks what lies beyond the edge. "
        "“As estimated” is no density of growth and is shown "
        "only for what leaving out the Jacobian does.",
    )


def methods(contents: ReportContents, table: str, window: Window) -> Iterator[tuple[str, str, Estimates, str]]:
    """Yield key, label, estimates and colour of every method, from top to bottom."""
    yield "printed", "printed", contents.published.estimates(), style.INK
    for place, recipe in enumerate(contents.study.shown_recipes):
        rows = Estimates(tuple(x for x in contents.recipe_estimates if x.recipe == recipe))
        yield recipe, labels.method(recipe), rows, _RECIPES[place % len(_RECIPES)]
    fits = contents.fits.get(table, {})
    for role in contents.study.roles:
        # A part that another window has keeps its place, so that panels line up.
        if {role.model, role.full} & set(fits):
            fit = fits.get(role.at(window))
            rows = Estimates(()) if fit is None else fit.estimates()
            yield role.name, labels.method(role.model), rows, _COLOURS.get(role.name, style.MUTED)


def _panel(contents: ReportContents, table: str, window: Window) -> PanelView:
    every = list(methods(contents, table, window))
    parts = [_ladder(contents, table, window, term, every) for term in contents.published.terms]
    name = f"forest-{table}-{window}"
    return PanelView(name, style.svg(ladders(parts), name), _alt(contents, table, window))


def _ladder(
    contents: ReportContents,
    table: str,
    window: Window,
    term: str,
    every: list[tuple[str, str, Estimates, str]],
) -> Ladder:
    rungs = [
        _rung(key, label, colour, estimates.at(table=table, window=window, term=term))
        for key, label, estimates, colour in every
    ]
    return Ladder(f"{window}: {labels.coefficient(contents, term)}", tuple(rungs), cut=True)


def _rung(key: str, label: str, colour: str, estimate: Estimate | None) -> Rung:
    if estimate is None:
        return Rung(label, colour, None, absent=_NONE)
    return Rung(
        label,
        colour,
        estimate.value,
        estimate.lower,
        estimate.upper,
        marker="D" if key == "printed" else "o",
        strong=key in {"printed", "coherent"},
    )


def _alt(contents: ReportContents, table: str, window: Window) -> str:
    coherent = contents.coherent(table, window)
    parts = []
    for term in contents.published.terms:
        printed = contents.published.cell(table, window, term).estimate.text
        own = None if coherent is None else coherent.estimates().at(table=table, window=window, term=term)
        beside = "no posterior" if own is None else f"coherent {number(own.value)} {interval(own.lower, own.upper)}"
        parts.append(f"{labels.term(term)}: printed {printed}, {beside}")
    return f"{labels.table(contents, table)}, {labels.window(contents, window)}. {'; '.join(parts)}."
