"""What do least squares and the linear estimators by instruments find on many outcomes at once?

linearmodels fits one outcome at a time; these are its formulae for a stack of them, and tests hold them together.
"""

from __future__ import annotations

import numpy as np

from bayes_border.gmm.batch import ManyFits, apply, cr1, transposed
from bayes_border.gmm.columns import sizes
from bayes_border.gmm.identification import included
from bayes_border.gmm.least_squares import demeaned
from bayes_border.gmm.pairs import paired
from bayes_border.gmm.stacked import Stacked
from bayes_border.spec.instruments import Weights
from bayes_border.spec.recipe import Estimator, RecipeSpec


def least_squares_many(stacked: Stacked, X: np.ndarray, Y: np.ndarray, *, unit_effects: bool) -> ManyFits:
    """Return least squares of each outcome, with unit effects or without, errors CR1 by unit.

    Parameters
    ----------
    stacked
        Rows.
    X, Y
        Right-hand sides `(simulation, row, coefficient)` and outcomes `(simulation, row)`.
    unit_effects
        Whether each unit has its own intercept.
    """
    if unit_effects:
        X, Y = (np.moveaxis(demeaned(stacked, np.moveaxis(part, 1, 0)), 0, 1) for part in (X, Y))
    return _solved(stacked, X, X, Y)


def instrumental_many(spec: RecipeSpec, stacked: Stacked, X: np.ndarray, Y: np.ndarray) -> ManyFits:
    """Return 2SLS, LIML or two-step GMM of each outcome, with the errors of `instrumental`.

    Parameters
    ----------
    spec
        Which of them.
    stacked
        Rows and instruments; `stacked.X` tells the regressors that instrument themselves.
    X, Y
        Right-hand sides `(simulation, row, coefficient)` and outcomes `(simulation, row)`.
    """
    basis = np.linalg.qr(stacked.Z / sizes(stacked.Z))[0]
    X_hat = basis @ (basis.T @ X)
    if spec.estimator is Estimator.IV_2SLS:
        return _solved(stacked, X, X_hat, Y)
    if spec.estimator is Estimator.IV_LIML:
        kappa = _kappa(stacked, basis, X, Y)[:, None, None]
        return _solved(stacked, X, (1 - kappa) * X + kappa * X_hat, Y, projection=X_hat)
    assert spec.weights is not None  # noqa: S101 -- the specification asks for weights of GMM
    return _two_steps(spec.weights, stacked, X, Y, X_hat)


def _solved(
    stacked: Stacked, X: np.ndarray, X_hat: np.ndarray, Y: np.ndarray, *, projection: np.ndarray | None = None
) -> ManyFits:
    # X_hat'(y - X b) = 0, scores summed by unit; linearmodels takes those of LIML by the projection of X.
    bread = np.linalg.inv(transposed(X_hat) @ X)
    b = apply(bread, apply(transposed(X_hat), Y))
    scores = (X_hat if projection is None else projection) * (Y - apply(X, b))[..., None]
    psi = np.add.reduceat(scores, stacked.starts, axis=1) @ transposed(bread)
    return ManyFits(b, np.sqrt(cr1(X.shape[1], X.shape[2], stacked.n_units) * (psi**2).sum(axis=1)))


def _kappa(stacked: Stacked, basis: np.ndarray, X: np.ndarray, Y: np.ndarray) -> np.ndarray:
    # The smallest root of |W0 - kappa W1|: residual products of outcome and endogenous regressors, less
    # the exogenous regressors alone and less all instruments (Anderson and Rubin 1949).
    own = included(stacked)
    joint = np.concatenate([Y[..., None], X[..., ~own]], axis=-1)
    exogenous = np.linalg.qr(stacked.X[:, own])[0]
    alone, all_out = (joint - Q @ (Q.T @ joint) for Q in (exogenous, basis))
    products = np.linalg.solve(transposed(all_out) @ all_out, transposed(alone) @ alone)
    return np.asarray(np.linalg.eigvals(products).real.min(axis=-1))


def _two_steps(weights: Weights, stacked: Stacked, X: np.ndarray, Y: np.ndarray, X_hat: np.ndarray) -> ManyFits:
    Z = stacked.Z / sizes(stacked.Z)
    u1 = Y - apply(X, np.linalg.solve(transposed(X_hat) @ X, (transposed(X_hat) @ Y[..., None]))[..., 0])
    ZX = Z.T @ X
    WZX = np.linalg.solve(_moment_matrix(weights, stacked, Z, u1), ZX)
    bread = np.linalg.inv(transposed(ZX) @ WZX)
    b = apply(bread, apply(transposed(WZX), Y @ Z))
    bridge = WZX @ bread
    middle = _moment_matrix(weights, stacked, Z, Y - apply(X, b))
    variances = np.einsum("sik,sij,sjk->sk", bridge, middle, bridge, optimize=True)
    return ManyFits(b, np.sqrt(variances))


def _moment_matrix(weights: Weights, stacked: Stacked, Z: np.ndarray, u: np.ndarray) -> np.ndarray:
    G = u[..., None] * Z
    return np.asarray(transposed(G) @ paired(weights, stacked, G))
