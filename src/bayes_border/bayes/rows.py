"""What is the log density of every row together, and how does it move with each parameter? One pass over the rows.

The likelihood is equation (3) with its Jacobian: with ``m = 1 - x'gamma`` a row has
``log|m| - log sigma - ((m y - mu) / sigma)^2 / 2 - log(2 pi) / 2``. The barrier has
``-((m - location) / width)^2 / 2`` for each reference row whose m lies below its location, and nothing above.
"""

from __future__ import annotations

import math

import numba
import numpy as np

_HALF_LOG_2PI = 0.5 * math.log(2.0 * math.pi)

#: Sums may be taken in any order, which lets several rows be added at once; NaN and infinity keep their meaning.
_jit = numba.njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "arcp", "nsz"})

#: Arguments that come first in each function and that it returns derivatives by.
LIKELIHOOD_PARAMETERS = (
    "beta_mean",
    "delta_beta",
    "gamma_mean",
    "delta_gamma",
    "intercept",
    "alpha",
    "tau",
    "log_sigma",
    "kappa",
)
BARRIER_PARAMETERS = ("gamma_mean", "delta_gamma")

#: Arguments that follow: names of the model's data.
LIKELIHOOD_DATA = (
    "y",
    "weight",
    "x",
    "contrast",
    "province",
    "year",
    "sigma_index",
    "intercept_map",
    "use_jacobian",
)
BARRIER_DATA = ("barrier_x", "barrier_contrast", "barrier_location", "barrier_width", "use_barrier")


@_jit
def likelihood(  # noqa: PLR0913, PLR0917 -- the operation's inputs, one by one
    beta_mean: np.ndarray,
    delta_beta: np.ndarray,
    gamma_mean: np.ndarray,
    delta_gamma: np.ndarray,
    intercept: np.ndarray,
    alpha: np.ndarray,
    tau: np.ndarray,
    log_sigma: np.ndarray,
    kappa: np.ndarray,
    y: np.ndarray,
    weight: np.ndarray,
    x: np.ndarray,
    contrast: np.ndarray,
    province: np.ndarray,
    year: np.ndarray,
    sigma_index: np.ndarray,
    intercept_map: np.ndarray,
    use_jacobian: np.ndarray,
) -> tuple[np.ndarray, ...]:
    """Return the weighted sum of log densities, then its derivatives by the parameters.

    A coefficient of a row is its mean plus `contrast` times its delta.
    """
    n = len(y)
    m, mu, log_sd, precision = np.ones(n), np.empty(n), np.empty(n), np.empty(n)
    regime_precision = np.exp(-log_sigma)
    for i in range(n):
        mu[i] = alpha[province[i]] + tau[year[i]]
        log_sd[i] = log_sigma[sigma_index[i]]
        precision[i] = regime_precision[sigma_index[i]]
    for r in range(len(intercept)):
        level = intercept[r]
        for i in range(n):
            mu[i] += intercept_map[i, r] * level
    for k in range(x.shape[1]):
        beta, beta_break, gamma, gamma_break = beta_mean[k], delta_beta[k], gamma_mean[k], delta_gamma[k]
        for i in range(n):
            m[i] -= x[i, k] * (gamma + contrast[i] * gamma_break)
            mu[i] += x[i, k] * (beta + contrast[i] * beta_break)
    if np.any(kappa):  # an exponential a row, which most models can do without
        for i in range(n):
            for k in range(x.shape[1]):
                log_sd[i] += x[i, k] * kappa[k]
            precision[i] = math.exp(-log_sd[i])
    total, by_m, by_mu, by_log_sd = _density(m, mu, log_sd, precision, y, weight, use_jacobian.item())
    return (
        np.asarray(total),
        *_by_slopes(by_mu, x, contrast),
        *_by_slopes(-by_m, x, contrast),
        _by_columns(by_mu, intercept_map),
        _by_group(by_mu, province, alpha),
        _by_group(by_mu, year, tau),
        _by_group(by_log_sd, sigma_index, log_sigma),
        _by_columns(by_log_sd, x),
    )


@_jit
def barrier(  # noqa: PLR0913, PLR0917 -- the operation's inputs, one by one
    gamma_mean: np.ndarray,
    delta_gamma: np.ndarray,
    x: np.ndarray,
    contrast: np.ndarray,
    location: np.ndarray,
    width: np.ndarray,
    use: np.ndarray,
) -> tuple[np.ndarray, ...]:
    """Return the barrier's log factor, then its derivatives by the interactions' mean and break."""
    beyond = np.full(len(contrast), (1.0 - location.item()) / width.item())
    for k in range(x.shape[1]):
        for i in range(len(contrast)):
            beyond[i] -= x[i, k] * (gamma_mean[k] + contrast[i] * delta_gamma[k]) / width.item()
    total = 0.0
    for i in range(len(contrast)):
        beyond[i] = min(beyond[i], 0.0)
        total -= 0.5 * use.item() * beyond[i] ** 2
    return (np.asarray(total), *_by_slopes(beyond * (use.item() / width.item()), x, contrast))


@_jit
def _density(  # noqa: PLR0913, PLR0917 -- each row's pieces
    m: np.ndarray,
    mu: np.ndarray,
    log_sd: np.ndarray,
    precision: np.ndarray,
    y: np.ndarray,
    weight: np.ndarray,
    jacobian: float,
) -> tuple[float, np.ndarray, np.ndarray, np.ndarray]:
    """Return the weighted sum of log densities and each row's derivatives by m, mu and log sd."""
    total, n = 0.0, len(y)
    by_m, by_mu, by_log_sd = np.empty(n), np.empty(n), np.empty(n)
    for i in range(n):
        residual = (m[i] * y[i] - mu[i]) * precision[i]
        total -= weight[i] * (log_sd[i] + 0.5 * residual**2 + _HALF_LOG_2PI)
        by_mu[i] = weight[i] * residual * precision[i]
        by_m[i] = weight[i] * jacobian / m[i] - by_mu[i] * y[i]
        by_log_sd[i] = weight[i] * (residual**2 - 1.0)
    if jacobian != 0.0:
        for i in range(n):
            total += weight[i] * jacobian * math.log(abs(m[i]))
    return total, by_m, by_mu, by_log_sd


@_jit
def _by_slopes(by_row: np.ndarray, x: np.ndarray, contrast: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return derivatives by a coefficient's mean and break from those by each row's x times it."""
    by_mean, by_break = np.empty(x.shape[1]), np.empty(x.shape[1])
    for k in range(x.shape[1]):
        # Numbers of their own, not places of an array, are kept in registers.
        mean, break_ = 0.0, 0.0
        for i in range(len(by_row)):
            step = by_row[i] * x[i, k]
            mean += step
            break_ += step * contrast[i]
        by_mean[k], by_break[k] = mean, break_
    return by_mean, by_break


@_jit
def _by_columns(by_row: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return derivatives by coefficients of columns; a library's product costs more than it saves for few columns."""
    found = np.empty(columns.shape[1])
    for k in range(columns.shape[1]):
        total = 0.0
        for i in range(len(by_row)):
            total += by_row[i] * columns[i, k]
        found[k] = total
    return found


@_jit
def _by_group(by_row: np.ndarray, index: np.ndarray, effect: np.ndarray) -> np.ndarray:
    """Return derivatives by an effect that the rows of a group share."""
    found = np.zeros_like(effect)
    for i in range(len(by_row)):
        found[index[i]] += by_row[i]
    return found
