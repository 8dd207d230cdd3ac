"""Can instruments tell the coefficients of a stacked equation apart?"""

from __future__ import annotations

import numpy as np

from bayes_border.errors import Fault, SpecificationError
from bayes_border.gmm.columns import collinear, unit_length
from bayes_border.gmm.pairs import clusters
from bayes_border.gmm.refusals import collinear_faults, outcome_faults, size_faults
from bayes_border.gmm.stacked import Stacked
from bayes_border.spec.recipe import Estimator, RecipeSpec


def refuse_impossible(spec: RecipeSpec, stacked: Stacked) -> None:
    """Raise SpecificationError, with the arithmetic, where no estimate can exist."""
    (n, k), L = stacked.X.shape, stacked.Z.shape[1]
    faults = [*size_faults(stacked), *collinear_faults(stacked), *outcome_faults(stacked)]
    if k > L:
        faults.append(Fault("instruments", f"{L} instruments for {k} coefficients", f"give at least {k}"))
    if n <= L:
        found = f"{L} instruments on {n} rows: they span every row, and no error is left out"
        faults.append(Fault("instruments", found, "ask for fewer or collapsed lags"))
    elif redundant := collinear(stacked.Z):
        found = f"rank {L - len(redundant)} of {L} instruments"
        faults.append(Fault("instruments", found, "drop a collinear instrument"))
    elif not faults:
        faults += _unidentified(stacked)
    if spec.weights is not None:
        groups = len(np.unique(clusters(stacked, spec.weights.kind)))
        if groups <= L:
            found = f"{L} moments on {groups} clusters: their weight has rank {groups} at most, and J = {groups} always"
            faults.append(Fault("weights.kind", found, "use fewer instruments, or weights that are not clustered"))
    if spec.estimator is Estimator.IV_LIML and not faults and included(stacked).all():
        fault = Fault("estimator", "no regressor is endogenous: LIML is least squares", 'use "iv_2sls"')
        faults.append(fault)
    if faults:
        raise SpecificationError(spec.name, faults)


def _unidentified(stacked: Stacked) -> list[Fault]:
    basis = np.linalg.qr(stacked.Z)[0]
    k = stacked.X.shape[1]
    rank = k - len(collinear(basis.T @ unit_length(stacked.X)))
    if rank == k:
        return []
    return [Fault("instruments", f"they move {rank} of {k} coefficients", "add instruments or drop a regressor")]


def included(stacked: Stacked) -> np.ndarray:
    """Return which regressors instrument themselves, shape `(coefficient,)`, bool."""
    return among(stacked.X, stacked.Z)


def among(columns: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return which columns stand among others: a regressor that instruments itself is the very same numbers."""
    return np.array([bool(np.equal(others, column[:, None]).all(axis=0).any()) for column in columns.T], dtype=bool)
