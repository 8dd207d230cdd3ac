import numpy as np
import pytest
from scipy import stats

from bayes_border.checks.interval_coverage import binomial_band, share_held


def test_the_band_is_the_central_binomial_one():
    lower, upper = binomial_band(100)
    inside = stats.binom.cdf(round(upper * 100), 100, 0.9) - stats.binom.cdf(round(lower * 100) - 1, 100, 0.9)
    assert inside >= 0.999
    assert stats.binom.cdf(round(upper * 100) - 1, 100, 0.9) - stats.binom.cdf(round(lower * 100), 100, 0.9) < 0.999


def test_the_band_of_one_of_two_events_is_counted_by_hand():
    """Of two fair coins none, one or two show heads: 1/4, 1/2, 1/4."""
    assert binomial_band(2, 0.5, level=0.49) == (0.5, 0.5)
    assert binomial_band(2, 0.5, level=0.51) == (0.0, 1.0)


def test_of_no_events_nothing_can_be_said():
    assert binomial_band(0) == (0.0, 1.0)


def test_an_interval_holds_what_lies_between_its_ends():
    pit = np.array([0.0, 0.04, 0.05, 0.5, 0.95, 0.96, np.nan])
    assert share_held(pit, 0.9) == pytest.approx(3 / 6)
    assert share_held(pit, 0.5) == pytest.approx(1 / 6)
    assert np.isnan(share_held(np.array([np.nan])))
