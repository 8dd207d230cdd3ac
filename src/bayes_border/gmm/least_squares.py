"""What does least squares of the stacked equation give, with errors clustered by unit?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd
from linearmodels.panel import PanelOLS
from linearmodels.panel.utility import AbsorbingEffectError

from bayes_border.errors import Fault, SpecificationError
from bayes_border.gmm.columns import sizes
from bayes_border.gmm.linear import LinearFit
from bayes_border.gmm.refusals import collinear_faults, outcome_faults, size_faults
from bayes_border.gmm.stacked import Stacked

#: A demeaned column whose largest entry is a smaller share of the column's largest is the mean's roundoff.
ROUNDOFF: Final = 1e-13


@dataclass(frozen=True, slots=True)
class LeastSquaresFit:
    """Coefficients, shape `(coefficient,)`, their clustered covariance, and the equation that they solve."""

    coefficients: np.ndarray
    covariance: np.ndarray
    linear: LinearFit


def least_squares(stacked: Stacked, *, unit_effects: bool = False) -> LeastSquaresFit:
    """Return least squares, with unit effects or without, clustered by unit.

    The covariance carries the small-sample factor G / (G - 1) * (n - 1) / (n - k) of Stata's
    `vce(cluster)`, known as CR1; unit effects are nested in the clusters and do not count in k.

    Raises
    ------
    SpecificationError
        If there are too few rows or clusters, or the regressors are collinear.
    """
    X, y = (demeaned(stacked, part) if unit_effects else part for part in (stacked.X, stacked.y))
    refuse_impossible(replace(stacked, y=y, X=X), unit_effects=unit_effects)
    index = pd.MultiIndex.from_arrays([stacked.unit, stacked.period], names=["unit", "period"])
    # linearmodels takes columns of very unlike sizes for collinear.
    lengths = sizes(stacked.X)
    frame = pd.DataFrame(stacked.X / lengths, index, columns=[f"x{k}" for k in range(X.shape[1])])
    model = PanelOLS(pd.Series(stacked.y, index, name="y"), frame, entity_effects=unit_effects, singletons=True)
    try:
        fit = model.fit(
            cov_type="clustered", cluster_entity=True, debiased=True, group_debias=True, count_effects=False
        )
    except AbsorbingEffectError as error:
        found = "unit effects leave next to nothing of a regressor"
        fault = Fault("regressors", found, "drop the one that hardly varies within units, or use pooled_ols")
        raise SpecificationError("within", [fault]) from error
    covariance = np.asarray(fit.cov) / np.outer(lengths, lengths)
    linear = LinearFit(y, X, X, stacked.unit, stacked.period)
    return LeastSquaresFit(fit.params.to_numpy() / lengths, covariance, linear)


def demeaned(stacked: Stacked, rows: np.ndarray) -> np.ndarray:
    """Return rows `(row, ...)` less their unit's mean; a column that does not vary within units becomes exactly 0."""
    counts = np.diff(np.append(stacked.starts, len(rows)))
    mean = stacked.by_unit(rows) / counts.reshape(-1, *([1] * (rows.ndim - 1)))
    rest = rows - np.repeat(mean, counts, axis=0)
    roundoff = np.abs(rest).max(axis=0) <= ROUNDOFF * np.abs(rows).max(axis=0)
    return np.where(roundoff, 0.0, rest)


def refuse_impossible(stacked: Stacked, *, unit_effects: bool = False) -> None:
    """Raise SpecificationError, with the arithmetic, where no clustered least squares can exist."""
    faults = [*size_faults(stacked), *collinear_faults(stacked), *outcome_faults(stacked)]
    (n, k), units = stacked.X.shape, stacked.n_units
    if unit_effects and k < n <= k + units:
        found = f"{n} rows for {k} coefficients and {units} unit effects"
        faults.append(Fault("rows", found, "widen the window"))
    if faults:
        raise SpecificationError("within" if unit_effects else "pooled_ols", faults)
