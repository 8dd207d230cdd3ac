"""Which stars can printed figures have earned?"""

from dataclasses import replace

import pytest

from bayes_border.compare.stars import Match, check_stars, ratio_interval, two_sided_p
from bayes_border.published import Printed


@pytest.fixture
def cell(published):
    return published.cell("table1", "full", "dlnFAI")


def reprinted(cell, estimate, se, stars=""):
    return replace(cell, estimate=Printed(estimate), se=Printed(se), stars=stars)


def test_the_ratio_of_rounded_numbers_is_an_interval(cell):
    lower, upper = ratio_interval(reprinted(cell, "-2.0", "1.0"))
    assert (lower, upper) == pytest.approx((1.95 / 1.05, 2.05 / 0.95))


def test_an_estimate_that_may_be_zero_has_a_ratio_from_zero(cell):
    assert ratio_interval(reprinted(cell, "0.0", "1.0"))[0] == 0.0
    assert ratio_interval(reprinted(cell, "0.0", "1.0"))[1] == pytest.approx(0.05 / 0.95)


def test_a_standard_error_that_may_be_zero_has_no_upper_ratio(cell):
    check = reprinted(cell, "1.0", "0")
    assert ratio_interval(check)[1] == float("inf")


# Two-sided critical values from printed tables: normal 1.645, 1.960, 2.576; t(8) 1.860, 2.306, 3.355.
@pytest.mark.parametrize(
    ("figures", "freedom", "possible"),
    [
        (("2.0", "1.0"), None, ("**", "*")),  # 1.857 to 2.158: straddles 1.960
        (("1.9600", "1.0000"), None, ("**", "*")),  # 1.95985 to 1.96015 around 1.959964
        (("1.97", "1.00"), None, ("**", "*")),  # 1.955 to 1.985
        (("1.98", "1.00"), None, ("**",)),  # 1.965 to 1.995
        (("2", "1"), None, ("***", "**", "*", "")),  # 1 to 5
        (("0.1", "1.0"), None, ("",)),
        (("1.7", "1.0"), None, ("*", "")),  # 1.571 to 1.842
        (("-2.600", "1.000"), None, ("***",)),  # 2.598 to 2.602
        (("1.9176", "1.0000"), 8, ("*",)),
        (("1.86", "1.00"), 8, ("*", "")),  # 1.846 to 1.874 around 1.8595
        (("2.60", "1.00"), 8, ("**",)),
        (("3.36", "1.00"), 8, ("***", "**")),  # 3.338 to 3.382 around 3.3554
    ],
)
def test_stars_are_those_that_some_rounding_allows(published, cell, figures, freedom, possible):
    assert check_stars(reprinted(cell, *figures), published, freedom).possible == possible


@pytest.mark.parametrize(
    ("stars", "match"), [("**", Match.MAY_BE), ("*", Match.MAY_BE), ("***", Match.CANNOT_BE), ("", Match.CANNOT_BE)]
)
def test_printed_stars_may_be_or_cannot_be(published, cell, stars, match):
    assert check_stars(reprinted(cell, "2.0", "1.0", stars), published).match is match


def test_printed_stars_are_where_no_rounding_changes_them(published, cell):
    assert check_stars(reprinted(cell, "2.0000", "1.0000", "**"), published).match is Match.ARE


def test_p_values_are_those_of_printed_tables():
    assert two_sided_p(1.959964, None) == pytest.approx(0.05, abs=1e-6)
    assert two_sided_p(2.306004, 8) == pytest.approx(0.05, abs=1e-6)


def test_every_star_of_the_paper_follows_from_its_figures(published):
    assert {check_stars(cell, published).match for cell in published.cells} == {Match.ARE}


def test_five_cells_of_the_paper_lose_stars_under_t8(published):
    checks = {cell.place: check_stars(cell, published, 8) for cell in published.cells}
    # Ratios 2.729, 1.701, 3.030, 2.059 and 2.860 against 1.860, 2.306 and 3.355.
    assert {place: check.possible for place, check in checks.items() if check.match is Match.CANNOT_BE} == {
        "table1/full/dlnFAI": ("**",),
        "table1/pre/dBO": ("",),
        "table1/full/dg_dlnFAI": ("**",),
        "table3/full/dg_dlnFAI": ("*",),
        "table3/full/dg_dIS": ("**",),
    }
