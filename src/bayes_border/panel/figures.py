"""Which official figures travel with the project, and how are they looked up?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from bayes_border.errors import DataError, Fault
from bayes_border.panel.series import FigureName
from bayes_border.project import data_folder
from bayes_border.vocabulary import Status

#: Province under which figures of the whole country are filed.
NATION = "China"

COLUMNS = ("province", "year", "series", "value", "unit", "source", "status")

#: Yuan or dollars in one unit of a figure; what is not money counts as one.
UNIT_SIZE = {
    "100 million yuan": 1e8,
    "yuan": 1.0,
    "1000 USD": 1e3,
    "yuan per USD": 1.0,
    "percent": 1.0,
    "preceding year=100": 1.0,
}


@dataclass(frozen=True)
class Grid:
    """The cells of a panel: provinces by consecutive years."""

    provinces: tuple[str, ...]
    years: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, int]:
        """Return the shape of an array over the grid, `(province, year)`."""
        return len(self.provinces), len(self.years)


@dataclass(frozen=True)
class Figures:
    """Every figure of `data/official/figures.csv`, one a row in the columns `COLUMNS`."""

    frame: pd.DataFrame

    @property
    def provinces(self) -> tuple[str, ...]:
        """Return the provinces in alphabetical order, without the nation."""
        return tuple(sorted(set(self.frame["province"]) - {NATION}))

    def values(self, name: FigureName, grid: Grid) -> np.ndarray:
        """Return one series of one source, shape `(province, year)`, NaN where there is no figure."""
        return self._spread(name, grid, "value", np.nan).astype(float)

    def statuses(self, name: FigureName, grid: Grid) -> np.ndarray:
        """Return how each of these figures came to be, shape `(province, year)`."""
        return self._spread(name, grid, "status", str(Status.MISSING))

    def unit_size(self, name: FigureName) -> float:
        """Return the size of these figures' unit, in yuan or dollars where it is one of money."""
        return UNIT_SIZE[str(self._rows(name)["unit"].iloc[0])]

    def _spread(self, name: FigureName, grid: Grid, column: str, absent: object) -> np.ndarray:
        rows = self._rows(name)
        known = dict(zip(zip(rows["province"], rows["year"], strict=True), rows[column], strict=True))
        cells = [
            [known.get((NATION if name.nation else province, year), absent) for year in grid.years]
            for province in grid.provinces
        ]
        return np.array(cells, dtype=object)

    def _rows(self, name: FigureName) -> pd.DataFrame:
        rows = self.frame[(self.frame["source"] == name.source) & (self.frame["series"] == name.series)]
        if rows.empty:
            place, remedy = f"{name.source}.{name.series}", "select them with scripts/select_official.py"
            raise DataError("data/official/figures.csv", [Fault(place, "has no figures", remedy)])
        return rows


@cache
def load_figures() -> Figures:
    """Return the figures that ship with the project."""
    return read_figures(data_folder() / "official" / "figures.csv")


def read_figures(path: Path) -> Figures:
    """Return the figures of a file.

    Raises
    ------
    DataError
        If the file or a column is missing, a figure stands twice, or a unit or a status is unknown.
    """
    if not path.is_file():
        fault = Fault("file", "does not exist", "write it with scripts/select_official.py")
        raise DataError(str(path), [fault])
    frame = pd.read_csv(path, encoding="utf-8")
    missing = [column for column in COLUMNS if column not in frame]
    if missing:
        fault = Fault("header", f"lacks {', '.join(missing)}", "write the file with scripts/select_official.py")
        raise DataError(str(path), [fault])
    statuses = [str(status) for status in Status]
    faults = [*_repeated(frame), *_unknown(frame, "unit", UNIT_SIZE), *_unknown(frame, "status", statuses)]
    if faults:
        raise DataError(str(path), faults)
    return Figures(frame)


def _repeated(frame: pd.DataFrame) -> list[Fault]:
    key = ["province", "year", "series", "source"]
    twice = frame.loc[frame.duplicated(key), key]
    return [
        Fault(f"row {index + 2}", f"{'/'.join(map(str, figure))} stands twice", "remove one of them")
        for index, figure in zip(twice.index, twice.itertuples(index=False), strict=True)
    ]


def _unknown(frame: pd.DataFrame, column: str, known: Collection[str]) -> list[Fault]:
    strange = sorted(set(frame[column].astype(str)) - set(known))
    return [Fault(f"column {column!r}", f"found {value!r}", f"use one of {', '.join(known)}") for value in strange]
