"""What does least squares of the differenced equation give, with errors clustered by province?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from linearmodels.panel import PooledOLS

from bayes_border.errors import Fault, SpecificationError

#: The between-cluster variance of one cluster is not defined.
MIN_CLUSTERS: Final = 2


@dataclass(frozen=True, slots=True)
class LeastSquaresFit:
    """Coefficients, shape `(coefficient,)`, and their clustered covariance."""

    coefficients: np.ndarray
    covariance: np.ndarray


def pooled_ols(y: np.ndarray, X: np.ndarray, *, unit: np.ndarray, period: np.ndarray) -> LeastSquaresFit:
    """Return pooled least squares without intercept, clustered by unit.

    The covariance carries the small-sample factor G / (G - 1) * (n - 1) / (n - k) of Stata's
    `vce(cluster)`, known as CR1.

    Raises
    ------
    SpecificationError
        If there are too few rows or clusters, or the regressors are collinear.
    """
    refuse_impossible(X, unit)
    index = pd.MultiIndex.from_arrays([unit, period], names=["unit", "period"])
    names = [f"x{k}" for k in range(X.shape[1])]
    model = PooledOLS(pd.Series(y, index, name="y"), pd.DataFrame(X, index, columns=names))
    fit = model.fit(cov_type="clustered", cluster_entity=True, debiased=True, group_debias=True)
    return LeastSquaresFit(fit.params.to_numpy(), np.asarray(fit.cov))


def refuse_impossible(X: np.ndarray, unit: np.ndarray) -> None:
    """Raise SpecificationError, with the arithmetic, where no clustered least squares can exist."""
    (n, k), clusters = X.shape, len(np.unique(unit))
    faults = []
    if n <= k:
        faults.append(Fault("rows", f"{n} rows for {k} coefficients", "widen the window"))
    if clusters < MIN_CLUSTERS:
        faults.append(Fault("clusters", f"{clusters} cluster", "clustered errors need at least two units"))
    lengths = np.sqrt((X**2).sum(axis=0))
    rank = int(np.linalg.matrix_rank(X / np.where(lengths > 0, lengths, 1.0)))
    if n > k > rank:
        faults.append(Fault("regressors", f"rank {rank} of {k} regressors", "drop a collinear regressor"))
    if faults:
        raise SpecificationError("pooled_ols", faults)
