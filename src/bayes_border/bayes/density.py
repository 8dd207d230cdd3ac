"""What is the log density of the outcome, its linear coefficients integrated out, and how does it move?

Given the interactions gamma and the scales, equation (3) is a normal linear regression of ``m y`` on what stands on
its right side: ``m y = W u + e`` with ``m = 1 - x'gamma``, e normal with the error's sd, u the intercepts, slopes,
province effects and year shocks, each normal around 0 with its own sd. So u integrates out in closed form (Lindley
and Smith 1972). With S the prior sds, D the error variances, ``r = m y`` and ``A = I + S W'D^-1 W S``,

    log p(y | gamma, scales) = sum log|m| - sum log sd - log|A| / 2 - (r'D^-1 r - h'A^-1 h) / 2 - n log(2 pi) / 2,
    h = S W'D^-1 r,  and  u = S z,  z normal with mean A^-1 h and variance A^-1.

Derivatives are those of the expected joint log density (Fisher's identity): they need the first two moments of u alone.
Within a regime the error's sd is one number unless it depends on the regressors, and then all but the Jacobian is a
function of cross products of ``[y, xy, W]`` that are summed once. The larger one of the two groups of effects
(`wide`; the other is `narrow`) is eliminated first, for its block of A is diagonal.

The barrier has ``-((m - location) / width)^2 / 2`` for each reference row whose m lies below its location.

The sampler moves in coordinates of its own (`log_posterior`), in which the posterior is closer to a normal one:

- the sd of the breaks in gamma, half-normal, is integrated out too, and the breaks are a radial function of numbers
  whose prior is nearly standard normal (`_radial`): breaks beside their sd are a funnel, or a ridge if they are known;
- the error's sd is taken in the outcome's units, sd / m at the regime's mean row, which the outcome's spread tells;
- sds are softplus of a number, which is linear where they are large and exponential near 0;
- a linear map, which a pilot may have fitted (`bayes.pilot`), comes last.

One module holds all of it: what is compiled is kept on disk under the source of the module that it was begun from.
"""

from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np

from bayes_border.bayes.shape import REGIMES

_HALF_LOG_2PI = 0.5 * math.log(2.0 * math.pi)
#: Products of |m| are kept within these bounds before their logarithm is taken, one for many rows.
_SMALLEST, _LARGEST = 1e-100, 1e100
#: Coordinates of breaks are taken to be no shorter.
_SHORTEST = 1e-6
#: Nodes of an integral, up to where the integrand's exponent is so much below its largest.
_NODES, _NEGLIGIBLE = 40, 38.0

#: Sums may be taken in any order, which lets several be added at once; NaN and infinity keep their meaning.
_jit = numba.njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "arcp", "nsz"})
#: The same for what one other function calls alone, and becomes part of: a large one is then optimised once, not twice.
_inlined = numba.njit(
    cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "arcp", "nsz"}, inline="always"
)

#: Arguments that come first and that derivatives are returned by. Standardised: standard normal or, the last three,
#: half-normal a priori, but for pooled breaks, which are normal with one half-normal sd.
PARAMETERS = ("gamma_mean", "delta_gamma", "log_sigma", "kappa", "omega_beta", "sigma_alpha", "sigma_tau")
_SDS = 3

#: Arguments that follow: names of the model's data.
DATA = (
    "dense",
    "coupling",
    "diagonal",
    "y",
    "weight",
    "x",
    "columns",
    "narrow",
    "wide",
    "regime",
    "contrast",
    "barrier_x",
    "barrier_regime",
    "scales",
)

#: Arguments of `log_posterior`: the sampler's coordinates, which derivatives are returned by, the linear map that they
#: go through, and the mean row of each regime. Data follow.
PLACES = ("interactions", "others")
COORDINATES = ("center", "root", "mean_x")

#: Prior scales and switches, places of `scales`. A scale of 0 removes the part; `use_*` and `wide_*` are 0 or 1.
SCALES = (
    "scale_beta",
    "scale_gamma",
    "scale_omega_beta",
    "scale_omega_gamma",
    "fixed_delta_beta",
    "fixed_delta_gamma",
    "scale_intercept",
    "scale_sigma_alpha",
    "scale_sigma_tau",
    "sigma_log_median",
    "sigma_log_sd",
    "scale_kappa",
    "use_jacobian",
    "use_barrier",
    "barrier_location",
    "barrier_width",
    "wide_is_province",
)
_BETA = SCALES.index("scale_beta")
_GAMMA = SCALES.index("scale_gamma")
_OMEGA_BETA = SCALES.index("scale_omega_beta")
_OMEGA_GAMMA = SCALES.index("scale_omega_gamma")
_FIXED_DELTA_BETA = SCALES.index("fixed_delta_beta")
_FIXED_DELTA_GAMMA = SCALES.index("fixed_delta_gamma")
_INTERCEPT = SCALES.index("scale_intercept")
_SIGMA_ALPHA = SCALES.index("scale_sigma_alpha")
_SIGMA_TAU = SCALES.index("scale_sigma_tau")
_SIGMA_LOG_MEDIAN = SCALES.index("sigma_log_median")
_SIGMA_LOG_SD = SCALES.index("sigma_log_sd")
_KAPPA = SCALES.index("scale_kappa")
_USE_JACOBIAN = SCALES.index("use_jacobian")
_USE_BARRIER = SCALES.index("use_barrier")
_BARRIER_LOCATION = SCALES.index("barrier_location")
_BARRIER_WIDTH = SCALES.index("barrier_width")
_WIDE_IS_PROVINCE = SCALES.index("wide_is_province")


@_jit
def moments(  # noqa: PLR0913, PLR0917 -- the rows, and how many of each there are
    y: np.ndarray,
    weight: np.ndarray,
    x: np.ndarray,
    columns: np.ndarray,
    narrow: np.ndarray,
    wide: np.ndarray,
    regime: np.ndarray,
    regimes: int,
    narrow_size: int,
    wide_size: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return each regime's weighted cross products of ``[y, x y, columns, narrow groups]`` and the wide groups.

    Returns
    -------
    tuple
        Of the first among themselves, `(regime, column, column)`; of them with the wide groups,
        `(regime, column, wide)`; of the wide groups with themselves, `(regime, wide)`.
    """
    lead = 1 + x.shape[1] + columns.shape[1]
    dense = np.zeros((regimes, lead + narrow_size, lead + narrow_size))
    coupling = np.zeros((regimes, lead + narrow_size, wide_size))
    diagonal = np.zeros((regimes, wide_size))
    rows = _lead_rows(y, weight, x, columns)
    for r in range(regimes):
        _add_products(rows, weight, regime, r, dense[r])
    for j in range(lead):
        for i in range(len(y)):
            scaled = weight[i] * rows[j, i]
            dense[regime[i], j, lead + narrow[i]] += scaled
            coupling[regime[i], j, wide[i]] += scaled
    for i in range(len(y)):
        r, group, t = regime[i], lead + narrow[i], wide[i]
        dense[r, group, group] += weight[i]
        coupling[r, group, t] += weight[i]
        diagonal[r, t] += weight[i]
    for r in range(regimes):
        for j in range(lead):
            _fill(dense[r, lead:, j], dense[r, j, lead:])
    return dense, coupling, diagonal


@_jit
def _add_products(rows: np.ndarray, weight: np.ndarray, regime: np.ndarray, r: int, found: np.ndarray) -> None:
    """Fill in a regime's weighted cross products of the columns, each of them a line of `rows`."""
    weighted = np.empty(len(weight))
    for j in range(len(rows)):
        for i in range(len(weight)):
            weighted[i] = weight[i] * rows[j, i] if regime[i] == r else 0.0
        for other in range(j, len(rows)):
            total = 0.0
            for i in range(len(weight)):
                total += weighted[i] * rows[other, i]
            found[j, other] = found[other, j] = total


@_jit
def _lead_rows(y: np.ndarray, weight: np.ndarray, x: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return ``[y, x y, columns]``, one line a column; 0 where the weight is, for what stands there may be NaN."""
    k = x.shape[1]
    rows = np.zeros((1 + k + columns.shape[1], len(y)))
    for i in range(len(y)):
        if weight[i] == 0.0:
            continue
        rows[0, i] = y[i]
        for j in range(k):
            rows[1 + j, i] = x[i, j] * y[i]
        for j in range(columns.shape[1]):
            rows[1 + k + j, i] = columns[i, j]
    return rows


@_inlined
def log_density(  # noqa: PLR0913, PLR0917 -- the operation's inputs, one by one
    gamma_mean: np.ndarray,
    delta_gamma: np.ndarray,
    log_sigma: np.ndarray,
    kappa: np.ndarray,
    omega_beta: np.ndarray,
    sigma_alpha: np.ndarray,
    sigma_tau: np.ndarray,
    dense: np.ndarray,
    coupling: np.ndarray,
    diagonal: np.ndarray,
    y: np.ndarray,
    weight: np.ndarray,
    x: np.ndarray,
    columns: np.ndarray,
    narrow: np.ndarray,
    wide: np.ndarray,
    regime: np.ndarray,
    contrast: np.ndarray,
    barrier_x: np.ndarray,
    barrier_regime: np.ndarray,
    scales: np.ndarray,
) -> tuple[np.ndarray, ...]:
    """Return the log density of the outcome and of the barrier together, then its derivatives by the parameters.

    Parameters are standardised; `scaled` says what they stand for. `dense`, `coupling` and `diagonal` are what
    `moments` returns for the rows' weights; they are summed anew where the error's sd depends on x.
    """
    mean, delta, log_sd, slope, omega_b, sd_alpha, sd_tau = scaled(
        gamma_mean, delta_gamma, log_sigma, kappa, omega_beta.item(), sigma_alpha.item(), sigma_tau.item(), scales
    )
    factors = _factors(mean, delta, contrast)
    sd, wide_sd = _prior_sds(omega_b, sd_alpha, sd_tau, scales, coupling.shape[1] - factors.shape[1], x.shape[1])
    skedastic = scales[_KAPPA] != 0.0
    total, spread = _spread(x, weight, slope, skedastic)
    if skedastic:
        sizes = len(contrast), len(sd) - columns.shape[1], coupling.shape[2]
        dense, coupling, diagonal = moments(y, spread, x, columns, narrow, wide, regime, *sizes)
    rows = _weights_in(regime, weight, len(contrast))
    precision = np.exp(-2.0 * log_sd)
    root, coupled, pivots = _eliminated(factors, sd, wide_sd, precision, dense, coupling, diagonal)
    total -= _half_log_determinant(root, pivots) + 0.5 * root[-1, -1]
    z, variance, wide_z, cross, wide_variance = _posterior(root, coupled, pivots)
    by_sd, by_wide_sd = _by_prior_sds(sd, wide_sd, z, variance, wide_z, wide_variance)
    # From here on moments of the residual's coefficients: of (1, -gamma, -u).
    _to_residual(sd, wide_sd, z, variance, wide_z, cross, wide_variance)
    squares, by_gamma = _by_regime(
        factors, precision, dense, coupling, diagonal, z, variance, wide_z, cross, wide_variance
    )
    total += _jacobian(factors, x, regime, weight, scales, by_gamma)
    total += _barrier(factors, barrier_x, barrier_regime, scales, by_gamma)
    by_log_sd = np.empty(len(contrast))
    for r in range(len(contrast)):
        total -= rows[r] * (log_sd[r] + _HALF_LOG_2PI)
        by_log_sd[r] = scales[_SIGMA_LOG_SD] * (squares[r] - rows[r])
    by_kappa = np.zeros(x.shape[1])
    if skedastic:
        squares_of = _expected_squares(
            factors, y, weight, x, columns, narrow, wide, regime, z, variance, wide_z, cross, wide_variance
        )
        for i in range(len(y)):
            by_row = spread[i] * precision[regime[i]] * squares_of[i] - weight[i]
            for k in range(x.shape[1]):
                by_kappa[k] += scales[_KAPPA] * by_row * x[i, k]
    by_mean, by_delta = _by_interactions(by_gamma, contrast, scales)
    by_omega_beta, by_alpha, by_tau = _by_spreads(by_sd, by_wide_sd, scales, x.shape[1])
    return (
        np.asarray(total),
        by_mean,
        by_delta,
        by_log_sd,
        by_kappa,
        np.asarray(by_omega_beta),
        np.asarray(by_alpha),
        np.asarray(by_tau),
    )


@_jit
def log_posterior(  # noqa: PLR0913, PLR0917 -- the operation's inputs, one by one
    interactions: np.ndarray,
    others: np.ndarray,
    center: np.ndarray,
    root: np.ndarray,
    mean_x: np.ndarray,
    dense: np.ndarray,
    coupling: np.ndarray,
    diagonal: np.ndarray,
    y: np.ndarray,
    weight: np.ndarray,
    x: np.ndarray,
    columns: np.ndarray,
    narrow: np.ndarray,
    wide: np.ndarray,
    regime: np.ndarray,
    contrast: np.ndarray,
    barrier_x: np.ndarray,
    barrier_regime: np.ndarray,
    scales: np.ndarray,
) -> tuple[np.ndarray, ...]:
    """Return the sampler's log density, up to a constant, then its derivatives by its coordinates.

    Parameters
    ----------
    interactions, others
        The sampler's coordinates: of `gamma_mean` and `delta_gamma`, and of the other parameters.
        ``center + root @ coordinates``, all of them in this order, is what `parameters_at` takes.
    center, root
        The linear map.
    mean_x
        Each regime's mean row, `(regime, regressor)`.
    dense, ...
        As in `log_density`.
    """
    k = x.shape[1]
    place = np.empty(len(center))
    _fill(place[: 2 * k], interactions)
    _fill(place[2 * k :], others)
    z = _mapped(center, root, place)
    values = parameters_at(z, mean_x, contrast, scales)
    found = log_density(
        values[:k],
        values[k : 2 * k],
        values[2 * k : 2 * k + REGIMES],
        values[2 * k + REGIMES : -_SDS],
        np.asarray(values[-3]),
        np.asarray(values[-2]),
        np.asarray(values[-1]),
        dense,
        coupling,
        diagonal,
        y,
        weight,
        x,
        columns,
        narrow,
        wide,
        regime,
        contrast,
        barrier_x,
        barrier_regime,
        scales,
    )
    by_value = np.empty(len(z))
    _fill(by_value[:k], found[1])
    _fill(by_value[k : 2 * k], found[2])
    _fill(by_value[2 * k : 2 * k + REGIMES], found[3])
    _fill(by_value[2 * k + REGIMES : -_SDS], found[4])
    by_value[-3], by_value[-2], by_value[-1] = found[5].item(), found[6].item(), found[7].item()
    total = found[0].item() + _prior(z, values, mean_x, contrast, scales, by_value)
    by_place = np.zeros(len(z))
    for i in range(len(z)):
        for j in range(len(z)):
            by_place[j] += root[i, j] * by_value[i]
    return np.asarray(total), by_place[: 2 * k].copy(), by_place[2 * k :].copy()


@_jit
def parameters_of(  # noqa: PLR0913, PLR0917 -- the linear map's parts, the data
    places: np.ndarray,
    center: np.ndarray,
    root: np.ndarray,
    mean_x: np.ndarray,
    contrast: np.ndarray,
    scales: np.ndarray,
) -> np.ndarray:
    """Return the standardised parameters at each of the sampler's positions, `(draw, parameter)` as these are."""
    found = np.empty_like(places)
    for s in range(len(places)):
        found[s] = parameters_at(_mapped(center, root, places[s]), mean_x, contrast, scales)
    return found


@_jit
def _fill(target: np.ndarray, values: np.ndarray) -> None:
    """Fill a slice. An assignment to one would check lengths, and its message takes seconds to compile."""
    for i in range(len(target)):
        target[i] = values[i]


@_jit
def _mapped(center: np.ndarray, root: np.ndarray, place: np.ndarray) -> np.ndarray:
    found = center.copy()
    for i in range(len(center)):
        for j in range(len(center)):
            found[i] += root[i, j] * place[j]
    return found


@_jit
def parameters_at(z: np.ndarray, mean_x: np.ndarray, contrast: np.ndarray, scales: np.ndarray) -> np.ndarray:
    """Return the standardised parameters, joined in their order, that coordinates stand for."""
    values, k = z.copy(), mean_x.shape[1]
    if scales[_OMEGA_GAMMA] != 0.0:
        r = _length(z[k : 2 * k])
        stretch = _radial(r, k)[0] / r
        for j in range(k, 2 * k):
            values[j] *= stretch
    if scales[_USE_JACOBIAN] != 0.0:
        m = _mean_factors(values, mean_x, contrast, scales)
        for r in range(REGIMES):
            values[2 * k + r] += math.log(abs(m[r])) / scales[_SIGMA_LOG_SD]
    for j in range(len(z) - _SDS, len(z)):
        values[j] = max(z[j], 0.0) + math.log1p(math.exp(-abs(z[j])))
    return values


@_jit
def _prior(  # noqa: PLR0913, PLR0917 -- coordinates, what they stand for, and derivatives that are turned
    z: np.ndarray,
    values: np.ndarray,
    mean_x: np.ndarray,
    contrast: np.ndarray,
    scales: np.ndarray,
    by_value: np.ndarray,
) -> float:
    """Return the coordinates' log prior density, and turn the likelihood's derivatives into the posterior's, in place.

    By the standardised parameters they come in, by the coordinates they go out.
    """
    k, total = mean_x.shape[1], 0.0
    pooled = scales[_OMEGA_GAMMA] != 0.0
    for j in range(len(z)):
        if not (pooled and k <= j < 2 * k):
            total -= 0.5 * values[j] ** 2
            by_value[j] -= values[j]
    if scales[_USE_JACOBIAN] != 0.0:
        m = _mean_factors(values, mean_x, contrast, scales)
        for r in range(REGIMES):
            by_m = by_value[2 * k + r] / (scales[_SIGMA_LOG_SD] * m[r])
            for j in range(k):
                by_value[j] -= by_m * mean_x[r, j] * scales[_GAMMA]
                delta = contrast[r] * (scales[_OMEGA_GAMMA] + scales[_FIXED_DELTA_GAMMA])
                by_value[k + j] -= by_m * mean_x[r, j] * delta
    if pooled:
        total += _by_direction(z[k : 2 * k], by_value[k : 2 * k])
    for j in range(len(z) - _SDS, len(z)):
        # The derivative of softplus is the logistic function.
        share = 1.0 / (1.0 + math.exp(-z[j]))
        total -= max(-z[j], 0.0) + math.log1p(math.exp(-abs(z[j])))
        by_value[j] = by_value[j] * share + 1.0 - share
    return total


@_jit
def _mean_factors(values: np.ndarray, mean_x: np.ndarray, contrast: np.ndarray, scales: np.ndarray) -> np.ndarray:
    """Return m at each regime's mean row."""
    k = mean_x.shape[1]
    found = np.ones(REGIMES)
    for r in range(REGIMES):
        delta = contrast[r] * (scales[_OMEGA_GAMMA] + scales[_FIXED_DELTA_GAMMA])
        for j in range(k):
            found[r] -= mean_x[r, j] * (scales[_GAMMA] * values[j] + delta * values[k + j])
    return found


@_jit
def _length(direction: np.ndarray) -> float:
    """Return a vector's length, never 0, where nothing but a limit is defined."""
    return max(math.sqrt(np.sum(direction**2)), _SHORTEST)


@_jit
def _by_direction(z: np.ndarray, by_break: np.ndarray) -> float:
    """Return the log prior density of the coordinates of pooled breaks, and turn derivatives into those by them.

    Breaks b of k regressors, normal with one sd that is half-normal, have the density ``rho^-nu K_nu(rho)`` with rho
    their length and ``nu = (k - 1) / 2``, up to a constant: a variance-gamma distribution (Madan and Seneta 1990).
    """
    k = len(z)
    r, nu = _length(z), 0.5 * (k - 1)
    rho, slope, curve = _radial(r, k)
    log_bessel, ratio = bessel(nu, rho)
    value = log_bessel - nu * math.log(rho) + math.log(slope) + (k - 1) * math.log(rho / r)
    outward = -ratio * slope + curve + (k - 1) * (slope / rho - 1.0 / r)
    along = np.sum(by_break * z) / r
    for j in range(k):
        by_break[j] = by_break[j] * rho / r + ((slope - rho / r) * along + outward) * z[j] / r
    return value


@_jit
def _radial(r: float, k: int) -> tuple[float, float, float]:
    """Return the length of k breaks at coordinates of length r, its derivative, and the derivative of the log of that.

    It makes the coordinates' prior close to a standard normal one: their length is nearly that of k standard normals.
    Both near 0 and far out this is so exactly, ``r^k / a`` and ``r^2 / 2``; what lies between joins the two smoothly.
    """
    if k == 1:
        return r, 1.0, 0.0
    a = k * math.gamma(0.5 * (k - 1)) * 2.0 ** (0.5 * k - 1.0) / math.sqrt(math.pi)
    far = 4.0 * r ** (2 * k - 4)
    share = far / (a**2 + far)
    power = k - (k - 2) * share
    rho = r**k / math.sqrt(a**2 + far)
    bend = -2.0 * (k - 2) ** 2 * share * (1.0 - share) / power
    return rho, rho * power / r, (power - 1.0 + bend) / r


@_jit
def bessel(nu: float, rho: float) -> tuple[float, float]:
    """Return the logarithm of the modified Bessel function K_nu(rho), and K_(nu+1)(rho) / K_nu(rho).

    ``K_nu(rho)`` is the integral of ``exp(-rho cosh t) cosh(nu t)`` over positive t (DLMF 10.32.9), and the trapezoidal
    rule converges exponentially.
    """
    # From there on exp(-rho cosh t) is negligible, and it is also beside cosh((nu + 1) t).
    end = math.acosh(1.0 + _NEGLIGIBLE / rho)
    step = math.acosh(1.0 + (_NEGLIGIBLE + (nu + 1.0) * end) / rho) / _NODES
    forth, forth_nu = math.exp(step), math.exp(nu * step)
    e, e_nu = 1.0, 1.0
    this, after = 0.5, 0.5
    for _ in range(_NODES):
        e *= forth
        e_nu *= forth_nu
        factor = 0.5 * math.exp(-rho * (0.5 * (e + 1.0 / e) - 1.0))
        this += factor * (e_nu + 1.0 / e_nu)
        after += factor * (e_nu * e + 1.0 / (e_nu * e))
    return math.log(this * step) - rho, after / this


@_jit
def draw_coefficients(  # noqa: PLR0913, PLR0917 -- scaled parameters, the data, the noise
    gamma_mean: np.ndarray,
    delta_gamma: np.ndarray,
    log_sigma: np.ndarray,
    kappa: np.ndarray,
    omega_beta: np.ndarray,
    sigma_alpha: np.ndarray,
    sigma_tau: np.ndarray,
    dense: np.ndarray,
    coupling: np.ndarray,
    diagonal: np.ndarray,
    y: np.ndarray,
    weight: np.ndarray,
    x: np.ndarray,
    columns: np.ndarray,
    narrow: np.ndarray,
    wide: np.ndarray,
    regime: np.ndarray,
    contrast: np.ndarray,
    scales: np.ndarray,
    noise: np.ndarray,
) -> np.ndarray:
    """Return a draw of the coefficients for each draw of the parameters, exactly from their distribution given it.

    Parameters are those that `scaled` returns, the draws' dimension last. `noise` is standard normal,
    `(draw, coefficient)`, coefficients in the order columns, narrow groups, wide groups, as in what is returned.
    """
    found = np.empty_like(noise)
    size, skedastic = coupling.shape[1] - 1 - x.shape[1], scales[_KAPPA] != 0.0
    for s in range(len(noise)):
        if skedastic:
            sizes = len(contrast), size - columns.shape[1], coupling.shape[2]
            _, spread = _spread(x, weight, kappa[:, s], skedastic)
            dense, coupling, diagonal = moments(y, spread, x, columns, narrow, wide, regime, *sizes)
        factors = _factors(gamma_mean[:, s], delta_gamma[:, s], contrast)
        sd, wide_sd = _prior_sds(omega_beta[s], sigma_alpha[s], sigma_tau[s], scales, size, x.shape[1])
        precision = np.exp(-2.0 * log_sigma[:, s])
        root, coupled, pivots = _eliminated(factors, sd, wide_sd, precision, dense, coupling, diagonal)
        _draw_standardised(root, coupled, pivots, noise[s], found[s])
        for j in range(size):
            found[s, j] *= sd[j]
        for t in range(len(pivots)):
            found[s, size + t] *= wide_sd
    return found


@_jit
def scaled(  # noqa: PLR0913, PLR0917 -- the parameters, one by one
    gamma_mean: np.ndarray,
    delta_gamma: np.ndarray,
    log_sigma: np.ndarray,
    kappa: np.ndarray,
    omega_beta: np.ndarray,
    sigma_alpha: np.ndarray,
    sigma_tau: np.ndarray,
    scales: np.ndarray,
) -> tuple[Any, ...]:
    """Return what the standardised parameters stand for, in the units of the density; any trailing dimensions."""
    return (
        scales[_GAMMA] * gamma_mean,
        (scales[_OMEGA_GAMMA] + scales[_FIXED_DELTA_GAMMA]) * delta_gamma,
        scales[_SIGMA_LOG_MEDIAN] + scales[_SIGMA_LOG_SD] * log_sigma,
        scales[_KAPPA] * kappa,
        scales[_OMEGA_BETA] * omega_beta,
        scales[_SIGMA_ALPHA] * sigma_alpha,
        scales[_SIGMA_TAU] * sigma_tau,
    )


@_jit
def _factors(gamma_mean: np.ndarray, delta_gamma: np.ndarray, contrast: np.ndarray) -> np.ndarray:
    """Return what multiplies ``[y, x y]`` in ``m y``, `(regime, 1 + regressor)`: 1, then minus gamma."""
    found = np.ones((len(contrast), 1 + len(gamma_mean)))
    for r in range(len(contrast)):
        for k in range(len(gamma_mean)):
            found[r, 1 + k] = -(gamma_mean[k] + contrast[r] * delta_gamma[k])
    return found


@_jit
def _row_factors(factors: np.ndarray, x: np.ndarray, regime: np.ndarray) -> np.ndarray:
    """Return each row's m."""
    m = np.ones(len(regime))
    for k in range(x.shape[1]):
        for i in range(len(m)):
            m[i] += x[i, k] * factors[regime[i], 1 + k]
    return m


@_jit
def _spread(x: np.ndarray, weight: np.ndarray, kappa: np.ndarray, skedastic: bool) -> tuple[float, np.ndarray]:  # noqa: FBT001 -- compiled
    """Return minus the weighted sum of x'kappa, and each row's weight over exp(2 x'kappa)."""
    total, spread = 0.0, weight.copy()
    if skedastic:
        for i in range(len(weight)):
            log_spread = 0.0
            for k in range(x.shape[1]):
                log_spread += x[i, k] * kappa[k]
            total -= weight[i] * log_spread
            spread[i] *= math.exp(-2.0 * log_spread)
    return total, spread


@_jit
def _weights_in(regime: np.ndarray, weight: np.ndarray, regimes: int) -> np.ndarray:
    found = np.empty(regimes)
    for r in range(regimes):
        total = 0.0
        for i in range(len(weight)):
            total += weight[i] if regime[i] == r else 0.0
        found[r] = total
    return found


@_jit
def _prior_sds(  # noqa: PLR0913, PLR0917 -- scales, and how many of each
    omega_beta: float, sigma_alpha: float, sigma_tau: float, scales: np.ndarray, size: int, regressors: int
) -> tuple[np.ndarray, float]:
    """Return the prior sd of each coefficient, intercepts first, then slopes and the narrow group; the wide one's."""
    wide_is_province = scales[_WIDE_IS_PROVINCE] != 0.0
    narrow_sd, wide_sd = (sigma_tau, sigma_alpha) if wide_is_province else (sigma_alpha, sigma_tau)
    sd = np.empty(size)
    for j in range(size):
        if j < REGIMES:
            sd[j] = scales[_INTERCEPT]
        elif j < REGIMES + regressors:
            sd[j] = scales[_BETA]
        elif j < REGIMES + 2 * regressors:
            sd[j] = omega_beta + scales[_FIXED_DELTA_BETA]
        else:
            sd[j] = narrow_sd
    return sd, wide_sd


@_jit
def _eliminated(  # noqa: PLR0913, PLR0917 -- parameters and cross products
    factors: np.ndarray,
    sd: np.ndarray,
    wide_sd: float,
    precision: np.ndarray,
    dense: np.ndarray,
    coupling: np.ndarray,
    diagonal: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Eliminate the coefficients from the normal equations, wide groups first; the right side is the last column.

    Returns
    -------
    tuple
        The upper Cholesky root of what is left of A when the wide groups are gone, the right side solved by it in the
        last column and ``r'D^-1 r - h'A^-1 h`` in the corner; the wide groups' rows over their pivots,
        `(coefficient + 1, wide)`; the pivots.
    """
    root, rows, pivots = _normal_equations(factors, precision, dense, coupling, diagonal, wide_sd)
    size, wide_size = len(sd), len(pivots)
    coupled = np.empty((size + 1, wide_size))
    for j in range(size + 1):
        scale = wide_sd * sd[j] if j < size else wide_sd
        for t in range(wide_size):
            rows[j, t] *= scale
            coupled[j, t] = rows[j, t] / pivots[t]
    for j in range(size + 1):
        for other in range(j, size + 1):
            gone = 0.0
            for t in range(wide_size):
                gone += rows[j, t] * coupled[other, t]
            scale = (sd[j] if j < size else 1.0) * (sd[other] if other < size else 1.0)
            root[j, other] = scale * root[j, other] - gone
    for j in range(size):
        root[j, j] = math.sqrt(1.0 + root[j, j])
        for other in range(j + 1, size + 1):
            root[j, other] /= root[j, j]
        for below in range(j + 1, size + 1):
            for other in range(below, size + 1):
                root[below, other] -= root[j, below] * root[j, other]
    return root, coupled, pivots


@_jit
def _normal_equations(  # noqa: PLR0913, PLR0917 -- parameters and cross products
    factors: np.ndarray,
    precision: np.ndarray,
    dense: np.ndarray,
    coupling: np.ndarray,
    diagonal: np.ndarray,
    wide_sd: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return ``[W, r]'D^-1 [W, r]`` without the wide groups, upper triangle, theirs with it, and their pivots in A."""
    lead, wide_size = factors.shape[1], coupling.shape[2]
    size = coupling.shape[1] - lead
    inner = np.zeros((size + 1, size + 1))
    rows = np.zeros((size + 1, wide_size))
    pivots = np.ones(wide_size)
    for r in range(len(precision)):
        p = precision[r]
        for j in range(size):
            for other in range(j, size):
                inner[j, other] += p * dense[r, lead + j, lead + other]
            for t in range(wide_size):
                rows[j, t] += p * coupling[r, lead + j, t]
        for c in range(lead):
            f = p * factors[r, c]
            for j in range(size):
                inner[j, size] += f * dense[r, lead + j, c]
            for other in range(lead):
                inner[size, size] += f * factors[r, other] * dense[r, c, other]
            for t in range(wide_size):
                rows[size, t] += f * coupling[r, c, t]
        for t in range(wide_size):
            pivots[t] += wide_sd**2 * p * diagonal[r, t]
    return inner, rows, pivots


@_jit
def _half_log_determinant(root: np.ndarray, pivots: np.ndarray) -> float:
    total = 0.0
    for j in range(len(root) - 1):
        total += math.log(root[j, j])
    for t in range(len(pivots)):
        total += 0.5 * math.log(pivots[t])
    return total


@_jit
def _posterior(
    root: np.ndarray, coupled: np.ndarray, pivots: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the standardised coefficients' mean and variance, the wide groups' mean, covariance with them, variances.

    The covariance is `(coefficient, wide)` and has its sign reversed, as `_to_residual` takes it.
    """
    size = len(root) - 1
    inverse = _inverse_of_transpose(root)
    z, variance = np.zeros(size), np.zeros((size, size))
    for i in range(size):
        for j in range(i + 1):
            z[j] += root[i, size] * inverse[i, j]
            for other in range(i + 1):
                variance[j, other] += inverse[i, j] * inverse[i, other]
    wide_z, wide_variance, cross = coupled[size].copy(), 1.0 / pivots, np.zeros((size, len(pivots)))
    for j in range(size):
        for other in range(size):
            for t in range(len(pivots)):
                cross[j, t] += variance[j, other] * coupled[other, t]
        for t in range(len(pivots)):
            wide_z[t] -= z[j] * coupled[j, t]
            wide_variance[t] += cross[j, t] * coupled[j, t]
    return z, variance, wide_z, cross, wide_variance


@_jit
def _inverse_of_transpose(root: np.ndarray) -> np.ndarray:
    """Return the inverse of the transposed root, without its last column, row by row."""
    size = len(root) - 1
    inverse = np.zeros((size, size))
    for i in range(size):
        for k in range(i):
            share = root[k, i] / root[i, i]
            for j in range(k + 1):
                inverse[i, j] -= share * inverse[k, j]
        inverse[i, i] = 1.0 / root[i, i]
    return inverse


@_jit
def _draw_standardised(
    root: np.ndarray, coupled: np.ndarray, pivots: np.ndarray, noise: np.ndarray, found: np.ndarray
) -> None:
    """Fill in standardised coefficients with the mean and variance that the root tells."""
    size = len(root) - 1
    for j in range(size - 1, -1, -1):
        found[j] = root[j, size] + noise[j]
        for other in range(j + 1, size):
            found[j] -= root[j, other] * found[other]
        found[j] /= root[j, j]
    for t in range(len(pivots)):
        found[size + t] = coupled[size, t] + noise[size + t] / math.sqrt(pivots[t])
        for j in range(size):
            found[size + t] -= found[j] * coupled[j, t]


@_jit
def _by_prior_sds(  # noqa: PLR0913, PLR0917 -- prior sds and the coefficients' moments
    sd: np.ndarray,
    wide_sd: float,
    z: np.ndarray,
    variance: np.ndarray,
    wide_z: np.ndarray,
    wide_variance: np.ndarray,
) -> tuple[np.ndarray, float]:
    """Return derivatives by each coefficient's prior sd and by that of the wide group."""
    by_sd, surprise = np.zeros(len(sd)), 0.0
    for j in range(len(sd)):
        # At 0 the coefficient is 0 whatever the rows say, and so is the derivative.
        if sd[j] != 0.0:
            by_sd[j] = (z[j] ** 2 + variance[j, j] - 1.0) / sd[j]
    for t in range(len(wide_z)):
        surprise += wide_z[t] ** 2 + wide_variance[t] - 1.0
    return by_sd, surprise / wide_sd if wide_sd != 0.0 else 0.0


@_jit
def _by_interactions(by_gamma: np.ndarray, contrast: np.ndarray, scales: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return derivatives by the interactions' standardised mean and break."""
    regressors = by_gamma.shape[1]
    by_mean, by_delta = np.zeros(regressors), np.zeros(regressors)
    for k in range(regressors):
        for r in range(len(contrast)):
            by_mean[k] += scales[_GAMMA] * by_gamma[r, k]
            by_delta[k] += (scales[_OMEGA_GAMMA] + scales[_FIXED_DELTA_GAMMA]) * contrast[r] * by_gamma[r, k]
    return by_mean, by_delta


@_jit
def _by_spreads(
    by_sd: np.ndarray, by_wide_sd: float, scales: np.ndarray, regressors: int
) -> tuple[float, float, float]:
    """Return derivatives by the standardised scales of the break in beta, of the provinces and of the years."""
    by_break, by_narrow = 0.0, 0.0
    for j in range(REGIMES + regressors, REGIMES + 2 * regressors):
        by_break += by_sd[j]
    for j in range(REGIMES + 2 * regressors, len(by_sd)):
        by_narrow += by_sd[j]
    of_provinces, of_years = by_narrow, by_wide_sd
    if scales[_WIDE_IS_PROVINCE] != 0.0:
        of_provinces, of_years = by_wide_sd, by_narrow
    return scales[_OMEGA_BETA] * by_break, scales[_SIGMA_ALPHA] * of_provinces, scales[_SIGMA_TAU] * of_years


@_jit
def _to_residual(  # noqa: PLR0913, PLR0917 -- what is turned in place
    sd: np.ndarray,
    wide_sd: float,
    z: np.ndarray,
    variance: np.ndarray,
    wide_z: np.ndarray,
    cross: np.ndarray,
    wide_variance: np.ndarray,
) -> None:
    """Turn means and covariances of z into means and second moments of -u, in place."""
    z *= -sd
    wide_z *= -wide_sd
    for j in range(len(sd)):
        for other in range(len(sd)):
            variance[j, other] = sd[j] * sd[other] * variance[j, other] + z[j] * z[other]
        scale = -sd[j] * wide_sd
        for t in range(len(wide_z)):
            cross[j, t] = scale * cross[j, t] + z[j] * wide_z[t]
    for t in range(len(wide_z)):
        wide_variance[t] = wide_sd**2 * wide_variance[t] + wide_z[t] ** 2


@_jit
def _by_regime(  # noqa: PLR0913, PLR0917 -- cross products and the moments that they are weighted with
    factors: np.ndarray,
    precision: np.ndarray,
    dense: np.ndarray,
    coupling: np.ndarray,
    diagonal: np.ndarray,
    mean: np.ndarray,
    second: np.ndarray,
    wide_mean: np.ndarray,
    cross: np.ndarray,
    wide_second: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return each regime's expected sum of squared standardised residuals, and its derivatives by gamma."""
    regimes, lead = factors.shape
    size, wide_size = cross.shape
    squares, by_gamma = np.empty(regimes), np.empty((regimes, lead - 1))
    for r in range(regimes):
        total = 0.0
        for c in range(lead):
            # Of y or x y with the fitted values, then with m y.
            fitted, own = 0.0, 0.0
            for j in range(size):
                fitted += dense[r, c, lead + j] * mean[j]
            for t in range(wide_size):
                fitted += coupling[r, c, t] * wide_mean[t]
            for other in range(lead):
                own += dense[r, c, other] * factors[r, other]
            total += factors[r, c] * (own + 2.0 * fitted)
            if c > 0:
                by_gamma[r, c - 1] = precision[r] * (own + fitted)
        total += _expected_fit(lead, dense[r], coupling[r], diagonal[r], second, cross, wide_second)
        squares[r] = precision[r] * total
    return squares, by_gamma


@_jit
def _expected_fit(  # noqa: PLR0913, PLR0917 -- cross products and the moments that they are weighted with
    lead: int,
    dense: np.ndarray,
    coupling: np.ndarray,
    diagonal: np.ndarray,
    second: np.ndarray,
    cross: np.ndarray,
    wide_second: np.ndarray,
) -> float:
    """Return the expected sum of a regime's squared fitted values."""
    total = 0.0
    for j in range(len(second)):
        for other in range(len(second)):
            total += dense[lead + j, lead + other] * second[j, other]
        doubled = 0.0
        for t in range(len(wide_second)):
            doubled += coupling[lead + j, t] * cross[j, t]
        total += 2.0 * doubled
    for t in range(len(wide_second)):
        total += diagonal[t] * wide_second[t]
    return total


@_jit
def _expected_squares(  # noqa: PLR0913, PLR0917 -- the rows and the moments that they are weighted with
    factors: np.ndarray,
    y: np.ndarray,
    weight: np.ndarray,
    x: np.ndarray,
    columns: np.ndarray,
    narrow: np.ndarray,
    wide: np.ndarray,
    regime: np.ndarray,
    mean: np.ndarray,
    second: np.ndarray,
    wide_mean: np.ndarray,
    cross: np.ndarray,
    wide_second: np.ndarray,
) -> np.ndarray:
    """Return each row's expected squared residual; no sense in it where the weight is 0."""
    rows, size = _lead_rows(y, weight, x, columns), columns.shape[1]
    outcome, regressors = rows[0].copy(), x.shape[1]
    for k in range(regressors):
        for i in range(len(y)):
            outcome[i] += factors[regime[i], 1 + k] * rows[1 + k, i]
    fitted, square = np.empty(len(y)), np.empty(len(y))
    for i in range(len(y)):
        group, t = size + narrow[i], wide[i]
        fitted[i] = mean[group] + wide_mean[t]
        square[i] = second[group, group] + 2.0 * cross[group, t] + wide_second[t]
    for j in range(size):
        row = rows[1 + regressors + j]
        # Twice what it shares with the groups and with the columns after it.
        shared = np.empty(len(y))
        for i in range(len(y)):
            shared[i] = 2.0 * (second[j, size + narrow[i]] + cross[j, wide[i]]) + second[j, j] * row[i]
        for other in range(j + 1, size):
            doubled = 2.0 * second[j, other]
            for i in range(len(y)):
                shared[i] += doubled * rows[1 + regressors + other, i]
        for i in range(len(y)):
            fitted[i] += mean[j] * row[i]
            square[i] += shared[i] * row[i]
    for i in range(len(y)):
        square[i] += outcome[i] * (outcome[i] + 2.0 * fitted[i])
    return square


@_jit
def _jacobian(  # noqa: PLR0913, PLR0917 -- rows, and the derivatives that are added to
    factors: np.ndarray,
    x: np.ndarray,
    regime: np.ndarray,
    weight: np.ndarray,
    scales: np.ndarray,
    by_gamma: np.ndarray,
) -> float:
    """Return the weighted sum of log|m|, and add its derivatives by each regime's interactions."""
    use = scales[_USE_JACOBIAN]
    if use == 0.0:
        return 0.0
    m = _row_factors(factors, x, regime)
    total, product = 0.0, 1.0
    for i in range(len(m)):
        if weight[i] == 1.0:
            product *= abs(m[i])
            if not _SMALLEST < product < _LARGEST:
                total += math.log(product)
                product = 1.0
        elif weight[i] != 0.0:
            total += weight[i] * math.log(abs(m[i]))
    for i in range(len(m)):
        m[i] = -use * weight[i] / m[i] if weight[i] != 0.0 else 0.0
    _add_by_slopes(m, x, regime, by_gamma)
    return float(use * (total + math.log(product)))


@_jit
def _barrier(factors: np.ndarray, x: np.ndarray, regime: np.ndarray, scales: np.ndarray, by_gamma: np.ndarray) -> float:
    """Return the barrier's log factor, and add its derivatives by each regime's interactions."""
    if scales[_USE_BARRIER] == 0.0:
        return 0.0
    m = _row_factors(factors, x, regime)
    total = 0.0
    for i in range(len(m)):
        m[i] = min((m[i] - scales[_BARRIER_LOCATION]) / scales[_BARRIER_WIDTH], 0.0)
        total -= 0.5 * m[i] ** 2
        m[i] /= scales[_BARRIER_WIDTH]
    _add_by_slopes(m, x, regime, by_gamma)
    return float(total)


@_jit
def _add_by_slopes(by_row: np.ndarray, x: np.ndarray, regime: np.ndarray, by_slope: np.ndarray) -> None:
    """Add derivatives by each regime's slopes, from those by each row's x times it."""
    for r in range(len(by_slope)):
        for k in range(x.shape[1]):
            # A number of its own, not a place of an array, is kept in a register.
            total = 0.0
            for i in range(len(by_row)):
                total += by_row[i] * x[i, k] if regime[i] == r else 0.0
            by_slope[r, k] += total
