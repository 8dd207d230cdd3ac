"""Do panels drawn from the fitted model look like the panel?"""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from scipy.stats import gaussian_kde

from bayes_border.bayes.posterior import Posterior
from bayes_border.report.contents import ReportContents
from bayes_border.report.figures import style
from bayes_border.report.figures.style import WIDTH
from bayes_border.report.numbers import number
from bayes_border.report.views import FigureView, PanelView
from bayes_border.vocabulary import Window

_SHOWN = 40
_HEIGHT = 2.3


def predictive(contents: ReportContents) -> FigureView | None:
    """Return the density of the outcome and of replicated panels, a panel a regime."""
    fit = contents.flagship
    if fit is None or "posterior_predictive" not in fit.tree:
        return None
    panels = []
    for window in fit.windows:
        name = f"ppc-{window}"
        observed, drawn = outcomes(fit, window)
        alt = (
            f"{window}: observed change of growth has sd {number(float(observed.std(ddof=1)))}; replicated panels have "
            f"{number(float(np.median(drawn.std(axis=1, ddof=1))))} (median)."
        )
        panels.append(PanelView(name, style.svg(_figure(window, observed, drawn), name), alt))
    legend = ((style.SKY, f"{_SHOWN} panels drawn from the fitted model"), (style.INK, "observed"))
    return FigureView("predictive", "Observed changes of growth beside panels drawn from the model", "", tuple(panels),
                      legend=legend)  # fmt: skip


def outcomes(fit: Posterior, window: Window) -> tuple[np.ndarray, np.ndarray]:
    """Return the observed outcome `(row,)` and replicated ones `(draw, row)` of a window."""
    seen = fit.tree["observed_data"].to_dataset()
    years = seen["year"].values
    rows = np.array([fit.design.break_.contains(window, int(year)) for year in years])
    drawn = fit.tree["posterior_predictive"].to_dataset()["dg"].transpose("chain", "draw", "row").values
    return seen["dg"].values[rows], drawn.reshape(-1, drawn.shape[-1])[:, rows]


@style.styled
def _figure(window: Window, observed: np.ndarray, drawn: np.ndarray) -> Figure:
    figure = Figure(figsize=(WIDTH, _HEIGHT))
    axes = figure.add_axes((0.03, 0.2, 0.94, 0.66))
    style.unlabelled(axes)
    axes.set_yticks([])
    spread = max(np.ptp(observed), 1e-9)
    grid = np.linspace(observed.min() - 0.3 * spread, observed.max() + 0.3 * spread, 200)
    for row in drawn[np.linspace(0, len(drawn) - 1, _SHOWN).astype(int)]:
        axes.plot(grid, gaussian_kde(row)(grid), color=style.SKY, lw=0.7, alpha=0.6)
    axes.plot(grid, gaussian_kde(observed)(grid), color=style.INK, lw=2)
    axes.plot(observed, np.zeros_like(observed), "|", color=style.INK, ms=5, mew=0.6, clip_on=False)
    axes.set_ylim(bottom=0)
    figure.text(0.0, 0.92, f"{window}: Δg", weight="bold")
    figure.text(0.5, 0.02, "percentage points", color=style.MUTED, ha="center")
    return figure
