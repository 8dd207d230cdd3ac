"""Where do several estimates of the same quantities lie? Point and interval, one rung an estimate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bayes_border.report.figures.style import MUTED, WIDTH, styled, unlabelled
from bayes_border.report.numbers import number

_RUNG = 0.2  # inches
_HEAD = 0.5
_FOOT = 0.26
#: In a cut ladder the axis reaches this many widths of the strong rungs beyond them; what lies further gets an arrow.
_REACH = 0.7
_REMARK = 0.17
_GAP = 0.25


@dataclass(frozen=True, slots=True)
class Rung:
    """One estimate: a point and an interval; where there is none, `absent` says why."""

    label: str
    colour: str
    value: float | None
    lower: float | None = None
    upper: float | None = None
    marker: str = "o"
    strong: bool = False
    absent: str = ""


@dataclass(frozen=True, slots=True)
class Ladder:
    """One quantity: its rungs from top to bottom, and what the axis measures.

    `remark` stands below the title. `zero` marks a value, none if None. With `cut` the strong rungs
    decide how far the axis reaches.
    """

    title: str
    rungs: tuple[Rung, ...]
    remark: str = ""
    zero: float | None = 0.0
    cut: bool = False


@styled
def ladders(parts: Sequence[Ladder], *, label: str = "", left: float = 1.12) -> Figure:
    """Draw ladders one below another; `left` is the inches kept for names, `label` names the last axis."""
    heads = [_HEAD + (_REMARK if part.remark else 0.0) for part in parts]
    heights = [head + _RUNG * max(len(part.rungs), 1) for head, part in zip(heads, parts, strict=True)]
    total = sum(heights) + (_GAP if label else 0.0)
    figure = Figure(figsize=(WIDTH, total))
    top = total
    for part, head, height in zip(parts, heads, heights, strict=True):
        rungs, bottom = height - head, top - height + _FOOT
        axes = figure.add_axes((left / WIDTH, bottom / total, (WIDTH - left - 0.1) / WIDTH, rungs / total))
        _draw(axes, part)
        title = bottom + rungs + (_REMARK if part.remark else 0.0) + 0.04
        figure.text(0.0, title / total, part.title, weight="bold", va="bottom")
        if part.remark:
            figure.text(0.0, (bottom + rungs + 0.04) / total, part.remark, color=MUTED, va="bottom")
        top -= height
    if label:
        figure.text((left + WIDTH - 0.1) / 2 / WIDTH, 0.03 / total, label, color=MUTED, ha="center", va="bottom")
    return figure


def _draw(axes: Axes, part: Ladder) -> None:
    limits = _limits(part)
    unlabelled(axes)
    axes.set_xlim(*limits)
    axes.set_ylim(len(part.rungs) - 0.4, -0.6)
    axes.set_yticks([])
    axes.locator_params(axis="x", nbins=5)
    if part.zero is not None and limits[0] <= part.zero <= limits[1]:
        axes.axvline(part.zero, color=MUTED, lw=0.9)
    for place, rung in enumerate(part.rungs):
        _rung(axes, place, rung, limits)


def _rung(axes: Axes, place: int, rung: Rung, limits: tuple[float, float]) -> None:
    low, high = limits
    # Where a tick's label would stand; of a tick, which is five artists, nothing else would be seen.
    beside, va, ha = axes.get_yaxis_text1_transform(mpl.rcParams["ytick.major.pad"])
    weight = "bold" if rung.strong else "normal"
    axes.text(0.0, place, rung.label, transform=beside, va=va, ha=ha, weight=weight)
    if rung.value is None or not math.isfinite(rung.value):
        box = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
        text = rung.absent or "no estimate"
        axes.text((low + high) / 2, place, text, color=MUTED, ha="center", va="center", size=8, bbox=box)
        return
    lower = rung.value if rung.lower is None else rung.lower
    upper = rung.value if rung.upper is None else rung.upper
    ends = np.clip((lower, upper), low, high)
    axes.plot(ends, (place, place), color=rung.colour, lw=2.6 if rung.strong else 1.5, solid_capstyle="butt")
    for beyond, edge, shape in ((lower < low, low, "<"), (upper > high, high, ">")):
        if beyond:
            axes.plot(edge, place, marker=shape, color=rung.colour, ms=5, mew=0, clip_on=False)
    if low <= rung.value <= high:
        size = 6.0 if rung.strong else 4.6
        axes.plot(rung.value, place, marker=rung.marker, color=rung.colour, ms=size, mec="white", mew=0.6)
    else:
        left = rung.value < low
        shift = 6 if left else -6
        axes.annotate(
            f"at {number(rung.value)}", (low if left else high, place), xytext=(shift, 0), textcoords="offset points",
            ha="left" if left else "right", va="center", size=8, color=rung.colour,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
        )  # fmt: skip


def _limits(part: Ladder) -> tuple[float, float]:
    known = [rung for rung in part.rungs if rung.value is not None and math.isfinite(rung.value)]
    every = _ends(known) + ([] if part.zero is None else [part.zero])
    if not every:
        return -1.0, 1.0
    low, high = min(every), max(every)
    strong = [rung for rung in known if rung.strong]
    if part.cut and strong:
        kept = _ends(strong) + ([] if part.zero is None else [part.zero])
        reach = _REACH * (max(kept) - min(kept))
        low, high = max(low, min(kept) - reach), min(high, max(kept) + reach)
    pad = 0.05 * ((high - low) or 1.0)
    return low - pad, high + pad


def _ends(rungs: Sequence[Rung]) -> list[float]:
    values = [x for rung in rungs for x in (rung.value, rung.lower, rung.upper)]
    return [x for x in values if x is not None and math.isfinite(x)]
