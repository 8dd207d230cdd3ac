"""Which pairs of rows count together in a weight matrix, and how much?

Every weight of stacked moments is the inverse of S = sum over rows s, t of k(s, t) g_s g_t' with g = z u: k is
1 on the diagonal for robust weights, 1 within a cluster for clustered ones, and falls with the distance between
rows for a kernel.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

import numpy as np
from linearmodels.iv.covariance import (
    kernel_optimal_bandwidth,
    kernel_weight_bartlett,
    kernel_weight_parzen,
    kernel_weight_quadratic_spectral,
)
from scipy.linalg import toeplitz

from bayes_border.errors import Fault, SpecificationError
from bayes_border.gmm.batch import apply
from bayes_border.gmm.stacked import Stacked
from bayes_border.spec.instruments import WeightKind, Weights

#: Kernels as linearmodels names and computes them.
KERNEL_NAMES: Final = {
    WeightKind.BARTLETT: "bartlett",
    WeightKind.PARZEN: "parzen",
    WeightKind.QUADRATIC_SPECTRAL: "qs",
}
_KERNELS: Final[Mapping[WeightKind, Callable[[float, int], np.ndarray]]] = {
    WeightKind.BARTLETT: kernel_weight_bartlett,
    WeightKind.PARZEN: kernel_weight_parzen,
    WeightKind.QUADRATIC_SPECTRAL: kernel_weight_quadratic_spectral,
}
#: Exponent and constant of the bandwidth of Newey and West (1994), and the power by which its pilot lags grow.
_RULES: Final = {
    WeightKind.BARTLETT: (1, 1.1447, 2 / 9),
    WeightKind.PARZEN: (2, 2.6614, 4 / 25),
    WeightKind.QUADRATIC_SPECTRAL: (2, 1.3221, 2 / 25),
}


def clusters(stacked: Stacked, kind: WeightKind) -> np.ndarray:
    """Return the rows' clusters: each row its own where the weights are not clustered."""
    match kind:
        case WeightKind.CLUSTERED_BY_UNIT:
            return stacked.unit
        case WeightKind.CLUSTERED_BY_PERIOD:
            return stacked.period
    return np.arange(len(stacked.y))


def automatic_bandwidths(kind: WeightKind, moments: np.ndarray) -> np.ndarray:
    """Return the bandwidth of Newey and West (1994) for each simulation of `(simulation, row, moment)`.

    It is that of the sum of moments, each scaled to a standard deviation of one.

    Raises
    ------
    SpecificationError
        If the moments are too few, or have no finite bandwidth.
    """
    sd = moments.std(axis=1)
    sums = apply(moments, 1 / np.where(sd > 0, sd, 1.0))
    (power, constant, growth), rows = _RULES[kind], sums.shape[1]
    lags = np.arange(1, min(int(np.ceil(4 * (rows / 100) ** growth)), rows - 1) + 1)
    own = (sums**2).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        products = np.stack([(sums[:, lag:] * sums[:, :-lag]).sum(axis=1) for lag in lags], axis=1)
        ratio = 2 * products @ lags**power / (own + 2 * products.sum(axis=1))
        widths = np.ceil(constant * (ratio**2 * rows) ** (1 / (2 * power + 1)))
    undefined = np.flatnonzero(~np.isfinite(widths) | (lags[-1] == rows - 1))
    try:
        # linearmodels, which takes one series at a time, knows the reason.
        widths[undefined] = [kernel_optimal_bandwidth(sums[place], KERNEL_NAMES[kind]) for place in undefined]
    except ValueError as error:
        raise SpecificationError("weights", [Fault("bandwidth", str(error), "give a number of rows")]) from error
    return np.asarray(np.minimum(widths, rows - 1))


def paired(weights: Weights, stacked: Stacked, moments: np.ndarray) -> np.ndarray:
    """Return sum over t of k(s, t) g_t for each row s, of moments `(simulation, row, moment)`.

    The moment matrix S is the product of the moments with it. Rows are one series, as they lie.
    """
    if weights.kind is WeightKind.ROBUST:
        return moments
    if not weights.kind.kernel:
        same = clusters(stacked, weights.kind)
        return np.asarray((same[:, None] == same) @ moments)
    if isinstance(weights.bandwidth, float):
        widths = np.full(len(moments), weights.bandwidth)
    else:
        widths = automatic_bandwidths(weights.kind, moments)
    out = np.empty_like(moments)
    for width in np.unique(widths):
        here = widths == width
        out[here] = kernel_matrix(weights.kind, float(width), moments.shape[1]) @ moments[here]
    return out


@lru_cache(maxsize=8)  # panels by the hundred have the same few bandwidths
def kernel_matrix(kind: WeightKind, bandwidth: float, rows: int) -> np.ndarray:
    """Return k(s, t) = the kernel's weight at the lag |s - t|, shape `(row, row)`."""
    weights = np.zeros(rows)
    known = _KERNELS[kind](bandwidth, rows - 1)[:rows]
    weights[: len(known)] = known
    weights[0] = 1.0
    found = np.asarray(toeplitz(weights))
    found.flags.writeable = False
    return found
