"""Which cells of the panel are observed, and how did each figure come to be?"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from bayes_border.report import labels
from bayes_border.report.contents import ReportContents
from bayes_border.report.figures import style
from bayes_border.report.figures.style import WIDTH
from bayes_border.report.views import FigureView, PanelView
from bayes_border.vocabulary import Status

COLOURS = {
    Status.OFFICIAL: "#9ecae1",
    Status.OFFICIAL_GROWTH: "#2f7fb8",
    Status.CHAINED: "#0b4f6c",
    Status.DERIVED: "#f0c36d",
    Status.PROXY: "#c8801a",
    Status.PRELIMINARY: "#a8518a",
    Status.FILLED: "#e6b800",
    Status.USER: "#7fb59b",
    Status.MISSING: "#ffffff",
}
_ROW = 0.19
_LEFT = 1.05
_RIGHT = 0.2


def cover(contents: ReportContents) -> FigureView:
    """Return the heat map: a panel a differenced series, provinces by years."""
    table = contents.coverage
    panels = []
    for series in dict.fromkeys(table["series"]):
        here = table[table["series"] == series]
        name = f"coverage-{_slug(str(series))}"
        panels.append(PanelView(name, style.svg(_figure(contents, here, str(series)), name), _alt(here, str(series))))
    used = [status for status in Status if (table["status"] == str(status)).any()]
    return FigureView(
        name="coverage",
        title="Where each figure comes from",
        caption="",
        panels=tuple(panels),
        legend=tuple((COLOURS[status], str(status)) for status in used),
        note="A difference is taken within one source and definition, never across two. The outlined years are the "
        "rows fitted here; a cross marks a missing difference.",
    )


@style.styled
def _figure(contents: ReportContents, here: pd.DataFrame, series: str) -> Figure:
    grid = here.pivot_table(index="province", columns="year", values="status", aggfunc="first", sort=False)
    grid = grid[sorted(grid.columns)]
    order = list(Status)
    codes = grid.map(lambda status: order.index(Status(status)) if status in list(Status) else len(order) - 1)
    height = 0.34 + _ROW * len(grid) + 0.28
    figure = Figure(figsize=(WIDTH, height))
    axes = figure.add_axes((_LEFT / WIDTH, 0.28 / height, (WIDTH - _LEFT - _RIGHT) / WIDTH, _ROW * len(grid) / height))
    cmap = ListedColormap([COLOURS[status] for status in order])
    years = [int(year) for year in grid.columns]
    edges = np.arange(years[0] - 0.5, years[-1] + 1.0)
    axes.pcolormesh(edges, np.arange(len(grid) + 1), codes.values, cmap=cmap, vmin=-0.5, vmax=len(order) - 0.5,
                    edgecolor="white", linewidth=0.6)  # fmt: skip
    missing = np.argwhere(codes.values == order.index(Status.MISSING))
    axes.plot([years[j] for _, j in missing], missing[:, 0] + 0.5, "x", color=style.VERMILION, ms=4, mew=1)
    first, last = contents.core
    axes.add_patch(
        Rectangle((first - 0.5, 0), last - first + 1, len(grid), fill=False, ec=style.INK, lw=1.4, clip_on=False)
    )
    axes.set_ylim(len(grid), 0)
    axes.set_yticks(np.arange(len(grid)) + 0.5, [str(p) for p in grid.index])
    axes.set_xticks([year for year in years if year % 5 == 0])
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0)
    figure.text(0, 1 - 0.2 / height, labels.term(series), weight="bold")
    return figure


def _alt(here: pd.DataFrame, series: str) -> str:
    counts = here["status"].value_counts()
    parts = ", ".join(f"{count} {status}" for status, count in counts.items())
    gaps = here[here["status"] == str(Status.MISSING)]
    where = f"; missing years {sorted({int(y) for y in gaps['year']})}" if len(gaps) else ""
    return f"Status of {labels.term(series)}, {len(here)} cells: {parts}{where}."


def _slug(text: str) -> str:
    return "".join(c if c.isascii() and c.isalnum() else "-" for c in text)
