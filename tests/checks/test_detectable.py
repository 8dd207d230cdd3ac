"""The smallest fault that a run finds, against simulated posteriors and the best test there is."""

import math

import numpy as np
import pytest
from scipy import stats

from bayes_border import criteria
from bayes_border.checks.detectable import Detectable, power, smallest_detectable
from bayes_border.checks.uniformity import counts_below, simultaneous_band


@pytest.mark.parametrize(("bias", "ratio"), [(0.3, 1.0), (-0.3, 1.0), (0.0, 0.75), (0.0, 1.4), (0.15, 0.9)])
def test_power_is_how_often_simulated_posteriors_at_fault_are_found(bias, ratio):
    n, level, repeats = 100, 0.05, 3000
    rng = np.random.default_rng(3)
    band, found = simultaneous_band(n, level), 0
    for _ in range(repeats):
        # A posterior N(m, s^2) reported as N(m + bias s, (ratio s)^2), truths drawn from the right one.
        mean, sd = rng.normal(size=n), rng.gamma(3.0, size=n)
        truth = rng.normal(mean, sd)
        below = counts_below(stats.norm.cdf(truth, mean + bias * sd, ratio * sd))
        found += bool(((below < band.lower) | (below > band.upper)).any())
    expected = power(n, level, bias=bias, ratio=ratio)
    assert 0.1 < expected < 0.95
    assert abs(found / repeats - expected) < 4 * math.sqrt(expected * (1 - expected) / repeats)


def test_without_a_fault_power_is_the_level_at_most():
    assert 0.008 < power(300, 0.01) <= 0.01


def test_a_bias_of_either_sign_is_found_as_often():
    assert power(60, 0.01, bias=0.4) == pytest.approx(power(60, 0.01, bias=-0.4), rel=1e-9)


@pytest.mark.parametrize("n", [50, 1000])
@pytest.mark.parametrize("quantities", [1, 80])
def test_the_smallest_faults_have_the_power_wanted(n, quantities):
    found = smallest_detectable(n, quantities=quantities)
    assert found.level == pytest.approx(0.01 / (2 * quantities))
    for fault in ({"bias": found.bias}, {"ratio": found.narrow}, {"ratio": found.wide}):
        assert power(n, found.level, **fault) == pytest.approx(criteria.POWER_WANTED, abs=0.005)
    assert found.narrow < 1 < found.wide


@pytest.mark.parametrize("n", [30, 1000, 100_000])
def test_no_smaller_bias_is_found_than_by_the_best_test(n):
    """With the sign and size of the bias known, the mean z-score is the most powerful test (Neyman-Pearson)."""
    found = smallest_detectable(n, quantities=40)
    best = (stats.norm.isf(found.level) + stats.norm.ppf(criteria.POWER_WANTED)) / math.sqrt(n)
    assert best < found.bias < 1.5 * best


def test_a_fault_shrinks_with_the_square_root_of_the_fits():
    few, many = (smallest_detectable(n, quantities=80) for n in (10_000, 100_000))
    assert few.bias / many.bias == pytest.approx(math.sqrt(10), rel=0.05)
    assert (few.wide - 1) / (many.wide - 1) == pytest.approx(math.sqrt(10), rel=0.1)


def test_one_fit_finds_nothing_and_says_so():
    found = smallest_detectable(1, quantities=80)
    assert (found.bias, found.narrow, found.wide) == (math.inf, 0.0, math.inf)
    assert found.words == "no bias and no wrong sd, however large"


def test_what_is_found_is_said():
    words = Detectable(100, 0.01, bias=0.5, narrow=0.75, wide=1.5).words
    assert words == (
        "a bias of 0.5 posterior sd, or a posterior sd 0.75 or 1.50 times the right one; smaller faults may pass unseen"
    )
    assert Detectable(5, 0.01, bias=2.0, narrow=0.0, wide=math.inf).words.startswith("a bias of 2 posterior sd; ")
