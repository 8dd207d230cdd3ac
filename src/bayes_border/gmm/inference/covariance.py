"""How sure is an estimate, under which account of the errors?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from bayes_border.gmm.linear import LinearFit
from bayes_border.spec.recipe import StandardErrors

#: A variance below this share of the sum of squared scores is rounding: the scores cancel cluster by cluster.
VANISHING: Final = 1e-20


@dataclass(frozen=True, slots=True)
class Covariance:
    """Covariance of the coefficients with the Student's t that goes with it.

    Parameters
    ----------
    kind
        Account of the errors.
    matrix
        Shape `(coefficient, coefficient)`.
    df
        Degrees of freedom of t, shape `(coefficient,)`.
    reasons
        A sentence for each coefficient whose variance says nothing, empty for the others.
    notes
        What a reader must know of the whole matrix.
    """

    kind: StandardErrors
    matrix: np.ndarray
    df: np.ndarray
    reasons: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def se(self) -> np.ndarray:
        """Return the standard errors, shape `(coefficient,)`; NaN where `reasons` says why."""
        known = np.array([not reason for reason in self.reasons])
        return np.where(known, np.sqrt(np.where(known, np.diag(self.matrix), 0.0)), np.nan)


def covariance(
    fit: LinearFit, kind: StandardErrors, matrix: np.ndarray, *, df: float | np.ndarray, notes: tuple[str, ...] = ()
) -> Covariance:
    """Return a covariance, marking each coefficient whose variance is zero up to rounding.

    It is where one cluster alone determines the coefficient: its residuals then add up to nothing
    against it, and the sandwich takes an estimate that rests on one cluster for a certain one.
    """
    vanishes = np.diag(matrix) <= VANISHING * (fit.scores**2).sum(axis=0)
    reason = "no variance left: the scores cancel within every cluster, so one cluster alone may determine it"
    reasons = tuple(reason if gone else "" for gone in vanishes)
    return Covariance(kind, matrix, np.broadcast_to(np.asarray(df, float), vanishes.shape), reasons, notes)
