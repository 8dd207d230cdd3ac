"""Are the estimators by instruments those of the formulae, labelled in the equation's own order and units?"""

from dataclasses import replace

import numpy as np
import pytest
from linearmodels.iv import IV2SLS, IVGMM, IVGMMCUE, IVLIML

from bayes_border.errors import SpecificationError
from bayes_border.gmm.instrumental import instrumental
from bayes_border.gmm.pairs import kernel_matrix
from bayes_border.gmm.stacked import Stacked
from bayes_border.spec.instruments import WeightKind, Weights
from bayes_border.spec.recipe import Estimator, RecipeSpec

ROBUST = Weights(kind=WeightKind.ROBUST)
KERNELS = {
    "bartlett": (WeightKind.BARTLETT, "bartlett"),
    "parzen": (WeightKind.PARZEN, "parzen"),
    "qs": (WeightKind.QUADRATIC_SPECTRAL, "qs"),
}


def recipe(estimator, **keys):
    return RecipeSpec(name="r", meaning="m", estimator=estimator, **keys)


@pytest.fixture
def equation():
    """Two endogenous regressors around an exogenous one, four excluded instruments."""
    rng = np.random.default_rng(11)
    units, periods = 20, 8
    n = units * periods
    w, Z = rng.normal(size=n), rng.normal(size=(n, 4))
    u = rng.normal(size=n) + np.repeat(rng.normal(size=units), periods)
    X = Z @ rng.normal(size=(4, 2)) + rng.normal(size=(n, 2)) + 0.5 * u[:, None]
    X = np.column_stack([X[:, 0], w, X[:, 1]])
    y = X @ [1.0, -0.5, 0.3] + u
    unit, period = np.repeat(np.arange(units), periods), np.tile(np.arange(periods), units)
    return Stacked(y, X, np.column_stack([Z[:, :1], w, Z[:, 1:]]), unit, period, ("a", "w", "c"))


def parts(equation):
    return equation.y, equation.X[:, [1]], equation.X[:, [0, 2]], equation.Z[:, [0, 2, 3, 4]]


def assert_same(found, result):
    order = [1, 0, 2]  # linearmodels: the exogenous regressor first
    np.testing.assert_allclose(found.coefficients, np.asarray(result.params)[order], rtol=1e-8)
    np.testing.assert_allclose(found.covariance, np.asarray(result.cov)[np.ix_(order, order)], rtol=1e-7)


def test_two_stage_least_squares_is_the_formula(equation):
    found = instrumental(recipe(Estimator.IV_2SLS), equation)

    y, X, Z = equation.y, equation.X, equation.Z
    P = Z @ np.linalg.inv(Z.T @ Z) @ Z.T
    np.testing.assert_allclose(found.coefficients, np.linalg.solve(X.T @ P @ X, X.T @ P @ y), rtol=1e-9)
    np.testing.assert_allclose(found.linear.X_hat, P @ X, atol=1e-10)
    assert_same(found, IV2SLS(*parts(equation)).fit(cov_type="clustered", clusters=equation.unit, debiased=True))


def test_liml_is_the_k_class_estimator_at_the_smallest_root(equation):
    found = instrumental(recipe(Estimator.IV_LIML), equation)

    y, X, Z = equation.y, equation.X, equation.Z
    joint = np.column_stack([y, X[:, [0, 2]]])
    M = [np.eye(len(y)) - Q @ np.linalg.pinv(Q) for Q in (X[:, [1]], Z)]
    roots = np.linalg.eigvals(np.linalg.solve(joint.T @ M[1] @ joint, joint.T @ M[0] @ joint))
    A = X.T @ (np.eye(len(y)) - roots.real.min() * M[1])
    np.testing.assert_allclose(found.coefficients, np.linalg.solve(A @ X, A @ y), rtol=1e-8)
    np.testing.assert_allclose(found.linear.coefficients, found.coefficients, rtol=1e-8)
    assert_same(found, IVLIML(*parts(equation)).fit(cov_type="clustered", clusters=equation.unit, debiased=True))


@pytest.mark.parametrize("kernel", list(KERNELS))
@pytest.mark.parametrize("bandwidth", [3.0, "automatic"])
def test_kernel_gmm_is_linearmodels_on_the_rows_as_they_lie(kernel, bandwidth, equation):
    kind, name = KERNELS[kernel]
    weights = Weights(kind=kind, bandwidth=bandwidth)
    found = instrumental(recipe(Estimator.IV_GMM, steps=2, weights=weights), equation)

    options = {"kernel": name, **({"optimal_bw": True} if bandwidth == "automatic" else {"bandwidth": bandwidth})}
    result = IVGMM(*parts(equation), weight_type="kernel", **options).fit(cov_type="kernel", **options)
    assert_same(found, result)
    assert found.hansen.j == pytest.approx(result.j_stat.stat)
    assert found.hansen.bound is None


@pytest.mark.parametrize(
    ("kind", "groups"),
    [(WeightKind.ROBUST, 160), (WeightKind.CLUSTERED_BY_UNIT, 20), (WeightKind.CLUSTERED_BY_PERIOD, 8)],
)
def test_two_steps_are_the_formulae_written_out(kind, groups, equation):
    found = instrumental(recipe(Estimator.IV_GMM, steps=2, weights=Weights(kind=kind)), equation)

    y, X, Z = equation.y, equation.X, equation.Z
    labels = {WeightKind.CLUSTERED_BY_UNIT: equation.unit, WeightKind.CLUSTERED_BY_PERIOD: equation.period}
    label = labels.get(kind, np.arange(len(y)))

    def middle(b):
        g = Z * (y - X @ b)[:, None]
        return sum(np.outer(*[g[label == i].sum(axis=0)] * 2) for i in np.unique(label))

    P = Z @ np.linalg.inv(Z.T @ Z) @ Z.T
    b1 = np.linalg.solve(X.T @ P @ X, X.T @ P @ y)
    W = np.linalg.inv(middle(b1))
    A = np.linalg.solve(X.T @ Z @ W @ Z.T @ X, X.T @ Z @ W)
    b2 = A @ Z.T @ y
    moments = Z.T @ (y - X @ b2)
    np.testing.assert_allclose(found.first_step, b1, rtol=1e-8)
    np.testing.assert_allclose(found.coefficients, b2, rtol=1e-8)
    np.testing.assert_allclose(found.covariance, A @ middle(b2) @ A.T, rtol=1e-7)
    assert found.hansen.j == pytest.approx(moments @ W @ moments)
    assert (found.hansen.bound, found.hansen.df) == (groups, 2)


@pytest.mark.parametrize("weights", [ROBUST, Weights(kind=WeightKind.BARTLETT, bandwidth="automatic")])
def test_iterated_gmm_no_longer_moves(weights, equation):
    iterated = recipe(Estimator.IV_GMM, steps="iterated", weights=weights)
    found = instrumental(iterated, equation)

    assert found.n_steps > 3
    np.testing.assert_allclose(found.linear.coefficients, found.coefficients, rtol=1e-8)
    kernel = {"kernel": "bartlett", "optimal_bw": True} if weights.kind.kernel else {}
    model = IVGMM(*parts(equation), weight_type="kernel" if kernel else "robust", **kernel)
    assert_same(found, model.fit(iter_limit=400, tol=1e-18, cov_type="kernel" if kernel else "robust", **kernel))


@pytest.mark.parametrize(
    "weights",
    [
        ROBUST,
        Weights(kind=WeightKind.CLUSTERED_BY_UNIT),
        Weights(kind=WeightKind.PARZEN, bandwidth=4),
        Weights(kind=WeightKind.BARTLETT, bandwidth="automatic"),
    ],
)
def test_continuous_updating_solves_its_own_first_order_condition(weights, equation):
    found = instrumental(recipe(Estimator.IV_CUE, weights=weights), equation)

    assert found.coefficients == pytest.approx(
        found.linear.coefficients, abs=1e-4 * np.sqrt(np.diag(found.covariance)).min()
    )
    if weights is ROBUST:
        # Centred moments have the same minimum: J / (1 - J / n) instead of J.
        centred = IVGMMCUE(*parts(equation)).fit().params.to_numpy()[[1, 0, 2]]
        np.testing.assert_allclose(found.coefficients, centred, rtol=1e-3)


def test_kernels_weigh_rows_by_their_distance():
    np.testing.assert_allclose(kernel_matrix(WeightKind.BARTLETT, 2, 4)[0], [1, 2 / 3, 1 / 3, 0])
    np.testing.assert_allclose(kernel_matrix(WeightKind.PARZEN, 1, 3)[0], [1, 0.25, 0])
    z = 6 * np.pi * np.arange(1, 4) / 5 / 2.5
    qs = 3 / z**2 * (np.sin(z) / z - np.cos(z))
    np.testing.assert_allclose(kernel_matrix(WeightKind.QUADRATIC_SPECTRAL, 2.5, 4)[0], [1, *qs])


def test_units_of_instruments_and_regressors_do_not_matter(equation):
    units = np.array([1e6, 1e-7, 1.0])
    asked = recipe(Estimator.IV_GMM, steps=2, weights=Weights(kind=WeightKind.PARZEN, bandwidth="automatic"))
    Z = equation.Z * np.array([1e-5, 1e-7, 1e5, 1.0, 3.0])

    found = instrumental(asked, equation)
    other = instrumental(asked, replace(equation, X=equation.X * units, Z=Z))

    np.testing.assert_allclose(other.coefficients * units, found.coefficients, rtol=1e-8)
    assert other.hansen.j == pytest.approx(found.hansen.j, rel=1e-8)


def test_exogenous_regressors_with_instruments_to_spare_are_estimated_too(equation):
    spare = replace(equation, X=equation.X[:, [1]], names=("w",))
    found = instrumental(recipe(Estimator.IV_GMM, steps=2, weights=ROBUST), spare)

    assert found.hansen.df == 4
    with pytest.raises(SpecificationError, match="no regressor is endogenous: LIML is least squares"):
        instrumental(recipe(Estimator.IV_LIML), spare)
    ols = float(spare.X[:, 0] @ spare.y / (spare.X[:, 0] @ spare.X[:, 0]))
    assert instrumental(recipe(Estimator.IV_2SLS), spare).coefficients[0] == pytest.approx(ols)


def without_units(equation, units):
    kept = equation.unit < units
    rows = (part[kept] for part in (equation.y, equation.X, equation.Z, equation.unit, equation.period))
    return Stacked(*rows, equation.names)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda e: without_units(e, 4),
            "weights.kind: 5 moments on 4 clusters: their weight has rank 4 at most, and J = 4",
        ),
        (lambda e: without_units(e, 5), "weights.kind: 5 moments on 5 clusters"),
        (lambda e: without_units(e, 1), "clusters: 1 cluster"),
        (lambda e: replace(e, Z=e.Z[:, :2]), "2 instruments for 3 coefficients; give at least 3"),
        (lambda e: replace(e, Z=np.column_stack([e.Z, e.Z[:, 0] - e.Z[:, 2]])), "rank 5 of 6 instruments"),
        (
            lambda e: replace(e, X=np.column_stack([e.X[:, :2], e.X[:, 0] + e.X[:, 1]])),
            "rank 2 of 3 regressors: c is zero",
        ),
        (lambda e: replace(e, X=e.X * [1, 1, 0]), "rank 2 of 3 regressors: c is zero"),
        (
            lambda e: replace(e, Z=np.random.default_rng(1).normal(size=(160, 170))),
            "170 instruments on 160 rows: they span every row",
        ),
    ],
)
def test_what_cannot_be_estimated_is_refused_with_the_arithmetic(change, message, equation):
    asked = recipe(Estimator.IV_GMM, steps=2, weights=Weights(kind=WeightKind.CLUSTERED_BY_UNIT))
    with pytest.raises(SpecificationError, match=message):
        instrumental(asked, change(equation))


def test_instruments_that_move_nothing_are_refused(equation):
    # An instrument orthogonal to the regressors, to the last digit.
    Z = np.random.default_rng(3).normal(size=(160, 3))
    Z -= equation.X @ np.linalg.lstsq(equation.X, Z)[0]
    with pytest.raises(SpecificationError, match="they move 1 of 3 coefficients"):
        instrumental(recipe(Estimator.IV_2SLS), replace(equation, Z=np.column_stack([equation.X[:, 1], Z])))
