"""How far is every recipe from print, and what does each find where there is nothing to find?"""

from __future__ import annotations

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from bayes_border import criteria
from bayes_border.checks.placebo import MIDDLE
from bayes_border.report import labels
from bayes_border.report.contents import ReportContents
from bayes_border.report.figures import style
from bayes_border.report.figures.ladder import Ladder, Rung, ladders
from bayes_border.report.figures.noise import draws_at, own_row
from bayes_border.report.figures.style import WIDTH
from bayes_border.report.numbers import number, percent
from bayes_border.report.views import FigureView, PanelView
from bayes_border.vocabulary import Null, Window

_ROW, _HEAD, _LEFT = 0.24, 0.62, 1.42
#: Distances beyond this many printed standard errors have one colour.
_FAR = 6.0
#: From here on a cell is too dark for dark figures.
_DARK = 4.5
_COLOURS = LinearSegmentedColormap.from_list("distance", ["#d9f0e6", "#f6f2dc", "#f0b48a", style.VERMILION])


def distances(contents: ReportContents) -> FigureView | None:
    """Return a map of every recipe's estimates, coloured by their distance to print; None without recipes."""
    found = {name: _distances(contents, name) for name in contents.study.recipes}
    known = {name: cells for name, cells in found.items() if cells}
    if not known:
        return None
    panels = []
    for window in contents.published.windows:
        name = f"recipes-{window}"
        panels.append(PanelView(name, style.svg(_map(contents, known, window), name), _alt(contents, known, window)))
    return FigureView(
        "recipes",
        f"Every recipe's estimates of {labels.table(contents, contents.main_table)}, and how far they are from print",
        "",
        tuple(panels),
        note="Each cell shows a recipe's estimate; its colour is the distance to print in printed standard errors, "
        f"pale within {criteria.PANEL_DIFFERS_SE:g}, red from {_FAR:g}. The first row is print itself.",
    )


def by_recipe(contents: ReportContents) -> FigureView | None:
    """Return what each recipe finds in white noise, an interaction a ladder; None without placebos."""
    known = [name for name in contents.study.recipes if (name, str(Null.WHITE_NOISE)) in contents.placebos]
    if not known:
        return None
    panels = []
    for window in contents.published.windows:
        name = f"noise-recipes-{window}"
        parts = [_ladder(contents, known, window, term) for term in contents.interactions]
        alt = f"{labels.window(contents, window)}. {'; '.join(_said(contents, known, window))}."
        panels.append(PanelView(name, style.svg(ladders(parts, left=_LEFT), name), alt))
    middle = percent(criteria.NOISE_CENTRAL, 0)
    return FigureView(
        "noise-recipes",
        "What each recipe finds in white noise",
        "",
        tuple(panels),
        note=f"Points are means, bars the middle {middle} of a recipe's estimates on panels without interactions, the "
        "bold row that of our own coherent model's posterior means. The diamond is the printed estimate.",
    )


def _distances(contents: ReportContents, recipe: str) -> dict[tuple[Window, str], tuple[float, float]]:
    """Return estimate and distance of each cell of the main table."""
    found = {}
    for x in contents.recipe_estimates:
        if x.recipe == recipe and x.table == contents.main_table and x.term in contents.published.terms:
            cell = contents.published.cell(x.table, x.window, x.term)
            found[x.window, x.term] = (x.value, abs(x.value - cell.estimate.value) / cell.se.value)
    return found


@style.styled
def _map(
    contents: ReportContents, known: dict[str, dict[tuple[Window, str], tuple[float, float]]], window: Window
) -> Figure:
    terms, names = contents.published.terms, list(known)
    total = _HEAD + _ROW * (len(names) + 1)
    figure = Figure(figsize=(WIDTH, total))
    axes = figure.add_axes(
        (_LEFT / WIDTH, 0.02 / total, (WIDTH - _LEFT - 0.04) / WIDTH, _ROW * (len(names) + 1) / total)
    )
    grid = np.full((len(names) + 1, len(terms)), np.nan)
    for column, term in enumerate(terms):
        printed = contents.published.cell(contents.main_table, window, term).estimate
        axes.text(column, 0, number(printed.value), ha="center", va="center", size=7, weight="bold")
        for row, name in enumerate(names, start=1):
            if (window, term) in known[name]:
                value, distance = known[name][window, term]
                grid[row, column] = distance
                ink = "white" if distance > _DARK else style.INK
                axes.text(column, row, number(value), ha="center", va="center", size=7, color=ink)
    axes.imshow(np.ma.masked_invalid(grid), cmap=_COLOURS, vmin=0, vmax=_FAR, aspect="auto")
    axes.set_yticks(range(len(names) + 1), ["printed", *map(labels.method, names)], size=8)
    axes.set_xticks(range(len(terms)), [labels.greek(contents, term) for term in terms], size=8)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    figure.text(0.0, 1.0 - 0.2 / total, labels.window(contents, window), weight="bold")
    return figure


def _ladder(contents: ReportContents, known: list[str], window: Window, term: str) -> Ladder:
    printed = contents.published.cell(contents.main_table, window, term).estimate
    rungs = [Rung("printed", style.INK, printed.value, marker="D", strong=True)]
    tail = (1 - criteria.NOISE_CENTRAL) / 2
    for name in known:
        draws = draws_at(contents, name, str(Null.WHITE_NOISE), window, term)
        if not draws.size:
            rungs.append(Rung(labels.method(name), style.ORANGE, None, absent="has no such coefficient"))
            continue
        low, high = np.quantile(draws, [tail, 1 - tail])
        rungs.append(Rung(labels.method(name), style.ORANGE, float(draws.mean()), float(low), float(high)))
    own = own_row(contents, str(Null.WHITE_NOISE), window, term)
    if own is not None:
        rungs.append(Rung("coherent", style.BLUE, own["mean"], own[MIDDLE[0]], own[MIDDLE[1]], strong=True))
    return Ladder(f"{window}: {labels.coefficient(contents, term)}", tuple(rungs), cut=True)


def _said(contents: ReportContents, known: list[str], window: Window) -> list[str]:
    parts = []
    for term in contents.interactions:
        for name in known:
            draws = draws_at(contents, name, str(Null.WHITE_NOISE), window, term)
            if draws.size:
                parts.append(f"{labels.term(term)}, {labels.method(name)}: mean {number(float(draws.mean()))}")
    return parts


def _alt(
    contents: ReportContents, known: dict[str, dict[tuple[Window, str], tuple[float, float]]], window: Window
) -> str:
    parts = []
    for name, cells in known.items():
        here = [distance for (place, _), (_, distance) in cells.items() if place is window]
        near = sum(distance <= criteria.PANEL_DIFFERS_SE for distance in here)
        parts.append(f"{labels.method(name)}, {near} of {len(here)}")
    within = f"Cells within {criteria.PANEL_DIFFERS_SE:g} printed standard errors"
    return f"{labels.window(contents, window)}. {within}: {'; '.join(parts)}."
