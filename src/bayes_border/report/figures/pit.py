"""Where do the observed rows stand among their own replicates?"""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from bayes_border.checks.interval_coverage import binomial_band
from bayes_border.checks.predictive import pit
from bayes_border.report.contents import ReportContents
from bayes_border.report.figures import style
from bayes_border.report.figures.style import WIDTH
from bayes_border.report.numbers import percent
from bayes_border.report.views import FigureView, PanelView
from bayes_border.vocabulary import Window

_BINS = 10
_BAND = 0.99
_HEIGHT = 1.9


def pit_values(contents: ReportContents) -> dict[Window, np.ndarray]:
    """Return each observed row's share of replicates below it, by regime of the flagship; empty without replicates."""
    fit = contents.flagship
    if fit is None or "posterior_predictive" not in fit.tree:
        return {}
    table = pit(fit)
    inside = {w: [fit.design.break_.contains(w, int(year)) for year in table["year"]] for w in fit.windows}
    return {window: table.loc[rows, "pit"].to_numpy() for window, rows in inside.items() if any(rows)}


def probability_transform(contents: ReportContents) -> FigureView | None:
    """Return the histogram of the probability integral transform, a panel a regime."""
    found = pit_values(contents)
    if not found:
        return None
    panels = []
    for window, values in found.items():
        name = f"pit-{window}"
        counts = np.histogram(values, _BINS, (0, 1))[0]
        alt = f"{window}: {values.size} rows, by tenths of their own replicates: {', '.join(map(str, counts))}."
        panels.append(PanelView(name, style.svg(_figure(window, counts), name), alt))
    return FigureView(
        "pit",
        "Where the observed rows stand among their replicates",
        "",
        tuple(panels),
        legend=((style.BLUE, "observed rows"), (style.FAINT, f"{percent(_BAND, 0)} of independent uniform counts")),
        note="A row's place is the share of its own replicates below it. Heaped at both ends, the model is too sure; "
        "heaped in the middle, too unsure, though somewhat so is expected: these rows were fitted.",
    )


@style.styled
def _figure(window: Window, counts: np.ndarray) -> Figure:
    figure = Figure(figsize=(WIDTH, _HEIGHT))
    axes = figure.add_axes((0.09, 0.25, 0.88, 0.58))
    style.unlabelled(axes)
    n = int(counts.sum())
    lower, upper = binomial_band(n, 1 / _BINS, level=_BAND)
    axes.axhspan(n * lower, n * upper, color=style.FAINT, alpha=0.5, lw=0)
    axes.axhline(n / _BINS, color=style.MUTED, lw=0.9)
    edges = np.linspace(0, 1, _BINS + 1)
    axes.bar(edges[:-1], counts, 1 / _BINS, align="edge", color=style.BLUE, alpha=0.75, ec="white", lw=0.8)
    axes.set_xlim(0, 1)
    axes.locator_params(axis="y", nbins=4, integer=True)
    figure.text(0.0, 0.9, f"{window}: rows", weight="bold")
    figure.text(0.53, 0.02, "share of replicates below the row", color=style.MUTED, ha="center")
    return figure
