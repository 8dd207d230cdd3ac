"""Do truths lie above and below the middle of their posteriors equally often, the wider posteriors counting more?

Where inference is calibrated, a truth's place U among the draws (its PIT) is uniform whatever was observed, so that
``T = sum w (U - 1/2)`` with weights that depend on the observed alone is a weighted sum of independent uniform numbers.
With the posterior's sd as weight T follows the errors of the posterior mean, as a test of the scale of a prior does
(the score of that scale is a sum of such errors): a prior that is wrong pulls wide posteriors only, and an
unweighted look at all places drowns it in narrow ones. That a statistic may be weighted by what is known of each
posterior, and gains by it, is the point of Yao and Domke (2023).
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr
from scipy.stats import norm

#: Below this the cumulants are taken from their series, where the closed forms lose their digits.
_SMALL = 1e-3
#: So near the middle the saddlepoint formula divides nothing by nothing, and the normal distribution serves.
_MIDDLE = 1e-2


def p_value(values: np.ndarray, weights: np.ndarray) -> float:
    """Return the probability that the weighted mean of uniform numbers is as far from one half as that of these.

    By the saddlepoint formula of Lugannani and Rice (1980). Its relative error stays small far out, where a normal
    approximation has none of its digits right, and under heavy-tailed weights, where few numbers count: below a quarter
    for a single number, a few per cent for a dozen.

    Parameters
    ----------
    values
        Numbers in [0, 1], `(simulation,)`.
    weights
        As many numbers from 0 up; 1 where all are 0.
    """
    largest = float(weights.max(initial=0.0))
    if largest == 0.0:
        return 1.0
    w = weights[weights > 0.0].astype(float) / largest
    distance = abs(float(w @ (values[weights > 0.0] - 0.5)))
    furthest = float(w.sum()) / 2.0
    # K'(t) is at least furthest - n / t, so that the saddlepoint lies below half of this.
    beyond = 2.0 * w.size / max(furthest - distance, np.finfo(float).eps * furthest)
    if _slope(w, beyond) <= distance:  # to the last digit as far out as can be
        return 0.0
    t = float(brentq(lambda at: _slope(w, at) - distance, 0.0, beyond, xtol=1e-12))
    signed = np.sqrt(max(0.0, 2.0 * (t * distance - _cumulant(w, t))))
    if signed < _MIDDLE:
        return float(2.0 * ndtr(-distance / np.sqrt((w**2).sum() / 12.0)))
    upper = ndtr(-signed) + norm.pdf(signed) * (1.0 / (t * np.sqrt(_curvature(w, t))) - 1.0 / signed)
    return float(min(1.0, max(0.0, 2.0 * upper)))


def _cumulant(w: np.ndarray, t: float) -> float:
    """Return the cumulant generating function of T, the sum of ``log(sinh a / a)`` with ``a = w t / 2``."""
    a = w * t / 2.0
    safe = np.maximum(a, _SMALL)
    return float(np.where(a < _SMALL, a**2 / 6.0, safe + np.log1p(-np.exp(-2.0 * safe)) - np.log(2.0 * safe)).sum())


def _slope(w: np.ndarray, t: float) -> float:
    a = w * t / 2.0
    safe = np.maximum(a, _SMALL)
    return float((w / 2.0 * np.where(a < _SMALL, a / 3.0, 1.0 / np.tanh(safe) - 1.0 / safe)).sum())


def _curvature(w: np.ndarray, t: float) -> float:
    a = w * t / 2.0
    # Beyond some hundreds the hyperbolic sine is larger than any number, and its inverse is nothing.
    safe = np.clip(a, _SMALL, 300.0)
    inner = np.where(a < _SMALL, 1.0 / 3.0 - a**2 / 15.0, 1.0 / np.maximum(a, _SMALL) ** 2 - 1.0 / np.sinh(safe) ** 2)
    return float((w**2 / 4.0 * inner).sum())
