"""How does the bootstrap's p-value move with the value that is tested?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Final

import numpy as np

from bayes_border.gmm.inference.signs import Signs

#: Statistics closer than this share are equal: the data's own sign vector is among those compared.
TIE: Final = 1e-9
#: Roots of a quartic with a smaller imaginary part, relative to their size, are real.
REAL: Final = 1e-7
#: A leading coefficient below this share of the largest is raised to it: its root is then far away.
LEADING: Final = 1e-13


class Tail(StrEnum):
    """Two-sided p-value: share with a larger absolute t, or twice the smaller tail."""

    SYMMETRIC = "symmetric"
    EQUAL_TAIL = "equal_tail"


@dataclass(frozen=True)
class WildPath:
    """Bootstrap statistics for every null b + z se, z being any number of standard errors.

    Residuals under the null are linear in z. So for each sign vector the bootstrapped deviation is
    n0 + n1 z, its variance q0 + q1 z + q2 z^2, and t is -z for the data: whether a sign vector's t is
    further out can change only at the roots of (n0 + n1 z)^2 = z^2 (q0 + q1 z + q2 z^2).

    Parameters
    ----------
    estimate, se
        The coefficient and its clustered error without small-sample factor.
    deviation
        n0, n1 in standard errors, shape `(draw, 2)`.
    scores
        The clusters' parts in the bootstrapped variance, constant and slope, shape `(draw, cluster, 2)`.
    signs
        The sign vectors.
    """

    estimate: float
    se: float
    deviation: np.ndarray
    scores: np.ndarray
    signs: Signs

    @cached_property
    def _n(self) -> np.ndarray:
        # Under one sign for all t is the data's own or its mirror: say so exactly, not up to rounding.
        return np.asarray(np.where(self._uniform[:, None], self.signs.vectors[:, :1] * [0.0, -1.0], self.deviation))

    @cached_property
    def _q(self) -> np.ndarray:
        constant, slope = self.scores[..., 0], self.scores[..., 1]
        q = [(constant**2).sum(axis=1), 2 * (constant * slope).sum(axis=1), (slope**2).sum(axis=1)]
        return np.asarray(np.where(self._uniform[:, None], [1.0, 0.0, 0.0], np.stack(q, axis=1)))

    @cached_property
    def _uniform(self) -> np.ndarray:
        return np.asarray(np.abs(self.signs.vectors.sum(axis=1)) == self.signs.vectors.shape[1])

    def p_value(self, z: float, tail: Tail) -> float:
        """Return the p-value of the null b + z se."""
        counts = [holds.sum(keepdims=True)[0] for holds in self._further(np.full((len(self._n), 1), z))]
        return float(self._p_values(counts, tail)[0])

    def not_rejected(self, alpha: float, tail: Tail) -> list[tuple[float, float]]:
        """Return the intervals of z whose p-value is above alpha, in ascending order."""
        edges, counts = self._steps()
        kept = self._p_values(counts, tail) > alpha * (1 + TIE)
        change = np.diff(np.concatenate([[False], kept, [False]]).astype(int))
        starts, ends = np.flatnonzero(change == 1), np.flatnonzero(change == -1)
        return [(float(edges[start]), float(edges[end])) for start, end in zip(starts, ends, strict=True)]

    def _p_values(self, counts: list[np.ndarray], tail: Tail) -> np.ndarray:
        # Enumerated, the mirrored vectors make the tails equal: twice the smaller is the symmetric p.
        below, above, outside = counts
        if tail is Tail.SYMMETRIC or self.signs.enumerated:
            return np.asarray(outside / len(self._n))
        return np.asarray(np.minimum(2 * np.minimum(below, above) / len(self._n), 1.0))

    def _steps(self) -> tuple[np.ndarray, list[np.ndarray]]:
        # Between neighbouring roots of its own a sign vector's answer is constant: ask once in each gap,
        # then add up where answers begin and end.
        roots = self._roots()
        infinite = np.full((len(roots), 1), np.inf)
        ends = np.concatenate([-infinite, roots, infinite], axis=1)
        beyond = 2 + 2 * np.abs(roots[np.isfinite(roots)]).max()
        reached = np.clip(ends, -beyond, beyond)
        inside = (reached[:, :-1] + reached[:, 1:]) / 2
        edges, place = np.unique(ends, return_inverse=True)
        place = place.reshape(ends.shape)
        counts = []
        for holds in self._further(inside):
            real = holds & (ends[:, :-1] < ends[:, 1:])
            begins, stops = (np.bincount(side[real], minlength=len(edges)) for side in (place[:, :-1], place[:, 1:]))
            counts.append(np.cumsum(begins - stops)[:-1])
        return edges, counts

    def _further(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        # Whether the bootstrapped t is at or below the data's t = -z, at or above it, or as far from zero:
        # compared without a division, for a bootstrapped variance may be zero.
        n = self._n[:, :1] + self._n[:, 1:] * z
        root = np.sqrt((self._q[:, :1] + self._q[:, 1:2] * z + self._q[:, 2:] * z**2).clip(0))
        t, slack = -z * root, TIE * np.abs(z) * root
        return n <= t + slack, n >= t - slack, np.abs(n) >= np.abs(t) - slack

    def _roots(self) -> np.ndarray:
        # Ascending, shape (draw, 5): zero, where t changes sides, and up to four roots, inf for the others.
        n, q = self._n, self._q
        quartic = np.stack([n[:, 0] ** 2, 2 * n[:, 0] * n[:, 1], n[:, 1] ** 2 - q[:, 0], -q[:, 1], -q[:, 2]], axis=1)
        size = np.abs(quartic).max(axis=1)
        leading = np.minimum(quartic[:, 4], -LEADING * np.where(size > 0, size, 1.0))
        companion = np.zeros((len(n), 4, 4))
        companion[:, [1, 2, 3], [0, 1, 2]] = 1.0
        companion[:, :, 3] = -quartic[:, :4] / leading[:, None]
        roots = np.linalg.eigvals(companion)
        real = np.abs(roots.imag) <= REAL * np.abs(roots)
        found = np.where(real & ~self._uniform[:, None], roots.real, np.inf)
        return np.sort(np.concatenate([np.zeros((len(n), 1)), found], axis=1), axis=1)
