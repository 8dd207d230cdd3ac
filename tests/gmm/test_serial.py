"""Are m1, m2 and m3 those of Arellano and Bond, and is the reason given where they do not exist?"""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayes_border.gmm.difference import difference_gmm
from bayes_border.gmm.serial import serial_test
from bayes_border.gmm.stacked import Stacked


def influence_of(stacked, steps):
    """Return (X'Z W Z'X)^-1 X'Z W of one or two steps, the coefficients and the plain covariance, dense."""
    y, X, Z = stacked.y, stacked.X, stacked.Z
    adjacent = (np.abs(stacked.period[:, None] - stacked.period) == 1) & (stacked.unit[:, None] == stacked.unit)
    S = Z.T @ (2.0 * np.eye(len(y)) - adjacent) @ Z
    for _ in range(steps):
        W = np.linalg.pinv(S)
        bread = np.linalg.inv(X.T @ Z @ W @ Z.T @ X)
        A = bread @ X.T @ Z @ W
        b = A @ Z.T @ y
        g = moments(stacked, y - X @ b)
        S = g.T @ g
    return A, b, bread


def moments(stacked, u):
    return np.stack([stacked.Z[stacked.unit == i].T @ u[stacked.unit == i] for i in np.unique(stacked.unit)])


def m_by_equation_8(stacked, u, order, A, covariance):
    row = {(i, t): r for r, (i, t) in enumerate(zip(stacked.unit, stacked.period, strict=True))}
    top, squares, cross = 0.0, 0.0, np.zeros(stacked.Z.shape[1])
    slope = np.zeros(stacked.X.shape[1])
    for i in np.unique(stacked.unit):
        product = 0.0
        for (unit, t), r in row.items():
            if unit == i and (i, t - order) in row:
                back = u[row[i, t - order]]
                product += back * u[r]
                slope += back * stacked.X[r]
        own = stacked.unit == i
        top += product
        squares += product**2
        cross += stacked.Z[own].T @ u[own] * product
    return top / np.sqrt(squares - 2 * slope @ A @ cross + slope @ covariance @ slope)


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize(("name", "steps"), [("arellano_bond_a1", 1), ("arellano_bond_a2", 2), ("arellano_bond_b", 2)])
def test_statistics_equal_those_of_plm_on_an_unbalanced_panel(name, steps, order, arellano_bond, plm_specification):
    stacked = arellano_bond(name)
    fit = difference_gmm(stacked, steps=steps)
    A, b, bread = influence_of(stacked, steps)
    u = stacked.y - stacked.X @ b
    # After one step plm takes (X'Z N (Z'HZ)^-1 Z'X)^-1 for the plain covariance, with no error variance in it.
    scale = 1.0 if steps == 2 else 1 / stacked.n_units

    for name_of, covariance in (("m_robust", fit.covariance), ("m_plain", bread * scale)):
        found = serial_test(stacked, u, order, influence=A, covariance=covariance)
        np.testing.assert_allclose(found.statistic, plm_specification[name][name_of][order - 1], rtol=1e-7)


def with_gaps(stacked, seed):
    kept = np.random.default_rng(seed).random(len(stacked.y)) < 0.7
    return Stacked(*(getattr(stacked, name)[kept] for name in ("y", "X", "Z", "unit", "period")))


@pytest.mark.parametrize("steps", [1, 2])
@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_gaps_are_skipped_as_the_equation_written_out_skips_them(order, steps, random_panel):
    stacked = with_gaps(random_panel(31, units=20), order)
    fit = difference_gmm(stacked, steps=steps)
    A, b, _ = influence_of(stacked, steps)
    u = stacked.y - stacked.X @ b

    found = serial_test(stacked, u, order, influence=A, covariance=fit.covariance)

    np.testing.assert_allclose(found.statistic, m_by_equation_8(stacked, u, order, A, fit.covariance), rtol=1e-8)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), units=st.integers(2, 12), order=st.integers(1, 3))
def test_m_never_passes_the_root_of_the_units_under_its_own_covariance(seed, units, order):
    rng = np.random.default_rng(seed)
    n = 6 * units
    Z, u = rng.normal(size=(n, 4)), rng.normal(size=n).cumsum()
    X = Z[:, :2] + rng.normal(size=(n, 2))
    stacked = Stacked(X.sum(axis=1) + u, X, Z, np.repeat(np.arange(units), 6), np.tile(np.arange(6), units))
    A, b, _ = influence_of(stacked, 1)
    g = moments(stacked, stacked.y - X @ b)

    found = serial_test(stacked, stacked.y - X @ b, order, influence=A, covariance=A @ g.T @ g @ A.T)

    assert found.bound == pytest.approx(np.sqrt(units))
    assert abs(found.statistic) <= found.bound * (1 + 1e-9)


def test_the_bound_is_not_claimed_for_another_covariance(random_panel):
    stacked = random_panel(32)
    A, b, _ = influence_of(stacked, 2)

    found = serial_test(
        stacked, stacked.y - stacked.X @ b, 2, influence=A, covariance=difference_gmm(stacked, steps=2).covariance
    )

    assert found.bound is None
    assert found.smallest_p is None


def test_two_units_cannot_reject(random_panel):
    stacked = random_panel(33, units=2, years=30, coefficients=1, instruments=2)
    A, b, _ = influence_of(stacked, 1)
    u = stacked.y - stacked.X @ b
    g = moments(stacked, u)

    found = serial_test(stacked, u, 1, influence=A, covariance=A @ g.T @ g @ A.T)

    assert found.smallest_p == pytest.approx(0.1573, abs=1e-4)


@pytest.mark.parametrize(
    ("change", "order", "covariance", "reason"),
    [
        ({"years": 2}, 2, np.eye(3), "m2: no row has a row 2 periods before it in its unit (at most 2 rows a unit)"),
        ({"units": 1, "years": 30}, 1, np.eye(3), "m1: one unit: the statistic is 1 or -1 whatever the data"),
        ({}, 1, -100 * np.eye(3), "is not positive"),
    ],
)
def test_where_there_is_no_test_the_reason_is_said(change, order, covariance, reason, random_panel):
    stacked = random_panel(34, **change)

    found = serial_test(stacked, stacked.y, order, influence=np.zeros((3, 7)), covariance=covariance)

    assert found.statistic is None
    assert found.p_value is None
    assert reason in found.reason


def test_residuals_that_are_zero_are_said_to_have_no_variance(random_panel):
    stacked = random_panel(35)
    u = np.zeros(len(stacked.y))

    found = serial_test(replace(stacked, y=u), u, 1, influence=np.zeros((3, 7)), covariance=np.eye(3))

    assert "is not positive" in found.reason


def test_size_is_right_without_serial_correlation():
    rejected, draws = 0, 400
    for seed in range(draws):
        rng = np.random.default_rng([9, seed])
        units, years = 100, 6
        level = rng.normal(size=(units, years + 1))
        x = rng.normal(size=(units, years + 1))
        u, X = np.diff(level, axis=1).ravel(), np.diff(x, axis=1).reshape(-1, 1)
        stacked = Stacked(u + X[:, 0], X, X, np.repeat(np.arange(units), years), np.tile(np.arange(years), units))
        A, b, _ = influence_of(stacked, 1)
        left = stacked.y - X @ b
        g = moments(stacked, left)
        rejected += serial_test(stacked, left, 2, influence=A, covariance=A @ g.T @ g @ A.T).p_value < 0.1

    # Three binomial standard errors about 10 %.
    assert abs(rejected / draws - 0.1) < 3 * np.sqrt(0.09 / draws)
