"""How near do the recipes come to print, and what could they, and our own model, have told from zero?"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from bayes_border import criteria
from bayes_border.report import labels
from bayes_border.report.contents import ReportContents, StoredTable
from bayes_border.report.numbers import NOTHING, count, number, percent
from bayes_border.report.views import TableView

_LEVEL = percent(criteria.INTERVAL_LEVEL, 0)
_WHO = "model or recipe"
#: No reader needs more of two hundred candidates.
_SHOWN = 8


def nearest(contents: ReportContents) -> TableView | None:
    """Return the candidates that come nearest to each printed table."""
    rows = []
    for table, found in contents.searches.items():
        for row in found.table.head(_SHOWN).to_dict("records"):
            reading = str(row["outcome_reading"]) or NOTHING
            names = (labels.method(str(row["recipe"])), labels.plain(str(row["panel"])), str(row["break"]), reading)
            within = f"{row['within']} of {row['cells']}"
            far = (_distance(row["distance"]), _distance(row["median"]))
            rows.append((labels.table(contents, table), *names, *far, within))
    if not rows:
        return None
    headers = (
        "table", "recipe", "panel", "break", "outcome read as", "distance (r.m.s., s.e.)", "median distance",
        f"cells within {criteria.PANEL_DIFFERS_SE:g} s.e.",
    )  # fmt: skip
    return TableView("The candidates nearest to print", headers, tuple(rows), right=frozenset({5, 6, 7}))


def searched(contents: ReportContents) -> tuple[str, ...]:
    """Return a sentence a table: how near the best candidate comes, and how often the search does so in noise."""
    sentences = []
    for table, found in contents.searches.items():
        best = found.table.iloc[0]
        if np.isnan(best["distance"]):
            continue
        name, far = labels.method(str(best["recipe"])), f"{best['distance']:.1f} printed standard errors away"
        noise, median = percent(found.as_near, 0), percent(found.as_near_by_median, 0)
        sentences.append(
            f"{labels.table(contents, table)}: of {len(found.table)} candidates the nearest is {name}, {far} (root "
            f"mean square over the cells). The same search comes as near on {noise} of {len(found.placebo)} panels of "
            f"white noise, and by the median distance on {median}."
        )
    return tuple(sentences)


def power(contents: ReportContents) -> TableView | None:
    """Return how our own model's intervals and the recipes' do on panels drawn from the coherent posterior."""
    rows = tuple(_power_row(contents, row) for row in _own_first(contents.own_power, contents.power))
    if not rows:
        return None
    headers = (
        _WHO, "window", "coefficient", f"{_LEVEL} intervals that hold the truth", "that leave out zero",
        "of these, with the wrong sign", "bias", "panels",
    )  # fmt: skip
    caption = "Our own model and the recipes on panels drawn from the coherent posterior, whose truth is known"
    return TableView(caption, headers, rows, right=frozenset(range(3, 8)))


def _power_row(contents: ReportContents, row: Mapping[Hashable, Any]) -> tuple[str, ...]:
    return (
        _who(row),
        str(row["window"]),
        labels.coefficient(contents, str(row["term"])),
        percent(row["coverage"], 0),
        percent(row["power"], 0),
        NOTHING if np.isnan(row["sign_error"]) else percent(row["sign_error"], 0),
        number(row["bias"]),
        count(row["n"]),
    )


def resolution(contents: ReportContents) -> TableView | None:
    """Return the smallest effects that our own model and the recipes shown can tell from zero on this panel."""
    rows = tuple(_resolution_row(contents, row) for row in _own_first(contents.own_resolution, contents.resolution))
    if not rows:
        return None
    headers = (
        _WHO, "window", "coefficient", "sign", "share without zero where there is no effect",
        "smallest effect found", "the same, critical values corrected", "largest tried", "sizes tried", "panels",
    )  # fmt: skip
    caption = (
        f"Smallest effects a standard deviation of the regressor that are told from zero with power "
        f"{criteria.POWER_WANTED:g}, other things as in white noise"
    )
    return TableView(caption, headers, rows, right=frozenset(range(4, 10)))


def _resolution_row(contents: ReportContents, row: Mapping[Hashable, Any]) -> tuple[str, ...]:
    return (
        _who(row),
        str(row["window"]),
        labels.coefficient(contents, str(row["term"])),
        "+" if row["sign"] > 0 else "−",
        percent(row["size"], 0),
        *(_found(row[name], row["largest"]) for name in ("resolution", "resolution_adjusted")),
        number(row["largest"]),
        count(row["tried"]),
        count(row["n"]),
    )


def _own_first(stored: StoredTable | None, recipes: pd.DataFrame) -> list[dict[Hashable, Any]]:
    own = [] if stored is None else stored.table.to_dict("records")
    return [*own, *recipes.to_dict("records")]


def _who(row: Mapping[Hashable, Any]) -> str:
    """Return a recipe's name, or a model's with the date of what is stored of it."""
    name = labels.method(str(row["recipe"]))
    if "date" not in row:
        return name
    return f"{name}, stored {row['date']}{', stale' if row['stale'] else ''}"


def _found(value: float, largest: float) -> str:
    return f"more than {number(largest)}" if np.isnan(value) else number(value)


def _distance(value: float) -> str:
    return NOTHING if np.isnan(value) else f"{value:.1f}"
