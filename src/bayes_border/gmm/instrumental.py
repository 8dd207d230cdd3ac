"""What do the instrumental-variable estimators of linearmodels give for a stacked equation?"""

from __future__ import annotations

import warnings as python_warnings
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from linearmodels.iv import IV2SLS, IVGMM, IVGMMCUE, IVLIML

from bayes_border.errors import Fault, SpecificationError
from bayes_border.gmm.columns import sizes
from bayes_border.gmm.hansen import Hansen, NoBound, hansen
from bayes_border.gmm.identification import among, included, refuse_impossible
from bayes_border.gmm.linear import LinearFit
from bayes_border.gmm.pairs import KERNEL_NAMES, clusters, paired
from bayes_border.gmm.stacked import Stacked
from bayes_border.spec.instruments import Weights
from bayes_border.spec.recipe import Estimator, RecipeSpec

#: Iterated GMM ends when the squared move, normed by the covariance, is smaller; and is given up after so many steps.
TOLERANCE: Final = 1e-18
MAX_STEPS: Final = 2000
#: A continuously updating estimate solves its equation to this share of a standard error, or is refused.
SOLVED: Final = 1e-3


@dataclass(frozen=True, slots=True)
class InstrumentalFit:
    """Estimates by instruments: coefficients, their covariance, the last step as a linear equation, and J.

    `hansen` is None for two-stage least squares and LIML; `n_steps` counts minimisations.
    """

    coefficients: np.ndarray
    first_step: np.ndarray
    covariance: np.ndarray
    linear: LinearFit
    hansen: Hansen | None
    n_steps: int


def instrumental(spec: RecipeSpec, stacked: Stacked) -> InstrumentalFit:
    """Return two-stage least squares, LIML, GMM or continuously updating GMM (Hansen, Heaton and Yaron 1996).

    Covariances: clustered by unit with the factor CR1 for 2SLS and LIML; for GMM the sandwich whose
    middle is of the weights' own kind, at the final residuals.

    Raises
    ------
    SpecificationError
        If the equation is not identified, instruments are collinear, moments are as many as clusters or
        more, or the search for the minimum fails; with the arithmetic.
    """
    refuse_impossible(spec, stacked)
    # Moments of like size lose no digits, so that estimates do not depend on an instrument's unit.
    lengths = sizes(stacked.X)
    unit = replace(stacked, X=stacked.X / lengths, Z=stacked.Z / sizes(stacked.Z))
    found = _FAMILIES[spec.estimator](spec, unit)
    linear = found.linear
    return replace(
        found,
        coefficients=found.coefficients / lengths,
        first_step=found.first_step / lengths,
        covariance=found.covariance / np.outer(lengths, lengths),
        linear=replace(linear, X=stacked.X, X_hat=linear.X_hat * lengths),
    )


def _data(stacked: Stacked) -> tuple[np.ndarray, np.ndarray | None, np.ndarray | None, np.ndarray | None]:
    # linearmodels asks for exogenous regressors, endogenous ones and the instruments beyond the former.
    own = included(stacked)
    exogenous, endogenous = stacked.X[:, own], stacked.X[:, ~own]
    beyond = stacked.Z[:, ~among(stacked.Z, exogenous)]
    if not endogenous.shape[1] and beyond.shape[1]:
        # It takes no extra instruments without an endogenous regressor: name them all endogenous.
        return stacked.y, None, stacked.X, stacked.Z
    parts = (part if part.shape[1] else None for part in (exogenous, endogenous, beyond))
    return stacked.y, *parts  # type: ignore[return-value]


def _in_order(stacked: Stacked, result: Any) -> tuple[np.ndarray, np.ndarray]:  # noqa: ANN401
    # The exogenous regressors come first in linearmodels; put the coefficients back.
    own = included(stacked)
    order = np.argsort(np.concatenate([np.flatnonzero(own), np.flatnonzero(~own)]))
    return np.asarray(result.params)[order], np.asarray(result.cov)[np.ix_(order, order)]


def projected(Z: np.ndarray, X: np.ndarray) -> np.ndarray:
    """Return the projection of X on the instruments."""
    basis = np.linalg.qr(Z)[0]
    return np.asarray(basis @ (basis.T @ X))


def _k_class(spec: RecipeSpec, stacked: Stacked) -> InstrumentalFit:
    result: Any = _k_class_model(spec, stacked).fit(cov_type="clustered", clusters=stacked.unit, debiased=True)
    kappa = float(result.kappa) if spec.estimator is Estimator.IV_LIML else 1.0
    X_hat = (1 - kappa) * stacked.X + kappa * projected(stacked.Z, stacked.X)
    b, covariance = _in_order(stacked, result)
    return InstrumentalFit(b, b, covariance, _linear(stacked, X_hat), None, 1)


def _k_class_model(spec: RecipeSpec, stacked: Stacked) -> IV2SLS | IVLIML:
    if spec.estimator is not Estimator.IV_LIML:
        return IV2SLS(*_data(stacked))
    try:
        return IVLIML(*_data(stacked))
    except ValueError as error:
        found = "kappa cannot be computed: the residuals of outcome and endogenous regressors are nearly dependent"
        fault = Fault("estimator", found, 'use "iv_2sls", or drop a regressor')
        raise SpecificationError(spec.name, [fault]) from error


def _gmm(spec: RecipeSpec, stacked: Stacked) -> InstrumentalFit:
    weights, data = _weights(spec), _data(stacked)
    model = IVGMM(*data, **_weight_options(weights, stacked))
    steps = 2 if spec.steps == 2 else MAX_STEPS  # noqa: PLR2004 -- the number itself
    result: Any = model.fit(iter_limit=steps, tol=TOLERANCE, **_covariance_options(weights, stacked))
    if spec.steps == "iterated" and result.iterations >= MAX_STEPS:
        found = f"after {MAX_STEPS} steps the estimate still moves"
        raise SpecificationError(spec.name, [Fault("steps", found, "use two steps, or fewer instruments")])
    b, covariance = _in_order(stacked, result)
    first = _linear(stacked, projected(stacked.Z, stacked.X)).coefficients
    Zw = np.column_stack([part for part in (data[1], data[3]) if part is not None])
    X_hat = Zw @ (np.asarray(result.weight_matrix) @ (Zw.T @ stacked.X))
    hansen = _hansen(weights, stacked, float(result.j_stat.stat))
    return InstrumentalFit(b, first, covariance, _linear(stacked, X_hat), hansen, int(result.iterations))


def _cue(spec: RecipeSpec, stacked: Stacked) -> InstrumentalFit:
    weights = _weights(spec)
    model = IVGMMCUE(*_data(stacked), **_weight_options(weights, stacked), center=False)
    options = {"method": "BFGS", "options": {"gtol": 1e-9}}
    with python_warnings.catch_warnings():
        # Whether the minimum was found is judged below, by its own equation.
        python_warnings.simplefilter("ignore")
        result: Any = model.fit(opt_options=options, **_covariance_options(weights, stacked))
    b, covariance = _in_order(stacked, result)
    if weights.kind.kernel:
        weights = replace(weights, bandwidth=float(result.weight_config["bandwidth"]))
    linear = _linear(stacked, _updated(weights, stacked, b))
    moved = np.abs(linear.coefficients - b) / np.sqrt(np.diag(covariance))
    if not moved.max() <= SOLVED:
        found = f"the search ended where the first-order condition fails by {moved.max():.2g} standard errors"
        raise SpecificationError(spec.name, [Fault("estimator", found, "use iv_gmm, or fewer instruments")])
    first = _linear(stacked, projected(stacked.Z, stacked.X)).coefficients
    hansen = _hansen(weights, stacked, float(result.j_stat.stat))
    return InstrumentalFit(b, first, covariance, linear, hansen, int(result.iterations))


def _updated(weights: Weights, stacked: Stacked, b: np.ndarray) -> np.ndarray:
    """Return X_hat = Z S^-1 D, with which the first-order condition of continuous updating is X_hat'u = 0.

    The derivative of g'S(b)^-1 g is -2 (Z'x_k - H_k'K G v)'v with v = S^-1 g, H_k = Z x_k and K the pairs of
    `pairs`: rows count 1 - (K G v)_t instead of one in D (Donald and Newey 2000, eq. 3, robust weights).
    """
    G = stacked.Z * (stacked.y - stacked.X @ b)[:, None]
    KG = paired(weights, stacked, G[None])[0]
    S = G.T @ KG
    counts = 1 - KG @ np.linalg.solve(S, G.sum(axis=0))
    return np.asarray(stacked.Z @ np.linalg.solve(S, stacked.Z.T @ (counts[:, None] * stacked.X)))


def _weights(spec: RecipeSpec) -> Weights:
    assert spec.weights is not None  # noqa: S101 -- the specification asks for weights in these families
    return spec.weights


def _weight_options(weights: Weights, stacked: Stacked) -> dict[str, Any]:
    if weights.kind.kernel:
        return {"weight_type": "kernel", **_kernel_options(weights)}
    if weights.kind == "robust":
        return {"weight_type": "robust"}
    return {"weight_type": "clustered", "clusters": clusters(stacked, weights.kind)}


def _covariance_options(weights: Weights, stacked: Stacked) -> dict[str, Any]:
    options = _weight_options(weights, stacked)
    return {"cov_type": options.pop("weight_type"), **options}


def _kernel_options(weights: Weights) -> dict[str, Any]:
    if weights.bandwidth == "automatic":
        return {"kernel": KERNEL_NAMES[weights.kind], "optimal_bw": True}
    return {"kernel": KERNEL_NAMES[weights.kind], "bandwidth": weights.bandwidth}


def _linear(stacked: Stacked, X_hat: np.ndarray) -> LinearFit:
    return LinearFit(stacked.y, stacked.X, X_hat, stacked.unit, stacked.period)


def _hansen(weights: Weights, stacked: Stacked, j: float) -> Hansen:
    # J of uncentred weights that count each cluster, or each row, once is the squared length of a
    # projection of as many ones; a kernel has no such bound.
    L, groups = stacked.Z.shape[1], len(np.unique(clusters(stacked, weights.kind)))
    found = hansen(j, n_instruments=L, rank=L, n_clusters=groups, n_coefficients=stacked.X.shape[1])
    return found.without_bound(NoBound.KERNEL) if weights.kind.kernel else found


_FAMILIES: Final = {
    Estimator.IV_2SLS: _k_class,
    Estimator.IV_LIML: _k_class,
    Estimator.IV_GMM: _gmm,
    Estimator.IV_CUE: _cue,
}
