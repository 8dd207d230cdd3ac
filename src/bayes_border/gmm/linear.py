"""What do all linear estimators have in common: one estimating equation a coefficient, solved exactly?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class LinearFit:
    """The estimate b that solves X_hat'(y - X b) = 0.

    Every estimator of this package whose weights are settled has this form: least squares with
    X_hat = X; two-stage least squares with the projection of X on the instruments Z; generalised
    method of moments under the weight W with X_hat = Z W Z'X; k-class estimators with
    X_hat = X - k (X - projection). Covariances, bootstraps and influence are written once, for it.

    Parameters
    ----------
    y
        Outcome, shape `(row,)`.
    X, X_hat
        Regressors and what instruments them, shape `(row, coefficient)`.
    unit, period
        Integer labels of the rows, ordered by unit and within it by period.
    """

    y: np.ndarray
    X: np.ndarray
    X_hat: np.ndarray
    unit: np.ndarray
    period: np.ndarray

    @cached_property
    def bread(self) -> np.ndarray:
        """Return (X_hat'X)^-1, shape `(coefficient, coefficient)`; symmetric for a projection only."""
        return np.linalg.inv(self.X_hat.T @ self.X)

    @cached_property
    def coefficients(self) -> np.ndarray:
        """Return b, shape `(coefficient,)`."""
        return np.asarray(self.bread @ (self.X_hat.T @ self.y))

    @cached_property
    def residuals(self) -> np.ndarray:
        """Return y - X b, shape `(row,)`."""
        return np.asarray(self.y - self.X @ self.coefficients)

    @cached_property
    def scores(self) -> np.ndarray:
        """Return each row's part in the sampling error of b, shape `(row, coefficient)`; they sum to zero."""
        return np.asarray((self.X_hat * self.residuals[:, None]) @ self.bread.T)
