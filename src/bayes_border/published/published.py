"""What did the paper print?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist

from bayes_border.criteria import INTERVAL_LEVEL
from bayes_border.estimates import Estimate, Estimates
from bayes_border.published.claims import Claim, Sector
from bayes_border.published.paper import Paper, TableLabel, WindowLabel
from bayes_border.published.printed import Printed
from bayes_border.vocabulary import Engine, Window


@dataclass(frozen=True)
class Cell:
    """A printed estimate with its standard error and stars, and the row and column where it stands."""

    table: str
    window: Window
    term: str
    estimate: Printed
    se: Printed
    stars: str
    row: str
    column: str

    @property
    def key(self) -> tuple[str, Window, str]:
        """Return (table, window, term)."""
        return self.table, self.window, self.term

    @property
    def place(self) -> str:
        """Return the cell's name in findings, `table1/pre/dg_dIS`."""
        return f"{self.table}/{self.window}/{self.term}"


@dataclass(frozen=True)
class Footer:
    """What stands below one column of a table; None where the paper prints nothing."""

    table: str
    window: Window
    column: str
    hansen_p: Printed | None
    m1_p: Printed | None
    m2_p: Printed | None
    n_obs: int


@dataclass(frozen=True)
class Shares:
    """Three sectors' shares of one year and area, in percent, as one place of the paper gives them."""

    place: str
    year: int
    area: str
    primary: Printed
    secondary: Printed
    tertiary: Printed

    def of(self, sector: Sector) -> Printed:
        """Return one sector's share."""
        return {
            Sector.PRIMARY: self.primary,
            Sector.SECONDARY: self.secondary,
            Sector.TERTIARY: self.tertiary,
        }[sector]


@dataclass(frozen=True)
class Published:
    """A paper's tables and claims, as printed.

    `structure` holds table and text side by side: `place` says which. `digest` is a SHA-256 of the
    files, 16 hexadecimal digits.
    """

    name: str
    paper: Paper
    cells: tuple[Cell, ...]
    footers: tuple[Footer, ...]
    structure: tuple[Shares, ...]
    claims: tuple[Claim, ...]
    digest: str

    @cached_property
    def _by_key(self) -> dict[tuple[str, Window, str], Cell]:
        return {cell.key: cell for cell in self.cells}

    @property
    def tables(self) -> tuple[str, ...]:
        """Return the tables' names."""
        return tuple(table.table for table in self.paper.tables)

    @property
    def windows(self) -> tuple[Window, ...]:
        """Return the printed windows."""
        return tuple(window.window for window in self.paper.windows)

    @property
    def terms(self) -> tuple[str, ...]:
        """Return the printed terms, in the equation's order."""
        return tuple(term.term for term in self.paper.terms)

    def cell(self, table: str, window: Window | str, term: str) -> Cell:
        """Return one printed cell.

        Raises
        ------
        KeyError
            If the paper prints no such cell.
        """
        return self._by_key[table, Window(window), term]

    def footer(self, table: str, window: Window | str) -> Footer:
        """Return what stands below one column.

        Raises
        ------
        KeyError
            If the paper prints no such column.
        """
        for footer in self.footers:
            if (footer.table, footer.window) == (table, window):
                return footer
        raise KeyError(table, window)

    def n_obs(self, table: str, window: Window | str) -> int:
        """Return the printed number of observations."""
        return self.footer(table, window).n_obs

    def table_label(self, table: str) -> TableLabel:
        """Return how a table is named in print."""
        return next(label for label in self.paper.tables if label.table == table)

    def window_label(self, window: Window | str) -> WindowLabel:
        """Return how a window's column is headed."""
        return next(label for label in self.paper.windows if label.window == window)

    def symbol(self, term: str) -> str:
        """Return a coefficient's symbol in the text."""
        return next(label.symbol for label in self.paper.terms if label.term == term)

    def star_level(self, stars: str) -> float | None:
        """Return the level of significance that printed stars claim, None for no star."""
        return next((star.level for star in self.paper.stars if star.stars == stars), None)

    def estimates(self) -> Estimates:
        """Return the printed estimates as every engine reports its own, with normal intervals."""
        z = NormalDist().inv_cdf(0.5 + INTERVAL_LEVEL / 2)
        return Estimates(tuple(self._estimate(cell, z) for cell in self.cells))

    def _estimate(self, cell: Cell, z: float) -> Estimate:
        value, se = cell.estimate.value, cell.se.value
        return Estimate(
            engine=Engine.PUBLISHED,
            recipe=cell.table,
            table=cell.table,
            window=cell.window,
            term=cell.term,
            value=value,
            se=se,
            lower=value - z * se,
            upper=value + z * se,
            level=INTERVAL_LEVEL,
            n_obs=self.n_obs(cell.table, cell.window),
            extra={"stars": cell.stars, "printed": cell.estimate.text, "printed_se": cell.se.text},
        )
