"""Is a column given in the unit that the study asks for?"""

from __future__ import annotations

import pandas as pd

from bayes_border.errors import Fault
from bayes_border.spec.study import Column

_YUAN = "100 million yuan"
#: A growth index with the preceding year as 100 lies about as near to 100 as this.
_INDEX_REACH = 30.0
#: The logarithm of the largest sum of yuan that anybody has invested lies below this.
_LARGEST_LOG = 33.0
#: Investment in levels changes by more than this from year to year; a logarithm L by growth / L, some 2 %.
_SMALL_CHANGE = 0.05


def looks_like_fraction(column: Column, values: pd.Series) -> bool:
    """Return whether a column in percent seems to be given as a fraction of one.

    Growth below one percent in every province and year, or every province below five percent of the
    nation's income, is no panel that anybody has seen.
    """
    limit = 1.0 if column.minimum is None or column.minimum < 0 else 5.0
    size = values.abs()
    return len(size) > 1 and bool((size < limit).all()) and bool((size > 0).any())


def looks_like_logarithm(column: Column, values: pd.Series, units: pd.Series) -> bool:
    """Return whether investment seems to be given as its logarithm; rows in the order of the years.

    Logarithms of any unit of money are small numbers that hardly change: from year to year by a small share
    of a growth rate. A level may be small where units are (a county), but then it moves by more than that.
    """
    if column.unit != _YUAN or not (values.dropna() < _LARGEST_LOG).all():
        return False
    before = values.groupby(units).shift()
    change = ((values - before) / before).abs().median()
    return bool(0 < change < _SMALL_CHANGE)


def in_wrong_unit(column: Column, heading: str, values: pd.Series) -> Fault:
    """Return the fault of a column many of whose finite `values` lie above its maximum."""
    above = values[values > (column.maximum or 0.0)]
    found = (
        f"{len(above)} of {len(values)} values lie above {column.maximum:g}"
        f" (first in row {above.index[0]}: {above.iloc[0]:g})"
    )
    remedy = remedy_for_unit(column, float(values.median())) or f"give it as {column.unit or 'the study says'}"
    return Fault(f"column {heading!r}", found, remedy)


def remedy_for_unit(column: Column, value: float) -> str:
    """Return which unit a value seems to be in and how to mend it, or "" where nothing is obvious."""
    if column.unit == "percent" and abs(value - 100.0) <= _INDEX_REACH:
        return "this looks like an index with the preceding year as 100: subtract 100"
    if column.unit.startswith("ratio") and _fits(column, value / 100.0):
        return "this looks like percent: divide by 100"
    if column.unit == _YUAN and value >= 1e8:  # noqa: PLR2004  (one unit in yuan)
        return "this looks like yuan: divide by 100,000,000"
    if column.unit == _YUAN and _fits(column, value / 1e4):
        return "this looks like 10 thousand yuan: divide by 10,000"
    return ""


def _fits(column: Column, value: float) -> bool:
    above = column.minimum is None or value >= column.minimum
    return above and (column.maximum is None or value <= column.maximum)
