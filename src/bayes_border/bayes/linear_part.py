"""What becomes of the density when its linear-Gaussian part is integrated out, and what is that part then?

Given gamma, kappa and the scales, a row ``r_i = m_i y_i = z_i'S w + sigma_i e_i`` is linear in standard
normal `w`: slopes, intercepts, province effects and year shocks, each times its prior sd in `S`. So
``r ~ N(0, Z S^2 Z' + diag(sigma^2))`` (Lindley and Smith 1972), and by Woodbury's identity, with

    A = I + S Z'W Z S,    b = S Z'W r,    mu = A^-1 b,    W = diag(weight / sigma^2),

    log p(r) = -(r'W r - b'mu + log|A|) / 2 - sum weight (log sigma + log(2 pi) / 2),    w | r ~ N(mu, A^-1).

A row has one province and one year. The larger group's block of A is diagonal and is eliminated first: time
grows with the number of units, not with its cube.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numba
import numpy as np

_HALF_LOG_2PI = 0.5 * math.log(2.0 * math.pi)


class Rows(NamedTuple):
    """What enters the linear part besides parameters.

    `fixed` `(row, p)`: columns of slopes and intercepts. `large`, `small` `(row,)`: a row's member of the
    larger of the groups (provinces, years) and of the smaller. `weight` `(row,)`: 0 or 1.
    """

    fixed: np.ndarray
    large: np.ndarray
    small: np.ndarray
    weight: np.ndarray


class Scales(NamedTuple):
    """Prior sds: `fixed` `(p,)`; `large`, `small`, of every member of a group."""

    fixed: np.ndarray
    large: float
    small: float


class Blocks(NamedTuple):
    """A with the larger group eliminated. The rest are the `p` fixed columns, then the smaller group."""

    diagonal: np.ndarray  # (a,): the larger group's block
    cross: np.ndarray  # (a, d): between it and the rest
    schur: np.ndarray  # (d, d): the rest's block less what the larger group explains
    right_large: np.ndarray  # (a,): its part of b
    right_rest: np.ndarray  # (d,): the rest's part of b, less the same


@numba.njit(cache=True, nogil=True)
def assemble(r: np.ndarray, log_sigma: np.ndarray, rows: Rows, scales: Scales, sizes: tuple[int, int]) -> Blocks:
    """Return the blocks of A and b; `sizes` are the members of the larger and the smaller group."""
    (n, p), (a, b) = rows.fixed.shape, sizes
    d = p + b
    diagonal, cross, rest = np.ones(a), np.zeros((a, d)), np.eye(d)
    right_large, right_rest = np.zeros(a), np.zeros(d)
    for i in range(n):
        if rows.weight[i] == 0.0:
            continue
        w = rows.weight[i] * math.exp(-2.0 * log_sigma[i])
        g, h = rows.large[i], p + rows.small[i]
        wl, ws = w * scales.large, w * scales.small
        diagonal[g] += wl * scales.large
        right_large[g] += wl * r[i]
        cross[g, h] += wl * scales.small
        rest[h, h] += ws * scales.small
        right_rest[h] += ws * r[i]
        for j in range(p):
            z = rows.fixed[i, j] * scales.fixed[j]
            if z == 0.0:
                continue
            cross[g, j] += wl * z
            rest[h, j] += ws * z
            right_rest[j] += w * z * r[i]
            for k in range(j + 1):
                rest[j, k] += w * z * rows.fixed[i, k] * scales.fixed[k]
    _eliminate(diagonal, cross, rest, right_large, right_rest)
    return Blocks(diagonal, cross, rest, right_large, right_rest)


@numba.njit(cache=True, nogil=True)
def _eliminate(
    diagonal: np.ndarray, cross: np.ndarray, rest: np.ndarray, right_large: np.ndarray, right_rest: np.ndarray
) -> None:
    """Take from the rest's lower triangle and right side what the larger group explains; fill the upper one."""
    a, d = cross.shape
    for g in range(a):
        for j in range(d):
            share = cross[g, j] / diagonal[g]
            if share == 0.0:
                continue
            right_rest[j] -= share * right_large[g]
            for k in range(j + 1):
                rest[j, k] -= share * cross[g, k]
    for j in range(d):
        for k in range(j):
            rest[k, j] = rest[j, k]


@numba.njit(cache=True, nogil=True)
def log_density(
    r: np.ndarray, log_sigma: np.ndarray, rows: Rows, scales: Scales, sizes: tuple[int, int]
) -> tuple[float, np.ndarray, np.ndarray, np.ndarray, float, float]:
    """Return log p(r) and its derivatives by `r`, `log_sigma` and the scales (fixed, large, small).

    By the envelope theorem, with ``e = r - Z S mu`` and ``v_i = z_i'S A^-1 S z_i``: by r ``-W e``, by log
    sigma ``-weight + W (e^2 + v)``, by a scale s_j ``(mu_j^2 - 1 + (A^-1)_jj) / s_j``, which is 0 at s_j = 0.
    Where the blocks overflow the density is -inf.
    """
    (n, p), b = rows.fixed.shape, sizes[1]
    by_r, by_sigma, by_fixed = np.zeros(n), np.zeros(n), np.zeros(p)
    blocks = assemble(r, log_sigma, rows, scales, sizes)
    if not (np.isfinite(blocks.schur).all() and np.isfinite(blocks.right_rest).all()):
        return -np.inf, by_r, by_sigma, by_fixed, 0.0, 0.0
    inverse = np.linalg.inv(blocks.schur)
    mean = inverse @ blocks.right_rest
    share = blocks.cross / blocks.diagonal.reshape(-1, 1)
    slope = share @ inverse  # minus the covariance of the larger group with the rest
    mean_large = blocks.right_large / blocks.diagonal - share @ mean
    variance_large = 1.0 / blocks.diagonal + (slope * share).sum(axis=1)
    total = blocks.right_rest @ mean - np.linalg.slogdet(blocks.schur)[1]
    total += (blocks.right_large**2 / blocks.diagonal - np.log(blocks.diagonal)).sum()
    for i in range(n):
        if rows.weight[i] == 0.0:
            continue
        w = rows.weight[i] * math.exp(-2.0 * log_sigma[i])
        g, h = rows.large[i], p + rows.small[i]
        fitted = scales.large * mean_large[g] + scales.small * mean[h]
        spread = scales.small**2 * inverse[h, h] + scales.large**2 * variance_large[g]
        spread -= 2.0 * scales.large * scales.small * slope[g, h]
        for j in range(p):
            z = rows.fixed[i, j] * scales.fixed[j]
            if z == 0.0:
                continue
            fitted += z * mean[j]
            across = scales.small * inverse[h, j] - scales.large * slope[g, j]
            for k in range(j):
                across += rows.fixed[i, k] * scales.fixed[k] * inverse[j, k]
            spread += z * (2.0 * across + z * inverse[j, j])
        residual = r[i] - fitted
        total -= w * r[i] ** 2 + 2.0 * rows.weight[i] * (log_sigma[i] + _HALF_LOG_2PI)
        by_r[i] = -w * residual
        by_sigma[i] = w * (residual**2 + spread) - rows.weight[i]
    for j in range(p):
        if scales.fixed[j] > 0.0:
            by_fixed[j] = (mean[j] ** 2 - 1.0 + inverse[j, j]) / scales.fixed[j]
    by_small = 0.0
    for h in range(p, p + b):
        by_small += mean[h] ** 2 - 1.0 + inverse[h, h]
    by_large = (mean_large**2 - 1.0 + variance_large).sum()
    return (
        0.5 * total,
        by_r,
        by_sigma,
        by_fixed,
        by_large / scales.large if scales.large > 0.0 else 0.0,
        by_small / scales.small if scales.small > 0.0 else 0.0,
    )


@numba.njit(cache=True, nogil=True)
def draw(  # noqa: PLR0913, PLR0917 -- as `log_density`, and where the numbers come from and go to
    r: np.ndarray,
    log_sigma: np.ndarray,
    rows: Rows,
    scales: Scales,
    sizes: tuple[int, int],
    normal: np.ndarray,
) -> np.ndarray:
    """Return one draw of `w` given `r`: the fixed columns', the smaller group's, the larger group's.

    `normal` are as many independent standard normal numbers.
    """
    blocks = assemble(r, log_sigma, rows, scales, sizes)
    d = blocks.schur.shape[0]
    factor = np.linalg.cholesky(blocks.schur)
    # A^-1 = L^-T L^-1: both the mean and the noise go through the factor once.
    rest = np.linalg.solve(factor.T, np.linalg.solve(factor, blocks.right_rest) + normal[:d])
    large = (blocks.right_large - blocks.cross @ rest) / blocks.diagonal + normal[d:] / np.sqrt(blocks.diagonal)
    return np.concatenate((rest, large))
