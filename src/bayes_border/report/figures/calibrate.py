"""Do the model's intervals hold the truth as often as they say?"""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from bayes_border import criteria
from bayes_border.report import labels
from bayes_border.report.contents import ReportContents
from bayes_border.report.figures import style
from bayes_border.report.figures.style import WIDTH
from bayes_border.report.numbers import percent
from bayes_border.report.views import FigureView, PanelView

_ROW = 0.22


def calibrate(contents: ReportContents) -> FigureView | None:
    """Return the coverage of every parameter's interval, one line a family of parameters."""
    if contents.fresh_calibration is None:
        return None
    table = contents.fresh_calibration.table
    inside = int(table["inside"].sum())
    alt = (
        f"{inside} of {len(table)} quantities inside the band; coverage from {percent(float(table['coverage'].min()))} "
        f"to {percent(float(table['coverage'].max()))}."
    )
    panel = PanelView("calibration", style.svg(_figure(table), "calibration"), alt)
    legend = (
        (style.BLUE, "inside the band"),
        (style.VERMILION, "outside"),
        (style.FAINT, "where chance alone leaves it"),
    )
    title = f"Share of {percent(criteria.INTERVAL_LEVEL, 0)} intervals that hold the truth"
    return FigureView("calibration", title, "", (panel,), legend=legend)


@style.styled
def _figure(table: pd.DataFrame) -> Figure:
    family = table["quantity"].astype(str).str.split("[").str[0]
    names = list(dict.fromkeys(family))
    height = 0.7 + _ROW * len(names)
    figure = Figure(figsize=(WIDTH, height))
    axes = figure.add_axes((1.35 / WIDTH, 0.42 / height, (WIDTH - 1.5) / WIDTH, (height - 0.5) / height))
    style.frame(axes)
    axes.axvspan(float(table["lower_band"].min()), float(table["upper_band"].max()), color=style.FAINT, alpha=0.5, lw=0)
    axes.axvline(criteria.INTERVAL_LEVEL, color=style.MUTED, lw=0.9)
    for ok, colour in ((True, style.BLUE), (False, style.VERMILION)):
        here = table["inside"].astype(bool) == ok
        axes.plot(table["coverage"][here], [names.index(f) for f in family[here]], "o", color=colour, ms=4.5, alpha=0.6,
                  mew=0)  # fmt: skip
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_yticks(range(len(names)), [labels.quantity(name) for name in names])
    axes.xaxis.set_major_formatter(lambda x, _: f"{100 * x:.0f} %")
    axes.locator_params(axis="x", nbins=5)
    figure.text(
        (1.35 + WIDTH - 0.15) / 2 / WIDTH, 0.03 / height, "coverage", color=style.MUTED, ha="center", va="bottom"
    )
    return figure
