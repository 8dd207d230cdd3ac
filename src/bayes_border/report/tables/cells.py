"""How do values and frames become finished strings?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from bayes_border.report import labels
from bayes_border.report.numbers import NOTHING, count, number, probability
from bayes_border.report.views import TableView


def from_frame(frame: pd.DataFrame, caption: str) -> TableView:
    """Return a frame as a table, numbers aligned right."""
    numeric = frozenset(k for k, name in enumerate(frame.columns) if pd.api.types.is_numeric_dtype(frame[name]))
    rows = tuple(
        tuple(in_words(value, str(name)) for name, value in zip(frame.columns, row, strict=True))
        for row in frame.itertuples(index=False, name=None)
    )
    return TableView(caption, tuple(labels.plain(str(name)) for name in frame.columns), rows, right=numeric)


def in_words(value: object, name: str) -> str:
    """Return one value; probabilities are known by their column's name."""
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, int | np.integer):
        return count(int(value))
    if isinstance(value, float | np.floating):
        return probability(float(value)) if name in {"p_value", "smallest_p"} else number(float(value))
    return "" if value is None else str(value)


def figure(value: object, significant: int = 3) -> str:
    """Return a number of unknown kind."""
    if isinstance(value, int | np.integer):
        return count(int(value))
    return number(float(value), significant) if isinstance(value, float) else NOTHING
