"""Does difference GMM give what other programs and the formulae give?"""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bayes_border.errors import SpecificationError
from bayes_border.gmm.difference import difference_gmm

REFERENCE = json.loads((Path(__file__).parent / "reference" / "plm.json").read_text())["models"]


@pytest.mark.parametrize("name", list(REFERENCE))
def test_estimates_and_tests_equal_those_of_plm(name, arellano_bond):
    expected = REFERENCE[name]
    stacked = arellano_bond(name)
    fit = difference_gmm(stacked, steps=1 if expected["first_step"] is None else 2)

    assert (len(stacked.y), stacked.Z.shape[1]) == (expected["n_obs"], expected["n_instruments"])
    np.testing.assert_allclose(fit.coefficients, expected["coefficients"], rtol=1e-9)
    np.testing.assert_allclose(np.sqrt(np.diag(fit.covariance)), expected["se_robust"], rtol=1e-9)
    np.testing.assert_allclose(np.sqrt(np.diag(fit.covariance_textbook)), expected["se_robust"], rtol=1e-9)
    np.testing.assert_allclose(fit.hansen.j, expected["hansen"]["stat"], rtol=1e-9)
    np.testing.assert_allclose(fit.hansen.p_value, expected["hansen"]["p"], rtol=1e-8)
    assert fit.hansen.df == expected["hansen"]["df"]
    np.testing.assert_allclose([m.statistic for m in fit.serial[:2]], [expected["m1"], expected["m2"]], rtol=1e-8)
    if expected["first_step"] is not None:
        np.testing.assert_allclose(fit.first_step, expected["first_step"], rtol=1e-9)
        uncorrected = np.sqrt(np.diag(fit.covariance_uncorrected))
        np.testing.assert_allclose(uncorrected, expected["se_uncorrected"], rtol=1e-9)


def test_two_steps_equal_the_formulae_written_out_at_a_singular_weight(random_panel):
    stacked = random_panel(1, instruments=30)
    fit = difference_gmm(stacked, steps=2)

    y, X, Z = stacked.y, stacked.X, stacked.Z
    H = np.kron(np.eye(9), 2 * np.eye(12) - np.eye(12, k=1) - np.eye(12, k=-1))
    W1 = np.linalg.pinv(Z.T @ H @ Z, rcond=1e-8, hermitian=True)
    A1 = np.linalg.inv(X.T @ Z @ W1 @ Z.T @ X) @ X.T @ Z @ W1
    b1 = A1 @ Z.T @ y
    groups = [stacked.unit == i for i in range(9)]
    S = sum(np.outer(g, g) for g in (Z[r].T @ (y - X @ b1)[r] for r in groups))
    W2 = np.linalg.pinv(S, rcond=1e-8, hermitian=True)
    B = np.linalg.inv(X.T @ Z @ W2 @ Z.T @ X)
    b2 = B @ X.T @ Z @ W2 @ Z.T @ y
    D = np.empty((3, 3))
    for k in range(3):
        cross = sum(Z[r].T @ np.outer(X[r, k], (y - X @ b1)[r]) @ Z[r] for r in groups)
        D[:, k] = B @ X.T @ Z @ W2 @ (cross + cross.T) @ W2 @ Z.T @ (y - X @ b2)
    V1 = A1 @ S @ A1.T
    A2 = B @ X.T @ Z @ W2
    C = A2 @ S @ A1.T
    moments = Z.T @ (y - X @ b2)

    np.testing.assert_allclose(fit.first_step, b1, rtol=1e-8)
    np.testing.assert_allclose(fit.coefficients, b2, rtol=1e-8)
    np.testing.assert_allclose(fit.covariance_textbook, B + D @ B + B @ D.T + D @ V1 @ D.T, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(fit.covariance, B + D @ C.T + C @ D.T + D @ V1 @ D.T, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(fit.hansen.j, moments @ W2 @ moments, rtol=1e-8)
    assert fit.hansen.rank == 9


@pytest.mark.parametrize("seed", range(20))
def test_no_variance_is_negative_although_the_textbook_form_may_be(seed, random_panel):
    fit = difference_gmm(random_panel(seed, years=4, instruments=35), steps=2)

    assert (np.diag(fit.covariance) > 0).all()


def test_an_instruments_unit_does_not_matter_where_the_weights_are_regular(random_panel):
    stacked = random_panel(2, instruments=6)
    units = np.array([1e4, 1.0, 1e-4, 1.0, 50.0, 1e-3])

    fit = difference_gmm(stacked, steps=2)
    other = difference_gmm(replace(stacked, Z=stacked.Z * units), steps=2)

    np.testing.assert_allclose(other.coefficients, fit.coefficients, rtol=1e-8)
    np.testing.assert_allclose(other.covariance, fit.covariance, rtol=1e-7)
    np.testing.assert_allclose(other.hansen.j, fit.hansen.j, rtol=1e-8)


def test_exact_instruments_reproduce_instrumental_variables(random_panel):
    stacked = random_panel(3, instruments=3)
    fit = difference_gmm(stacked, steps=2)

    np.testing.assert_allclose(fit.coefficients, np.linalg.solve(stacked.Z.T @ stacked.X, stacked.Z.T @ stacked.y))
    assert abs(fit.hansen.j) < 1e-18
    assert fit.hansen.df == 0
    assert "exactly identified" in fit.hansen.sentence


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"instruments": 2}, "instruments: 2 instruments for 3 coefficients; give at least 3"),
        ({"units": 2}, "a weight summed over 2 clusters has rank 2 at most, for 3 coefficients"),
        ({"units": 1, "years": 3}, "rows: 3 rows for 3 coefficients"),
    ],
)
def test_what_cannot_be_estimated_is_refused_with_the_arithmetic(change, message, random_panel):
    with pytest.raises(SpecificationError, match=message):
        difference_gmm(random_panel(4, **change), steps=2)


def test_instruments_that_do_not_move_a_regressor_are_refused(random_panel):
    stacked = random_panel(5)
    first, second = stacked.Z[:, 0], stacked.Z[:, 1]
    Z = np.column_stack([first, second, first + second, first - second])

    with pytest.raises(SpecificationError, match="move 2 of 3 coefficients"):
        difference_gmm(replace(stacked, Z=Z), steps=2)
