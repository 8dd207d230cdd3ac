"""Which values of a coefficient does a test not reject, when they need not be one interval?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np


class SetShape(StrEnum):
    """What kind of set was not rejected."""

    EMPTY = "empty"
    INTERVAL = "interval"
    HALF_LINE = "half line"
    UNION = "union"
    WHOLE_LINE = "whole line"


@dataclass(frozen=True, slots=True)
class ConfidenceSet:
    """Values that a test at `1 - level` does not reject.

    Parameters
    ----------
    pieces
        Disjoint intervals in ascending order, ends possibly infinite.
    level
        Nominal coverage.
    """

    pieces: tuple[tuple[float, float], ...]
    level: float

    @property
    def shape(self) -> SetShape:
        """Return what kind of set it is."""
        if not self.pieces:
            return SetShape.EMPTY
        if len(self.pieces) > 1:
            return SetShape.UNION
        open_ends = int(np.isinf(self.pieces[0]).sum())
        return (SetShape.INTERVAL, SetShape.HALF_LINE, SetShape.WHOLE_LINE)[open_ends]

    @property
    def lower(self) -> float:
        """Return the smallest value; NaN for an empty set."""
        return self.pieces[0][0] if self.pieces else float("nan")

    @property
    def upper(self) -> float:
        """Return the largest value; NaN for an empty set."""
        return self.pieces[-1][1] if self.pieces else float("nan")

    def __contains__(self, value: float) -> bool:
        """Return whether a value is not rejected."""
        return any(low <= value <= high for low, high in self.pieces)

    @property
    def sentence(self) -> str:
        """Return the set for a reader."""
        name = f"{self.level * 100:.0f} % set"
        if self.shape is SetShape.EMPTY:
            return f"{name} is empty: every value is rejected, and with it the equation or its instruments"
        if self.shape is SetShape.WHOLE_LINE:
            return f"{name} is the whole line: the data do not bound the coefficient"
        return f"{name} is " + " and ".join(f"[{low:.4g}, {high:.4g}]" for low, high in self.pieces)
