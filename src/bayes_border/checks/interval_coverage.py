"""How often do central intervals hold the truth, and how often may they by chance?"""

from __future__ import annotations

from functools import cache

import numpy as np
import scipy.stats

from bayes_border import criteria


def share_held(pit: np.ndarray, level: float = criteria.INTERVAL_LEVEL) -> float:
    """Return the share of truths inside the central interval of a level; NaN of none.

    Parameters
    ----------
    pit
        Probability integral transform of each truth, `(simulation,)`; those that are NaN are left out.
    level
        Probability of the interval.
    """
    known = pit[np.isfinite(pit)]
    return float((np.abs(known - 0.5) <= level / 2.0).mean()) if known.size else float("nan")


@cache
def binomial_band(
    n: int, share: float = criteria.INTERVAL_LEVEL, *, level: float = criteria.COVERAGE_BAND
) -> tuple[float, float]:
    """Return the central band in which the share of `n` independent events lies with probability `level`.

    Parameters
    ----------
    n
        Number of events; of none, nothing can be said: the band is all of [0, 1].
    share
        Probability of each.
    level
        Probability of the band, at least.
    """
    if n == 0:
        return 0.0, 1.0
    tail = (1.0 - level) / 2.0
    ends = np.asarray(scipy.stats.binom.ppf([tail, 1.0 - tail], n, share)) / n
    return float(ends[0]), float(ends[1])
