"""What does least squares of the stacked equation give, with errors clustered by unit?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from linearmodels.iv import IV2SLS
from linearmodels.panel.utility import AbsorbingEffectError, check_absorbed

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
    refuse_impossible(stacked, unit_effects=unit_effects)
    solved = within_units(stacked) if unit_effects else stacked
    # linearmodels takes columns of very unlike sizes for collinear.
    lengths = sizes(solved.X)
    # Two-stage least squares without an instrumented regressor; its panel models add a dozen statistics to each fit.
    model = IV2SLS(solved.y, solved.X / lengths, None, None)
    fit: Any = model.fit(cov_type="clustered", clusters=solved.unit, debiased=True)
    covariance = np.asarray(fit.cov) / np.outer(lengths, lengths)
    linear = LinearFit(solved.y, solved.X, solved.X, solved.unit, solved.period)
    return LeastSquaresFit(np.asarray(fit.params) / lengths, covariance, linear)


def within_units(stacked: Stacked) -> Stacked:
    """Return the equation whose least squares are those with unit effects: all less the unit's mean."""
    return replace(stacked, y=demeaned(stacked, stacked.y), X=demeaned(stacked, stacked.X))


def demeaned(stacked: Stacked, rows: np.ndarray) -> np.ndarray:
    """Return rows `(row, ...)` less their unit's mean; a column that does not vary within units becomes exactly 0."""
    counts = np.diff(np.append(stacked.starts, len(rows)))
    mean = stacked.by_unit(rows) / counts.reshape(-1, *([1] * (rows.ndim - 1)))
    rest = rows - np.repeat(mean, counts, axis=0)
    roundoff = np.abs(rest).max(axis=0) <= ROUNDOFF * np.abs(rows).max(axis=0)
    return np.where(roundoff, 0.0, rest)


def refuse_impossible(stacked: Stacked, *, unit_effects: bool = False) -> None:
    """Raise SpecificationError, with the arithmetic, where no clustered least squares can exist."""
    solved = within_units(stacked) if unit_effects else stacked
    faults = [*size_faults(solved), *collinear_faults(solved), *outcome_faults(solved)]
    (n, k), units = stacked.X.shape, stacked.n_units
    if unit_effects and k < n <= k + units:
        found = f"{n} rows for {k} coefficients and {units} unit effects"
        faults.append(Fault("rows", found, "widen the window"))
    if unit_effects and not faults:
        faults += _absorbed(stacked.X, solved.X)
    if faults:
        raise SpecificationError("within" if unit_effects else "pooled_ols", faults)


def _absorbed(X: np.ndarray, within: np.ndarray) -> list[Fault]:
    try:
        check_absorbed(within, [str(k) for k in range(X.shape[1])], X)
    except AbsorbingEffectError:
        found = "unit effects leave next to nothing of a regressor"
        return [Fault("regressors", found, "drop the one that hardly varies within units, or use pooled_ols")]
    return []
