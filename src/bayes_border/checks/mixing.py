"""How many independent draws are chains worth, and do the chains agree? For every quantity at once.

Vehtari, Gelman, Simpson, Carpenter and Bürkner (2021): split chains, ranks turned into normal scores, Geyer's initial
monotone sequence. The same numbers as ArviZ's, which takes one quantity at a time: in a calibration of a thousand short
fits that costs as much as a good part of the sampling.
"""

from __future__ import annotations

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft
from scipy.special import ndtri
from scipy.stats import rankdata

#: Offset of the ranks (Blom 1958).
_OFFSET = 3 / 8


def effective_sizes(draws: np.ndarray) -> np.ndarray:
    """Return the bulk effective sample size of each quantity, at least 1 and at most the number of draws.

    Parameters
    ----------
    draws
        Shape `(chain, draw, quantity)`.
    """
    return _sizes(_normal_scores(_split(draws)), draws.shape[0] * draws.shape[1])


def sizes_and_rhats(draws: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return `effective_sizes` and each quantity's R-hat, from ranks that are taken once.

    R-hat is the larger one of ranks and of ranks of distances from the median; NaN where a quantity never moved.
    """
    split = _split(draws)
    scores = _normal_scores(split)
    folded = np.abs(split - np.median(split, axis=(0, 1)))
    rhats = np.maximum(_rhat(scores), _rhat(_normal_scores(folded)))
    return _sizes(scores, draws.shape[0] * draws.shape[1]), np.asarray(rhats)


def _split(draws: np.ndarray) -> np.ndarray:
    """Return the halves of each chain as chains, less the middle draw of an odd number."""
    half = draws.shape[1] // 2
    return np.concatenate([draws[:, :half], draws[:, -half:]])


def _normal_scores(split: np.ndarray) -> np.ndarray:
    ranks = rankdata(split.reshape(-1, split.shape[-1]), axis=0)
    scores = ndtri((ranks - _OFFSET) / (len(ranks) - 2 * _OFFSET + 1))
    return np.asarray(scores.reshape(split.shape))


def _sizes(scores: np.ndarray, total: int) -> np.ndarray:
    tau = _autocorrelation_time(scores)
    # A quantity that never moved has none (NaN): one draw tells as much.
    return np.asarray(np.clip(np.nan_to_num(scores.shape[0] * scores.shape[1] / tau, nan=1.0), 1.0, total))


def _rhat(scores: np.ndarray) -> np.ndarray:
    n, within = scores.shape[1], scores.var(axis=1, ddof=1).mean(axis=0)
    between = n * scores.mean(axis=1).var(axis=0, ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.sqrt((between / within + n - 1) / n))


def _autocorrelation_time(scores: np.ndarray) -> np.ndarray:
    """Return the draws that one independent draw is worth, by Geyer's initial monotone sequence."""
    chains, n, _ = scores.shape
    covariance = _autocovariance(scores)
    within = covariance[0] * n / (n - 1)
    variance = covariance[0] + scores.mean(axis=1).var(axis=0, ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        correlation = 1.0 - (within - covariance) / variance
    correlation[0] = 1.0
    even, odd = correlation[: n // 2 * 2 : 2], correlation[1 : n // 2 * 2 : 2]
    # Sums of neighbours are positive and fall for a reversible chain: the first that is not ends the sequence,
    # as does the last lag but two.
    pairs, last = even + odd, (n - 3) // 2
    ends = np.argmax(np.vstack([pairs[:last] <= 0.0, np.ones((1, pairs.shape[1]), bool)]), axis=0)
    kept = np.arange(len(pairs))[:, None] < ends
    falling = np.where(kept, np.minimum.accumulate(pairs, axis=0), 0.0).sum(axis=0)
    beyond, of_pair = (np.take_along_axis(each, ends[None], axis=0)[0] for each in (even, pairs))
    remainder = np.where(of_pair >= 0.0, beyond, np.maximum(beyond, 0.0))
    return np.asarray(np.maximum(2.0 * falling + remainder - 1.0, 1.0 / np.log10(chains * n)))


def _autocovariance(scores: np.ndarray) -> np.ndarray:
    """Return the chains' mean autocovariance at every lag, shape `(lag, quantity)`."""
    n = scores.shape[1]
    padded = next_fast_len(2 * n, real=True)
    spectrum = np.abs(rfft(scores - scores.mean(axis=1, keepdims=True), padded, axis=1)) ** 2
    return np.asarray(irfft(spectrum.mean(axis=0), padded, axis=0)[:n] / n)
