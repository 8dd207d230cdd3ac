"""Which lagged levels stand in which row and column?"""

import numpy as np
import pandas as pd
import pytest

from bayes_border.gmm.instruments import lag_instruments
from bayes_border.spec.instruments import LagInstruments

UNIT = np.array([0, 0, 0, 1, 1, 1])
PERIOD = np.array([3, 4, 5, 3, 4, 5])


@pytest.fixture
def levels():
    index = pd.MultiIndex.from_product([[0, 1], [1, 2, 3, 4, 5]], names=["unit", "year"])
    return pd.DataFrame({"a": [11.0, 12, 13, 14, 15, 21, 22, 23, np.nan, 25]}, index)


def test_collapsed_lags_share_a_column_over_periods(levels):
    Z = lag_instruments(levels, UNIT, PERIOD, columns=["a"], lags=LagInstruments(first=2, last=3, collapse=True))

    np.testing.assert_array_equal(Z, [[11, 0], [12, 11], [13, 12], [21, 0], [22, 21], [23, 22]])


def test_uncollapsed_lags_have_a_column_a_period(levels):
    Z = lag_instruments(levels, UNIT, PERIOD, columns=["a"], lags=LagInstruments(first=2, last=99))

    expected = [[11, 0, 0, 0, 0, 0], [0, 12, 0, 11, 0, 0], [0, 0, 13, 0, 12, 11]]
    np.testing.assert_array_equal(Z[:3], expected)
    assert Z.shape == (6, 3 + 2 + 1)


def test_a_level_that_was_not_observed_is_zero(levels):
    Z = lag_instruments(levels, UNIT, PERIOD, columns=["a"], lags=LagInstruments(first=1, last=1, collapse=True))

    np.testing.assert_array_equal(Z[:, 0], [12, 13, 14, 22, 23, 0])


def test_lags_longer_than_the_panel_leave_no_column(levels):
    Z = lag_instruments(levels, UNIT, PERIOD, columns=["a"], lags=LagInstruments(first=5, last=9))

    assert Z.shape == (6, 0)
