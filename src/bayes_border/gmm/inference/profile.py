"""How far from zero are the moments at each value of a coefficient, at the best values of the others?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from bayes_border.gmm.inference.descent import descend
from bayes_border.gmm.inference.moments import Moments

#: A share that falls by less is the same minimum.
BETTER: Final = 1e-9
#: Every so many points of a grid are searched from scattered directions.
EVERY: Final = 6


@dataclass(frozen=True)
class Profile:
    """The smallest R2 over the nuisance coefficients, as a function of the tested one.

    The real line with infinity is a circle: value = centre + reach tan(angle), angle from -pi/2 to
    pi/2, whose ends are one point. Shares do not change when w is multiplied, so infinite values of
    the tested coefficient, or of the others, are as good as any.
    """

    moments: Moments
    centre: float
    reach: float

    def value(self, angle: float) -> float:
        """Return the coefficient's value at an angle, infinite at the ends."""
        if abs(angle) >= np.pi / 2:
            return float(np.copysign(np.inf, angle))
        return self.centre + self.reach * float(np.tan(angle))

    def angle(self, value: float) -> float:
        """Return the angle of a coefficient's value."""
        return float(np.arctan((value - self.centre) / self.reach))

    def at(self, angles: np.ndarray, *starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return smallest shares at angles, shape `(angle,)`, and their w, searched from `starts` too."""
        bases = self._bases(angles)
        alone = self.moments.n_nuisance == 0
        first = bases[..., 0] if alone else np.array([self.moments.homoscedastic_minimum(basis) for basis in bases])
        if self._exact:
            return self.moments.shares(first)[0], first
        found = [self._search(bases, start) for start in (first, *starts)]
        best = np.argmin([shares for shares, _ in found], axis=0)
        places = np.arange(len(angles))
        return np.array([s for s, _ in found])[best, places], np.array([w for _, w in found])[best, places]

    def along(self, angles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return what `at` finds on a grid, searched from scattered directions at every few of its points too.

        Each solution is handed to its neighbours until none is bettered.
        """
        shares, w = self.at(angles)
        if self._exact:
            return shares, w
        bases = self._bases(angles)
        scattered = _scattered(bases.shape[2])
        places = np.repeat(np.arange(0, len(angles), EVERY), len(scattered))
        starts = bases[places] @ np.tile(scattered, (len(places) // len(scattered), 1))[..., None]
        self._better(shares, w, places, self._search(bases[places], starts[..., 0]))
        news = np.arange(len(angles))
        while len(news):
            takers = np.concatenate([news - 1, news + 1]) % len(angles)
            news = self._better(shares, w, takers, self._search(bases[takers], np.concatenate([w[news], w[news]])))
        return shares, w

    @staticmethod
    def _better(
        shares: np.ndarray, w: np.ndarray, places: np.ndarray, found: tuple[np.ndarray, np.ndarray]
    ) -> np.ndarray:
        # Write what is better into the grid's arrays, and return where.
        bettered = []
        for place, share, direction in zip(places, *found, strict=True):
            if share < shares[place] - BETTER:
                shares[place], w[place] = share, direction
                bettered.append(place)
        return np.unique(np.array(bettered, dtype=int))

    @property
    def _exact(self) -> bool:
        return self.moments.n_nuisance == 0 or self.moments.by_cluster is None

    @cached_property
    def lowest(self) -> float:
        """Return the angle of the value that the instruments like best."""
        everything = np.diag(self._lengths)
        start = self.moments.homoscedastic_minimum(everything)
        w = start if self.moments.by_cluster is None else self._search(everything[None], start[None])[1][0]
        return self.angle(-w[1] / w[0]) if w[0] != 0 else float(np.pi / 2)

    @cached_property
    def _lengths(self) -> np.ndarray:
        lengths = np.sqrt(np.diag(self.moments.total))
        return np.asarray(1 / np.where(lengths > 0, lengths, 1.0))

    def _bases(self, angles: np.ndarray) -> np.ndarray:
        # Directions that w may take at these values: one for outcome and tested, one for each nuisance.
        total = self.moments.total
        bases = np.zeros((len(angles), len(total), len(total) - 1))
        bases[:, 0, 0] = np.cos(angles)
        bases[:, 1, 0] = -np.cos(angles) * self.centre - np.sin(angles) * self.reach
        bases[:, 2:, 1:] = np.diag(self._lengths[2:])
        lengths = np.sqrt((bases * (total @ bases)).sum(axis=1, keepdims=True))
        return np.asarray(bases / lengths)

    def _search(self, bases: np.ndarray, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        def objective(places: np.ndarray, c: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            shares, gradients = self.moments.shares((bases[places] @ c[..., None])[..., 0])
            return shares, (np.swapaxes(bases[places], 1, 2) @ gradients[..., None])[..., 0]

        shares, c = descend(objective, (np.linalg.pinv(bases) @ starts[..., None])[..., 0])
        return shares, np.asarray((bases @ c[..., None])[..., 0])


def _scattered(size: int) -> np.ndarray:
    # Axes, and the two diagonals of every pair of axes.
    axes = np.eye(size)
    pairs = [axes[i] + sign * axes[j] for i in range(size) for j in range(i) for sign in (1, -1)]
    return np.concatenate([axes, np.array(pairs).reshape(-1, size)])


def profile_of(moments: Moments) -> Profile:
    """Return the profile on a circle centred at two-stage least squares, three of its errors wide."""
    centre, error = moments.two_stage()
    return Profile(moments, centre, 3 * error if np.isfinite(error) and error > 0 else 1.0)
