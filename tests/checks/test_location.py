"""The weighted test of location against exact distributions, simulation and the fault it is made for."""

import math

import numpy as np
import pytest
from scipy import stats

from bayes_border.checks import uniformity
from bayes_border.checks.location import p_value


def irwin_hall_tail(n, x):
    """Return P(sum of n uniforms > x), which is P(sum < n - x): exact, and free of cancellation far out."""
    terms = [(-1) ** k * math.comb(n, k) * (n - x - k) ** n for k in range(math.floor(n - x) + 1)]
    return math.fsum(terms) / math.factorial(n)


@pytest.mark.parametrize("n", [2, 3, 5, 12])
@pytest.mark.parametrize("place", [0.501, 0.55, 0.7, 0.9, 0.97])
def test_equal_weights_have_the_irwin_hall_distribution(n, place):
    expected = min(1.0, 2 * irwin_hall_tail(n, n * place))
    assert p_value(np.full(n, place), np.ones(n)) == pytest.approx(expected, rel=0.06)


@pytest.mark.parametrize("place", [0.502, 0.6, 0.9, 0.999])
def test_one_number_is_as_likely_as_it_is_near_the_end(place):
    # Its relative error is largest for a single number.
    assert p_value(np.array([place, 0.3]), np.array([2.0, 0.0])) == pytest.approx(2 * (1 - place), rel=0.25)


def test_many_numbers_with_heavy_tailed_weights_have_their_simulated_distribution():
    rng = np.random.default_rng(5)
    weights = np.abs(rng.standard_cauchy(200))
    sums = np.abs((rng.uniform(size=(40_000, 200)) - 0.5) @ weights)
    for share in (0.5, 0.1, 0.01):
        distance = np.quantile(sums, 1 - share)
        values = 0.5 + distance / weights.sum() * np.ones(200)
        error = 4 * math.sqrt(share * (1 - share) / 40_000)
        assert p_value(values, weights) == pytest.approx(share, rel=0.15, abs=error)
    # With such weights a normal distribution of the same variance is far off.
    sd = math.sqrt((weights**2).sum() / 12)
    assert 2 * stats.norm.sf(np.quantile(sums, 0.99) / sd) > 0.02


def test_both_sides_count_and_no_scale_does():
    rng = np.random.default_rng(6)
    values, weights = rng.beta(2, 1, 50), rng.gamma(1.0, size=50)
    p = p_value(values, weights)
    assert 0 < p < 0.01
    assert p_value(1 - values, weights) == pytest.approx(p, rel=1e-9)
    assert p_value(values, 1e9 * weights) == pytest.approx(p, rel=1e-9)


def test_nothing_is_said_without_weight_and_all_at_the_end():
    assert p_value(np.array([0.9, 0.9]), np.zeros(2)) == 1.0
    assert p_value(np.ones(3), np.ones(3)) == 0.0
    for short in (1e-17, 1e-15, 1e-12, 1e-6):
        assert 0.0 <= p_value(np.full(200, 1.0 - short), np.full(200, 0.1)) < 1e-100
    assert p_value(np.full(4, 0.5), np.ones(4)) == pytest.approx(1.0, abs=0.01)


def test_a_wrong_prior_is_found_in_the_wide_posteriors_where_all_places_together_hide_it():
    # Normal means with known errors, few of them large, and a prior whose mean is off: only where the data say
    # little does the prior pull. Every other posterior is right.
    rng, n = np.random.default_rng(7), 200
    truth = rng.normal(0.0, 1.0, n)
    error = np.where(np.arange(n) % 8 == 0, 2.0, 0.05)
    seen, kept = truth + error * rng.standard_normal(n), error**2 / (1 + error**2)
    values = stats.norm.cdf((truth - (kept * 1.2 + (1 - kept) * seen)) / np.sqrt(kept))
    assert p_value(values, np.sqrt(kept)) < 1e-5
    assert p_value(values, np.ones(n)) > 1e-3
    assert uniformity.p_value(values) > 1e-3
