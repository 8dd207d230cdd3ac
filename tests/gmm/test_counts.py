"""Does the warning name remedies, with the counts they would leave?"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from bayes_border.gmm.counts import count_warning, most_testable
from bayes_border.gmm.instruments import lag_instruments
from bayes_border.spec.instruments import LagInstruments


def counted(lags, *, units=9, years=20):
    """Return the number of lag instruments of one regressor whose level is known in years 0 to `years`."""
    index = pd.MultiIndex.from_product([range(units), range(years + 1)])
    levels = pd.DataFrame({"x": np.arange(1.0, len(index) + 1)}, index)
    unit, period = np.repeat(np.arange(units), years), np.tile(np.arange(1, years + 1), units)
    return lag_instruments(levels, unit, period, columns=["x"], lags=lags).shape[1]


def test_few_instruments_are_no_reason_to_warn():
    assert count_warning(9, 9, 6) is None
    assert count_warning(10, 9, 6) is not None


def test_remedies_are_counted_by_the_recipe_itself():
    lags = LagInstruments(first=2, last=99)
    # Lag l serves years l, ..., 20: 19 + 18 + ... + 1 columns; collapsed, one a lag: 2 to 20.
    assert counted(lags) == 190
    warning = count_warning(190, 9, 1, lags=lags, count=counted)

    collapsed, shorter, both = (
        next(r for r in warning.remedies if r.change == change)
        for change in (
            "collapsing the lags",
            "shortening the lags to 2",
            "shortening the lags to 2 to 10 and collapsing",
        )
    )
    assert (collapsed.n_instruments, shorter.n_instruments, both.n_instruments) == (19, 19, 9)
    assert "collapsing the lags leaves 19, still more than clusters" in warning.sentence
    assert "a one-step recipe keeps all 190" in warning.sentence


def test_shortening_keeps_as_many_lags_as_the_clusters_allow():
    lags = LagInstruments(first=1, last=20)
    warning = count_warning(counted(lags), 60, 1, lags=lags, count=counted)
    shorter = warning.remedies[0]

    # 20 + 19 + 18 = 57 for lags 1 to 3; a fourth would make 74.
    assert (shorter.change, shorter.n_instruments) == ("shortening the lags to 1 to 3", 57)
    assert counted(replace(lags, last=4)) == 74


def test_a_remedy_that_leaves_fewer_than_coefficients_is_called_so():
    lags = LagInstruments(first=2, last=99, collapse=True)
    warning = count_warning(19, 2, 3, lags=lags, count=counted)

    assert "shortening the lags to 2 to 3 leaves 2, fewer than the 3 coefficients" in warning.sentence


def test_without_lags_one_step_is_the_remedy():
    assert count_warning(12, 9, 6).remedies == ()
    assert "one-step" in count_warning(12, 9, 6).sentence


@pytest.mark.parametrize("clusters", [1, 3, 9, 30])
def test_most_testable_is_where_the_bound_stops_rejecting(clusters):
    df = most_testable(clusters, 6) - 6

    assert df == 0 or stats.chi2.sf(clusters, df) <= 0.10
    assert stats.chi2.sf(clusters, df + 1) > 0.10


def test_nine_clusters_can_test_four_restrictions():
    # The 10 % point of chi-squared is 7.78 on 4 and 9.24 on 5 degrees of freedom.
    assert most_testable(9, 6) == 10
