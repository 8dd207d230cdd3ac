"""How many lags does a kernel give weight to?"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import numpy as np
from linearmodels.iv.covariance import kernel_optimal_bandwidth

from bayes_border.errors import Fault, SpecificationError


class Kernel(StrEnum):
    """How weight falls with the lag."""

    BARTLETT = "bartlett"
    PARZEN = "parzen"
    QUADRATIC_SPECTRAL = "quadratic-spectral"


class BandwidthRule(StrEnum):
    """Where a bandwidth comes from when none is given.

    `rule_of_thumb`: floor(4 (T / 100)^(2/9)), of linearmodels and Stata's `xtscc`. `andrews`: Andrews
    (1991, eq. 6.4, AR(1) approximations), each coefficient's scores weighted by their inverse squared
    long-run variance, so that no unit or sign of a regressor moves it. `newey_west`: Newey and West (1994) as
    linearmodels has it, from the plain sum of the score columns: it moves with the regressors' units.
    """

    RULE_OF_THUMB = "rule_of_thumb"
    ANDREWS = "andrews"
    NEWEY_WEST = "newey_west"


#: What a refusal is headed with.
SOURCE: Final = "kernel errors"
#: Exponent q of a kernel and the constant of its optimal bandwidth (Andrews 1991, eq. 6.2).
OPTIMAL: Final = {Kernel.BARTLETT: (1, 1.1447), Kernel.PARZEN: (2, 2.6614), Kernel.QUADRATIC_SPECTRAL: (2, 1.3221)}
#: Autoregressions of an automatic bandwidth are kept from the unit root, where it would be infinite.
ROOT_MAX: Final = 0.97


def choose_bandwidth(scores: np.ndarray, kernel: Kernel, bandwidth: float | BandwidthRule) -> float:
    """Return a bandwidth in linearmodels' meaning: the last lag with weight, or the scale of the QS kernel.

    Parameters
    ----------
    scores
        Series of estimating equations in time order, shape `(period, coefficient)`.

    Raises
    ------
    SpecificationError
        If the bandwidth is negative, not below the length of the series, or cannot be computed.
    """
    length = len(scores)
    chosen = bandwidth if not isinstance(bandwidth, BandwidthRule) else _automatic(scores, kernel, bandwidth)
    if not 0 <= chosen < length:
        found = f"{chosen:g} for a series of {length}"
        raise SpecificationError(SOURCE, [Fault("bandwidth", found, f"choose from 0 to {length - 1}")])
    return float(chosen)


def _automatic(scores: np.ndarray, kernel: Kernel, rule: BandwidthRule) -> float:
    length = len(scores)
    if rule is BandwidthRule.RULE_OF_THUMB:
        return float(np.floor(4 * (length / 100) ** (2 / 9)))
    if rule is BandwidthRule.ANDREWS:
        return _last_weighted(andrews_bandwidth(scores, kernel), kernel, length)
    try:
        return float(kernel_optimal_bandwidth(scores.sum(axis=1), str(kernel)))
    except ValueError as refused:
        fault = Fault("bandwidth", f"newey_west is undefined: {refused}", "give a bandwidth")
        raise SpecificationError(SOURCE, [fault]) from refused


def andrews_bandwidth(scores: np.ndarray, kernel: Kernel) -> float:
    """Return S of Andrews (1991, eqs. 6.2 and 6.4), in whose meaning a lag j has the weight k(j / S).

    Raises
    ------
    SpecificationError
        If there are fewer than three periods.
    """
    if len(scores) < 3:  # noqa: PLR2004 -- two points fit an autoregression exactly
        fault = Fault("periods", f"{len(scores)} for an autoregression of the scores", "give a bandwidth")
        raise SpecificationError(SOURCE, [fault])
    before, after = scores[:-1], scores[1:]
    squares = (before**2).sum(axis=0)
    moves = squares > 0
    before, after = before[:, moves], after[:, moves]
    rho = np.clip((before * after).sum(axis=0) / squares[moves], -ROOT_MAX, ROOT_MAX)
    # Each weight is 1 over the squared long-run variance: the variances cancel, autoregressions remain.
    q, constant = OPTIMAL[kernel]
    curvature = 4 * rho**2 / ((1 - rho) ** 2 * (1 + rho) ** 2) if q == 1 else 4 * rho**2 / (1 - rho) ** 4
    alpha = float(curvature.mean()) if moves.any() else 0.0
    return float(constant * (alpha * len(scores)) ** (1 / (2 * q + 1)))


def _last_weighted(S: float, kernel: Kernel, length: int) -> float:
    if kernel is Kernel.QUADRATIC_SPECTRAL:
        return min(S, length - 1)
    return float(min(max(np.ceil(S) - 1, 0), length - 1))
