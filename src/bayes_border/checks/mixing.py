"""How far have the chains of many quantities mixed? ArviZ's measures, of all quantities at once.

ArviZ takes one quantity after another, which in a calibration costs as much as a fifth of the sampling. Both measures
rest on normal scores of the ranks within split chains (Vehtari et al. 2021). Draws have the shape
`(chain, draw, quantity)`; a quantity with draws that are not finite has no measure (NaN).
"""

from __future__ import annotations

import numpy as np
from scipy import fft
from scipy.special import ndtri
from scipy.stats import rankdata


def rhat(draws: np.ndarray) -> np.ndarray:
    """Return the larger of rank-normalised split R-hat and that of the folded draws, shape `(quantity,)`.

    NaN too where no draw differs from another.
    """
    split = _split(draws)
    folded = np.abs(split - np.median(split, axis=(0, 1)))
    return np.fmax(_rhat(_scores(split)), _rhat(_scores(folded)))


def bulk_sizes(draws: np.ndarray) -> np.ndarray:
    """Return the bulk effective sample size, shape `(quantity,)`, NaN too where no draw differs from another.

    Autocorrelations are summed in pairs of lags until a pair is negative, and no pair counts for more than
    the one before it (Geyer 1992; the initial monotone sequence).
    """
    scores = _scores(_split(draws))
    chains, n, _ = scores.shape
    covariance = _autocovariance(scores).mean(axis=0)
    within = covariance[0] * n / (n - 1.0)
    variance = covariance[0] + scores.mean(axis=1).var(axis=0, ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        correlation = 1.0 - (within - covariance) / variance
    correlation[0] = 1.0
    pairs = correlation[: 2 * (n // 2)].reshape(n // 2, 2, -1).sum(axis=1)
    # As far as ArviZ reads: the last lags rest on a few products each.
    ended = pairs[: (n - 3) // 2] <= 0.0
    kept = np.where(ended.any(axis=0), ended.argmax(axis=0), len(ended))
    counted = np.arange(len(pairs))[:, None] < kept
    total = np.where(counted, np.minimum.accumulate(pairs), 0.0).sum(axis=0)
    # The pair that ends the sum adds its even lag, unless both it and the pair are negative.
    place = np.arange(len(kept))
    even, last = correlation[2 * kept, place], pairs[kept, place]
    time = -1.0 + 2.0 * total + np.where((last >= 0.0) | (even > 0.0), even, 0.0)
    return np.asarray(chains * n / np.maximum(time, 1.0 / np.log10(chains * n)))


def _split(draws: np.ndarray) -> np.ndarray:
    """Return the halves of each chain as chains of their own; of an odd number the middle draw is left out."""
    half = draws.shape[1] // 2
    return np.concatenate([draws[:, :half], draws[:, -half:]])


def _scores(split: np.ndarray) -> np.ndarray:
    """Return normal scores of the ranks among all draws of a quantity (Blom 1958)."""
    joined = split.reshape(-1, split.shape[-1])
    ranks = np.where(np.isfinite(joined).all(axis=0), rankdata(joined, axis=0), np.nan)
    return np.asarray(ndtri((ranks - 0.375) / (len(joined) + 0.25)).reshape(split.shape))


def _rhat(scores: np.ndarray) -> np.ndarray:
    n = scores.shape[1]
    between, within = scores.mean(axis=1).var(axis=0, ddof=1), scores.var(axis=1, ddof=1).mean(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.sqrt(between / within + (n - 1.0) / n))


def _autocovariance(scores: np.ndarray) -> np.ndarray:
    """Return each chain's autocovariance at every lag, divided by the number of draws at all of them."""
    n = scores.shape[1]
    size = fft.next_fast_len(2 * n, real=True)
    transformed = fft.rfft(scores - scores.mean(axis=1, keepdims=True), size, axis=1)
    power = transformed.real**2 + transformed.imag**2
    return np.asarray(fft.irfft(power, size, axis=1)[:, :n] / n)
