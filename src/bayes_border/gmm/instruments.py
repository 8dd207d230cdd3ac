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
    deepest = int(period.max() - levels.index.get_level_values(1).min())
    blocks = [np.zeros((len(unit), 0))]
    for column in columns:
        series = levels[column]
        for lag in range(lags.first, min(lags.last, deepest) + 1):
            keys = pd.MultiIndex.from_arrays([unit, period - lag])
            lagged = np.nan_to_num(series.reindex(keys).to_numpy(float))
            blocks.append(lagged[:, None] if lags.collapse else lagged[:, None] * (period[:, None] == periods))
    Z = np.concatenate(blocks, axis=1)
    return Z[:, (Z != 0).any(axis=0)]
