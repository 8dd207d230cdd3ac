"""Which outcomes come of turning the observed ones round in time, away from their regressors?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayes_border.design import Design
from bayes_border.errors import DataError, Fault
from bayes_border.vocabulary import Window

#: Up to this many distinct panels are listed and taken in random order, none twice; above it a panel drawn
#: twice is rarer than one in a hundred thousand.
_LISTED = 100_000


@dataclass(frozen=True)
class Shifts:
    """Circular shifts of the observed outcome within each of some windows.

    A row's outcome is replaced by that of the same province some places earlier in the window, the first
    places by the last: means, spread and serial dependence of each province stay (but for one seam), only
    the alignment with the regressors goes. The shift by 0, which is the sample itself, is left out.

    Parameters
    ----------
    design
        The rows.
    windows
        Each is turned within itself; rows of no window stay as observed, for equations whose lags reach there.
    common
        All provinces turn together, so that the shocks they share stay shared. There are then T - 1
        panels of a window of T years and no more. Otherwise each province turns by itself, which breaks
        shared shocks.

    Notes
    -----
    A common turn needs one calendar: where a window's provinces are not all observed in the same years
    it is refused. A province that turns alone turns over its observed rows, whatever years are missing
    between them. Years that no province has (a row that the reading of the break leaves out) are closed
    up in either case.
    """

    design: Design
    windows: tuple[Window, ...]
    common: bool

    @cached_property
    def wheels(self) -> tuple[np.ndarray, ...]:
        """Return what turns together: rows in the order of years, shape `(year, province)`, one or more a window.

        Raises
        ------
        DataError
            If a window is not rectangular and the turn is common, or a series has one row.
        """
        by_window = {window: self._series(window) for window in self.windows}
        faults = [fault for window, series in by_window.items() for fault in self._faults(window, series)]
        if faults:
            raise DataError(self.design.panel_name, faults)
        if self.common:
            return tuple(np.column_stack(list(series.values())) for series in by_window.values())
        return tuple(rows[:, None] for series in by_window.values() for rows in series.values())

    @property
    def distinct(self) -> int:
        """Return how many different panels there are: the product of each wheel's length less one."""
        return math.prod(len(wheel) - 1 for wheel in self.wheels)

    def draw(self, numbers: np.ndarray, seed: int) -> np.ndarray:
        """Return the panels of these numbers, shape `(number, row)`; a number is below `distinct`."""
        observed = np.where(self.design.observed, self.design.y, 0.0)
        outcomes = np.tile(observed, (len(numbers), 1))
        for wheel, places in zip(self.wheels, self._places(numbers, seed).T, strict=True):
            years = (np.arange(len(wheel)) - places[:, None]) % len(wheel)
            outcomes[:, wheel] = self.design.y[wheel[years]]
        return outcomes

    def _places(self, numbers: np.ndarray, seed: int) -> np.ndarray:
        """Return by how many places each wheel turns, shape `(number, wheel)`."""
        choices = [len(wheel) - 1 for wheel in self.wheels]
        if self.distinct <= _LISTED:
            order = np.random.default_rng(seed).permutation(self.distinct)
            return np.stack(np.unravel_index(order[numbers], choices), axis=1) + 1
        seeds = [np.random.SeedSequence(seed, spawn_key=(int(number),)) for number in numbers]
        return np.stack([np.random.default_rng(one).integers(choices) for one in seeds]) + 1

    def _series(self, window: Window) -> dict[str, np.ndarray]:
        rows = np.flatnonzero(self.design.rows_of(window))
        rows = rows[np.argsort(self.design.data["year"].values[rows], kind="stable")]
        province = self.design.data["province"].values[rows]
        return {name: rows[province == name] for name in self.design.provinces if (province == name).any()}

    def _faults(self, window: Window, series: dict[str, np.ndarray]) -> list[Fault]:
        year = self.design.data["year"].values
        faults = [
            Fault(f"window {window}, {name}", "1 row, which cannot be shifted", "use another null")
            for name, rows in series.items()
            if len(rows) == 1
        ]
        calendars = {name: tuple(year[rows]) for name, rows in series.items()}
        if self.common and len(set(calendars.values())) > 1:
            counts = ", ".join(f"{name} {len(years)}" for name, years in calendars.items())
            found = f"provinces are observed in different years (rows: {counts}), so no common shift exists"
            faults.append(Fault(f"window {window}", found, "use the null province_shift, or a balanced panel"))
        return faults
