"""Does a gap take the mean of the differences nearest to it, and is every filled cell marked?"""

import numpy as np

from bayes_border.panel.fill import fill
from bayes_border.panel.official import official_panel

NAN = np.nan


def test_a_gap_takes_the_mean_of_the_nearest_differences():
    values, filled = fill(np.array([[NAN, 1.0, NAN, 3.0, 8.0]]), of=2)
    np.testing.assert_array_equal(values, [[NAN, 1.0, 2.0, 3.0, 8.0]])
    np.testing.assert_array_equal(filled, [[False, False, True, False, False]])


def test_a_leading_gap_takes_the_first_differences_that_are_known():
    values, _ = fill(np.array([[NAN, NAN, NAN, 3.0, 5.0, 100.0]]), of=2)
    np.testing.assert_array_equal(values, [[NAN, 4.0, 4.0, 3.0, 5.0, 100.0]])


def test_of_two_equally_near_the_earlier_one_counts():
    values, _ = fill(np.array([[NAN, 1.0, NAN, 5.0]]), of=1)
    np.testing.assert_array_equal(values, [[NAN, 1.0, 1.0, 5.0]])


def test_a_province_without_any_is_left_alone():
    values, filled = fill(np.full((1, 3), NAN), of=5)
    assert np.isnan(values).all()
    assert not filled.any()


def test_the_filled_panel_equals_the_extended_one_where_that_is_observed_and_marks_the_rest():
    filled, extended = official_panel("extended_filled").data, official_panel("extended").data
    observed = np.isfinite(extended["dBO"].values)
    np.testing.assert_array_equal(filled["dBO"].values[observed], extended["dBO"].values[observed])
    marked = filled["status_dBO"].values == "filled"
    assert marked.sum() == 56
    assert not (marked & observed).any()
    assert (filled["source_dBO"].values[marked] == "moving average").all()
    assert np.isfinite(filled["dBO"].sel(year=slice(1993, None)).values).all()
