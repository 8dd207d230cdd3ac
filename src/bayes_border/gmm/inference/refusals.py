"""Is there any sampling error to speak of in this fit?"""

from __future__ import annotations

from typing import Final

import numpy as np

from bayes_border.errors import Fault, SpecificationError
from bayes_border.gmm.columns import rank, unit_length
from bayes_border.gmm.linear import LinearFit
from bayes_border.gmm.refusals import row_faults

#: What a refusal is headed with.
SOURCE: Final = "standard errors"
#: Residuals below this share of what is fitted are rounding, and errors made of them would be too.
PERFECT: Final = 1e-12


def refuse_impossible(fit: LinearFit) -> None:
    """Raise SpecificationError, with the arithmetic, where no standard error of any kind can exist.

    That is: numbers that are not finite, no more rows than coefficients, coefficients that the
    estimating equations do not determine (by a rank that no unit of measurement moves), and
    residuals that are zero up to rounding.
    """
    n, k = fit.X.shape
    faults = []
    if not all(np.isfinite(part).all() for part in (fit.y, fit.X, fit.X_hat)):
        faults.append(Fault("rows", "numbers that are not finite", "drop or mend those rows"))
    elif n <= k:
        faults += row_faults(n, k)
    elif (determined := _determined(fit)) < k:
        found = f"the estimating equations determine {determined} of {k} coefficients"
        faults.append(Fault("regressors", found, "drop a collinear regressor or add instruments"))
    elif (share := _unexplained(fit)) <= PERFECT:
        found = f"residuals are {share:.1e} of what is fitted, which is rounding"
        faults.append(
            Fault("residuals", found, "a perfect fit has no sampling error: look for an identity in the data")
        )
    if faults:
        raise SpecificationError(SOURCE, faults)


def _determined(fit: LinearFit) -> int:
    X, X_hat = unit_length(fit.X), unit_length(fit.X_hat)
    return min(rank(X), rank(X_hat), int(np.linalg.matrix_rank(X_hat.T @ X)))


def _unexplained(fit: LinearFit) -> float:
    size = np.abs(fit.X) @ np.abs(fit.coefficients) + np.abs(fit.y)
    return float(np.abs(fit.residuals).max() / size.max()) if size.any() else 0.0
