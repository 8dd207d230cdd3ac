"""What does the text say of the tables, in words that a program can test?"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from bayes_border.spec.model import STRICT
from bayes_border.vocabulary import Window


class Sign(StrEnum):
    """Direction of a coefficient or of a change."""

    POSITIVE = "+"
    NEGATIVE = "-"

    @property
    def factor(self) -> int:
        """Return 1 or -1."""
        return 1 if self is Sign.POSITIVE else -1


class Sector(StrEnum):
    """Sector of the economy in a table of shares."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    TERTIARY = "tertiary"


class Reading(StrEnum):
    """Does a claim repeat what a table shows, or go beyond it?"""

    STATEMENT = "statement"
    INTERPRETATION = "interpretation"


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Starred:
    """Every cell has this sign and exactly the stars of this level."""

    kind: Literal["starred"]
    sign: Sign
    level: float = Field(gt=0, lt=1)


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Significant:
    """Every cell has this sign and is starred at this level or a smaller one."""

    kind: Literal["significant"]
    sign: Sign
    level: float = Field(gt=0, lt=1)


@dataclass(frozen=True, config=STRICT, kw_only=True)
class NotSignificant:
    """No cell is starred at this level or a smaller one."""

    kind: Literal["not_significant"]
    level: float = Field(gt=0, lt=1)


@dataclass(frozen=True, config=STRICT, kw_only=True)
class SameSign:
    """The terms have one sign within each table and window."""

    kind: Literal["same_sign"]


@dataclass(frozen=True, config=STRICT, kw_only=True)
class LargerIn:
    """Every term is larger in the first window than in the second."""

    kind: Literal["larger_in"]
    windows: tuple[Window, Window]


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Agrees:
    """No cell is starred with one sign in one table and starred with the other sign in another."""

    kind: Literal["agrees"]


@dataclass(frozen=True, config=STRICT, kw_only=True)
class ShareGap:
    """A sector's share in `area` exceeds that in `against` by `gap` points, a printed string."""

    kind: Literal["share_gap"]
    area: str
    against: str
    year: int
    sector: Sector
    gap: str = Field(pattern=r"^-?\d+(\.\d+)?$")


@dataclass(frozen=True, config=STRICT, kw_only=True)
class ShareChange:
    """A sector's share moves in this direction from the first year to the last, in every area."""

    kind: Literal["share_change"]
    areas: tuple[str, ...]
    sector: Sector
    first: int
    last: int
    direction: Sign


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Refuted:
    """The claim fails by algebra, whatever the figures; not `legible` where a mark may be lost in extraction."""

    kind: Literal["refuted"]
    reason: str
    legible: bool = True


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Untested:
    """Nothing printed, or no coefficient, can bear the claim out or refute it."""

    kind: Literal["untested"]
    reason: str


@dataclass(frozen=True, config=STRICT, kw_only=True)
class HasSign:
    """The posterior gives every cell this sign."""

    kind: Literal["sign"]
    sign: Sign


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Undecided:
    """The posterior gives no cell either sign."""

    kind: Literal["undecided"]


type PrintTest = Annotated[
    Starred | Significant | NotSignificant | SameSign | LargerIn | Agrees | ShareGap | ShareChange | Refuted | Untested,
    Field(discriminator="kind"),
]
type PosteriorTest = Annotated[
    HasSign | Undecided | SameSign | LargerIn | Agrees | Untested,
    Field(discriminator="kind"),
]


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Claim:
    """One thing that the text says, the cells it rests on and how it is tested.

    The cells are every combination of `tables`, `windows` and `terms`; none for a claim about shares.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")
    section: str
    quotation: str
    meaning: str
    reading: Reading
    on_print: PrintTest
    on_posterior: PosteriorTest
    tables: tuple[str, ...] = ()
    windows: tuple[Window, ...] = ()
    terms: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[tuple[str, Window, str], ...]:
        """Return (table, window, term) of every cell that the claim rests on."""
        return tuple((table, window, term) for table in self.tables for window in self.windows for term in self.terms)


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Claims:
    """The content of `claims.toml`."""

    claims: tuple[Claim, ...] = ()
