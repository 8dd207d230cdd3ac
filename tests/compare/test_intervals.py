"""Are the closed forms about printed estimates right?"""

import math

import numpy as np
import pytest

from bayes_border.compare.intervals import Interval, design_analysis, interval, sceptical_prior_sd
from bayes_border.criteria import INTERVAL_LEVEL, SIGNIFICANCE, STAR_LEVELS


def test_intervals_use_the_critical_values_of_printed_tables():
    assert interval(1.0, 2.0, level=0.90).upper == pytest.approx(1.0 + 2.0 * 1.644854, abs=1e-5)
    few = interval(1.0, 2.0, level=0.90, degrees_of_freedom=8)
    assert (few.lower, few.upper) == pytest.approx((1.0 - 2.0 * 1.859548, 1.0 + 2.0 * 1.859548), abs=1e-5)


def test_significance_means_one_thing_everywhere():
    assert pytest.approx(1.0 - INTERVAL_LEVEL) == SIGNIFICANCE == max(STAR_LEVELS)


def test_intervals_meet_where_they_share_a_point():
    assert Interval(0.0, 1.0).meets(Interval(1.0, 2.0))
    assert not Interval(0.0, 1.0).meets(Interval(1.1, 2.0))
    assert Interval(-0.05, 0.09).inside(0.1)
    assert not Interval(-0.11, 0.0).inside(0.1)


@pytest.mark.parametrize("ratio", [0.3, 1.0, 2.5, -1.5])
def test_design_analysis_agrees_with_simulation(ratio):
    se, draws = 2.0, 1_000_000
    effect = ratio * se
    estimates = np.random.default_rng(20140101).normal(effect, se, draws)
    significant = estimates[np.abs(estimates) > 1.959964 * se]
    closed = design_analysis(effect, se, significance=0.05)
    power = len(significant) / draws
    # Five Monte Carlo standard errors of each share and mean.
    assert closed.power == pytest.approx(power, abs=5 * math.sqrt(power * (1 - power) / draws))
    wrong = (np.sign(significant) != np.sign(effect)).mean()
    error = 5 * math.sqrt(max(wrong * (1 - wrong), 1 / len(significant)) / len(significant))
    assert closed.sign_error == pytest.approx(wrong, abs=error)
    sizes = np.abs(significant) / abs(effect)
    assert closed.exaggeration == pytest.approx(sizes.mean(), abs=5 * sizes.std() / math.sqrt(len(sizes)))


def test_an_effect_of_zero_has_a_coins_sign_and_endless_exaggeration():
    closed = design_analysis(0.0, 1.0, significance=0.05)
    assert (closed.power, closed.sign_error) == pytest.approx((0.05, 0.5))
    assert closed.exaggeration == math.inf


def test_a_large_effect_is_neither_exaggerated_nor_of_the_wrong_sign():
    closed = design_analysis(20.0, 1.0, significance=0.05)
    assert (closed.power, closed.sign_error, closed.exaggeration) == pytest.approx((1.0, 0.0, 1.0))


@pytest.mark.parametrize(("value", "se"), [(5.2329, 1.9176), (-1.5149, 0.4215), (0.5550, 0.3262)])
def test_under_the_sceptical_prior_the_posterior_interval_just_reaches_zero(value, se):
    prior = sceptical_prior_sd(value, se, significance=SIGNIFICANCE)
    weight = prior**2 / (prior**2 + se**2)
    posterior = interval(weight * value, math.sqrt(weight) * se, level=INTERVAL_LEVEL)
    assert min(abs(posterior.lower), abs(posterior.upper)) == pytest.approx(0.0, abs=1e-12)


def test_an_estimate_that_is_not_significant_needs_no_sceptic():
    assert sceptical_prior_sd(1.6448, 1.0, significance=0.10) is None
    assert sceptical_prior_sd(1.6450, 1.0, significance=0.10) is not None
