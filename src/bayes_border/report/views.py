"""What does a template need to know of a table, a figure or a sentence?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class TableView:
    """A table of finished strings; columns named in `right` are aligned right.

    `row_classes` gives each row a class for the style sheet, or is empty.
    """

    caption: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: frozenset[int] = frozenset()
    row_classes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PanelView:
    """One drawing of a figure: SVG text and what it shows, in words."""

    name: str
    svg: str
    alt: str


@dataclass(frozen=True, slots=True)
class FigureView:
    """A figure: panels side by side on a wide screen, one below another on a phone.

    `caption` says what to see, `note` how to read it, `legend` pairs of colour and label.
    """

    name: str
    title: str
    caption: str
    panels: tuple[PanelView, ...]
    note: str = ""
    legend: tuple[tuple[str, str], ...] = ()


class Side(StrEnum):
    """What a sentence speaks for."""

    SUPPORTS = "supports"
    AGAINST = "against"
    DOUBT = "doubt"


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence whose condition was tested on the numbers, and the section that shows them."""

    side: Side
    text: str
    section: str
