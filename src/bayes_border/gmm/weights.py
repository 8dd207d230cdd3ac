"""How is a moment weight inverted when there are more moments than the data can tell apart?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

#: Below this share of the largest eigenvalue of the *correlation-scaled* matrix it is singular: some
#: hundred times the roundoff of a thousand moments, and the same whatever unit an instrument has.
SINGULAR: Final = 1e-11
#: Eigenvalues of a singular matrix below this share of the largest are not inverted: the square root of
#: the machine precision, the rule of R's MASS::ginv, so that R's plm gives the same numbers.
DROPPED: Final = float(np.sqrt(np.finfo(float).eps))


@dataclass(frozen=True, slots=True)
class Weight:
    """The inverse of a moment matrix S = F'F, generalised where S is singular, kept as a factor.

    Parameters
    ----------
    factor
        Shape `(moment, rank)`; the inverse is `factor @ factor.T`.
    size
        Number of moments.
    """

    factor: np.ndarray
    size: int

    @property
    def rank(self) -> int:
        """Return how many directions were inverted."""
        return int(self.factor.shape[1])

    @property
    def singular(self) -> bool:
        """Return whether a generalised inverse stood in for the inverse."""
        return self.rank < self.size

    def rotate(self, moments: np.ndarray) -> np.ndarray:
        """Return `factor' moments`, whose inner products are those under the weight."""
        return np.asarray(self.factor.T @ moments)


def inverse(F: np.ndarray) -> Weight:
    """Return the inverse of F'F from its factor F, shape `(row, moment)`.

    Whether F'F is singular is decided after each moment is scaled to length one, so no unit decides
    it. A singular one gets its Moore-Penrose inverse in the moments' own units, as in R; such an
    inverse, and with it the estimate, does depend on those units.
    """
    lengths = np.sqrt((F**2).sum(axis=0))
    if len(F) >= F.shape[1] and (lengths > 0).all():
        weight = _thin(F / lengths, SINGULAR)
        if not weight.singular:
            return Weight(weight.factor / lengths[:, None], weight.size)
    return _thin(F, DROPPED)


def _thin(F: np.ndarray, tolerance: float) -> Weight:
    # The singular values of F, not the eigenvalues of F'F: half the digits lost, and 1,000 moments of
    # nine clusters are a problem of size nine.
    _, roots, right = np.linalg.svd(F, full_matrices=False)
    kept = roots**2 > tolerance * roots.max(initial=0.0) ** 2
    return Weight(right[kept].T / roots[kept], F.shape[1])


def first_weight(Z: np.ndarray, continues: np.ndarray) -> Weight:
    """Return (Z'HZ)^-, the weight of difference GMM's first step; arguments as of `differenced_factor`."""
    F = differenced_factor(Z, continues)
    return _inverse(F.tobytes(), F.shape)


# Recipes, outcomes and readings of the break have instruments in common: of 270 fits of a search 34 have others.
@lru_cache(maxsize=20)
def _inverse(content: bytes, shape: tuple[int, ...]) -> Weight:
    return inverse(np.frombuffer(content).reshape(shape))


def differenced_factor(Z: np.ndarray, continues: np.ndarray) -> np.ndarray:
    """Return F with F'F = Z'HZ, H the covariance of differenced white noise (Arellano and Bond 1991).

    H has 2 on its diagonal and -1 between rows that follow one another within a unit. Its Cholesky
    factor is bidiagonal and known in closed form: with j = 1, 2, ... the place of a row in its
    unbroken run, sqrt((j + 1) / j) on the diagonal and -sqrt(j / (j + 1)) below it.

    Parameters
    ----------
    Z
        Instruments, shape `(row, moment)`, rows ordered by unit and period.
    continues
        Whether a row follows the one before it, within its unit, by one period; shape `(row,)`.
    """
    place = np.ones(len(Z))
    for row in np.flatnonzero(continues):
        place[row] = place[row - 1] + 1
    F = Z * np.sqrt((place + 1) / place)[:, None]
    followed = np.flatnonzero(continues) - 1
    F[followed] -= Z[followed + 1] * np.sqrt(place[followed] / (place[followed] + 1))[:, None]
    return F
