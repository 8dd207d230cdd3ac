"""What is a differenced equation to the estimators: plain arrays, units one below another?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayes_border.gmm.weights import Weight, first_weight


@dataclass(frozen=True)
class Stacked:
    """A differenced equation y = X b + u with instruments Z.

    Parameters
    ----------
    y
        Outcome, shape `(row,)`.
    X
        Regressors, shape `(row, coefficient)`: exogenous, endogenous, lagged outcomes, dummies.
    Z
        Instruments, shape `(row, instrument)`.
    unit, period
        Integer labels of the rows, ordered by unit and within it by period; a missing period is a gap.
    names
        Of the coefficients, for what is said of them; none where they have none.
    """

    y: np.ndarray
    X: np.ndarray
    Z: np.ndarray
    unit: np.ndarray
    period: np.ndarray
    names: tuple[str, ...] = ()

    @cached_property
    def continues(self) -> np.ndarray:
        """Return whether each row follows the one before it by one period within its unit."""
        same = (np.diff(self.unit) == 0) & (np.diff(self.period) == 1)
        return np.concatenate([[False], same])

    @cached_property
    def first_weight(self) -> Weight:
        """Return (Z'HZ)^-, the weight of difference GMM's first step: it rests on instruments and rows alone."""
        return first_weight(self.Z, self.continues)

    @cached_property
    def starts(self) -> np.ndarray:
        """Return the first row of each unit."""
        return np.flatnonzero(np.concatenate([[True], np.diff(self.unit) != 0]))

    def name(self, coefficient: int) -> str:
        """Return what a coefficient is called, its place where it has no name."""
        return self.names[coefficient] if self.names else f"regressor {coefficient + 1}"

    @property
    def n_units(self) -> int:
        """Return the number of units, which are the clusters."""
        return len(self.starts)

    def by_unit(self, scores: np.ndarray) -> np.ndarray:
        """Return the sums of row scores within each unit, shape `(unit, ...)`."""
        return np.asarray(np.add.reduceat(scores, self.starts, axis=0))

    def lagged(self, series: np.ndarray, order: int) -> np.ndarray:
        """Return a row series `order` periods back within its unit, 0 where that row is missing."""
        at = {key: row for row, key in enumerate(zip(self.unit, self.period, strict=True))}
        back = [at.get((unit, period - order), -1) for unit, period in zip(self.unit, self.period, strict=True)]
        return np.where(np.array(back) >= 0, series[back], 0.0)
