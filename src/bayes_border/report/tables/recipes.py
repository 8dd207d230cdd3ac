"""How are the recipes, their specification test and the placebos laid out?"""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Mapping
from typing import Any

from bayes_border import criteria
from bayes_border.checks.placebo import MIDDLE
from bayes_border.compare.noise import PlaceboPlace, place_in
from bayes_border.published import Cell
from bayes_border.report import labels
from bayes_border.report.contents import ReportContents
from bayes_border.report.numbers import NOTHING, count, interval, number, percent
from bayes_border.report.tables.cells import in_words
from bayes_border.report.views import TableView
from bayes_border.vocabulary import Window

_LEVEL, _MIDDLE = percent(criteria.INTERVAL_LEVEL, 0), percent(criteria.NOISE_CENTRAL, 0)


def recipes(contents: ReportContents) -> TableView | None:
    """Return each recipe's estimates of the main table."""
    shown = [x for x in contents.recipe_estimates if x.table == contents.main_table]
    if not shown:
        return None
    rows = tuple(
        (
            labels.method(x.recipe),
            str(x.window),
            labels.coefficient(contents, x.term),
            contents.published.cell(x.table, x.window, x.term).estimate.text,
            number(x.value),
            number(x.se),
            interval(x.lower, x.upper),
            str(x.extra.get("se_kind", NOTHING)),
            count(x.n_obs),
        )
        for x in shown
    )
    headers = (
        "recipe", "window", "coefficient", "printed", "estimate", "s.e.", f"{_LEVEL}, few clusters",
        "standard errors", "n",
    )  # fmt: skip
    return TableView("Each recipe beside print", headers, rows, right=frozenset({3, 4, 5, 6, 8}))


def hansen(contents: ReportContents) -> TableView | None:
    """Return Hansen's test of each recipe and window, with the bound of the statistic."""
    if contents.hansen_tests.empty:
        return None
    headers = (
        "recipe", "table", "window", "printed p", "p", "J", "J at most", "d.f.", "instruments", "clusters",
        "smallest p possible", "the test",
    )  # fmt: skip
    rows = tuple(_hansen_row(contents, row) for row in contents.hansen_tests.to_dict("records"))
    return TableView("Hansen's test, and what it could have said", headers, rows, right=frozenset(range(3, 11)))


def _hansen_row(contents: ReportContents, row: Mapping[Hashable, Any]) -> tuple[str, ...]:
    table, window = str(row["table"]), Window(row["window"])
    printed = contents.published.footer(table, window).hansen_p
    numbers = ("p_value", "j", "bound", "df", "n_instruments", "n_clusters", "smallest_p")
    return (
        labels.method(str(row["recipe"])),
        labels.table(contents, table),
        str(window),
        NOTHING if printed is None else str(printed),
        *(in_words(row[name], name) for name in numbers),
        "vacuous" if row["vacuous"] is True else "can reject",
    )


def crowded(contents: ReportContents) -> TableView | None:
    """Return the recipes with more instruments than clusters, and what would leave fewer."""
    if contents.crowded_fits.empty:
        return None
    headers = (
        "recipe", "table", "window", "instruments", "clusters", "most with which J could reject", "what would be left",
    )  # fmt: skip
    rows = tuple(
        (
            labels.method(str(row["recipe"])),
            labels.table(contents, str(row["table"])),
            str(row["window"]),
            *(str(row[name]) for name in ("n_instruments", "n_clusters", "most_testable", "remedies")),
        )
        for row in contents.crowded_fits.to_dict("records")
    )
    return TableView("More instruments than clusters, and the remedies", headers, rows, right=frozenset({3, 4, 5}))


def placebo_rejections(contents: ReportContents) -> TableView | None:
    """Return how often each recipe's intervals leave out zero where there is nothing to find."""
    keys = itertools.product(contents.published.windows, contents.interactions)
    cells = [contents.published.cell(contents.main_table, window, term) for window, term in keys]
    places = (
        (place_in(data, window=cell.window, term=cell.term, value=cell.estimate.value), cell)
        for data in contents.placebos.values()
        for cell in cells
    )
    rows = tuple(
        _rejection(contents, place, cell)
        for place, cell in places
        if place is not None and place.excludes_zero is not None
    )
    if not rows:
        return None
    headers = (
        "recipe", "null", "window", "coefficient", f"{_LEVEL} intervals without zero", f"middle {_MIDDLE} of estimates",
        "panels",
    )  # fmt: skip
    exact = percent(1 - criteria.INTERVAL_LEVEL, 0)
    return TableView(f"The recipes under each null: {exact} would be exact", headers, rows, right=frozenset({4, 5, 6}))


def _rejection(contents: ReportContents, place: PlaceboPlace, cell: Cell) -> tuple[str, ...]:
    return (
        labels.method(place.recipe),
        labels.plain(place.null),
        str(cell.window),
        labels.coefficient(contents, cell.term),
        percent(place.excludes_zero, 0),
        interval(place.lower, place.upper),
        count(place.simulations),
    )


def own_placebo(contents: ReportContents) -> TableView | None:
    """Return what our own model finds on panels without interactions."""
    if contents.fresh_placebo is None:
        return None
    rows = tuple(_own_row(contents, row) for row in contents.fresh_placebo.table.to_dict("records"))
    headers = (
        "null", "window", "coefficient", f"{_LEVEL} intervals without zero", "Monte Carlo error",
        "mean of posterior means", f"their middle {_MIDDLE}", "panels",
    )  # fmt: skip
    return TableView(
        f"Our own model under the same nulls{_unconverged(contents)}", headers, rows, right=frozenset(range(3, 8))
    )


def _unconverged(contents: ReportContents) -> str:
    # Fits that miss the gate stay in, for to leave them out would choose among the panels; so it must be said.
    if contents.fresh_placebo is None or "share_converged" not in contents.fresh_placebo.table:
        return ""
    shares = contents.fresh_placebo.table.groupby("null", sort=False)["share_converged"].mean()
    low, high = percent(float(shares.min()), 0), percent(float(shares.max()), 0)
    return f": of its fits {low} to {high} a null pass the convergence gate, and all are counted"


def _own_row(contents: ReportContents, row: Mapping[Hashable, Any]) -> tuple[str, ...]:
    return (
        labels.plain(str(row["null"])),
        str(row["window"]),
        labels.coefficient(contents, str(row["term"])),
        percent(row["share_excluding_zero"]),
        percent(row["mc_error"]),
        number(row["mean"]),
        interval(*(row[end] for end in MIDDLE)),
        count(row["n"]),
    )
