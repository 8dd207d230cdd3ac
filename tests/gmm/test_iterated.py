"""Does iterated difference GMM stop where estimate and weight agree, with errors that know the weight was estimated?"""

import numpy as np
import pytest

from bayes_border.errors import SpecificationError
from bayes_border.gmm import difference
from bayes_border.gmm.difference import difference_gmm


def moments(stacked, b):
    return stacked.by_unit(stacked.Z * (stacked.y - stacked.X @ b)[:, None])


def next_step(stacked, b):
    W = np.linalg.inv(moments(stacked, b).T @ moments(stacked, b))
    A = stacked.X.T @ stacked.Z @ W @ stacked.Z.T
    return np.linalg.solve(A @ stacked.X, A @ stacked.y)


def test_one_more_step_moves_nothing(random_panel):
    stacked = random_panel(1, units=40)
    fit = difference_gmm(stacked, steps="iterated")

    np.testing.assert_allclose(next_step(stacked, fit.coefficients), fit.coefficients, rtol=1e-8)
    assert fit.n_steps > 3
    np.testing.assert_allclose(fit.linear.coefficients, fit.coefficients, rtol=1e-8)


def test_errors_are_those_of_the_map_s_own_derivative(random_panel):
    stacked = random_panel(2, units=40)
    fit = difference_gmm(stacked, steps="iterated")
    b, h = fit.coefficients, 1e-5

    D = np.column_stack([(next_step(stacked, b + h * e) - next_step(stacked, b - h * e)) / (2 * h) for e in np.eye(3)])
    G = moments(stacked, b)
    ZX = stacked.Z.T @ stacked.X
    V = np.linalg.inv(ZX.T @ np.linalg.solve(G.T @ G, ZX))
    M = np.linalg.inv(np.eye(3) - D)

    np.testing.assert_allclose(fit.covariance, M @ V @ M.T, rtol=1e-5)
    np.testing.assert_allclose(fit.covariance_textbook, M @ V @ M.T, rtol=1e-5)


def test_j_is_taken_at_the_weight_of_the_estimate_itself(random_panel):
    stacked = random_panel(3, units=40)
    fit = difference_gmm(stacked, steps="iterated")

    G = moments(stacked, fit.coefficients)
    assert fit.hansen.j == pytest.approx(G.sum(axis=0) @ np.linalg.solve(G.T @ G, G.sum(axis=0)), rel=1e-7)
    assert fit.hansen.bound == 40


def test_steps_that_wander_are_refused(random_panel, monkeypatch):
    monkeypatch.setattr(difference, "MAX_STEPS", 4)
    stacked = random_panel(4, units=12, instruments=11)

    with pytest.raises(SpecificationError, match="after 4 steps the estimate still moves by"):
        difference_gmm(stacked, steps="iterated")
