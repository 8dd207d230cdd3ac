"""Are the nulls what they say they are?"""

import numpy as np
import pytest

from bayes_border.errors import UsageError
from bayes_border.simulate.noise import null_sd, year_dispersion
from bayes_border.simulate.nulls import NullPanels
from bayes_border.vocabulary import Null, Window

FREE = [null for null in Null if null is not Null.FITTED]
NOISE = [Null.WHITE_NOISE, Null.STUDENT_T, Null.SKEDASTIC, Null.SD_BY_YEAR]


@pytest.mark.parametrize("null", FREE)
def test_a_panel_is_the_same_in_whatever_order_and_number_it_is_drawn(null, design):
    panels = NullPanels(null, design, seed=5)
    many = panels.draw(range(10))

    np.testing.assert_array_equal(panels.draw([7, 2]), many[[7, 2]])
    assert not np.array_equal(many[:3], NullPanels(null, design, seed=6).draw(range(3)))


@pytest.mark.parametrize("null", FREE)
def test_rows_that_are_not_observed_are_zero(null, design):
    assert (~design.observed).sum() == 9
    assert (NullPanels(null, design, seed=5).draw(range(4))[:, ~design.observed] == 0).all()


@pytest.mark.parametrize("null", NOISE)
def test_noise_has_mean_zero_and_on_average_the_sample_s_variance(null, design):
    n = 4000
    draws = NullPanels(null, design, seed=1).draw(range(n))[:, design.observed]
    variance = design.y[design.observed].var(ddof=1)

    np.testing.assert_allclose((null_sd(null, design)[design.observed] ** 2).mean(), variance)
    assert abs(draws.mean()) < 5 * np.sqrt(variance / draws.size)
    # Mean squares of normals are within 5 Monte-Carlo errors; Student's t (3) has no fourth moment to
    # give one, so its quartiles are compared with the exact ones below instead.
    if null is not Null.STUDENT_T:
        squares = (draws**2).mean(axis=1)
        assert abs(squares.mean() - variance) < 5 * squares.std() / np.sqrt(n)


def test_heavy_tails_are_those_of_student_s_t_with_three_degrees_of_freedom(design):
    draws = NullPanels(Null.STUDENT_T, design, seed=1).draw(range(2000))[:, design.observed].ravel()
    # Closed form of the distribution function for 3 degrees of freedom (Student 1908), t in units of its scale.
    t = draws / (design.y[design.observed].std(ddof=1) / np.sqrt(3))
    u = t / np.sqrt(3)
    uniform = 0.5 + (u / (1 + u**2) + np.arctan(u)) / np.pi

    for probability in (0.01, 0.25, 0.9, 0.999):
        error = np.sqrt(probability * (1 - probability) / len(uniform))
        assert abs((uniform < probability).mean() - probability) < 5 * error


def test_the_sd_by_year_is_in_proportion_to_the_spread_between_provinces(design):
    draws = NullPanels(Null.SD_BY_YEAR, design, seed=1).draw(range(4000))
    year = design.data["year"].values
    spread = {int(t): design.y[year == t].std(ddof=1) for t in (2005, 2009, 2020)}
    drawn = {t: draws[:, year == t].std() for t in spread}

    for t in (2009, 2020):
        # Two standard deviations of 36,000 draws each, five errors of their ratio.
        assert drawn[t] / drawn[2005] == pytest.approx(spread[t] / spread[2005], rel=5 * np.sqrt(2 / 72_000))
    # A shock that every province shares is no spread.
    shocked = design.with_outcome(design.y + 3.0 * (year == 2009))
    np.testing.assert_allclose(year_dispersion(shocked), year_dispersion(design))


def test_only_shifts_run_out_of_panels(design):
    both = (Window.PRE, Window.POST)
    for null in FREE:
        known = NullPanels(null, design, seed=1).distinct(both)
        assert (known is None) == (null not in {Null.COMMON_SHIFT, Null.PROVINCE_SHIFT})


def test_a_null_that_is_drawn_from_a_fit_asks_for_one(design):
    with pytest.raises(UsageError, match="null fitted is drawn from a fit"):
        NullPanels(Null.FITTED, design, seed=1).draw([0])
