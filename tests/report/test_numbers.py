"""How is each kind of number written?"""

from __future__ import annotations

import math

import pytest

from bayes_border.report.numbers import count, interval, number, percent, probability, signed


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.23456, "1.23"),
        (-0.01234, "-0.0123"),
        (0.09996, "0.100"),
        (9.999, "10.0"),
        (1234.5, "1234"),
        (0.0, "0"),
        (-0.0, "0"),
        (0.00001234, "1.23e-05"),
        (12345678.0, "1.23e+07"),
        (None, "n/a"),
        (math.nan, "n/a"),
        (-math.inf, "-inf"),
    ],
)
def test_a_number_has_three_significant_digits_and_never_loses_whole_ones(value, text):
    assert number(value) == text


def test_a_signed_number_shows_its_plus_and_zero_has_no_sign():
    assert [signed(v) for v in (1.5, -1.5, 0.0, None, math.nan)] == ["+1.50", "-1.50", "0", "n/a", "n/a"]


@pytest.mark.parametrize(
    ("lower", "upper", "text"),
    [
        (-0.01, 12.3, "[-0.01, 12.30]"),
        (-0.06, 12.3, "[-0.06, 12.30]"),
        (0.001234, 0.1, "[0.001, 0.100]"),
        (None, 1.0, "[n/a, 1.00]"),
        (0.0, math.inf, "[0, inf]"),
        (0.0, 1e-6, "[0, 1.00e-06]"),
    ],
)
def test_both_ends_of_an_interval_have_the_same_decimals(lower, upper, text):
    assert interval(lower, upper) == text


def test_a_share_that_is_not_quite_none_or_all_is_not_shown_as_such():
    assert [percent(v) for v in (0.1234, 0.0, 0.0001, 0.9999, 1.0, None)] == [
        "12.3 %",
        "0.0 %",
        "< 0.1 %",
        "> 99.9 %",
        "100.0 %",
        "n/a",
    ]
    assert [probability(v) for v in (0.0, 0.0004, 0.5, 0.9996, 1.0)] == [
        "0.000",
        "< 0.001",
        "0.500",
        "> 0.999",
        "1.000",
    ]


def test_years_carry_no_separators():
    assert count(2013) == "2013"
