"""What do the estimators find where there is nothing to find, and where does the printed estimate fall?"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.stats import gaussian_kde

from bayes_border import criteria
from bayes_border.checks.placebo import MIDDLE
from bayes_border.compare.noise import PlaceboPlace, cell_of, place_in
from bayes_border.report import labels
from bayes_border.report.contents import ReportContents
from bayes_border.report.figures import style
from bayes_border.report.figures.style import WIDTH
from bayes_border.report.numbers import number, percent
from bayes_border.report.views import FigureView, PanelView
from bayes_border.vocabulary import Window

_COLOURS = (style.ORANGE, style.SKY)
_MIDDLE = percent(criteria.NOISE_CENTRAL, 0)
_CUT = (0.0125, 0.9875)
_ENOUGH = 5
_HEIGHT = 1.72
_TOP = 0.42
_BOTTOM = 0.3


def noise(contents: ReportContents, null: str, *, title: str) -> FigureView | None:
    """Return the densities under one null, a panel a window and an axis an interaction; None without placebos."""
    known = [recipe for recipe in contents.study.shown_recipes if (recipe, null) in contents.placebos]
    if not known:
        return None
    panels = []
    for window in contents.published.windows:
        figure = _figure(contents, window, null)
        name = f"noise-{null.replace('_', '-')}-{window}"
        panels.append(PanelView(name, style.svg(figure, name), _alt(contents, window, null)))
    legend = [(_COLOURS[k % 2], f"{labels.method(recipe)} on simulated panels") for k, recipe in enumerate(known)]
    legend += [(style.INK, f"printed in {labels.table(contents, contents.main_table)}")]
    own = f"our own coherent model's posterior means on simulated panels (mean, middle {_MIDDLE})"
    legend += [(style.BLUE, own)]
    return FigureView(f"noise-{null.replace('_', '-')}", title, "", tuple(panels), legend=tuple(legend))


def draws_at(contents: ReportContents, recipe: str, null: str, window: Window, term: str) -> np.ndarray:
    """Return the finite estimates of one cell under one null, empty where none were made."""
    data = contents.placebos.get((recipe, null))
    if data is None:
        return np.empty(0)
    values = cell_of(data, ["estimate"], window=window, term=term).get("estimate", np.empty(0))
    return values[np.isfinite(values)]


def own_row(contents: ReportContents, null: str, window: Window, term: str) -> dict[str, float] | None:
    """Return the stored row of our own model under a null, or None."""
    if contents.fresh_placebo is None:
        return None
    table = contents.fresh_placebo.table
    here = table[(table["null"] == null) & (table["window"] == str(window)) & (table["term"] == term)]
    return None if here.empty else {str(k): v for k, v in here.iloc[0].items()}


@style.styled
def _figure(contents: ReportContents, window: Window, null: str) -> Figure:
    terms = contents.interactions
    total = _HEIGHT * len(terms)
    figure = Figure(figsize=(WIDTH, total))
    for place, term in enumerate(terms):
        base = total - _HEIGHT * (place + 1)
        box = (0.03, (base + _BOTTOM) / total, 0.94, (_HEIGHT - _TOP - _BOTTOM) / total)
        _draw(contents, figure.add_axes(box), null, window, term)
        title = f"{window}: {labels.coefficient(contents, term)}"
        figure.text(0.0, (base + _HEIGHT - 0.17) / total, title, weight="bold")
        figure.text(0.0, (base + _HEIGHT - 0.34) / total, _place(contents, null, window, term), color=style.MUTED)
    return figure


def _place(contents: ReportContents, null: str, window: Window, term: str) -> str:
    places = _places(contents, null, window, term)
    parts = [f"{rank(place.percentile)} of {labels.method(place.recipe)}" for place in places]
    return f"print above {', '.join(parts)}" if parts else ""


def _places(contents: ReportContents, null: str, window: Window, term: str) -> list[PlaceboPlace]:
    """Return where print falls among what each recipe shown finds."""
    printed = contents.published.cell(contents.main_table, window, term).estimate.value
    data = [contents.placebos.get((recipe, null)) for recipe in contents.study.shown_recipes]
    places = [place_in(one, window=window, term=term, value=printed) for one in data if one is not None]
    return [place for place in places if place is not None]


def _draw(contents: ReportContents, axes: Axes, null: str, window: Window, term: str) -> None:
    style.unlabelled(axes)
    axes.set_yticks([])
    printed = contents.published.cell(contents.main_table, window, term).estimate.value
    own = own_row(contents, null, window, term)
    middle = [own[end] for end in MIDDLE] if own else []
    ends = [0.0, printed, *middle]
    peak = 0.0
    for place, recipe in enumerate(contents.study.shown_recipes):
        draws = draws_at(contents, recipe, null, window, term)
        if draws.size < _ENOUGH or np.ptp(draws) == 0:
            continue
        grid, density = _density(draws)
        axes.fill_between(grid, density, color=_COLOURS[place % 2], alpha=0.35, lw=0)
        axes.plot(grid, density, color=_COLOURS[place % 2], lw=1.4)
        ends += [grid[0], grid[-1]]
        peak = max(peak, float(density.max()))
    peak = peak or 1.0
    axes.axvline(0.0, color=style.MUTED, lw=0.7)
    axes.plot((printed, printed), (0.0, 1.05 * peak), color=style.INK, lw=2.2)
    if own is not None:
        height = -0.16 * peak
        axes.plot(middle, (height, height), color=style.BLUE, lw=2.6)
        axes.plot(own["mean"], height, marker="o", color=style.BLUE, ms=5, mec="white", mew=0.6)
    pad = 0.04 * (max(ends) - min(ends))
    axes.set_xlim(min(ends) - pad, max(ends) + pad)
    axes.set_ylim(-0.32 * peak, 1.1 * peak)
    axes.locator_params(axis="x", nbins=6)


def rank(share: float) -> str:
    """Return a share of draws below a value in words, "all" and "none" only where it is so."""
    if share in {0.0, 1.0}:
        return "all" if share else "none"
    return percent(share, 0)


def _density(draws: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    low, high = np.quantile(draws, _CUT)
    grid = np.linspace(low, high, 160)
    return grid, gaussian_kde(draws[(draws >= low) & (draws <= high)])(grid)


def _alt(contents: ReportContents, window: Window, null: str) -> str:
    parts = []
    for term in contents.interactions:
        printed = contents.published.cell(contents.main_table, window, term).estimate
        parts += [
            f"{labels.term(term)}, {labels.method(place.recipe)}: {_MIDDLE} of placebo estimates between "
            f"{number(place.lower)} and {number(place.upper)}, printed {printed.text}"
            for place in _places(contents, null, window, term)
        ]
        row = own_row(contents, null, window, term)
        if row is not None:
            low, high = (number(row[end]) for end in MIDDLE)
            parts.append(f"our own model between {low} and {high}")
    return f"{labels.window(contents, window)}, {labels.plain(null)}. {'; '.join(parts)}."
