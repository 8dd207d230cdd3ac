"""Do leverages and effective numbers of clusters add up, and are they those of the papers?"""

from dataclasses import replace

import numpy as np
import pytest

from bayes_border.errors import SpecificationError
from bayes_border.gmm.inference.influence import cluster_influence
from bayes_border.gmm.linear import LinearFit


def test_leverages_are_traces_of_the_hat_matrix_and_shares_of_what_is_left_of_a_regressor(make_fit):
    fit = make_fit(1, drop=20)
    hat = fit.X @ np.linalg.inv(fit.X.T @ fit.X) @ fit.X.T
    others = fit.X[:, 1:]
    left = fit.X[:, 0] - others @ np.linalg.lstsq(others, fit.X[:, 0])[0]

    found = cluster_influence(fit)

    units = [fit.unit == g for g in range(9)]
    np.testing.assert_allclose(found.leverage, [np.diag(hat)[rows].sum() for rows in units], rtol=1e-10)
    shares = [(left[rows] ** 2).sum() / (left**2).sum() for rows in units]
    np.testing.assert_allclose(found.partial_leverage[:, 0], shares, rtol=1e-10)
    assert found.leverage.sum() == pytest.approx(3)
    np.testing.assert_array_equal(found.sizes, [rows.sum() for rows in units])


def test_effective_clusters_are_carter_schnepel_and_steigerwald_s(make_fit):
    fit = make_fit(2, drop=30)
    M = np.linalg.inv(fit.X.T @ fit.X)
    found = cluster_influence(fit)
    for correlated, values in ((False, found.effective_independent), (True, found.effective_correlated)):
        for c in range(3):
            gammas = []
            for g in range(9):
                Xg = fit.X[fit.unit == g]
                omega = np.ones((len(Xg),) * 2) if correlated else np.eye(len(Xg))
                gammas.append((M @ Xg.T @ omega @ Xg @ M)[c, c])
            gammas = np.array(gammas)
            spread = ((gammas - gammas.mean()) ** 2).mean() / gammas.mean() ** 2
            assert values[c] == pytest.approx(9 / (1 + spread))


def test_equal_clusters_count_fully_and_a_lone_one_as_one():
    x = np.random.default_rng(3).normal(size=8)
    unit, period = np.repeat(np.arange(5), 8), np.tile(np.arange(8), 5)
    X = np.column_stack([np.tile(x, 5), unit == 0]).astype(float)
    y = np.random.default_rng(4).normal(size=40)

    assert cluster_influence(LinearFit(y, X[:, :1], X[:, :1], unit, period)).effective_correlated[0] == pytest.approx(5)
    alone = LinearFit(y, X[:, 1:], X[:, 1:], unit, period)
    assert cluster_influence(alone).effective_independent[0] == pytest.approx(1)


def test_weights_that_cancel_within_clusters_leave_no_number_and_a_reason(make_fit):
    fit = make_fit(5)
    means = np.array([fit.X[fit.unit == g].mean(axis=0) for g in range(9)])
    within = fit.X - means[fit.unit]
    found = cluster_influence(LinearFit(fit.y, within, within, fit.unit, fit.period))
    assert np.isnan(found.effective_correlated).all()
    assert "cancel within every cluster" in found.reasons[0]
    assert np.isfinite(found.effective_independent).all()


def test_without_a_cluster_least_squares_is_that_of_the_other_rows(make_fit):
    fit = make_fit(6, drop=20)
    scale = np.array([1e6, 1.0, 1e-6])
    rescaled = cluster_influence(replace(fit, X=fit.X * scale, X_hat=fit.X * scale)).without
    for g, found in enumerate(cluster_influence(fit).without):
        rest = fit.unit != g
        expected = np.linalg.lstsq(fit.X[rest], fit.y[rest])[0]
        np.testing.assert_allclose(found, expected, rtol=1e-9)
        np.testing.assert_allclose(rescaled[g] * scale, expected, rtol=1e-7)


def test_without_a_cluster_an_instrumented_fit_keeps_its_first_stage(make_fit):
    fit = make_fit(7, instruments=5)
    rest = fit.unit != 3
    expected = np.linalg.solve(fit.X_hat[rest].T @ fit.X[rest], fit.X_hat[rest].T @ fit.y[rest])
    np.testing.assert_allclose(cluster_influence(fit).without[3], expected, rtol=1e-9)


def test_a_cluster_without_which_a_coefficient_is_lost_leaves_no_number():
    rng = np.random.default_rng(8)
    unit, period = np.repeat(np.arange(4), 6), np.tile(np.arange(6), 4)
    X = np.column_stack([rng.normal(size=24), unit == 2]).astype(float)
    without = cluster_influence(LinearFit(rng.normal(size=24), X, X, unit, period)).without
    assert np.isnan(without[2]).all()
    assert np.isfinite(without[[0, 1, 3]]).all()


def test_one_cluster_is_refused(make_fit):
    with pytest.raises(SpecificationError, match="1 cluster"):
        cluster_influence(make_fit(6, units=1))
