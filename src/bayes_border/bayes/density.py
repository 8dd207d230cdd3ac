"""What is the log density of the outcome, its linear coefficients integrated out, and how does it move?

Given the interactions gamma and the scales, equation (3) is a normal linear regression of ``m y`` on what stands on
its right side: ``m y = W u + e`` with ``m = 1 - x'gamma``, e normal with the error's sd, u the intercepts, slopes,
province effects and year shocks, each normal around 0 with its own sd. So u integrates out in closed form (Lindley
and Smith 1972). With S the prior sds, D the error variances, ``r = m y`` and ``A = I + S W'D^-1 W S``,

    log p(y | gamma, scales) = sum log|m| - sum log sd - log|A| / 2 - (r'D^-1 r - h'A^-1 h) / 2 - n log(2 pi) / 2,
    h = S W'D^-1 r,  and  u = S z,  z normal with mean A^-1 h and variance A^-1.

Rows are lines of an array: ``[y, x y, c x y, intercepts, x, c x]`` with c the contrast of the row's regime. Their
coefficients in the residual ``e = m y - W u`` are ``a = (1, -gamma, -delta, -u)``, so that all but the Jacobian and the
barrier is a function of cross products of lines and groups of effects. These are summed once if the error's sd is one
number within a regime, and anew where it depends on the regressors. The larger one of the two groups of effects
(`wide`; the other is `narrow`) is eliminated first, for its block of A is diagonal; those of its members whose rows
weigh as much, years of a balanced panel, share a pivot, and what they contribute is summed once too (`fold`).

Derivatives are those of the expected joint log density (Fisher's identity): they need the first two moments of a alone.

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
#: Pairs of regimes that a wide group may have rows in.
PAIRS = ((0, 0), (0, 1), (1, 1))
#: Products of |m| are kept within these bounds before their logarithm is taken, one for many rows.
_SMALLEST, _LARGEST = 1e-100, 1e100
#: Coordinates of breaks are taken to be no shorter.
_SHORTEST = 1e-6
#: Nodes of an integral, so many and more by its length, which ends where the integrand's exponent is so much below its
#: largest.
_FEWEST, _PER_LENGTH, _NEGLIGIBLE = 12, 3.0, 38.0

#: Sums may be taken in any order, which lets several be added at once; NaN and infinity keep their meaning.
_FAST = {"reassoc", "contract", "arcp", "nsz"}
#: What is called from elsewhere.
_jit = numba.njit(cache=True, nogil=True, error_model="numpy", fastmath=_FAST)
#: What becomes part of what calls it. Code of its own, which several share, would be other code in the process that
#: compiles than in one that loads: results of one seed would differ from the first run to the next.
_inlined = numba.njit(cache=True, nogil=True, error_model="numpy", fastmath=_FAST, inline="always")

#: What `log_density` takes joined, in this order, and fills in derivatives by. Standardised: standard normal or, the
#: last three, half-normal a priori, but for pooled breaks, which are normal with one half-normal sd.
PARAMETERS = ("gamma_mean", "delta_gamma", "log_sigma", "kappa", "omega_beta", "sigma_alpha", "sigma_tau")
_SDS = 3

#: What there is one of for each row, in the order that `moments` takes.
ROWS = ("lines", "weight", "narrow", "wide", "regime")
#: Arguments that follow those: names of the model's data.
DATA = ("dense", "folded", "share", "members", *ROWS, "reference", "scales")

#: Arguments of `log_posterior`: the sampler's coordinates, which derivatives are returned by, the linear map that they
#: go through, and the mean row of each regime. Data follow.
PLACES = ("interactions", "others")
COORDINATES = ("center", "root", "mean_slopes")

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


def moments(  # noqa: PLR0913, PLR0917 -- the rows, and how many of each there are
    lines: np.ndarray,
    weight: np.ndarray,
    narrow: np.ndarray,
    wide: np.ndarray,
    regime: np.ndarray,
    narrow_size: int,
    wide_size: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return each regime's weighted cross products of lines and narrow groups ("columns") and of the wide groups.

    Parameters
    ----------
    lines
        As at the head of this module, `(line, row)`; the rest `(row,)`: weights, and numbers of groups and regimes.
    narrow_size, wide_size
        How many groups there are of each kind, with rows or without.

    Returns
    -------
    tuple
        Of the columns among themselves, `(regime, column, column)`; of them with the wide groups,
        `(regime, column, wide)`; of the wide groups with themselves, `(regime, wide)`.
    """
    weights = (np.where(regime == r, weight, 0.0) for r in range(REGIMES))
    found = [_products(lines, each, narrow, wide, narrow_size, wide_size) for each in weights]
    dense, coupling, diagonal = map(np.stack, zip(*found, strict=True))
    return dense, coupling, diagonal


@_inlined
def _products(  # noqa: PLR0913, PLR0917 -- the rows, and how many of each there are
    lines: np.ndarray, weight: np.ndarray, narrow: np.ndarray, wide: np.ndarray, narrow_size: int, wide_size: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what `moments` does, over all rows at once."""
    lead, rows = lines.shape
    dense = np.zeros((lead + narrow_size, lead + narrow_size))
    of_wide, diagonal = np.zeros((wide_size, lead + narrow_size)), np.zeros(wide_size)
    weighted = np.empty(rows)
    for j in range(lead):
        for i in range(rows):
            weighted[i] = weight[i] * lines[j, i]
        for other in range(j, lead):
            total = 0.0
            for i in range(rows):
                total += weighted[i] * lines[other, i]
            dense[j, other] = dense[other, j] = total
    # Neighbouring places are added to, not one place after itself.
    for i in range(rows):
        group, t = lead + narrow[i], wide[i]
        for j in range(lead):
            dense[group, j] += weight[i] * lines[j, i]
            of_wide[t, j] += weight[i] * lines[j, i]
        dense[group, group] += weight[i]
        of_wide[t, group] += weight[i]
        diagonal[t] += weight[i]
    for j in range(lead):
        for group in range(lead, lead + narrow_size):
            dense[j, group] = dense[group, j]
    return dense, of_wide.T.copy(), diagonal


def fold(coupling: np.ndarray, diagonal: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what wide groups contribute to the normal equations, those of one diagonal summed.

    Parameters
    ----------
    coupling, diagonal
        As `moments` returns them.

    Returns
    -------
    tuple
        Cross products over such groups, `(kind, pair, column, column)`, for the pairs of regimes (0, 0), (0, 1),
        (1, 1), symmetric; each kind's diagonal, `(kind, regime)`; how many groups it has, `(kind,)`.
    """
    share, kind, members = np.unique(diagonal, axis=1, return_inverse=True, return_counts=True)
    folded = np.empty((len(members), len(PAIRS), coupling.shape[1], coupling.shape[1]))
    for c in range(len(members)):
        part = coupling[:, :, kind == c]
        for pair, (r, s) in enumerate(PAIRS):
            product = part[r] @ part[s].T
            folded[c, pair] = product if r == s else product + product.T
    return folded, np.ascontiguousarray(share.T), members.astype(float)


@_inlined
def log_density(  # noqa: PLR0913, PLR0917 -- the parameters, the data
    values: np.ndarray,
    by_value: np.ndarray,
    dense: np.ndarray,
    folded: np.ndarray,
    share: np.ndarray,
    members: np.ndarray,
    lines: np.ndarray,
    weight: np.ndarray,
    narrow: np.ndarray,
    wide: np.ndarray,
    regime: np.ndarray,
    reference: np.ndarray,
    scales: np.ndarray,
) -> float:
    """Return the log density of the outcome and of the barrier together; fill in its derivatives by the parameters.

    Parameters are standardised and joined (`PARAMETERS`); `scaled` says what they stand for. `dense`, `folded`, `share`
    and `members` are what `moments` and `fold` return for the rows' weights; where the error's sd depends on x they
    tell no more than sizes, and cross products are summed anew. `reference` is ``[x, c x]`` of the barrier's rows,
    `(line, row)`.

    Whoever calls gives the array that derivatives are filled in: each that is asked for here takes its time.
    """
    k = (len(values) - REGIMES - _SDS) // 3
    sds, skews = 2 * k, 2 * k + REGIMES
    mean, delta, log_sd, slope, omega_b, sd_alpha, sd_tau = scaled(
        values[:k], values[k:sds], values[sds:skews], values[skews:-_SDS], values[-3], values[-2], values[-1], scales
    )
    slopes = _slopes(lines, k)
    size = dense.shape[1] - _lead(k)
    sd, wide_sd = _prior_sds(omega_b, sd_alpha, sd_tau, scales, size, k)
    precision = np.exp(-2.0 * log_sd)
    interactions = np.concatenate((mean, delta))
    a = _residual_coefficients(interactions, size)
    squares, by_wide_sd = np.zeros(REGIMES), 0.0
    by_value[:] = 0.0
    skedastic = scales[_KAPPA] != 0.0
    if skedastic:
        total, row_precision = _row_precision(slopes, weight, regime, precision, slope)
        narrow_size, wide_size = dense.shape[1] - len(lines), int(np.sum(members))
        own, coupled, diagonal = _products(lines, row_precision, narrow, wide, narrow_size, wide_size)
        normal, pivots = _eliminated(wide_sd, own, coupled, diagonal)
        total -= 0.5 * np.sum(np.log(pivots))
    else:
        normal, total = _eliminated_folded(precision, wide_sd, dense, folded, share, members)
    root = _root(normal, a, sd)
    total -= _half_log_determinant(root) + 0.5 * root[-1, -1]
    covariance, by_sd = _posterior(root, a, sd)
    if skedastic:
        wide_mean, cross, wide_variance = _wide_posterior(wide_sd, coupled, pivots, a, covariance)
        if wide_sd != 0.0:
            by_wide_sd = np.sum((wide_mean**2 + wide_variance) / wide_sd**2 - 1.0) / wide_sd
        of_rows = _expected_squares(lines, narrow, wide, a, covariance, wide_mean, cross, wide_variance)
        for i in range(len(weight)):
            of_row = row_precision[i] * of_rows[i]
            squares[regime[i]] += of_row
            of_rows[i] = scales[_KAPPA] * (of_row - weight[i])
        for j in range(k):
            for i in range(len(weight)):
                by_value[skews + j] += of_rows[i] * slopes[j, i]
    else:
        second = _second_moments(a, covariance)
        by_wide_sd = _by_folded(precision, wide_sd, dense, folded, share, members, second, squares)
    by_interactions = by_value[:sds]
    _add_by_normal(normal, a, by_interactions)
    total += _jacobian(interactions, slopes, weight, scales, by_interactions)
    total += _barrier(interactions, reference, scales, by_interactions)
    for j in range(2 * k):
        by_interactions[j] *= _interaction_scale(j, k, scales)
    rows = _weights_in(regime, weight)
    for r in range(REGIMES):
        total -= rows[r] * (log_sd[r] + _HALF_LOG_2PI)
        by_value[sds + r] = scales[_SIGMA_LOG_SD] * (squares[r] - rows[r])
    by_value[-3], by_value[-2], by_value[-1] = _by_spreads(by_sd, by_wide_sd, scales, k)
    return float(total)


@_jit
def log_posterior(  # noqa: PLR0913, PLR0917 -- the operation's inputs, one by one
    interactions: np.ndarray,
    others: np.ndarray,
    center: np.ndarray,
    root: np.ndarray,
    mean_slopes: np.ndarray,
    dense: np.ndarray,
    folded: np.ndarray,
    share: np.ndarray,
    members: np.ndarray,
    lines: np.ndarray,
    weight: np.ndarray,
    narrow: np.ndarray,
    wide: np.ndarray,
    regime: np.ndarray,
    reference: np.ndarray,
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
    mean_slopes
        ``[x, c x]`` of each regime's mean row, `(regime, line)`.
    dense, ...
        As in `log_density`.
    """
    place = np.concatenate((interactions, others))
    z = _mapped(center, root, place)
    values, by_value = parameters_at(z, mean_slopes, scales), np.empty(len(z))
    total = log_density(
        values,
        by_value,
        dense,
        folded,
        share,
        members,
        lines,
        weight,
        narrow,
        wide,
        regime,
        reference,
        scales,
    )
    total += _prior(z, values, mean_slopes, scales, by_value)
    by_place = np.zeros(len(z))
    for i in range(len(z)):
        for j in range(len(z)):
            by_place[j] += root[i, j] * by_value[i]
    return np.asarray(total), by_place[: len(interactions)], by_place[len(interactions) :]


@_jit
def parameters_of(
    places: np.ndarray, center: np.ndarray, root: np.ndarray, mean_slopes: np.ndarray, scales: np.ndarray
) -> np.ndarray:
    """Return the standardised parameters at each of the sampler's positions, `(draw, parameter)` as these are."""
    found = np.empty_like(places)
    for s in range(len(places)):
        values = parameters_at(_mapped(center, root, places[s]), mean_slopes, scales)
        # Assigned as one, the row would be checked for its length, with a message that takes seconds to compile.
        for j in range(len(values)):
            found[s, j] = values[j]
    return found


@_inlined
def _mapped(center: np.ndarray, root: np.ndarray, place: np.ndarray) -> np.ndarray:
    found = center.copy()
    for i in range(len(center)):
        for j in range(len(center)):
            found[i] += root[i, j] * place[j]
    return found


@_inlined
def parameters_at(z: np.ndarray, mean_slopes: np.ndarray, scales: np.ndarray) -> np.ndarray:
    """Return the standardised parameters, joined in their order, that coordinates stand for."""
    values, k = z.copy(), mean_slopes.shape[1] // 2
    if scales[_OMEGA_GAMMA] != 0.0:
        r = _length(z[k : 2 * k])
        stretch = _radial(r, k)[0] / r
        for j in range(k, 2 * k):
            values[j] *= stretch
    if scales[_USE_JACOBIAN] != 0.0:
        m = _mean_factors(values, mean_slopes, scales)
        for r in range(REGIMES):
            values[2 * k + r] += math.log(abs(m[r])) / scales[_SIGMA_LOG_SD]
    for j in range(len(z) - _SDS, len(z)):
        values[j] = max(z[j], 0.0) + math.log1p(math.exp(-abs(z[j])))
    return values


@_inlined
def _prior(
    z: np.ndarray, values: np.ndarray, mean_slopes: np.ndarray, scales: np.ndarray, by_value: np.ndarray
) -> float:
    """Return the coordinates' log prior density, and turn the likelihood's derivatives into the posterior's, in place.

    By the standardised parameters they come in, by the coordinates they go out.
    """
    k, total = mean_slopes.shape[1] // 2, 0.0
    pooled = scales[_OMEGA_GAMMA] != 0.0
    for j in range(len(z)):
        if not (pooled and k <= j < 2 * k):
            total -= 0.5 * values[j] ** 2
            by_value[j] -= values[j]
    if scales[_USE_JACOBIAN] != 0.0:
        m = _mean_factors(values, mean_slopes, scales)
        for r in range(REGIMES):
            by_m = by_value[2 * k + r] / (scales[_SIGMA_LOG_SD] * m[r])
            for j in range(2 * k):
                by_value[j] -= by_m * mean_slopes[r, j] * _interaction_scale(j, k, scales)
    if pooled:
        total += _by_direction(z[k : 2 * k], by_value[k : 2 * k])
    for j in range(len(z) - _SDS, len(z)):
        # The derivative of softplus is the logistic function.
        share = 1.0 / (1.0 + math.exp(-z[j]))
        total -= max(-z[j], 0.0) + math.log1p(math.exp(-abs(z[j])))
        by_value[j] = by_value[j] * share + 1.0 - share
    return total


@_inlined
def _mean_factors(values: np.ndarray, mean_slopes: np.ndarray, scales: np.ndarray) -> np.ndarray:
    """Return m at each regime's mean row."""
    found, lines = np.ones(REGIMES), mean_slopes.shape[1]
    for r in range(REGIMES):
        for j in range(lines):
            found[r] -= mean_slopes[r, j] * _interaction_scale(j, lines // 2, scales) * values[j]
    return found


@_inlined
def _interaction_scale(j: int, k: int, scales: np.ndarray) -> float:
    """Return what turns the j-th of the interactions, k means and then k breaks, into the units of the density."""
    return float(scales[_GAMMA] if j < k else scales[_OMEGA_GAMMA] + scales[_FIXED_DELTA_GAMMA])


@_inlined
def _length(direction: np.ndarray) -> float:
    """Return a vector's length, never 0, where nothing but a limit is defined."""
    total = 0.0
    for each in direction:
        total += each**2
    return max(math.sqrt(total), _SHORTEST)


@_inlined
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
    along = 0.0
    for j in range(k):
        along += by_break[j] * z[j] / r
    for j in range(k):
        by_break[j] = by_break[j] * rho / r + ((slope - rho / r) * along + outward) * z[j] / r
    return value


@_inlined
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


@_inlined
def bessel(nu: float, rho: float) -> tuple[float, float]:
    """Return the logarithm of the modified Bessel function K_nu(rho), and K_(nu+1)(rho) / K_nu(rho).

    ``K_nu(rho)`` is the integral of ``exp(-rho cosh t) cosh(nu t)`` over positive t (DLMF 10.32.9), and the trapezoidal
    rule converges exponentially.
    """
    # From there on exp(-rho cosh t) is negligible, and it is also beside cosh((nu + 1) t).
    end = math.acosh(1.0 + _NEGLIGIBLE / rho)
    length = math.acosh(1.0 + (_NEGLIGIBLE + (nu + 1.0) * end) / rho)
    if not math.isfinite(length):
        return math.nan, math.nan
    nodes = int(_FEWEST + _PER_LENGTH * length)
    step = length / nodes
    forth, forth_nu = math.exp(step), math.exp(nu * step)
    e, e_nu = 1.0, 1.0
    this, after = 0.5, 0.5
    for _ in range(nodes):
        e *= forth
        e_nu *= forth_nu
        back, back_nu = 1.0 / e, 1.0 / e_nu
        factor = 0.5 * math.exp(-rho * (0.5 * (e + back) - 1.0))
        this += factor * (e_nu + back_nu)
        after += factor * (e_nu * e + back_nu * back)
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
    lines: np.ndarray,
    weight: np.ndarray,
    narrow: np.ndarray,
    wide: np.ndarray,
    regime: np.ndarray,
    scales: np.ndarray,
    noise: np.ndarray,
) -> np.ndarray:
    """Return a draw of the coefficients for each draw of the parameters, exactly from their distribution given it.

    Parameters are those that `scaled` returns, the draws' dimension last; cross products are those of `moments`.
    `noise` is standard normal, `(draw, coefficient)`, coefficients in the order columns, narrow groups, wide groups,
    as in what is returned.
    """
    found = np.empty_like(noise)
    k, skedastic = len(gamma_mean), scales[_KAPPA] != 0.0
    lead, narrow_size, wide_size = _lead(k), dense.shape[1] - len(lines), coupling.shape[2]
    size = dense.shape[1] - lead
    for s in range(len(noise)):
        a = _residual_coefficients(np.concatenate((gamma_mean[:, s], delta_gamma[:, s])), size)
        sd, wide_sd = _prior_sds(omega_beta[s], sigma_alpha[s], sigma_tau[s], scales, size, k)
        precision = np.exp(-2.0 * log_sigma[:, s])
        if skedastic:
            _, row_precision = _row_precision(_slopes(lines, k), weight, regime, precision, kappa[:, s])
            own, coupled, own_diagonal = _products(lines, row_precision, narrow, wide, narrow_size, wide_size)
        else:
            own, coupled, own_diagonal = _summed(precision, dense, coupling, diagonal)
        normal, pivots = _eliminated(wide_sd, own, coupled, own_diagonal)
        root = _root(normal, a, sd)
        for j in range(size - 1, -1, -1):
            z = root[j, size] + noise[s, j]
            for other in range(j + 1, size):
                z -= root[j, other] * found[s, other]
            found[s, j] = z / root[j, j]
        for j in range(size):
            found[s, j] *= sd[j]
            a[lead + j] = -found[s, j]
        for t in range(len(pivots)):
            found[s, size + t] = wide_sd * noise[s, size + t] / math.sqrt(pivots[t])
        for j in range(len(a)):
            for t in range(len(pivots)):
                found[s, size + t] += wide_sd**2 * coupled[j, t] * a[j] / pivots[t]
    return found


@_inlined
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


@_inlined
def _lead(k: int) -> int:
    """Return how many lines there are of ``[y, x y, c x y]``."""
    return 1 + 2 * k


@_inlined
def _slopes(lines: np.ndarray, k: int) -> np.ndarray:
    """Return the lines of ``[x, c x]``."""
    return lines[_lead(k) + REGIMES :]


@_inlined
def _residual_coefficients(interactions: np.ndarray, size: int) -> np.ndarray:
    """Return the coefficients of lines and narrow groups in the residual, so many of the last ones left 0."""
    a = np.zeros(1 + len(interactions) + size)
    a[0] = 1.0
    for j in range(len(interactions)):
        a[1 + j] = -interactions[j]
    return a


@_inlined
def _row_factors(interactions: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    """Return each row's m."""
    m = np.ones(slopes.shape[1])
    for j in range(len(interactions)):
        for i in range(len(m)):
            m[i] -= slopes[j, i] * interactions[j]
    return m


@_inlined
def _row_precision(
    slopes: np.ndarray, weight: np.ndarray, regime: np.ndarray, precision: np.ndarray, kappa: np.ndarray
) -> tuple[float, np.ndarray]:
    """Return minus the weighted sum of x'kappa, and each row's weight over its error's variance."""
    total, log_spread = 0.0, np.zeros(len(weight))
    for j in range(len(kappa)):
        for i in range(len(weight)):
            log_spread[i] += slopes[j, i] * kappa[j]
    for i in range(len(weight)):
        total -= weight[i] * log_spread[i]
        log_spread[i] = weight[i] * precision[regime[i]] * math.exp(-2.0 * log_spread[i])
    return total, log_spread


@_inlined
def _weights_in(regime: np.ndarray, weight: np.ndarray) -> np.ndarray:
    found = np.zeros(REGIMES)
    for r in range(REGIMES):
        for i in range(len(weight)):
            found[r] += weight[i] if regime[i] == r else 0.0
    return found


@_inlined
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


@_inlined
def _eliminated(
    wide_sd: float, own: np.ndarray, coupled: np.ndarray, diagonal: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the columns' normal equations once the wide groups are gone, and the groups' pivots in A.

    `own`, `coupled` and `diagonal` are `moments`' products, weighted with the rows' precision and summed over regimes.
    """
    n, wide_size = coupled.shape
    pivots, normal = 1.0 + wide_sd**2 * diagonal, np.empty((n, n))
    share = wide_sd**2 / pivots
    scaled_row = np.empty(wide_size)
    for j in range(n):
        for t in range(wide_size):
            scaled_row[t] = coupled[j, t] * share[t]
        for other in range(j, n):
            gone = 0.0
            for t in range(wide_size):
                gone += scaled_row[t] * coupled[other, t]
            normal[j, other] = normal[other, j] = own[j, other] - gone
    return normal, pivots


@_inlined
def _summed(
    precision: np.ndarray, dense: np.ndarray, coupling: np.ndarray, diagonal: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return products that `moments` has by regime, weighted with the regimes' precision and summed."""
    own, coupled, own_diagonal = np.zeros(dense.shape[1:]), np.zeros(coupling.shape[1:]), np.zeros(diagonal.shape[1])
    for r in range(REGIMES):
        _add(precision[r], dense[r], own)
        _add(precision[r], coupling[r], coupled)
        for t in range(len(own_diagonal)):
            own_diagonal[t] += precision[r] * diagonal[r, t]
    return own, coupled, own_diagonal


@_inlined
def _eliminated_folded(  # noqa: PLR0913, PLR0917 -- parameters and cross products
    precision: np.ndarray,
    wide_sd: float,
    dense: np.ndarray,
    folded: np.ndarray,
    share: np.ndarray,
    members: np.ndarray,
) -> tuple[np.ndarray, float]:
    """Return the columns' normal equations once the wide groups are gone, and half their pivots' logarithms, negative.

    The same as `_eliminated`, from sums over groups.
    """
    normal, total = np.zeros(dense.shape[1:]), 0.0
    for r in range(REGIMES):
        _add(precision[r], dense[r], normal)
    for c in range(len(members)):
        pivot = _pivot(precision, wide_sd, share[c])
        total -= 0.5 * members[c] * math.log(pivot)
        for pair in range(len(PAIRS)):
            r, s = PAIRS[pair]
            if share[c, r] * share[c, s] != 0.0:
                _add(-(wide_sd**2) * precision[r] * precision[s] / pivot, folded[c, pair], normal)
    return normal, total


@_inlined
def _by_folded(  # noqa: PLR0913, PLR0917 -- parameters, cross products and moments
    precision: np.ndarray,
    wide_sd: float,
    dense: np.ndarray,
    folded: np.ndarray,
    share: np.ndarray,
    members: np.ndarray,
    second: np.ndarray,
    squares: np.ndarray,
) -> float:
    """Return the derivative by the wide groups' sd, and fill in each regime's expected standardised squares.

    These are -2 times the derivative of all but ``-n log sd`` by the logarithm of the precision, which stands in
    `dense`, and in the weights of `folded` twice or, for a pair of regimes, once for each, and in their pivots.
    """
    by_wide_sd = 0.0
    for r in range(REGIMES):
        squares[r] = precision[r] * _product(dense[r], second)
    for c in range(len(members)):
        pivot = _pivot(precision, wide_sd, share[c])
        by_log_pivot = -0.5 * members[c]
        for pair in range(len(PAIRS)):
            r, s = PAIRS[pair]
            if share[c, r] * share[c, s] != 0.0:
                gained = 0.5 * wide_sd * precision[r] * precision[s] / pivot * _product(folded[c, pair], second)
                by_wide_sd += 2.0 * gained
                by_log_pivot -= wide_sd * gained
                squares[r] -= 2.0 * wide_sd * gained
                squares[s] -= 2.0 * wide_sd * gained
        for r in range(REGIMES):
            squares[r] -= 2.0 * by_log_pivot * wide_sd**2 * precision[r] * share[c, r] / pivot
            by_wide_sd += by_log_pivot * 2.0 * wide_sd * precision[r] * share[c, r] / pivot
    return by_wide_sd


@_inlined
def _pivot(precision: np.ndarray, wide_sd: float, share: np.ndarray) -> float:
    """Return the diagonal entry of A for a wide group."""
    pivot = 1.0
    for r in range(REGIMES):
        pivot += wide_sd**2 * precision[r] * share[r]
    return pivot


@_inlined
def _add(scale: float, source: np.ndarray, target: np.ndarray) -> None:
    for i in range(source.shape[0]):
        for j in range(source.shape[1]):
            target[i, j] += scale * source[i, j]


@_inlined
def _product(one: np.ndarray, other: np.ndarray) -> float:
    """Return the sum of two matrices' products, entry by entry."""
    total, left, right = 0.0, one.reshape(one.size), other.reshape(other.size)
    for i in range(len(left)):
        total += left[i] * right[i]
    return total


@_inlined
def _root(normal: np.ndarray, a: np.ndarray, sd: np.ndarray) -> np.ndarray:
    """Return the upper Cholesky root of what is left of A when the wide groups are gone.

    The right side, solved by it, is the last column, with ``r'D^-1 r - h'A^-1 h`` in the corner.
    """
    size = len(sd)
    lead = len(a) - size
    root = np.zeros((size + 1, size + 1))
    for j in range(size):
        for other in range(j, size):
            root[j, other] = sd[j] * sd[other] * normal[lead + j, lead + other]
        root[j, j] += 1.0
        for c in range(lead):
            root[j, size] += sd[j] * normal[lead + j, c] * a[c]
    for c in range(lead):
        for other in range(lead):
            root[size, size] += a[c] * normal[c, other] * a[other]
    for j in range(size):
        root[j, j] = math.sqrt(root[j, j])
        for other in range(j + 1, size + 1):
            root[j, other] /= root[j, j]
        for below in range(j + 1, size + 1):
            for other in range(below, size + 1):
                root[below, other] -= root[j, below] * root[j, other]
    return root


@_inlined
def _half_log_determinant(root: np.ndarray) -> float:
    total = 0.0
    for j in range(len(root) - 1):
        total += math.log(root[j, j])
    return total


@_inlined
def _posterior(root: np.ndarray, a: np.ndarray, sd: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the covariance of -u, and derivatives by each prior sd; fill in its mean in `a`."""
    size = len(sd)
    lead = len(a) - size
    inverse = _inverse_of_transpose(root)
    z, covariance = np.zeros(size), np.zeros((size, size))
    for i in range(size):
        for j in range(i + 1):
            z[j] += root[i, size] * inverse[i, j]
            for other in range(i + 1):
                covariance[j, other] += inverse[i, j] * inverse[i, other]
    by_sd = np.zeros(size)
    for j in range(size):
        a[lead + j] = -sd[j] * z[j]
        # At 0 the coefficient is 0 whatever the rows say, and so is the derivative.
        if sd[j] != 0.0:
            by_sd[j] = (z[j] ** 2 + covariance[j, j] - 1.0) / sd[j]
    for i in range(size):
        for j in range(size):
            covariance[i, j] *= sd[i] * sd[j]
    return covariance, by_sd


@_inlined
def _second_moments(a: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """Return the second moments of the residual's coefficients."""
    lead, second = len(a) - len(covariance), np.empty((len(a), len(a)))
    for i in range(len(a)):
        for j in range(len(a)):
            second[i, j] = a[i] * a[j]
    for i in range(len(covariance)):
        for j in range(len(covariance)):
            second[lead + i, lead + j] += covariance[i, j]
    return second


@_inlined
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


@_inlined
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


@_inlined
def _wide_posterior(
    wide_sd: float, coupled: np.ndarray, pivots: np.ndarray, a: np.ndarray, covariance: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the mean of the wide groups' -u, its covariance with the others', `(coefficient, wide)`, and its variance.

    Given a, a group's has the mean ``-sd^2 coupled'a / pivot`` and the variance ``sd^2 / pivot``.
    """
    size, wide_size = len(covariance), len(pivots)
    lead = len(a) - size
    share = wide_sd**2 / pivots
    mean, cross, variance = np.zeros(wide_size), np.zeros((size, wide_size)), share.copy()
    for j in range(len(a)):
        for t in range(wide_size):
            mean[t] -= share[t] * coupled[j, t] * a[j]
    for j in range(size):
        for other in range(size):
            for t in range(wide_size):
                cross[j, t] -= covariance[j, other] * coupled[lead + other, t]
        for t in range(wide_size):
            cross[j, t] *= share[t]
            variance[t] -= cross[j, t] * coupled[lead + j, t] * share[t]
    return mean, cross, variance


@_inlined
def _expected_squares(  # noqa: PLR0913, PLR0917 -- the rows and the moments that they are weighted with
    lines: np.ndarray,
    narrow: np.ndarray,
    wide: np.ndarray,
    a: np.ndarray,
    covariance: np.ndarray,
    wide_mean: np.ndarray,
    cross: np.ndarray,
    wide_variance: np.ndarray,
) -> np.ndarray:
    """Return each row's expected squared residual; no sense in it where the weight is 0."""
    lines_size, rows = lines.shape
    lead = len(a) - len(covariance)
    columns = lines_size - lead
    mean, square, shared = np.empty(rows), np.empty(rows), np.empty(rows)
    for i in range(rows):
        group, t = columns + narrow[i], wide[i]
        mean[i] = a[lead + group] + wide_mean[t]
        square[i] = covariance[group, group] + 2.0 * cross[group, t] + wide_variance[t]
    for j in range(lines_size):
        for i in range(rows):
            mean[i] += a[j] * lines[j, i]
    for j in range(columns):
        # Twice what it shares with the groups and with the columns after it.
        line = lines[lead + j]
        for i in range(rows):
            shared[i] = 2.0 * (covariance[j, columns + narrow[i]] + cross[j, wide[i]]) + covariance[j, j] * line[i]
        for other in range(j + 1, columns):
            doubled = 2.0 * covariance[j, other]
            for i in range(rows):
                shared[i] += doubled * lines[lead + other, i]
        for i in range(rows):
            square[i] += shared[i] * line[i]
    for i in range(rows):
        square[i] += mean[i] ** 2
    return square


@_inlined
def _add_by_normal(normal: np.ndarray, a: np.ndarray, by_interaction: np.ndarray) -> None:
    """Add derivatives by the interactions that come from the normal equations."""
    for j in range(len(by_interaction)):
        for other in range(len(a)):
            by_interaction[j] += normal[1 + j, other] * a[other]


@_inlined
def _jacobian(
    interactions: np.ndarray, slopes: np.ndarray, weight: np.ndarray, scales: np.ndarray, by_interaction: np.ndarray
) -> float:
    """Return the weighted sum of log|m|, and add its derivatives by the interactions."""
    use = scales[_USE_JACOBIAN]
    if use == 0.0:
        return 0.0
    m = _row_factors(interactions, slopes)
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
        m[i] = use * weight[i] / m[i]
    _add_by_slopes(m, slopes, by_interaction)
    return float(use * (total + math.log(product)))


@_inlined
def _barrier(interactions: np.ndarray, slopes: np.ndarray, scales: np.ndarray, by_interaction: np.ndarray) -> float:
    """Return the barrier's log factor, and add its derivatives by the interactions."""
    if scales[_USE_BARRIER] == 0.0:
        return 0.0
    m = _row_factors(interactions, slopes)
    total = 0.0
    for i in range(len(m)):
        m[i] = min((m[i] - scales[_BARRIER_LOCATION]) / scales[_BARRIER_WIDTH], 0.0)
        total -= 0.5 * m[i] ** 2
        m[i] /= -scales[_BARRIER_WIDTH]
    _add_by_slopes(m, slopes, by_interaction)
    return float(total)


@_inlined
def _add_by_slopes(by_m: np.ndarray, slopes: np.ndarray, by_interaction: np.ndarray) -> None:
    """Take off derivatives by the interactions that come from those by each row's m."""
    for j in range(len(by_interaction)):
        # A number of its own, not a place of an array, is kept in a register.
        total = 0.0
        for i in range(len(by_m)):
            total += by_m[i] * slopes[j, i]
        by_interaction[j] -= total
