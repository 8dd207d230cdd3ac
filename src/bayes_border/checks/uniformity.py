"""Could these numbers be independent draws from the uniform distribution?

Säilynoja, Bürkner and Vehtari (2022): the empirical distribution function is looked at in fixed points;
gamma is twice the smallest binomial tail in any of them, and the exact distribution of gamma gives both
a p-value and a band that holds the whole function with a stated probability. A function leaves the
band of level a exactly when its p-value is at most a.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.stats import binom

from bayes_border.checks.crossing import crossing_probability
from bayes_border.errors import DataError, Fault

#: The function is looked at in the percentiles, whatever N is: what no percentile shows is not looked for,
#: and the cost grows with sqrt(N) only.
POINTS = np.arange(1, 100) / 100

#: Smaller values of gamma would need a band as wide as N, for a p-value in which no one believes.
_NEGLIGIBLE = 1e-12
#: The adjusted level is found to this relative precision.
_PRECISION = 1e-6


@dataclass(frozen=True)
class Band:
    """A band for how many of `n` uniform values are at most each of `POINTS`.

    Parameters
    ----------
    n
        Number of values.
    gamma
        Its pointwise level: in each point a count is outside if twice its smaller tail is at most this.
    lower, upper
        Smallest and largest count inside, `(point,)`.
    """

    n: int
    gamma: float
    lower: np.ndarray
    upper: np.ndarray

    def crossing(self, cdf: np.ndarray = POINTS) -> float:
        """Return the probability that values with this distribution function `(point,)` leave the band."""
        return crossing_probability(self.n, self.lower, self.upper, cdf)


def p_value(values: np.ndarray) -> float:
    """Return the probability that as many uniform values have as small a gamma as these.

    Exact, but for values of gamma below 1e-12, where Bonferroni's bound is returned.

    Parameters
    ----------
    values
        One or more numbers in [0, 1].

    Raises
    ------
    DataError
        If there is none, or one is no probability.
    """
    if not len(values):
        raise DataError("uniformity", [Fault("values", "there are none", "give one at least")])
    require_probabilities({"values": values}, source="uniformity")
    gamma = gamma_statistic(values)
    if gamma < _NEGLIGIBLE:
        return POINTS.size * gamma
    return pointwise_band(len(values), gamma).crossing()


def require_probabilities(values: Mapping[str, np.ndarray], *, source: str) -> None:
    """Refuse numbers outside [0, 1], NaN among them, under the names that they come by.

    Raises
    ------
    DataError
        Naming each.
    """
    wrong = {name: each[~((each >= 0.0) & (each <= 1.0))] for name, each in values.items()}
    faults = [
        Fault(name, f"{each.size} of {len(values[name])} are not in [0, 1], such as {each[0]}", "give probabilities")
        for name, each in wrong.items()
        if each.size
    ]
    if faults:
        raise DataError(source, faults)


def gamma_statistic(values: np.ndarray) -> float:
    """Return twice the smallest binomial tail, of either side, over `POINTS`."""
    n, below = len(values), counts_below(values)
    # Both tails by the same function of the same numbers: what is equal by symmetry is equal to the last digit.
    tails = np.minimum(binom.cdf(below, n, POINTS), binom.cdf(n - below, n, POINTS[::-1]))
    return 2.0 * float(tails.min())


def counts_below(values: np.ndarray) -> np.ndarray:
    """Return how many values are at most each of `POINTS`, `(point,)`."""
    return np.searchsorted(np.sort(values), POINTS, side="right")


def pointwise_band(n: int, gamma: float) -> Band:
    """Return the band of the counts both of whose tails are larger than gamma / 2 in their point."""
    tail = gamma / 2.0
    least = np.asarray(binom.ppf(tail, n, POINTS))
    lower = (least + (binom.cdf(least, n, POINTS) <= tail)).astype(int)
    return Band(n, gamma, lower, n - lower[::-1])


@lru_cache(maxsize=256)
def simultaneous_band(n: int, level: float) -> Band:
    """Return the narrowest band of this kind that uniform values leave with a probability of `level` at most.

    The probability is a step function of gamma; its last step below `level` is found by halving.
    """
    # By Bonferroni's bound the first is narrow enough; no count has two tails larger than 1.
    low, high = math.log(level / POINTS.size), math.log(2.0)
    while high - low > _PRECISION:
        middle = (low + high) / 2.0
        if pointwise_band(n, math.exp(middle)).crossing() <= level:
            low = middle
        else:
            high = middle
    return pointwise_band(n, math.exp(low))
