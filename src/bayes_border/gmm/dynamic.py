"""How is a recipe run on a long data frame of one's own?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from bayes_border.errors import DataError, Fault
from bayes_border.gmm.build import build_equation
from bayes_border.gmm.equation import Equation
from bayes_border.gmm.history import History
from bayes_border.spec.recipe import RecipeSpec

#: What a refusal is headed with.
SOURCE = "data frame"


def equation(  # noqa: PLR0913 -- one keyword each for what a column is
    frame: pd.DataFrame,
    spec: RecipeSpec,
    *,
    unit: str,
    period: str,
    outcome: str,
    regressors: Sequence[str] = (),
    periods: tuple[int, int] | None = None,
) -> Equation:
    """Return a recipe's equation on a long data frame of levels; `estimate.fit_equation` estimates it.

    Coefficients carry the columns' names, `_lag1` and so on behind them, and `outcome_regressor` for
    products. Panels may be unbalanced; a difference or lag that would reach across a gap, or to a
    missing value, does not exist, and its row is left out.

    Parameters
    ----------
    frame
        One row a unit and period, in any order; missing values are allowed in outcome and regressors.
    spec
        The recipe. Its `regressor_lags`, `lags.regressors` and `standard_regressors` name columns.
    unit, period, outcome, regressors
        Columns: labels, whole numbers, numbers.
    periods
        First and last period that a row may have; levels before it still serve as lags.

    Raises
    ------
    DataError
        If a column is missing, not numeric or infinite, a period is no whole number, or a unit has a period twice.
    SpecificationError
        If no row is left, or the recipe names a regressor that is not there.
    """
    faults = list(_faults(frame, unit, period, (outcome, *regressors)))
    if faults:
        raise DataError(SOURCE, faults)
    history = _history(frame, unit, period, (outcome, *regressors))
    first, last = periods if periods is not None else (history.period.min(), history.period.max())
    inside = (history.period >= first) & (history.period <= last)
    differenced = spec.in_levels | (np.isfinite(history.outcome_difference))
    return build_equation(spec, history, inside & differenced)


def _history(frame: pd.DataFrame, unit: str, period: str, columns: tuple[str, ...]) -> History:
    units = pd.Categorical(frame[unit])
    codes = units.codes.astype(int)
    order = np.lexsort((frame[period].to_numpy(int), codes))
    labels, periods = codes[order], frame[period].to_numpy(int)[order]
    level = frame[list(columns)].to_numpy(float)[order]
    follows = np.concatenate([[False], (np.diff(labels) == 0) & (np.diff(periods) == 1)])
    difference = np.where(follows[:, None], level - np.roll(level, 1, axis=0), np.nan)
    return History(
        outcome=columns[0],
        regressors=columns[1:],
        unit=labels,
        period=periods,
        level=level[:, 1:],
        difference=difference[:, 1:],
        outcome_level=level[:, 0],
        outcome_difference=difference[:, 0],
        places=np.flatnonzero(np.isfinite(difference[:, 0])),
        unit_names=tuple(str(name) for name in units.categories),
    )


def _faults(frame: pd.DataFrame, unit: str, period: str, columns: tuple[str, ...]) -> Iterator[Fault]:
    wanted = (unit, period, *columns)
    absent = [name for name in wanted if name not in frame]
    known = ", ".join(str(name) for name in frame)
    yield from (Fault(name, "is no column", f"use one of {known}") for name in absent)
    yield from (Fault(name, "stands twice", "name it once") for name in {n for n in wanted if wanted.count(n) > 1})
    if absent:
        return
    if not len(frame):
        yield Fault("rows", "the frame has none", "give at least two periods of two units")
        return
    if frame[unit].isna().any():
        yield Fault(unit, f"{int(frame[unit].isna().sum())} rows have no unit", "name each row's unit")
    yield from _period_faults(frame, unit, period)
    for name in columns:
        if not pd.api.types.is_numeric_dtype(frame[name]):
            yield Fault(name, f"is of type {frame[name].dtype}", "give numbers")
        elif np.isinf(frame[name].to_numpy(float)).any():
            yield Fault(name, "has infinite values", "leave them missing, or mend them")


def _period_faults(frame: pd.DataFrame, unit: str, period: str) -> Iterator[Fault]:
    series = frame[period]
    whole = pd.api.types.is_numeric_dtype(series) and series.notna().all() and bool((series % 1 == 0).all())
    if not whole:
        yield Fault(period, "holds something that is no whole number", "number the periods 1, 2, 3 or by year")
        return
    twice = frame[frame.duplicated([unit, period], keep=False)]
    if len(twice):
        first = f"{twice[unit].iloc[0]} in {twice[period].iloc[0]:g}"
        found = f"{len(twice)} rows share unit and period with another, such as {first}"
        yield Fault("rows", found, "keep one row a unit and period")
