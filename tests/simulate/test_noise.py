"""Is the spread of each null the one that its name promises?"""

from dataclasses import replace

import numpy as np
import pytest

from bayes_border.errors import DataError
from bayes_border.simulate.noise import log_sd_slopes, null_sd, year_dispersion
from bayes_border.vocabulary import Null


def test_white_noise_has_the_same_spread_everywhere(design):
    sd = null_sd(Null.WHITE_NOISE, design)

    np.testing.assert_allclose(sd[design.observed], design.y[design.observed].std(ddof=1))
    assert (sd[~design.observed] == 0).all()


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


def test_a_year_with_one_province_has_no_dispersion_and_is_named(design):
    lonely = (design.data["year"].values == 2009) & (design.data["province_index"].values > 0)
    with pytest.raises(DataError, match="year 2009: 1 province is observed, and a dispersion needs 2"):
        year_dispersion(design.with_weight(design.observed & ~lonely))
