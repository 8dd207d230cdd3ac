"""Which lagged levels instrument the rows of a differenced equation?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bayes_border.spec.instruments import LagInstruments


def lag_instruments(
    levels: pd.DataFrame, unit: np.ndarray, period: np.ndarray, *, columns: Sequence[str], lags: LagInstruments
) -> np.ndarray:
    """Return GMM-style instruments of the rows (unit, period), shape `(row, instrument)`.

    Row t is instrumented by each level at t - first, ..., t - last. Uncollapsed, every lag has a
    column of its own in every period (Arellano and Bond 1991); collapsed, one column a lag serves all
    periods (Roodman 2009). A level that was not observed is 0, as in xtabond2 and plm. Columns of
    zeros alone are left out.

    Parameters
    ----------
    levels
        A long panel indexed by (unit, period), one row a unit and period; it may reach further back
        than the rows do.
    unit, period
        Labels of the rows.
    columns
        Which levels serve.
    lags
        First and last lag, collapsed or not.
    """
    periods = np.unique(period)
    known = _Grid(levels)
    deepest = int(period.max()) - known.first
    own = period[:, None] == periods
    back = period[:, None] - np.arange(lags.first, min(lags.last, deepest) + 1)
    blocks = [np.zeros((len(unit), 0))]
    for column in columns:
        lagged = known.at(known.series(column), unit[:, None], back)
        blocks.append(lagged if lags.collapse else (lagged[:, :, None] * own[:, None]).reshape(len(unit), -1))
    Z = np.concatenate(blocks, axis=1)
    return Z[:, (Z != 0).any(axis=0)]


class _Grid:
    """A long panel as arrays of units by periods: a thousand look-ups in pandas took most of a fit's time."""

    def __init__(self, levels: pd.DataFrame) -> None:
        """Place each row of the panel."""
        labels, periods = (levels.index.get_level_values(k).to_numpy() for k in (0, 1))
        self.levels, self.units, self.first = levels, np.unique(labels), int(periods.min())
        self.span = int(periods.max()) - self.first + 1
        self.place = np.searchsorted(self.units, labels), periods - self.first

    def series(self, column: str) -> np.ndarray:
        """Return one level, shape `(unit, period)`, 0 where it was not observed."""
        grid = np.zeros((len(self.units), self.span))
        grid[self.place] = np.nan_to_num(self.levels[column].to_numpy(float))
        return grid

    def at(self, series: np.ndarray, unit: np.ndarray, period: np.ndarray) -> np.ndarray:
        """Return a level of these units and periods, 0 where there is none."""
        row = np.minimum(np.searchsorted(self.units, unit), len(self.units) - 1)
        column = period - self.first
        there = (self.units[row] == unit) & (column >= 0) & (column < self.span)
        return np.asarray(np.where(there, series[row, np.clip(column, 0, self.span - 1)], 0.0))
