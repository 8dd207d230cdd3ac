"""The crossing probability, against Kolmogorov's distribution, enumeration and the recursion it replaces."""

import itertools
from math import factorial, prod

import numpy as np
import pytest
from scipy import stats

from bayes_border.checks.crossing import crossing_probability


def kolmogorov_band(n, d):
    """Return the counts inside |F_n(t) - t| < d at every t where one of its two bounds steps."""
    steps = np.arange(n + 1) / n
    before, after = steps - d, steps + d
    points = np.concatenate([before, after])
    # Just after t = j / n + d more than j values must lie below, just before t = j / n - d less than j; what
    # lies on such a point has no probability.
    lower = np.concatenate([np.searchsorted(after, before, side="right"), np.arange(n + 1) + 1])
    upper = np.concatenate([np.arange(n + 1) - 1, np.searchsorted(before, after, side="right") - 1])
    inside = (points > 0) & (points < 1)
    order = np.argsort(points[inside])
    return tuple(each[inside][order] for each in (lower, upper, points))


@pytest.mark.parametrize(
    ("n", "d", "digits"),
    # SciPy has matrix powers and Pomeranz's recursion; at (1000, 0.0411) an expansion that is good to
    # seven digits (Simard and L'Ecuyer 2011).
    [(1, 0.7, 9), (5, 0.371, 9), (10, 0.40925, 9), (100, 0.15, 9), (1000, 0.0411, 6), (1000, 0.1, 9)],
)
def test_kolmogorov_s_exact_distribution_is_reproduced(n, d, digits):
    found = crossing_probability(n, *kolmogorov_band(n, d))
    assert found == pytest.approx(stats.kstwo.sf(d, n), rel=10.0**-digits)


@pytest.mark.parametrize(("n", "critical"), [(10, 0.40925), (20, 0.29408), (100, 0.13403)])
def test_miller_s_table_is_reproduced(n, critical):
    """Critical values at the two-sided level 0.05 (Miller 1956), printed with five digits."""
    assert crossing_probability(n, *kolmogorov_band(n, critical - 5e-6)) > 0.05
    assert crossing_probability(n, *kolmogorov_band(n, critical + 5e-6)) < 0.05


def enumerated(n, lower, upper, cdf):
    """Return the probability from every way to share n values among the cells between the points."""
    cells = np.diff(cdf, prepend=0.0, append=1.0)
    total = 0.0
    for counts in itertools.product(range(n + 1), repeat=len(cells)):
        path = np.cumsum(counts)
        if path[-1] == n and not all(lower[i] <= path[i] <= upper[i] for i in range(len(cdf))):
            ways = factorial(n) / prod(factorial(count) for count in counts)
            total += ways * prod(cells[i] ** count for i, count in enumerate(counts))
    return total


@pytest.mark.parametrize("n", [1, 2, 3, 5])
@pytest.mark.parametrize("cdf", [(0.25, 0.5, 0.75), (0.01, 0.5, 0.99), (0.7, 0.7, 0.95), (0.0, 0.4, 1.0)])
def test_every_path_of_a_few_values_is_counted_once(n, cdf):
    rng = np.random.default_rng(n)
    for _ in range(10):
        lower, upper = np.sort(rng.integers(0, n + 1, (2, 3)), axis=0)
        found = crossing_probability(n, lower, upper, np.array(cdf))
        assert found == pytest.approx(enumerated(n, lower, upper, cdf), rel=1e-12, abs=1e-14)


def test_one_value_stays_inside_where_its_step_must_be():
    lower, upper = np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1])
    points = np.array([0.1, 0.4, 0.8, 0.9])
    assert crossing_probability(1, lower, upper, points) == pytest.approx(1 - (0.8 - 0.1))


def test_a_band_that_no_count_is_in_is_always_left():
    assert crossing_probability(4, np.array([0, 3]), np.array([4, 2]), np.array([0.3, 0.6])) == pytest.approx(1.0)


def binomial_recursion(n, lower, upper, cdf):
    """Return the same by Säilynoja, Bürkner and Vehtari (2022, Algorithm 2), over all counts."""
    states = np.arange(n + 1)
    mass, before = (states == 0).astype(float), 0.0
    for low, high, now in zip(lower, upper, cdf, strict=True):
        step = (now - before) / (1 - before)
        moved = stats.binom.pmf(states[None, :] - states[:, None], n - states[:, None], step)
        mass = (mass @ moved) * ((states >= low) & (states <= high))
        before = now
    return 1.0 - mass.sum()


@pytest.mark.parametrize("bias", [0.0, 0.2, -1.0])
def test_the_recursion_over_binomial_increments_gives_the_same(bias):
    n, points = 150, np.arange(1, 30) / 30
    lower, upper = stats.binom.ppf(0.01, n, points), stats.binom.isf(0.01, n, points)
    cdf = stats.norm.cdf(bias + stats.norm.ppf(points))
    expected = binomial_recursion(n, lower, upper, cdf)
    assert crossing_probability(n, lower, upper, cdf) == pytest.approx(expected, rel=1e-10)


def test_a_tiny_probability_is_as_exact_as_a_large_one():
    """At one point the crossing is a binomial tail, here of 1e-15, which 1 - P(inside) would not show."""
    n = 500
    lower = np.array([stats.binom.ppf(1e-15, n, 0.3)])
    expected = stats.binom.cdf(lower[0] - 1, n, 0.3)
    assert 1e-16 < expected < 1e-15
    found = crossing_probability(n, lower, np.array([n]), np.array([0.3]))
    assert found == pytest.approx(expected, rel=1e-9)
