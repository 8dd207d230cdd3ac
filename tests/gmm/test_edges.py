"""Where data are odd, is the answer right or the refusal clear?"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bayes_border.errors import SpecificationError
from bayes_border.gmm.dynamic import equation
from bayes_border.gmm.estimate import fit_equation
from bayes_border.spec.instruments import LagInstruments
from bayes_border.spec.recipe import Estimator, Interaction, RecipeSpec


def made(*, units=9, years=12, seed=3):
    """Return a random panel of levels whose outcome does not follow from its two regressors."""
    rng = np.random.default_rng(seed)
    keys = pd.MultiIndex.from_product([range(units), range(years)], names=["unit", "year"])
    return pd.DataFrame(rng.normal(size=(len(keys), 3)).cumsum(axis=0), keys, ["y", "x", "w"]).reset_index()


def fitted(frame, spec):
    return fit_equation(equation(frame, spec, unit="unit", period="year", outcome="y", regressors=["x", "w"]))


def plain(estimator, **asked):
    return RecipeSpec(name="plain", meaning="", estimator=estimator, interaction=Interaction.NONE, **asked)


EVERY = (
    plain(Estimator.POOLED_OLS),
    plain(Estimator.WITHIN),
    plain(Estimator.DIFFERENCE_GMM, steps=1, lags=LagInstruments(first=2, last=99)),
    plain(Estimator.DIFFERENCE_GMM, steps=2, lags=LagInstruments(first=2, last=3, collapse=True)),
    plain(Estimator.IV_2SLS, lagged_differences=1),
)


@pytest.mark.parametrize("spec", EVERY)
def test_an_outcome_that_never_changes_is_refused(spec):
    with pytest.raises(SpecificationError, match="outcome: is zero in every row: it does not vary"):
        fitted(made().assign(y=7.0), spec)


@pytest.mark.parametrize("spec", EVERY)
def test_a_perfect_fit_is_refused_for_it_has_no_sampling_error(spec):
    frame = made()
    with pytest.raises(SpecificationError, match="outcome: is an exact combination of the regressors"):
        fitted(frame.assign(y=2 * frame.x - frame.w), spec)


def test_a_product_with_a_regressor_that_grows_by_one_a_period_is_the_outcome_itself():
    trending = made().assign(x=lambda frame: frame.year + 0.0)
    for spec in EVERY:
        if spec.estimator is not Estimator.WITHIN:
            with pytest.raises(SpecificationError, match="outcome: is an exact combination of the regressors"):
                fitted(trending, replace(spec, interaction=Interaction.CUMULATED_PRODUCTS))


@pytest.mark.parametrize("spec", EVERY)
def test_collinear_regressors_are_named(spec):
    with pytest.raises(SpecificationError, match="rank 1 of 2 regressors: w is zero or follows from those before"):
        fitted(made().assign(w=lambda frame: 2 * frame.x), spec)


@pytest.mark.parametrize("spec", EVERY[:2])
def test_units_of_measurement_however_unlike_do_not_make_regressors_collinear(spec):
    frame, scale = made(), np.array([1e12, 1e-12])
    usual = fitted(frame, spec)
    unlike = fitted(frame.assign(x=frame.x * 1e12, w=frame.w * 1e-12), spec)
    np.testing.assert_allclose(unlike.params * scale, usual.params, rtol=1e-9)
    np.testing.assert_allclose(unlike.se * scale, usual.se, rtol=1e-9)


def test_units_of_one_row_are_counted_aloud_where_they_say_nothing():
    frame = made()
    lone = frame[(frame.unit != 8) | (frame.year == 5)]
    (warning,) = fitted(lone, EVERY[1]).warnings
    assert warning.startswith("1 of 9 units: units of one row say nothing within units")
    others = fitted(frame[frame.unit != 8], EVERY[1])
    np.testing.assert_allclose(fitted(lone, EVERY[1]).params, others.params)
    assert fitted(frame, EVERY[1]).warnings == ()


def test_least_squares_of_a_panel_with_gaps_has_the_rows_and_errors_of_plain_algebra():
    frame = made()
    holed = frame.drop(frame.index[(frame.unit == 2) & frame.year.isin([4, 5]) | (frame.unit == 4) & (frame.year == 7)])
    found = fitted(holed, EVERY[0])

    levels = {(row.unit, row.year): (row.y, row.x, row.w) for row in holed.itertuples()}
    pairs = [(key, (key[0], key[1] - 1)) for key in sorted(levels) if (key[0], key[1] - 1) in levels]
    rows = np.array([np.subtract(levels[now], levels[before]) for now, before in pairs])
    unit = np.array([now[0] for now, _ in pairs])
    b = np.linalg.lstsq(rows[:, 1:], rows[:, 0])[0]
    e = rows[:, 0] - rows[:, 1:] @ b
    scores = np.array([rows[unit == g, 1:].T @ e[unit == g] for g in range(9)])
    bread, n = np.linalg.inv(rows[:, 1:].T @ rows[:, 1:]), len(rows)
    variance = 9 / 8 * (n - 1) / (n - 2) * bread @ scores.T @ scores @ bread

    assert (found.n_obs, found.n_clusters) == (n, 9)
    assert n == 9 * 11 - 3 - 2
    np.testing.assert_allclose(found.params, b)
    np.testing.assert_allclose(found.se, np.sqrt(np.diag(variance)))
