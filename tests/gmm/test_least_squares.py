"""Is least squares clustered as Stata clusters it, with unit effects and without?"""

from dataclasses import replace

import numpy as np
import pytest

from bayes_border.errors import SpecificationError
from bayes_border.gmm.least_squares import least_squares
from bayes_border.gmm.stacked import Stacked


def test_errors_equal_the_sandwich_with_stata_s_small_sample_factor(random_panel):
    stacked = random_panel(1)
    y, X, unit = stacked.y, stacked.X, stacked.unit

    fit = least_squares(stacked)

    b = np.linalg.lstsq(X, y)[0]
    scores = np.stack([X[unit == i].T @ (y - X @ b)[unit == i] for i in range(9)])
    bread, (n, k) = np.linalg.inv(X.T @ X), X.shape
    expected = bread @ scores.T @ scores @ bread * 9 / 8 * (n - 1) / (n - k)
    np.testing.assert_allclose(fit.coefficients, b, rtol=1e-10)
    np.testing.assert_allclose(fit.covariance, expected, rtol=1e-10)


def test_impossible_regressions_are_refused_with_the_arithmetic(random_panel):
    stacked = random_panel(2, units=1, years=3)
    with pytest.raises(SpecificationError, match=r"3 rows for 3 coefficients(.|\n)*1 cluster"):
        least_squares(stacked)


def test_collinear_regressors_are_refused(random_panel):
    stacked = random_panel(3)
    X = np.column_stack([stacked.X, stacked.X[:, 0]])
    with pytest.raises(SpecificationError, match="rank 3 of 4 regressors"):
        least_squares(replace(stacked, X=X))


def test_within_equals_a_dummy_for_each_unit_with_errors_of_the_same_sandwich(random_panel):
    stacked = random_panel(4, units=7, years=6)
    keep = np.flatnonzero(np.random.default_rng(4).random(42) < 0.7)
    stacked = Stacked(*(part[keep] for part in (stacked.y, stacked.X, stacked.Z, stacked.unit, stacked.period)))

    fit = least_squares(stacked, unit_effects=True)

    dummies = 1.0 * (stacked.unit[:, None] == np.unique(stacked.unit))
    wide = np.column_stack([stacked.X, dummies])
    b = np.linalg.lstsq(wide, stacked.y)[0]
    bread = np.linalg.inv(wide.T @ wide)[:3]
    scores = np.stack([wide[stacked.unit == i].T @ (stacked.y - wide @ b)[stacked.unit == i] for i in range(7)])
    n, k = stacked.X.shape
    np.testing.assert_allclose(fit.coefficients, b[:3], rtol=1e-9)
    expected = bread @ scores.T @ scores @ bread.T * 7 / 6 * (n - 1) / (n - k)
    np.testing.assert_allclose(fit.covariance, expected, rtol=1e-9)
    np.testing.assert_allclose(fit.linear.coefficients, b[:3], rtol=1e-9)


def test_what_hardly_varies_within_units_is_refused_too(random_panel):
    stacked = random_panel(6)
    X = stacked.X.copy()
    X[:, 0] += 2e6
    with pytest.raises(SpecificationError, match="unit effects leave next to nothing of a regressor"):
        least_squares(replace(stacked, X=X), unit_effects=True)


def test_what_does_not_vary_within_units_is_refused_by_name(random_panel):
    stacked = random_panel(5)
    X = np.column_stack([stacked.X, 0.1 * (stacked.unit + 1)])
    with pytest.raises(SpecificationError, match="rank 3 of 4 regressors: distance is zero or follows"):
        least_squares(replace(stacked, X=X, names=("a", "b", "c", "distance")), unit_effects=True)
