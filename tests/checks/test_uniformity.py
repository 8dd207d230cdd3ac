"""The exact test of uniformity, against enumeration, simulation and its own band."""

import itertools
from fractions import Fraction
from math import comb

import numpy as np
import pytest
from scipy import stats

from bayes_border.checks.uniformity import (
    POINTS,
    counts_below,
    gamma_statistic,
    p_value,
    pointwise_band,
    simultaneous_band,
)
from bayes_border.errors import DataError


def tail(n, count, point):
    """Return the smaller binomial tail of a count, exactly."""
    pmf = [comb(n, k) * point**k * (1 - point) ** (n - k) for k in range(n + 1)]
    return min(sum(pmf[: count + 1]), sum(pmf[count:]))


def exact_gamma(cells):
    """Return gamma of values of which only the hundredths that they lie in matter: cell c is ((c-1)/100, c/100]."""
    n = len(cells)
    points = [Fraction(i, 100) for i in range(1, 100)]
    return 2 * min(tail(n, sum(cell <= i for cell in cells), point) for i, point in enumerate(points, start=1))


def middles(cells):
    return (np.array(cells) - 0.5) / 100


@pytest.mark.parametrize("cell", [1, 3, 42, 50, 51, 58, 98, 100])
def test_one_value_has_a_p_value_of_twice_its_distance_from_the_nearer_end(cell):
    """Its gamma is 2 c / 100, c hundredths from the nearer end: as small for 2 c of the 100 cells."""
    assert p_value(middles([cell])) == pytest.approx(2 * min(cell, 101 - cell) / 100)


@pytest.fixture(scope="module")
def gammas_of_two():
    """Return the exact gamma of all pairs of cells, each as likely as any other."""
    tails = {(x, i): tail(2, x, Fraction(i, 100)) for x in range(3) for i in range(1, 100)}
    return {
        (a, b): 2 * min(tails[(a <= i) + (b <= i), i] for i in range(1, 100))
        for a, b in itertools.product(range(1, 101), repeat=2)
    }


@pytest.mark.parametrize("pair", [(1, 1), (1, 100), (3, 5), (20, 20), (50, 51), (96, 40), (33, 67)])
def test_two_values_have_the_p_value_that_counting_gives(pair, gammas_of_two):
    gamma = gammas_of_two[pair]
    expected = sum(each <= gamma for each in gammas_of_two.values()) / 10_000
    assert gamma_statistic(middles(pair)) == pytest.approx(float(gamma), rel=1e-12)
    assert p_value(middles(pair)) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("cells", [(1,), (7, 7, 7), (2, 9, 33, 54, 80, 81, 97), tuple(range(5, 100, 10))])
def test_gamma_is_twice_the_smallest_exact_tail(cells):
    assert gamma_statistic(middles(cells)) == pytest.approx(float(exact_gamma(cells)), rel=1e-11)


def test_a_value_on_a_point_counts_as_at_most_that_point():
    below = counts_below(np.array([0.25, 0.25, 0.5]))
    assert [below[i - 1] for i in (24, 25, 49, 50)] == [0, 2, 2, 3]


@pytest.mark.parametrize("gamma", [1e-10, 0.003, 0.05, 0.7, 1.3])
def test_a_band_holds_exactly_the_counts_with_two_larger_tails(gamma):
    n, band = 7, pointwise_band(7, gamma)
    for i, point in enumerate(POINTS):
        hundredths = Fraction(i + 1, 100)
        inside = [x for x in range(n + 1) if 2 * tail(n, x, hundredths) > gamma]
        assert inside == list(range(band.lower[i], band.upper[i] + 1)), point


def test_simulated_functions_leave_the_band_as_often_as_computed():
    n, repeats = 80, 20_000
    band = simultaneous_band(n, 0.05)
    below = simulated_counts(n, np.full(100, 0.01), repeats)
    left = ((below < band.lower) | (below > band.upper)).any(axis=1).mean()
    assert 0.03 < band.crossing() <= 0.05
    assert abs(left - band.crossing()) < 4 * np.sqrt(0.05 * 0.95 / repeats)  # four standard errors


def simulated_counts(n, cells, repeats):
    return np.random.default_rng(2).multinomial(n, cells, repeats).cumsum(axis=1)[:, :-1]


@pytest.mark.parametrize("n", [5, 60, 1000])
def test_gamma_is_as_small_as_its_p_value_says(n):
    repeats = 2000
    rng = np.random.default_rng(n)
    gammas = np.array([gamma_statistic(rng.uniform(size=n)) for _ in range(repeats)])
    for gamma in np.quantile(gammas, [0.01, 0.1, 0.5, 0.9]):
        p = pointwise_band(n, gamma).crossing()
        assert abs((gammas <= gamma).mean() - p) < 4.5 * np.sqrt(p * (1 - p) / repeats)


def test_the_p_value_is_never_too_small_and_nearly_uniform():
    rng = np.random.default_rng(5)
    p_values = np.array([p_value(rng.uniform(size=200)) for _ in range(600)])
    # Discrete, so at most uniform; with 200 values its steps are small beside the tolerance.
    assert stats.kstest(p_values, "uniform").pvalue > 0.001


@pytest.mark.parametrize("n", [3, 40, 500])
@pytest.mark.parametrize("level", [0.2, 0.01, 0.01 / 80])
def test_a_p_value_is_at_most_the_level_exactly_when_the_band_is_left(n, level):
    rng = np.random.default_rng(n)
    band, seen = simultaneous_band(n, level), set()
    for exponent in np.geomspace(0.3, 6, 60):
        values = rng.uniform(size=n) ** exponent
        below = counts_below(values)
        left = bool(((below < band.lower) | (below > band.upper)).any())
        assert (p_value(values) <= level) == left
        seen.add(left)
    assert seen == {True, False}


def test_no_wider_step_of_the_band_would_keep_the_level():
    band = simultaneous_band(50, 0.05)
    assert band.crossing() <= 0.05 < pointwise_band(50, band.gamma * (1 + 1e-5)).crossing()


def test_mirrored_values_have_the_same_p_value():
    values = np.random.default_rng(8).uniform(size=37)
    assert p_value(1 - values) == pytest.approx(p_value(values), rel=1e-9)


@pytest.mark.parametrize("n", [20, 1000, 100_000])
def test_values_all_alike_are_never_uniform(n):
    for value in (0.0, 0.5, 1.0):
        assert p_value(np.full(n, value)) < 1e-4


def test_a_regular_grid_is_as_uniform_as_can_be():
    assert p_value((np.arange(1000) + 0.5) / 1000) > 0.999


def test_a_hundred_thousand_values_can_be_judged():
    values = np.random.default_rng(1).uniform(size=100_000)
    assert 0.001 < p_value(values) <= 1
    assert p_value(stats.norm.cdf(1.03 * stats.norm.ppf(values))) < 1e-4


@pytest.mark.parametrize("values", [[], [0.5, np.nan], [-0.01], [1.01, 0.2], [np.inf]])
def test_what_is_no_probability_is_refused(values):
    with pytest.raises(DataError, match=r"there are none|are not in \[0, 1\]"):
        p_value(np.array(values))
