"""How does every figure look, and how does it become SVG that a page can hold?"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

#: Width of a panel in inches: 380 CSS pixels, so that text is read at its own size on a phone.
WIDTH: Final = 380 / 96

INK: Final = "#1d2733"
MUTED: Final = "#5b6673"
FAINT: Final = "#c9d0d8"
PALE: Final = "#98a4b0"

# Okabe and Ito (2008): told apart with every common kind of colour blindness, darkened where thin lines need it.
BLUE: Final = "#0072b2"
SKY: Final = "#56b4e9"
GREEN: Final = "#008060"
ORANGE: Final = "#b85c00"
PURPLE: Final = "#a8518a"
VERMILION: Final = "#c8401a"

_SETTINGS: Final[Any] = {
    "svg.fonttype": "none",
    # Verdana has the widths of DejaVu Sans, in which matplotlib measures: nothing moves.
    "font.family": ["DejaVu Sans"],
    "font.size": 9.0,
    "axes.titlesize": 9.0,
    "axes.labelsize": 9.0,
    "xtick.labelsize": 9.0,
    "ytick.labelsize": 9.0,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    # Left spine and its ticks carry no information. Said here, and not to every tick of every axes.
    "xtick.major.size": 2.5,
    "ytick.major.size": 0.0,
    "axes.spines.left": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": MUTED,
    "ytick.color": INK,
    "axes.unicode_minus": True,
    "axes.linewidth": 0.8,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
}

_FONTS: Final = "'DejaVu Sans', Verdana, 'Segoe UI', 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif"


def styled[**P](draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Let a drawing function run under the report's style, whatever the caller's own settings."""

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with mpl.rc_context(_SETTINGS):
            return draw(*args, **kwargs)

    return drawn


def svg(figure: Figure, name: str) -> str:
    """Return a figure as an SVG element without header, its ids made unique by the figure's name."""
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    buffer = io.StringIO()
    with mpl.rc_context({**_SETTINGS, "svg.hashsalt": name}), warnings.catch_warnings():
        # The browser has other fonts: a script that DejaVu lacks is still drawn there.
        warnings.filterwarnings("ignore", message=r"Glyph \d+ .* missing from font")
        figure.savefig(buffer, format="svg", metadata=nothing)
    text = buffer.getvalue()
    text = text[text.index("<svg") :].replace("'DejaVu Sans'", _FONTS)
    return _unique(text, name).strip()


def unlabelled(axes: Axes) -> None:
    """Say that an axes has no labels of its own: to place them, the extent of every tick's would be measured twice."""
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_label_coords(0.0, 0.0)


def _unique(text: str, name: str) -> str:
    text = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', text)
    text = re.sub(r'(xlink:href|href)="#([^"]+)"', rf'\1="#{name}-\2"', text)
    return re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", text)
