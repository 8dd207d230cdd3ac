"""What do the paper's tables look like: which tables, columns, rows and stars are there to fill?"""

from __future__ import annotations

from pydantic import Field
from pydantic.dataclasses import dataclass

from bayes_border.spec.model import STRICT
from bayes_border.spec.names import Label
from bayes_border.vocabulary import Outcome, Window


@dataclass(frozen=True, config=STRICT, kw_only=True)
class StarLevel:
    """A printed mark and the level of significance that the paper gives it."""

    stars: str
    level: float = Field(gt=0, lt=1)


@dataclass(frozen=True, config=STRICT, kw_only=True)
class TableLabel:
    """A printed table: `dependent` is what its heading says, `outcome` what the text says it explains."""

    table: Label
    label: str
    title: str
    dependent: str
    outcome: Outcome


@dataclass(frozen=True, config=STRICT, kw_only=True)
class WindowLabel:
    """A printed column: its window, its heading and the first and last year that the heading names."""

    window: Window
    label: str
    first: int
    last: int


@dataclass(frozen=True, config=STRICT, kw_only=True)
class TermLabel:
    """A printed row: its term, the row's label and the coefficient's symbol in the text."""

    term: Label
    label: str
    symbol: str


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Paper:
    """Everything that is particular to the layout of one paper's tables.

    `units` is the number of provinces, from which degrees of freedom with few clusters follow;
    `stars` runs from the strictest level to the weakest.
    """

    units: int = Field(ge=2)
    stars: tuple[StarLevel, ...]
    tables: tuple[TableLabel, ...]
    windows: tuple[WindowLabel, ...]
    terms: tuple[TermLabel, ...]
