"""Are CR2, its degrees of freedom and CR3 clubSandwich's, and what they are meant to be?"""

import numpy as np
import pytest
from scipy import linalg

from bayes_border.errors import SpecificationError
from bayes_border.gmm.inference.bias_reduced import cr2, cr3
from bayes_border.gmm.inference.clusters import Grouping
from bayes_border.gmm.linear import LinearFit


def full_matrices(fit, labels):
    """Return CR2 and its degrees of freedom with row by row matrices, as the papers write them."""
    X, n = fit.X_hat, len(fit.y)
    M = np.linalg.inv(X.T @ X)
    left = np.eye(n) - X @ M @ X.T
    kernels = []
    for g in np.unique(labels):
        rows = labels == g
        A = linalg.sqrtm(np.linalg.pinv(left[np.ix_(rows, rows)], rtol=1e-12, hermitian=True)).real
        spread = np.zeros((n, X.shape[1]))
        spread[rows] = A @ X[rows] @ M
        kernels.append(spread)
    matrix = sum(np.outer(K.T @ fit.residuals, K.T @ fit.residuals) for K in kernels)
    df = []
    for c in range(X.shape[1]):
        B = sum(np.outer(left @ K[:, c], left @ K[:, c]) for K in kernels)
        df.append(np.trace(B) ** 2 / np.trace(B @ B))
    return matrix, np.array(df)


@pytest.mark.parametrize("instruments", [0, 4])
@pytest.mark.parametrize("by", Grouping)
def test_cr2_is_the_papers_formula_with_whole_matrices(make_fit, by, instruments):
    fit = make_fit(1, units=6, periods=7, instruments=instruments, drop=9)

    found = cr2(fit, by=by)

    matrix, df = full_matrices(fit, fit.unit if by is Grouping.UNIT else fit.period)
    np.testing.assert_allclose(found.matrix, matrix, rtol=1e-8)
    np.testing.assert_allclose(found.df, df, rtol=1e-8)


def test_least_squares_is_clubsandwich_s(firm_fit, reference):
    expected = reference["least_squares"]
    found = cr2(firm_fit)
    np.testing.assert_allclose(found.matrix, expected["CR2"]["vcov"], rtol=1e-8)
    np.testing.assert_allclose(found.df, expected["CR2"]["df"], rtol=1e-8)
    np.testing.assert_allclose(cr3(firm_fit).matrix, expected["CR3"]["vcov"], rtol=1e-8)


def test_two_stage_least_squares_is_clubsandwich_s(firms, reference):
    X = np.column_stack([np.ones(len(firms)), firms.wage, firms.capital])
    Z = np.column_stack([np.ones(len(firms)), firms.capital, firms.output, firms.year - 1976])
    X_hat = Z @ np.linalg.lstsq(Z, X)[0]
    fit = LinearFit(firms.emp.to_numpy(), X, X_hat, firms.firm.to_numpy(), firms.year.to_numpy())
    expected = reference["two_stage"]
    np.testing.assert_allclose(cr2(fit).matrix, expected["CR2"]["vcov"], rtol=1e-8)
    np.testing.assert_allclose(cr2(fit).df, expected["CR2"]["df"], rtol=1e-8)
    np.testing.assert_allclose(cr3(fit).matrix, expected["CR3"]["vcov"], rtol=1e-8)


def test_a_cluster_with_a_coefficient_of_its_own_gets_clubsandwich_s_inverse_and_a_note(firms, firm_fit, reference):
    X = np.column_stack([firm_fit.X, firms.firm == 1]).astype(float)
    expected = reference["firm_dummy"]["CR2"]

    found = cr2(LinearFit(firm_fit.y, X, X, firm_fit.unit, firm_fit.period))

    np.testing.assert_allclose(found.matrix, expected["vcov"], rtol=1e-7)
    np.testing.assert_allclose(found.df, expected["df"], rtol=1e-7)
    assert found.notes[0].startswith("clusters 1 alone determine")


def test_cr3_is_the_jackknife(make_fit):
    fit = make_fit(2, drop=20)
    parts = []
    for g in np.unique(fit.unit):
        kept = fit.unit != g
        d = fit.coefficients - np.linalg.lstsq(fit.X[kept], fit.y[kept])[0]
        parts.append(np.outer(d, d))
    np.testing.assert_allclose(cr3(fit).matrix, sum(parts), rtol=1e-9)


def test_cr2_of_two_means_is_welch_s_test():
    # Two groups of singleton clusters: HC2 of the difference is Welch's variance, and under equal
    # variances his degrees of freedom become Satterthwaite's for s1^2 / n1 + s2^2 / n2.
    rng = np.random.default_rng(3)
    a, b = 5, 14
    group = np.repeat([0.0, 1.0], [a, b])
    X, y = np.column_stack([np.ones(a + b), group]), rng.normal(size=a + b)

    found = cr2(LinearFit(y, X, X, np.arange(a + b), np.zeros(a + b, int)))

    s1, s2 = y[:a].var(ddof=1), y[a:].var(ddof=1)
    assert found.matrix[1, 1] == pytest.approx(s1 / a + s2 / b)
    assert found.df[1] == pytest.approx((1 / a + 1 / b) ** 2 / (1 / a**2 / (a - 1) + 1 / b**2 / (b - 1)))


def test_balanced_clusters_with_a_common_design_have_clusters_less_one_degrees_of_freedom():
    rng = np.random.default_rng(4)
    x = rng.normal(size=10)
    X = np.tile(x, 7)[:, None]
    fit = LinearFit(rng.normal(size=70), X, X, np.repeat(np.arange(7), 10), np.tile(np.arange(10), 7))
    assert cr2(fit).df[0] == pytest.approx(6)


def test_units_of_regressors_scale_errors_and_leave_degrees_of_freedom(make_fit):
    fit, units = make_fit(5), np.array([1e6, 1.0, 1e-6])
    other = LinearFit(fit.y, fit.X * units, fit.X * units, fit.unit, fit.period)
    np.testing.assert_allclose(cr2(other).se * units, cr2(fit).se, rtol=1e-8)
    np.testing.assert_allclose(cr2(other).df, cr2(fit).df, rtol=1e-8)
    # What instruments X may be measured in anything: the estimating equations are the same.
    rescaled = LinearFit(fit.y, fit.X, fit.X * units, fit.unit, fit.period)
    np.testing.assert_allclose(cr2(rescaled).matrix, cr2(fit).matrix, rtol=1e-8)


@pytest.mark.parametrize("units", [2, 3])
def test_fewer_clusters_than_coefficients_are_answered(make_fit, units):
    found = cr2(make_fit(6, units=units, periods=20, coefficients=4))
    assert np.isfinite(found.se).all()
    assert (found.df <= units).all()


def test_singleton_clusters_are_allowed_and_one_cluster_is_not(make_fit):
    fit = make_fit(7)
    lonely = LinearFit(fit.y, fit.X, fit.X, np.where(np.arange(len(fit.y)) == 0, -1, fit.unit), fit.period)
    matrix, df = full_matrices(lonely, lonely.unit)
    np.testing.assert_allclose(cr2(lonely).matrix, matrix, rtol=1e-8)
    np.testing.assert_allclose(cr2(lonely).df, df, rtol=1e-8)
    for kind in (cr2, cr3):
        with pytest.raises(SpecificationError, match="1 cluster"):
            kind(make_fit(8, units=1))
