"""Are the first-stage statistics those of the formulae and of another program?"""

from dataclasses import replace

import numpy as np
import pytest
from linearmodels.iv import IV2SLS
from scipy import stats

from bayes_border.gmm.first_stage import identification
from bayes_border.gmm.stacked import Stacked


def equation(seed, *, endogenous=2, exogenous=2, excluded=4, units=15):
    rng, years = np.random.default_rng(seed), 10
    n = units * years
    Z, W = rng.normal(size=(n, excluded)), rng.normal(size=(n, exogenous))
    unit = np.repeat(np.arange(units), years)
    v = rng.normal(size=(n, endogenous)) + rng.normal(size=(units, endogenous))[unit]
    Y = Z @ rng.normal(size=(excluded, endogenous)) * 0.3 + v * (1 + 0.5 * np.abs(Z[:, :1]))
    y = Y.sum(axis=1) + W.sum(axis=1) + v[:, 0] + rng.normal(size=n)
    return Stacked(y, np.column_stack([Y, W]), np.column_stack([W, Z]), unit, np.tile(np.arange(years), units))


def cleared(columns, W):
    return columns - W @ np.linalg.lstsq(W, columns)[0] if W.shape[1] else columns


def parts(stacked, m):
    W = stacked.X[:, m:]
    return cleared(stacked.X[:, :m], W), cleared(stacked.Z[:, W.shape[1] :], W)


def rk_as_kleibergen_and_paap_write_it(stacked, m, *, lm):
    """Wald or LM statistic for rank m - 1, from the whole covariance of vec(Pi): theorem 1 of the paper."""
    Y, Z = parts(stacked, m)
    length = Z.shape[1]
    Pi = np.linalg.lstsq(Z, Y)[0]
    v = Y if lm else Y - Z @ Pi
    root_z = np.linalg.cholesky(Z.T @ Z).T
    root_v = np.linalg.cholesky(np.linalg.inv(v.T @ v)).T
    theta = root_z @ Pi @ root_v.T
    U, _, Vt = np.linalg.svd(theta)
    q = m - 1
    u12, u22 = U[:q, q:], U[q:, q:]
    v12, v22 = Vt.T[:q, q:], Vt.T[q:, q:]
    half = lambda M: np.linalg.cholesky(M @ M.T)  # noqa: E731 -- any root: the statistic does not depend on which
    A = np.vstack([u12, u22]) @ np.linalg.inv(u22) @ half(u22)
    B = half(v22) @ np.linalg.inv(v22.T) @ np.hstack([v12.T, v22.T])
    scores = np.stack([np.outer(v[r], Z[r]).ravel() for r in range(len(Y))])
    sums = np.stack([scores[stacked.unit == i].sum(axis=0) for i in np.unique(stacked.unit)])
    transform = np.kron(root_v, np.linalg.inv(root_z).T)
    covariance = transform @ (sums.T @ sums) @ transform.T
    project = np.kron(B, A.T)
    vector = project @ theta.T.ravel()
    assert len(vector) == length - q
    return vector @ np.linalg.solve(project @ covariance @ project.T, vector)


@pytest.mark.parametrize("seed", range(3))
def test_statistics_of_each_regressor_equal_linearmodels(seed):
    stacked = equation(seed)
    found = identification(stacked)
    fit = IV2SLS(stacked.y, stacked.X[:, 2:], stacked.X[:, :2], stacked.Z[:, 2:]).fit(
        cov_type="clustered", clusters=stacked.unit, debiased=False
    )
    homoscedastic = IV2SLS(stacked.y, stacked.X[:, 2:], stacked.X[:, :2], stacked.Z[:, 2:]).fit(
        cov_type="unadjusted", debiased=True
    )
    expected = fit.first_stage.diagnostics
    n, inner = len(stacked.y), stacked.Z.shape[1]
    cr1 = 15 / 14 * (n - 1) / (n - inner)

    assert found.exogenous == (2, 3)
    assert found.endogenous == (0, 1)
    np.testing.assert_allclose([s.partial_r2 for s in found.stages], expected["partial.rsquared"], rtol=1e-9)
    np.testing.assert_allclose([s.shea_r2 for s in found.stages], expected["shea.rsquared"], rtol=1e-9)
    np.testing.assert_allclose([s.alone.f_clustered * 4 * cr1 for s in found.stages], expected["f.stat"], rtol=1e-9)
    np.testing.assert_allclose(
        [s.alone.f for s in found.stages], homoscedastic.first_stage.diagnostics["f.stat"], rtol=1e-9
    )


@pytest.mark.parametrize("m", [1, 2, 3])
@pytest.mark.parametrize("lm", [False, True])
def test_rk_statistic_equals_the_theorem_written_out(m, lm):
    stacked = equation(10 + m, endogenous=m, excluded=5)
    weakest = identification(stacked).weakest
    expected = rk_as_kleibergen_and_paap_write_it(stacked, m, lm=lm)

    assert weakest.df == 5 - m + 1
    if lm:
        np.testing.assert_allclose(weakest.lm.statistic, expected, rtol=1e-8)
    else:
        n, inner = stacked.Z.shape
        cr1 = 15 / 14 * (n - 1) / (n - inner)
        np.testing.assert_allclose(weakest.f_clustered * weakest.df * cr1, expected, rtol=1e-8)


def test_cragg_and_donald_s_is_the_smallest_eigenvalue_of_their_matrix():
    stacked = equation(4, endogenous=3, excluded=6)
    Y, Z = parts(stacked, 3)
    P = Z @ np.linalg.pinv(Z)
    residual = Y - P @ Y
    sigma = residual.T @ residual / (len(Y) - stacked.Z.shape[1])
    root = np.linalg.inv(np.linalg.cholesky(sigma))

    smallest = np.linalg.eigvalsh(root @ Y.T @ P @ Y @ root.T).min() / 6

    found = identification(stacked)
    np.testing.assert_allclose(found.cragg_donald, smallest, rtol=1e-9)
    # The F of the weakest combination has l - m + 1 = 4 directions; Stock and Yogo divide by l = 6.
    np.testing.assert_allclose(found.weakest.f * 4, smallest * 6, rtol=1e-9)
    np.testing.assert_allclose(found.kleibergen_paap, found.weakest.f_clustered * 4 / 6, rtol=1e-12)


def test_conditional_f_is_that_of_the_regressor_less_its_two_stage_fit_on_the_others():
    stacked = equation(5, endogenous=2, excluded=4)
    Y, Z = parts(stacked, 2)
    P = Z @ np.linalg.pinv(Z)
    delta = (Y[:, 1] @ P @ Y[:, 0]) / (Y[:, 1] @ P @ Y[:, 1])
    own = Y[:, 0] - delta * Y[:, 1]
    left = own - P @ own
    expected = (own @ P @ own / 3) / (left @ left / (len(own) - stacked.Z.shape[1]))

    conditional = identification(stacked).stages[0].conditional

    np.testing.assert_allclose(conditional.f, expected, rtol=1e-9)
    assert conditional.df == 3


def test_one_endogenous_regressor_has_one_statistic_under_four_names():
    found = identification(equation(6, endogenous=1, excluded=3))
    (stage,) = found.stages

    for other in (stage.conditional, found.weakest):
        np.testing.assert_allclose(other.f, stage.alone.f, rtol=1e-9)
        np.testing.assert_allclose(other.f_clustered, stage.alone.f_clustered, rtol=1e-9)
        np.testing.assert_allclose(other.lm.statistic, stage.alone.lm.statistic, rtol=1e-9)
    np.testing.assert_allclose(found.cragg_donald, stage.alone.f, rtol=1e-9)
    np.testing.assert_allclose(stage.shea_r2, stage.partial_r2, rtol=1e-9)


def test_clustered_by_year_uses_the_years():
    stacked = equation(7, endogenous=1)
    found = identification(stacked, stacked.period)
    fit = IV2SLS(stacked.y, stacked.X[:, 1:], stacked.X[:, :1], stacked.Z[:, 2:]).fit(
        cov_type="clustered", clusters=stacked.period, debiased=False
    )
    n, inner = len(stacked.y), stacked.Z.shape[1]
    cr1 = 10 / 9 * (n - 1) / (n - inner)

    assert found.weakest.n_clusters == 10
    np.testing.assert_allclose(
        found.weakest.f_clustered * 4 * cr1, fit.first_stage.diagnostics["f.stat"].iloc[0], rtol=1e-9
    )


def test_one_row_a_cluster_is_the_heteroscedastic_statistic():
    stacked = equation(8, endogenous=1)
    found = identification(stacked, np.arange(len(stacked.y)))
    fit = IV2SLS(stacked.y, stacked.X[:, 1:], stacked.X[:, :1], stacked.Z[:, 2:]).fit(cov_type="robust", debiased=False)
    n, inner = len(stacked.y), stacked.Z.shape[1]

    np.testing.assert_allclose(
        found.weakest.f_clustered * 4 * n / (n - inner), fit.first_stage.diagnostics["f.stat"].iloc[0], rtol=1e-9
    )


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_units_and_collinear_copies_of_instruments_and_regressors_change_nothing(scale):
    stacked = equation(9)
    found = identification(stacked)
    Z = np.column_stack([stacked.Z * [1, scale, scale, 1, 1, 1], stacked.Z[:, 2] - 3 * stacked.Z[:, 4]])
    other = identification(replace(stacked, Z=Z, X=stacked.X * [scale, 1, 1, scale]))

    assert other.n_excluded == found.n_excluded == 4
    np.testing.assert_allclose(other.weakest.f_clustered, found.weakest.f_clustered, rtol=1e-7)
    np.testing.assert_allclose(other.weakest.lm.statistic, found.weakest.lm.statistic, rtol=1e-7)
    np.testing.assert_allclose(other.stages[1].conditional.f, found.stages[1].conditional.f, rtol=1e-7)


def test_under_identification_the_lm_has_its_size():
    rejected, draws = 0, 400
    for seed in range(draws):
        rng = np.random.default_rng([77, seed])
        n, units = 400, 200
        Z = rng.normal(size=(n, 4))
        Y = rng.normal(size=(n, 2)) + np.outer(Z[:, 0], [0.8, 0.8])
        found = identification(Stacked(Y[:, 0], Y, Z, np.repeat(np.arange(units), 2), np.tile([0, 1], units)))
        rejected += found.weakest.lm.p_value < 0.1

    # Exact only as units grow; three binomial standard errors about 10 %.
    assert abs(rejected / draws - 0.1) < 3 * np.sqrt(0.1 * 0.9 / draws)


@pytest.mark.parametrize("units", [4, 3])
def test_fewer_clusters_than_instruments_give_no_f_and_an_lm_that_is_the_number_of_clusters(units):
    found = identification(equation(11, endogenous=1, excluded=6, units=units))

    assert found.weakest.f_clustered is None
    assert f"rank {units} - 1 = {units - 1} at most (here {units - 1}), for 6 directions" in found.weakest.reason
    np.testing.assert_allclose(found.weakest.lm.statistic, units, rtol=1e-9)
    assert found.weakest.lm.vacuous
    assert found.weakest.f is not None


def test_one_cluster_is_said():
    found = identification(equation(12, endogenous=1, units=1))

    assert "one cluster" in found.sentence


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda s: replace(s, X=s.X[:, 2:]), "the instruments span every regressor"),
        (lambda s: replace(s, Z=s.Z[:, :3]), "not identified: 1 excluded instruments"),
        (lambda s: replace(s, Z=s.Z[:, [0, 1, 2, 2, 2]]), "not identified: 1 excluded instruments"),
        (lambda s: replace(s, Z=s.Z[:, :0]), "not identified: 0 excluded instruments"),
        (lambda s: replace(s, Z=s.Z[:, :2]), "not identified: 0 excluded instruments"),
        (lambda s: replace(s, X=s.X[:, [0, 0, 2, 3]]), "the 2 endogenous regressors have rank 1"),
        (lambda s: replace(s, Z=np.random.default_rng(0).normal(size=(len(s.y), 200))), "span all 150 rows"),
    ],
)
def test_where_there_is_no_first_stage_the_reason_is_said(change, reason):
    found = identification(change(equation(13)))

    assert found.weakest is None
    assert reason in found.sentence


def test_a_constant_regressor_that_is_its_own_instrument_is_exogenous():
    stacked = equation(14, exogenous=0, endogenous=1)
    ones = np.ones((len(stacked.y), 1))
    found = identification(replace(stacked, X=np.column_stack([stacked.X, ones]), Z=np.column_stack([stacked.Z, ones])))
    demeaned = stacked.X[:, 0] - stacked.X[:, 0].mean()
    Z = stacked.Z - stacked.Z.mean(axis=0)
    fitted = Z @ np.linalg.lstsq(Z, demeaned)[0]

    assert found.exogenous == (1,)
    np.testing.assert_allclose(found.stages[0].partial_r2, fitted @ fitted / (demeaned @ demeaned), rtol=1e-9)


def test_p_values_are_those_of_f():
    stage = identification(equation(15, endogenous=1)).stages[0].alone

    assert stage.p_value == pytest.approx(stats.f.sf(stage.f, 4, 150 - 6))
    assert stage.p_clustered == pytest.approx(stats.f.sf(stage.f_clustered, 4, 14))
