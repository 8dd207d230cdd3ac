"""The sd of breaks, drawn given them, against SciPy's distribution of its square."""

import numpy as np
import pytest
from scipy import stats

from bayes_border.bayes.break_scale import draw_scales


@pytest.mark.parametrize("length", [0.05, 0.5, 2.0, 20.0])
@pytest.mark.parametrize("k", [1, 2, 3, 5])
def test_draws_follow_the_generalised_inverse_gaussian(k, length):
    rng = np.random.default_rng([k, int(1000 * length)])
    direction = rng.standard_normal(k)
    breaks = np.tile(length * direction / np.linalg.norm(direction), (4000, 1))
    expected = stats.geninvgauss((1 - k) / 2, length, scale=length)

    assert stats.kstest(draw_scales(breaks, rng) ** 2, expected.cdf).pvalue > 1e-3


def test_breaks_and_their_sd_together_are_the_hierarchy():
    rng = np.random.default_rng(5)
    sd = np.abs(rng.standard_normal(4000))
    breaks = sd[:, None] * rng.standard_normal((4000, 3))
    again = draw_scales(breaks, rng)
    # The sd drawn given the breaks has the prior's distribution again, and the same relation to them.
    assert stats.kstest(again, stats.halfnorm.cdf).pvalue > 1e-3
    ratios = [np.sum(breaks**2, axis=1) / each**2 for each in (sd, again)]
    assert stats.kstest(ratios[1], stats.chi2(3).cdf).pvalue > 1e-3
    # Independent of the sd: the correlation has a standard error of 0.016.
    assert np.corrcoef(np.log(ratios[1]), np.log(again))[0, 1] == pytest.approx(0.0, abs=0.06)


def test_no_break_at_all_has_a_small_sd():
    found = draw_scales(np.zeros((50, 3)), np.random.default_rng(6))
    assert np.all((found > 0) & (found < 1e-90))


def test_nothing_asked_is_nothing_given():
    assert draw_scales(np.zeros((0, 3)), np.random.default_rng(7)).shape == (0,)
