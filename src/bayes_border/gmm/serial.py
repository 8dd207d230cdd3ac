"""Are differenced residuals serially correlated, as they must be at lag one and must not be beyond?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import stats

from bayes_border.gmm.stacked import Stacked

#: Differences between two ways of computing one covariance that are roundoff.
_SAME: Final = 1e-9
_MIN_UNITS: Final = 2


@dataclass(frozen=True, slots=True)
class SerialTest:
    """The m statistic of Arellano and Bond (1991, eq. 8): standard normal without serial correlation.

    Parameters
    ----------
    order
        Lag; after differencing white noise only lag 1 is correlated.
    statistic, p_value
        None where the test cannot be carried out.
    reason
        Why it cannot, with the arithmetic; empty otherwise.
    bound
        The largest |m| that any data could give. With psi_i a unit's product of residuals less the part
        that estimating b takes off, the parts taken off sum to zero at an estimate that solves its
        equations; with the covariance of the same moments m = sum psi_i / sqrt(sum psi_i^2), at
        most the root of the number of units (Cauchy and Schwarz). None with another covariance, as
        Windmeijer's.
    """

    order: int
    statistic: float | None
    p_value: float | None
    reason: str = ""
    bound: float | None = None

    @property
    def smallest_p(self) -> float | None:
        """Return the smallest p-value that any data could give, or None without a bound."""
        return None if self.bound is None else _two_sided(self.bound)


def serial_test(
    stacked: Stacked, u: np.ndarray, order: int, *, influence: np.ndarray, covariance: np.ndarray
) -> SerialTest:
    """Return the m test of residuals `u` at lag `order`; a lagged row that is missing counts as zero.

    Parameters
    ----------
    u
        Shape `(row,)`.
    order
        1, 2, 3, ...
    influence
        Derivative of the coefficients by the moments Z'y, shape `(coefficient, instrument)`.
    covariance
        Of the coefficients, shape `(coefficient, coefficient)`; as robust as the test is to be.
    """
    back = stacked.lagged(u, order)
    products = stacked.by_unit(u * back)
    if not stacked.lagged(np.ones(len(u)), order).any():
        runs = np.diff(np.append(stacked.starts, len(u))).max()
        return _not(order, f"no row has a row {order} periods before it in its unit (at most {runs} rows a unit)")
    if stacked.n_units < _MIN_UNITS:
        return _not(order, "one unit: the statistic is 1 or -1 whatever the data")
    slope, g = back @ stacked.X, stacked.by_unit(stacked.Z * u[:, None])
    taken = g @ (influence.T @ slope)
    parts = float(products @ products), float(-2 * taken @ products), float(slope @ covariance @ slope)
    variance = sum(parts)
    if not variance > _SAME * (parts[0] + abs(parts[1]) + abs(parts[2])):
        terms = " + ".join(f"({part:.4g})" for part in parts)
        return _not(order, f"its variance {terms} = {variance:.4g} is not positive: products, their covariance, b")
    m = float(products.sum() / np.sqrt(variance))
    own = np.isclose(parts[2], taken @ taken, rtol=_SAME, atol=_SAME * parts[0])
    return SerialTest(order, m, _two_sided(m), bound=float(np.sqrt(stacked.n_units)) if own else None)


def _not(order: int, reason: str) -> SerialTest:
    return SerialTest(order, None, None, f"m{order}: {reason}")


def _two_sided(m: float) -> float:
    return float(2 * stats.norm.sf(abs(m)))
