"""Is the inference calibrated, quantity by quantity, and where is it not?

The figures draw what `checks.calibration_curves` and a verdict's table hold.
"""

from __future__ import annotations

import pandas as pd
import xarray as xr
from matplotlib.figure import Figure
from scipy.stats import norm

from bayes_border import criteria
from bayes_border.report.figures import style
from bayes_border.report.figures.families import LEGEND, Kind, curve_panels
from bayes_border.report.figures.style import WIDTH
from bayes_border.report.numbers import number, percent, signed
from bayes_border.report.views import FigureView, PanelView
from bayes_border.vocabulary import TruthSource

_HEIGHT = 2.6
_PLACE = "place of the truth among the posterior's draws"
#: What a fit learns from, and the two variances that a contraction compares.
_LEARNT = {
    TruthSource.PRIOR: ("the data add to the prior", "posterior variance / prior variance", "the prior"),
    TruthSource.POSTERIOR: (
        "a simulated copy adds to the posterior of the panel",
        "variance with the copy / without it",
        "the panel's posterior",
    ),
}


def ecdf(curves: xr.Dataset, table: pd.DataFrame, source: TruthSource) -> FigureView:
    """Draw the distribution of the truths' places among the posterior draws, less the uniform one.

    Parameters
    ----------
    curves
        As `checks.calibration_curves.ecdf_differences` returns them.
    table
        A verdict's table.
    source
        Where the truths come from.
    """
    title = "Distribution of the truth's place among the posterior's draws, less the uniform one"
    note = (
        "A curve a quantity. All together, calibrated curves leave their bands with a probability of at most "
        f"{percent(criteria.CALIBRATION_LEVEL, 0)}. Above zero, estimates are too large; rising through the middle, "
        "posteriors are too wide; falling, too narrow."
    )
    return _view(Kind(_name("ecdf", source), _PLACE), title, note, curves, table)


def ranks(curves: xr.Dataset, table: pd.DataFrame, source: TruthSource) -> FigureView:
    """Draw the histograms of the truths' places, relative to uniform ones (`rank_histograms`)."""
    title = "Histograms of the truth's place among the posterior's draws, in percent above or below a uniform one"
    note = f"Heaped at both ends, a posterior is too narrow; in the middle, too wide. {_one_in('bin')}"
    kind = Kind(_name("ranks", source), _PLACE, scale=100.0, unit=" %", bins=True)
    return _view(kind, title, note, curves, table)


def coverage(curves: xr.Dataset, table: pd.DataFrame, source: TruthSource) -> FigureView:
    """Draw the coverage of central intervals against their level (`coverage_differences`)."""
    title = "Share of central intervals that hold the truth, less their level, in percentage points"
    note = f"Below zero, intervals are too short. {_one_in('level')}"
    kind = Kind(_name("coverage", source), "level of the central interval", scale=100.0, unit=" percentage points")
    return _view(kind, title, note, curves, table)


def _view(kind: Kind, title: str, note: str, curves: xr.Dataset, table: pd.DataFrame) -> FigureView:
    panels = curve_panels(curves, _failed(table), kind)
    return FigureView(kind.name, title, "", panels, legend=LEGEND, note=note)


def contraction(table: pd.DataFrame, source: TruthSource) -> FigureView:
    """Draw what each posterior learns against how its mean misses the truth, in posterior standard deviations.

    Parameters
    ----------
    table
        A verdict's table.
    source
        Where the truths come from.
    """
    learnt, variances, before = _LEARNT[source]
    name = _name("contraction", source)
    known = table[(table["n"] > 0) & table["contraction"].notna()]
    level = percent(criteria.INTERVAL_LEVEL, 0)
    alt = (
        f"{len(known)} quantities; median contraction from {number(float(known['contraction'].min()))} to "
        f"{number(float(known['contraction'].max()))}, mean z-score from {signed(float(known['mean_z'].min()))} to "
        f"{signed(float(known['mean_z'].max()))}."
    )
    panel = PanelView(name, style.svg(_contraction(known, f"contraction, 1 − {variances}"), name), alt)
    return FigureView(
        name,
        f"What {learnt}, and by how much the posterior mean misses the truth",
        "",
        (panel,),
        legend=(*LEGEND[:2], (style.FAINT, f"central {level} of a standard normal")),
        note=f"A dot is a quantity's mean z-score, (posterior mean − truth) / posterior sd, the bar the central "
        f"{level} of its simulations. Contraction 0 repeats {before}, 1 leaves nothing of it.",
    )


@style.styled
def _contraction(table: pd.DataFrame, across: str) -> Figure:
    figure = Figure(figsize=(WIDTH, _HEIGHT))
    axes = figure.add_axes((0.08, 0.18, 0.89, 0.7))
    style.unlabelled(axes)
    reach = norm.ppf((1.0 + criteria.INTERVAL_LEVEL) / 2.0)
    axes.axhspan(-reach, reach, color=style.FAINT, alpha=0.3, lw=0)
    axes.axhline(0.0, color=style.MUTED, lw=0.7)
    colours = [style.BLUE if passed else style.VERMILION for passed in table["passed"]]
    axes.vlines(table["contraction"], table["lower_z"], table["upper_z"], colors=colours, lw=0.7, alpha=0.35)
    axes.scatter(table["contraction"], table["mean_z"], s=10, c=colours, alpha=0.8, lw=0)
    axes.set_xlim(min(0.0, float(table["contraction"].min())) - 0.02, 1.02)
    figure.text(0.54, 0.02, across, color=style.MUTED, ha="center")
    figure.text(0.0, 0.93, "z-score", weight="bold")
    return figure


def _name(what: str, source: TruthSource) -> str:
    return f"calibration-{source}-{what}"


def _one_in(what: str) -> str:
    return f"A calibrated {what} leaves its own band once in {round(1 / (1 - criteria.COVERAGE_BAND))} times."


def _failed(table: pd.DataFrame) -> frozenset[str]:
    return frozenset(table.loc[~table["passed"].astype(bool), "quantity"].astype(str))
