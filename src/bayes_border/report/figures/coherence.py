"""On which rows would an equation turn a growth shock round, and by how much would it magnify it?"""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from bayes_border.bayes.posterior import Posterior
from bayes_border.compare.coherence import printed_m
from bayes_border.report import labels
from bayes_border.report.contents import ReportContents
from bayes_border.report.figures import style
from bayes_border.report.figures.style import WIDTH
from bayes_border.report.numbers import number
from bayes_border.report.views import FigureView, PanelView
from bayes_border.simulate.reduced_form import reduced_form
from bayes_border.vocabulary import COHERENT, Window

#: Rows beyond these multiples are drawn at the edge and counted.
_EDGES = (-4.0, 6.0)
_BINS = 50

#: What the figure calls print, the equation taken as a regression and the coherent model, and their colours.
PRINTED, AS_ESTIMATED, OWN = "printed γ", "as estimated", "posterior"
_COLOURS = {PRINTED: style.INK, AS_ESTIMATED: style.ORANGE, OWN: style.BLUE}
_SHOWN = {"as_estimated": AS_ESTIMATED, COHERENT: OWN}


def multipliers(contents: ReportContents, window: Window) -> dict[str, np.ndarray]:
    """Return 1/m of every row of a window at the printed gamma, and its median in each posterior shown."""
    design = contents.design
    if design is None or not design.n_obs(window):
        return {}
    found = {PRINTED: 1 / printed_m(contents.published, design, contents.main_table, window)}
    return found | {name: np.median(1 / m, axis=0) for name, m in posterior_m(contents, window).items()}


def posterior_m(contents: ReportContents, window: Window) -> dict[str, np.ndarray]:
    """Return draws of m, `(draw, row of the window)`, in the posteriors of the two parts that are shown."""
    fits = contents.fits.get(contents.main_table, {})
    models = {role.name: role.at(window) for role in contents.study.roles}
    return {shown: _m(fits[models[role]], window) for role, shown in _SHOWN.items() if models.get(role) in fits}


def _m(fit: Posterior, window: Window) -> np.ndarray:
    m = reduced_form(fit.tree["posterior"].to_dataset(), fit.design).m.transpose(..., "row").values
    draws: np.ndarray = m.reshape(-1, m.shape[-1])[:, fit.design.rows_of(window)]
    return draws


def coherence(contents: ReportContents) -> FigureView | None:
    """Return 1/m row by row, a panel a window."""
    panels = []
    for window in contents.published.windows:
        found = multipliers(contents, window)
        if found:
            name = f"coherence-{window}"
            panels.append(PanelView(name, style.svg(_figure(window, found), name), _alt(contents, window, found)))
    if not panels:
        return None
    return FigureView(
        "coherence",
        "What becomes of one point of shock: 1/m, row by row",
        "",
        tuple(panels),
        legend=(
            (style.VERMILION, "turned round (m ≤ 0)"),
            (style.INK, PRINTED),
            (style.ORANGE, "median of the equation taken as a regression"),
            (style.BLUE, "median of the coherent posterior"),
        ),
        note="A dot is a province and year; 1 means that a shock is passed on as it is. Rows beyond the edges are "
        "drawn at the edge and counted there.",
    )


@style.styled
def _figure(window: Window, found: dict[str, np.ndarray]) -> Figure:
    height = 0.55 + 1.0 * len(found)
    figure = Figure(figsize=(WIDTH, height))
    axes = figure.add_axes((0.75 / WIDTH, 0.28 / height, (WIDTH - 0.9) / WIDTH, (height - 0.55) / height))
    style.unlabelled(axes)
    low, high = _EDGES
    axes.axvspan(low - 0.3, 0, color=style.VERMILION, alpha=0.08, lw=0)
    axes.axvline(1.0, color=style.MUTED, lw=0.9)
    for place, (name, values) in enumerate(found.items()):
        inside = np.clip(values, low, high)
        colour = np.where(values <= 0, style.VERMILION, _COLOURS[name])
        axes.scatter(inside, place + _stack(inside), s=7, c=colour, alpha=0.75, lw=0, clip_on=False)
        for beyond, edge, side in ((values < low, low, "left"), (values > high, high, "right")):
            if beyond.any():
                axes.annotate(f"{int(beyond.sum())} beyond", (edge, place - 0.4), ha=side, va="center", size=8)
    axes.set_xlim(low - 0.3, high + 0.3)
    axes.set_ylim(len(found) - 0.5, -0.55)
    axes.set_yticks(range(len(found)), ["\n".join(name.split()) for name in found])
    figure.text(0, 1 - 0.2 / height, f"{window}: 1/m", weight="bold")
    return figure


def _stack(values: np.ndarray) -> np.ndarray:
    """Return heights that pile up points of nearly the same value around their line."""
    bins = np.digitize(values, np.linspace(*_EDGES, _BINS))
    heights = np.zeros(values.size)
    for each in np.unique(bins):
        members = np.flatnonzero(bins == each)
        offsets = np.arange(members.size) - (members.size - 1) / 2
        heights[members] = offsets * min(0.07, 0.8 / max(members.size, 1))
    return heights


def _alt(contents: ReportContents, window: Window, found: dict[str, np.ndarray]) -> str:
    parts = [
        f"{name}: 1/m from {number(float(values.min()))} to {number(float(values.max()))}, "
        f"{int((values <= 0).sum())} of {values.size} rows turned round"
        for name, values in found.items()
    ]
    return f"{labels.window(contents, window)}. {'; '.join(parts)}."
