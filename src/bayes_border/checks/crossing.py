"""With which probability does an empirical distribution function leave a band, whatever the true one is?

Let X_i be how many of N independent values are at most z_i, i = 1 ... K. Their increments are multinomial,
that is, independent Poisson variables given that all of them sum to N. So the chance of a path inside the
band follows from K convolutions with Poisson probabilities, one after each point's cut (Moscovich and Nadler
2017), and needs no matrix of binomial transitions as in Säilynoja, Bürkner and Vehtari (2022, Algorithm 2),
to which it is equal. What each cut takes away is the mass of the paths that cross there first; only it
is added up, all of it positive, so that probabilities down to some 1e-20 are as exact as large ones.
"""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln, xlogy


def crossing_probability(n: int, lower: np.ndarray, upper: np.ndarray, cdf: np.ndarray) -> float:
    """Return the probability that X_i < lower_i or X_i > upper_i at one point at least.

    Parameters
    ----------
    n
        Number of values, N.
    lower, upper
        Smallest and largest count inside the band at each point, `(point,)`, integers.
    cdf
        True distribution function F(z_i) of one value at each point, `(point,)`, not decreasing; z_i itself
        for uniform values.
    """
    means, after = n * np.diff(cdf, prepend=0.0), n * (1.0 - cdf)
    mass, first, crossed = np.ones(1), 0, 0.0
    for i, mean in enumerate(means):
        fewest, increments = _increments(mean, n)
        mass, first = np.convolve(mass, increments), first + fewest
        counts = np.arange(first, first + mass.size)
        inside = (counts >= lower[i]) & (counts <= upper[i])
        left = counts[~inside & (counts <= n)]
        crossed += float(mass[left - first] @ _poisson(n - left, after[i]))
        mass, first = mass[inside], max(first, int(lower[i]))
        if not mass.size:
            break
    return min(1.0, crossed / float(_poisson(np.array(n), float(n))))


def _increments(mean: float, n: int) -> tuple[int, np.ndarray]:
    """Return the smallest count that is worth keeping and the probabilities from there on.

    What is left out has a chance below 1e-30 by Bernstein's inequality; given that all counts sum to N,
    below sqrt(2 pi N) times that.
    """
    reach = 12.0 * np.sqrt(mean) + 50.0
    fewest = max(0, int(mean - reach))
    return fewest, _poisson(np.arange(fewest, min(n, int(mean + reach)) + 1), mean)


def _poisson(counts: np.ndarray, mean: float) -> np.ndarray:
    return np.asarray(np.exp(xlogy(counts, mean) - mean - gammaln(counts + 1.0)))
