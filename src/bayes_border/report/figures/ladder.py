"""Where do several estimates of the same quantities lie? Point and interval, one rung an estimate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bayes_border.report.figures.style import FAINT, INK, MUTED, WIDTH, frame, styled

_RUNG = 0.2  # inches
_HEAD = 0.52
_FOOT = 0.12
#: An interval this many times as far out as the middle half of all ends is cut, with an arrow at the cut.
_FAR = 5.0
_GAP = 0.25


@dataclass(frozen=True, slots=True)
class Rung:
    """One estimate: a point and an interval, None where there is none."""

    label: str
    colour: str
    value: float | None
    lower: float | None = None
    upper: float | None = None
    marker: str = "o"
    strong: bool = False
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Ladder:
    """One quantity: its rungs from top to bottom, and what the axis measures.

    `band` shades an interval; `zero` marks a value, zero unless None.
    """

    title: str
    rungs: tuple[Rung, ...]
    zero: float | None = 0.0
    band: tuple[float, float] | None = None


@styled
def ladders(parts: Sequence[Ladder], *, label: str = "", left: float = 1.12) -> Figure:
    """Draw ladders one below another; `left` is the inches kept for names, `label` names the last axis."""
    heights = [_HEAD + _RUNG * max(len(part.rungs), 1) + _FOOT for part in parts]
    total = sum(heights) + (_GAP if label else 0.0)
    figure = Figure(figsize=(WIDTH, total))
    top = total
    for part, height in zip(parts, heights, strict=True):
        bottom = top - height + _HEAD - 0.24
        rungs = height - _HEAD
        axes = figure.add_axes((left / WIDTH, bottom / total, (WIDTH - left - 0.1) / WIDTH, rungs / total))
        _draw(axes, part)
        figure.text(0.0, (bottom + rungs + 0.05) / total, part.title, weight="bold", va="bottom")
        top -= height
    if label:
        figure.text((left + WIDTH - 0.1) / 2 / WIDTH, 0.03 / total, label, color=MUTED, ha="center", va="bottom")
    return figure


def _draw(axes: Axes, part: Ladder) -> None:
    limits = _limits(part)
    frame(axes)
    axes.set_xlim(*limits)
    axes.set_ylim(len(part.rungs) - 0.4, -0.6)
    axes.set_yticks(range(len(part.rungs)), [rung.label for rung in part.rungs])
    axes.locator_params(axis="x", nbins=5)
    if part.band is not None:
        axes.axvspan(*part.band, color=FAINT, alpha=0.45, lw=0)
    if part.zero is not None and limits[0] <= part.zero <= limits[1]:
        axes.axvline(part.zero, color=MUTED, lw=0.9)
    for place, rung in enumerate(part.rungs):
        _rung(axes, place, rung, limits)


def _rung(axes: Axes, place: int, rung: Rung, limits: tuple[float, float]) -> None:
    if rung.strong:
        axes.get_yticklabels()[place].set_weight("bold")
    if rung.value is None or not math.isfinite(rung.value):
        axes.text(np.mean(limits), place, rung.remark or "no estimate", color=MUTED, ha="center", va="center", size=8)
        return
    low, high = limits
    if rung.lower is not None and rung.upper is not None:
        ends = max(rung.lower, low), min(rung.upper, high)
        axes.plot(ends, (place, place), color=rung.colour, lw=2.6 if rung.strong else 1.5, solid_capstyle="butt")
        for cut, edge, shape in ((rung.lower < low, low, "<"), (rung.upper > high, high, ">")):
            if cut:
                axes.plot(edge, place, marker=shape, color=rung.colour, ms=4, clip_on=False)
    if low <= rung.value <= high:
        size = 6.0 if rung.strong else 4.6
        axes.plot(rung.value, place, marker=rung.marker, color=rung.colour, ms=size, mec="white", mew=0.6)
    if rung.remark:
        axes.annotate(
            rung.remark, (1, place), xycoords=("axes fraction", "data"), ha="right", va="bottom", size=8, color=INK
        )


def _limits(part: Ladder) -> tuple[float, float]:
    known = [rung for rung in part.rungs if rung.value is not None and math.isfinite(rung.value)]
    ends = [x for rung in known for x in (rung.value, rung.lower, rung.upper) if x is not None and math.isfinite(x)]
    must = [rung.value for rung in known if rung.strong and rung.value is not None]
    must += [] if part.zero is None else [part.zero]
    must += [] if part.band is None else list(part.band)
    if not ends and not must:
        return -1.0, 1.0
    low, high = min(ends + must), max(ends + must)
    if ends:
        quarter, middle, three = np.quantile(ends, [0.25, 0.5, 0.75])
        reach = _FAR * max(three - quarter, 1e-12)
        low = min([max(low, middle - reach), *must])
        high = max([min(high, middle + reach), *must])
    pad = 0.06 * ((high - low) or 1.0)
    return float(low - pad), float(high + pad)
