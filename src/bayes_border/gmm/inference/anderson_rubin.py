"""Which values of a coefficient survive when the instruments may be weak?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from scipy import optimize, stats

from bayes_border.criteria import INTERVAL_LEVEL
from bayes_border.gmm.inference.clusters import Grouping
from bayes_border.gmm.inference.confidence_set import ConfidenceSet
from bayes_border.gmm.inference.moments import InstrumentedEquation, moments_of
from bayes_border.gmm.inference.profile import Profile, profile_of

#: Points of the half circle on which the sets are looked for before their ends are refined.
GRID: Final = 181


class Nuisance(StrEnum):
    """What is made of the other endogenous coefficients.

    `projected`: the smallest statistic over them against as many degrees of freedom as moments:
    valid however weak the instruments are (Dufour 1997). `concentrated`: the same statistic against
    as many fewer as there are such coefficients (the S set of Stock and Wright 2000, theorem 3):
    smaller, valid where the instruments identify *them* well.
    """

    PROJECTED = "projected"
    CONCENTRATED = "concentrated"


@dataclass(frozen=True, slots=True, kw_only=True)
class AndersonRubinPlan:
    """How a set is made: clusters (None: independent errors of one variance), nuisance, level."""

    by: Grouping | None = Grouping.PERIOD
    nuisance: Nuisance = Nuisance.PROJECTED
    level: float = INTERVAL_LEVEL


@dataclass(frozen=True, slots=True)
class AndersonRubin:
    """The test of one coefficient's value and the values that it does not reject.

    Parameters
    ----------
    confidence
        An interval, a union, a half line, the whole line or nothing.
    null, statistic, df, p_value
        F statistic at the value tested, its numerator and denominator degrees of freedom, its p-value.
    n_moments, n_clusters
        Moments tested; clusters, or None under independent errors.
    smallest
        The smallest F over all values, against the same degrees of freedom.
    """

    confidence: ConfidenceSet
    null: float
    statistic: float
    df: tuple[int, int]
    p_value: float
    n_moments: int
    n_clusters: int | None
    smallest: float


def anderson_rubin(
    equation: InstrumentedEquation, coefficient: int, plan: AndersonRubinPlan, *, null: float = 0.0
) -> AndersonRubin:
    """Return the Anderson-Rubin test of one coefficient and the set that it does not reject.

    Exogenous regressors other than the one tested are partialled out. At b the moments are
    g_c = Z_c'(y - X b), summed by cluster c. With T clusters, K moments and S the moments' covariance
    about their mean the statistic is Hotelling's, F = (T - K) / ((T - 1) K) T gbar' S^-1 gbar: exactly
    F(K, T - K) for normal moments that are independent between clusters, which partialling out
    disturbs. With `by` None it is the F of Anderson and Rubin (1949), which when the equation is
    exactly identified is the square of a t. `concentrated` puts q = K - nuisance for the K that
    divides and that F has above, not for the one in T - K.

    The other endogenous coefficients take the values that make F smallest: exactly under independent
    errors, else by quasi-Newton searches from the neighbouring points' solutions. The grid covers the
    whole line, infinity included, in equal angles, and the ends of the set are refined between its
    points; a piece or a hole of the set narrower than a grid step can be missed.

    Raises
    ------
    SpecificationError
        If there are fewer moments than coefficients, no more clusters (or rows) than moments, or the
        instruments are collinear.
    """
    moments = moments_of(equation, coefficient, plan.by)
    q = moments.n_moments - (moments.n_nuisance if plan.nuisance is Nuisance.CONCENTRATED else 0)
    profile = profile_of(moments)
    angles = np.unique(np.append(np.linspace(-np.pi / 2, np.pi / 2, GRID), profile.lowest))
    shares, directions = profile.along(angles)
    critical = q * float(stats.f.ppf(plan.level, q, moments.df))
    pieces = _not_rejected(profile, angles, (shares, directions), critical / (critical + moments.df))
    here = int(np.searchsorted(angles, profile.angle(null)).clip(1, len(angles) - 1))
    share, _ = profile.at(np.array([profile.angle(null)]), directions[[here - 1]], directions[[here]])
    statistic = _f(float(share[0]), q, moments.df)
    return AndersonRubin(
        confidence=ConfidenceSet(pieces, plan.level),
        null=null,
        statistic=statistic,
        df=(q, moments.df),
        p_value=float(stats.f.sf(statistic, q, moments.df)),
        n_moments=moments.n_moments,
        n_clusters=moments.n_clusters,
        smallest=_f(float(shares.min()), q, moments.df),
    )


def _f(share: float, q: int, df: int) -> float:
    return share / q / ((1 - share) / df) if share < 1 else float("inf")


def _not_rejected(
    profile: Profile, angles: np.ndarray, found: tuple[np.ndarray, np.ndarray], limit: float
) -> tuple[tuple[float, float], ...]:
    shares, directions = found
    inside = shares <= limit
    change = np.diff(np.concatenate([[False], inside, [False]]).astype(int))
    first, last = np.flatnonzero(change == 1).tolist(), (np.flatnonzero(change == -1) - 1).tolist()

    def crossing(low: int, high: int) -> float:
        # Between two neighbours on the grid, one inside and one outside.
        def excess(angle: float) -> float:
            return float(profile.at(np.array([angle]), directions[[low]], directions[[high]])[0][0]) - limit

        ends = excess(angles[low]), excess(angles[high])
        if np.sign(ends[0]) == np.sign(ends[1]):
            return float(angles[low] if inside[low] else angles[high])
        return float(optimize.brentq(excess, angles[low], angles[high], xtol=1e-12))

    starts = [angles[i] if i == 0 else crossing(i - 1, i) for i in first]
    stops = [angles[i] if i == len(angles) - 1 else crossing(i, i + 1) for i in last]
    return tuple((profile.value(start), profile.value(stop)) for start, stop in zip(starts, stops, strict=True))
