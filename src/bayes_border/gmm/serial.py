"""Are differenced residuals serially correlated, as they must be at lag one and must not be at lag two?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from bayes_border.gmm.stacked import Stacked


@dataclass(frozen=True, slots=True)
class SerialTest:
    """The m statistic of Arellano and Bond (1991, eq. 8): standard normal without serial correlation."""

    order: int
    statistic: float
    p_value: float


def serial_test(
    stacked: Stacked, u: np.ndarray, order: int, *, influence: np.ndarray, covariance: np.ndarray
) -> SerialTest | None:
    """Return the m test of residuals `u` at lag `order`, or None where no unit has that lag.

    Parameters
    ----------
    influence
        Derivative of the coefficients by the moments Z'y, shape `(coefficient, instrument)`.
    covariance
        Of the coefficients, shape `(coefficient, coefficient)`; as robust as the test is to be.
    """
    back = stacked.lagged(u, order)
    products = stacked.by_unit(u * back)
    if not back.any():
        return None
    slope = back @ stacked.X
    g = stacked.by_unit(stacked.Z * u[:, None])
    variance = products @ products - 2 * slope @ influence @ (g.T @ products) + slope @ covariance @ slope
    if not variance > 0:
        return None
    m = float(products.sum() / np.sqrt(variance))
    return SerialTest(order, m, float(2 * stats.norm.sf(abs(m))))
