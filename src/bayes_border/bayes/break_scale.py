"""Which sd belongs to breaks that are normal around 0 with one half-normal sd, once they are known?

The density integrates the sd out (`bayes.density`). Given k breaks of length rho, in units of the half-normal's scale,
its square follows a generalised inverse Gaussian distribution, and its logarithm t has the log-concave density

    (1 - k) t - rho^2 exp(-2 t) / 2 - exp(2 t) / 2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: By how much the log density falls from its mode to about where the hat's tails begin: any places would do.
_FALL, _HALVINGS = 1.0, 6
#: Breaks that are exactly 0 have no sd; shorter ones than this have that of this length.
_LEAST_SQUARE = 1e-200


def draw_scales(breaks: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a draw of the sd for each vector of breaks, exactly from its distribution given them.

    Rejection from a hat that is constant around the mode and exponential beyond, its tails tangent to the log density
    (Devroye 1986, section VII.2): about three of four proposals are taken, whatever the breaks.

    Parameters
    ----------
    breaks
        `(draw, regressor)`, in units of the half-normal's scale.
    rng
        How many numbers are taken from it is random.
    """
    hat = _Hat.over(np.maximum(np.sum(breaks**2, axis=1), _LEAST_SQUARE), breaks.shape[1])
    found = np.empty(len(breaks))
    left = np.arange(len(breaks))
    while left.size:
        proposed, taken = hat.propose(left, rng)
        found[left[taken]] = proposed[taken]
        left = left[~taken]
    return np.exp(found)


@dataclass(frozen=True)
class _Hat:
    """What lies above the log densities of t: a constant between two places, and a straight line on each side.

    Each number but k is an array; those with two rows are of the lower and of the upper side.
    """

    k: int
    square: np.ndarray
    top: np.ndarray
    ends: np.ndarray
    rates: np.ndarray
    heights: np.ndarray
    areas: np.ndarray

    @classmethod
    def over(cls, square: np.ndarray, k: int) -> _Hat:
        """Return the hat over the log density of each squared length."""
        mode = 0.5 * np.log(2.0 * square / ((k - 1) + np.sqrt((k - 1) ** 2 + 4.0 * square)))
        top = _log_density(mode, square, k)
        sides = np.array([[-1.0], [1.0]])
        ends = mode + sides * _reach(mode, sides, top - _FALL, square, k)
        rates = -sides * ((1 - k) + square * np.exp(-2.0 * ends) - np.exp(2.0 * ends))
        heights = _log_density(ends, square, k) - top
        tails = np.exp(heights) / rates
        return cls(k, square, top, ends, rates, heights, np.stack([tails[0], ends[1] - ends[0], tails[1]]))

    def propose(self, which: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Return a proposal for each of these, and whether it is taken."""
        lower, middle, upper = self.areas[:, which]
        place = rng.uniform(size=len(which)) * (lower + middle + upper) - lower
        beyond = rng.exponential(size=len(which))
        side = (place > middle).astype(int)
        inside = (place >= 0.0) & (side == 0)
        tail = self.ends[side, which] + np.where(side, 1.0, -1.0) * beyond / self.rates[side, which]
        proposed = np.where(inside, self.ends[0, which] + place, tail)
        height = np.where(inside, 0.0, self.heights[side, which] - beyond)
        excess = _log_density(proposed, self.square[which], self.k) - self.top[which] - height
        return proposed, excess > -rng.exponential(size=len(which))


def _reach(mode: np.ndarray, sides: np.ndarray, level: np.ndarray, square: np.ndarray, k: int) -> np.ndarray:
    """Return how far from the mode, on each side, the log density is about at a level below its largest."""
    near, far = np.zeros((2, len(mode))), np.ones((2, len(mode)))
    while np.any(short := _log_density(mode + sides * far, square, k) > level):
        far[short] *= 2.0
    for _ in range(_HALVINGS):
        middle = 0.5 * (near + far)
        above = _log_density(mode + sides * middle, square, k) > level
        near, far = np.where(above, middle, near), np.where(above, far, middle)
    return far


def _log_density(t: np.ndarray, square: np.ndarray, k: int) -> np.ndarray:
    return np.asarray((1 - k) * t - 0.5 * square * np.exp(-2.0 * t) - 0.5 * np.exp(2.0 * t))
