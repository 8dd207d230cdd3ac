"""Are the nulls what they say they are?"""

from dataclasses import replace

import numpy as np
import pytest

from bayes_border.design import build_design
from bayes_border.errors import DataError
from bayes_border.panel.official import official_panel
from bayes_border.simulate.nulls import draw_nulls, log_sd_slopes, null_sd
from bayes_border.spec.breaks import Break
from bayes_border.vocabulary import Null

TERMS = ("dlnFAI", "dIS", "dBO")


@pytest.fixture(scope="module")
def design():
    return build_design(official_panel("balanced"), TERMS, Break.read("split", 2014))


@pytest.mark.parametrize("null", list(Null))
def test_a_simulation_is_the_same_however_many_are_drawn(null, design):
    few, many = draw_nulls(null, design, 3, seed=5), draw_nulls(null, design, 10, seed=5)

    np.testing.assert_array_equal(few, many[:3])
    assert not np.array_equal(few, draw_nulls(null, design, 3, seed=6))


@pytest.mark.parametrize("null", list(Null))
def test_a_simulation_is_its_own_generator_s_normals_times_the_sd(null, design):
    second = np.random.default_rng(np.random.SeedSequence(5).spawn(2)[1])

    expected = null_sd(null, design) * second.standard_normal(len(design.y))
    np.testing.assert_array_equal(draw_nulls(null, design, 2, seed=5)[1], expected)


@pytest.mark.parametrize("null", list(Null))
def test_total_variance_is_the_sample_s_and_unobserved_rows_are_zero(null, design):
    sd = null_sd(null, design)

    assert (~design.observed).sum() == 9
    assert (sd[~design.observed] == 0).all()
    np.testing.assert_allclose((sd[design.observed] ** 2).mean(), design.y[design.observed].var(ddof=1))


def test_white_noise_has_mean_zero_and_the_same_spread_everywhere(design):
    draws = draw_nulls(Null.WHITE_NOISE, design, 4000, seed=1)[:, design.observed]
    sd = np.ptp(null_sd(Null.WHITE_NOISE, design)[design.observed])

    assert sd == 0
    # 171 rows x 4,000 draws: five standard errors of a mean, and of a standard deviation.
    scale = design.y[design.observed].std(ddof=1)
    assert abs(draws.mean()) < 5 * scale / np.sqrt(draws.size)
    assert abs(draws.std() / scale - 1) < 5 / np.sqrt(2 * draws.size)


def test_the_skedastic_null_is_log_linear_in_the_regressors_with_the_fitted_slopes(design):
    log_sd = np.log(null_sd(Null.SKEDASTIC, design)[design.observed])
    regressors = np.column_stack([np.ones(len(log_sd)), design.x_scaled[design.observed]])
    slopes, residual, *_ = np.linalg.lstsq(regressors, log_sd)

    np.testing.assert_allclose(slopes[1:], log_sd_slopes(design), rtol=1e-8)
    assert residual[0] < 1e-20


def test_known_slopes_of_the_log_sd_are_found_again_where_rows_are_many(design):
    rows = np.tile(np.flatnonzero(design.observed), 200)
    many = replace(design, data=design.data.isel(row=rows))
    kappa = np.array([0.4, -0.3, 0.2])
    noise = np.random.default_rng(3).standard_normal(len(rows))

    found = log_sd_slopes(many.with_outcome(np.exp(many.x_scaled @ kappa) * noise))

    # The log of a squared normal has variance pi^2 / 2; five standard errors of its regression, halved.
    regressors = np.column_stack([np.ones(len(rows)), many.x_scaled])
    error = np.sqrt(np.diag(np.linalg.inv(regressors.T @ regressors))[1:] * np.pi**2 / 2) / 2
    assert (np.abs(found - kappa) < 5 * error).all()


def test_a_panel_whose_outcome_does_not_vary_is_refused(design):
    with pytest.raises(DataError, match="does not vary over the observed rows"):
        null_sd(Null.WHITE_NOISE, design.with_outcome(np.ones(len(design.y))))
