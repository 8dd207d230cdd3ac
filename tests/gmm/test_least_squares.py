"""Is least squares clustered as Stata clusters it?"""

import numpy as np
import pytest

from bayes_border.errors import SpecificationError
from bayes_border.gmm.least_squares import pooled_ols


def test_errors_equal_the_sandwich_with_stata_s_small_sample_factor(random_panel):
    stacked = random_panel(1)
    y, X, unit = stacked.y, stacked.X, stacked.unit

    fit = pooled_ols(y, X, unit=unit, period=stacked.period)

    b = np.linalg.lstsq(X, y)[0]
    scores = np.stack([X[unit == i].T @ (y - X @ b)[unit == i] for i in range(9)])
    bread, (n, k) = np.linalg.inv(X.T @ X), X.shape
    expected = bread @ scores.T @ scores @ bread * 9 / 8 * (n - 1) / (n - k)
    np.testing.assert_allclose(fit.coefficients, b, rtol=1e-10)
    np.testing.assert_allclose(fit.covariance, expected, rtol=1e-10)


def test_impossible_regressions_are_refused_with_the_arithmetic(random_panel):
    stacked = random_panel(2, units=1, years=3)
    with pytest.raises(SpecificationError, match=r"3 rows for 3 coefficients(.|\n)*1 cluster"):
        pooled_ols(stacked.y, stacked.X, unit=stacked.unit, period=stacked.period)


def test_collinear_regressors_are_refused(random_panel):
    stacked = random_panel(3)
    X = np.column_stack([stacked.X, stacked.X[:, 0]])
    with pytest.raises(SpecificationError, match="rank 3 of 4 regressors"):
        pooled_ols(stacked.y, X, unit=stacked.unit, period=stacked.period)
