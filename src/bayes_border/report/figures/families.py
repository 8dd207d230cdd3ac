"""Do the curves of many quantities stay where chance leaves them? A small axes a family of quantities."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bayes_border.report import labels
from bayes_border.report.figures import style
from bayes_border.report.figures.style import WIDTH
from bayes_border.report.numbers import number
from bayes_border.report.views import PanelView

#: Axes in a row, and in one drawing; more families than that make another drawing beside it.
_COLUMNS, _AXES = 2, 8
_COLUMN, _ROW, _FOOT = WIDTH / _COLUMNS, 1.22, 0.3  # inches
_LEFT, _RIGHT, _HEAD, _TICKS = 0.48, 0.1, 0.32, 0.2

LEGEND = (
    (style.BLUE, "passed both its tests"),
    (style.VERMILION, "failed one"),
    (style.FAINT, "where chance leaves a calibrated curve"),
)


@dataclass(frozen=True, slots=True)
class Kind:
    """What a curve is.

    Parameters
    ----------
    name
        Of its drawings.
    at
        What the horizontal axis is, in words.
    scale, unit
        By what values are multiplied to be read, and in which unit they are then.
    bins
        Whether a value holds for a whole bin around `at`.
    """

    name: str
    at: str
    scale: float = 1.0
    unit: str = ""
    bins: bool = False


def curve_panels(curves: xr.Dataset, failed: frozenset[str], kind: Kind) -> tuple[PanelView, ...]:
    """Draw every family of quantities, some to a drawing.

    Parameters
    ----------
    curves
        `value`, `lower`, `upper`, dims `(quantity, at)`, as `checks.calibration_curves` returns them.
    failed
        Quantities that are drawn as such.
    kind
        What they are.
    """
    shown, panels = curves * kind.scale, []
    if kind.bins:
        shown = _stepped(shown)
    for place, names in enumerate(itertools.batched(families(curves), _AXES), start=1):
        parts = [_family(shown, name) for name in names]
        key = f"{kind.name}-{place}"
        alt = " ".join(_said(part, failed, kind) for part in parts)
        panels.append(PanelView(key, style.svg(_figure(parts, failed, kind), key), alt))
    return tuple(panels)


def families(curves: xr.Dataset) -> list[str]:
    """Return the families of the quantities, in their order."""
    return list(dict.fromkeys(labels.family(str(name)) for name in curves["quantity"].values))


def _stepped(curves: xr.Dataset) -> xr.Dataset:
    """Return both ends of each bin in the place of its middle."""
    at = curves["at"].values
    ends = at[:, None] + np.array([-0.5, 0.5]) / len(at)
    return curves.isel(at=np.repeat(np.arange(len(at)), 2)).assign_coords(at=ends.ravel())


def _family(curves: xr.Dataset, name: str) -> xr.Dataset:
    return curves.isel(quantity=[labels.family(str(each)) == name for each in curves["quantity"].values])


@style.styled
def _figure(parts: Sequence[xr.Dataset], failed: frozenset[str], kind: Kind) -> Figure:
    total = _ROW * math.ceil(len(parts) / _COLUMNS) + _FOOT
    width, height = _COLUMN - _LEFT - _RIGHT, _ROW - _HEAD - _TICKS
    figure = Figure(figsize=(WIDTH, total))
    for place, part in enumerate(parts):
        row, column = divmod(place, _COLUMNS)
        left, bottom = _COLUMN * column, total - _ROW * (row + 1) + _TICKS
        _draw(figure.add_axes(((left + _LEFT) / WIDTH, bottom / total, width / WIDTH, height / total)), part, failed)
        title = f"{labels.quantity(labels.family(str(part['quantity'].values[0])))}{_count(part)}"
        figure.text(left / WIDTH, (bottom + height + 0.09) / total, title, weight="bold")
    figure.text(0.5, 0.03 / total, kind.at, color=style.MUTED, ha="center", va="bottom")
    return figure


def _count(part: xr.Dataset) -> str:
    return f" ({part.sizes['quantity']})" if part.sizes["quantity"] > 1 else ""


def _draw(axes: Axes, part: xr.Dataset, failed: frozenset[str]) -> None:
    style.unlabelled(axes)
    # The widest of the family's bands: they differ only where some fits gave some quantities no value.
    lower, upper = part["lower"].min("quantity").values, part["upper"].max("quantity").values
    axes.fill_between(part["at"].values, lower, upper, color=style.FAINT, alpha=0.5, lw=0)
    axes.axhline(0.0, color=style.MUTED, lw=0.7)
    for name in sorted(map(str, part["quantity"].values), key=failed.__contains__):
        bad = name in failed
        colour, width, alpha = (style.VERMILION, 1.1, 0.9) if bad else (style.BLUE, 0.7, 0.6)
        values = part["value"].sel(quantity=name).values
        axes.plot(part["at"].values, values, color=colour, lw=width, alpha=alpha)
    reach = float(abs(part.to_dataarray()).max())
    if reach > 0.0:  # NaN where no fit gave a value
        axes.set_ylim(-1.15 * reach, 1.15 * reach)
    axes.set_xlim(0.0, 1.0)
    axes.set_xticks([0.0, 0.5, 1.0], ["0", "0.5", "1"])
    axes.locator_params(axis="y", nbins=4)


def _said(part: xr.Dataset, failed: frozenset[str], kind: Kind) -> str:
    names = list(map(str, part["quantity"].values))
    title = f"{labels.quantity(labels.family(names[0]))}, {len(names)} curve{'s' if len(names) > 1 else ''}"
    bad = [name for name in names if name in failed]
    verdict = f"failed: {', '.join(bad)}" if bad else "none failed"
    if not part["value"].notnull().any():
        return f"{title}, no fit gave a value, {verdict}."
    return f"{title}, largest distance from 0 {number(float(abs(part['value']).max()))}{kind.unit}, {verdict}."
