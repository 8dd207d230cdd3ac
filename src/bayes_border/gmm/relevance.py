"""Do the instruments move one combination of the regressors?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import stats

from bayes_border.gmm.bounded import BoundedTest
from bayes_border.gmm.refusals import MIN_CLUSTERS
from bayes_border.gmm.weights import inverse

#: Share of a regressor's squares that the instruments leave: below it, they leave roundoff.
_NOTHING_LEFT: Final = 1e-14


@dataclass(frozen=True, slots=True)
class Relevance:
    """F and LM statistics of the hypothesis R'e = 0: that instruments do not move the combination e.

    Parameters
    ----------
    df, df_resid
        Directions R of the instruments that are tested; rows less all instruments.
    f, p_value
        With homoscedastic errors, against F(df, df_resid); None where nothing is left over by the
        instruments.
    n_clusters, f_clustered, p_clustered
        With errors clustered, under the small-sample factor CR1, against F(df, n_clusters - 1); None for
        `reason`.
    lm
        The clustered score test, chi-squared(df): its covariance is that of the sums of R_it e_it
        themselves, so that it is at most the number of clusters, as Hansen's J is and for the same reason.
    reason
        Why no F, or no clustered F, exists, with the arithmetic; empty otherwise.
    """

    df: int
    df_resid: int
    n_clusters: int
    f: float | None
    p_value: float | None
    f_clustered: float | None
    p_clustered: float | None
    lm: BoundedTest
    reason: str = ""

    @property
    def sentence(self) -> str:
        """Return what the statistics say, for a reader."""
        parts = [] if self.f is None else [f"F({self.df}, {self.df_resid}) = {self.f:.2f} if errors are homoscedastic"]
        if self.f_clustered is not None:
            counts = f"F({self.df}, {self.n_clusters - 1})"
            parts.append(f"{counts} = {self.f_clustered:.2f} with {self.n_clusters} clusters")
        limit = f"vacuous: {self.lm.limit('LM')}" if self.lm.vacuous else self.lm.limit("LM")
        parts.extend([f"LM = {self.lm.statistic:.2f}, p = {self.lm.p_value:.3f}", limit, self.lm.by_rank()])
        return "; ".join(part for part in (*parts, self.reason) if part)


@dataclass(frozen=True, slots=True)
class Direction:
    """A combination of regressors and what may move it, both cleared of the exogenous regressors.

    Parameters
    ----------
    combination
        e, shape `(row,)`.
    directions
        R, orthonormal, in the span of the instruments, shape `(row, df)`.
    left
        e less its projection on all instruments, shape `(row,)`.
    """

    combination: np.ndarray
    directions: np.ndarray
    left: np.ndarray


def relevance(direction: Direction, cluster: np.ndarray, *, df_resid: int) -> Relevance:
    """Return whether instruments move a combination, with errors homoscedastic and clustered.

    Parameters
    ----------
    cluster
        Labels of the rows' clusters, in any order, shape `(row,)`.
    df_resid
        Rows less rank of all instruments, exogenous regressors among them.
    """
    R, e, v = direction.directions, direction.combination, direction.left
    moments, (n, df) = R.T @ e, R.shape
    lm = _score_test(R * e[:, None], cluster)
    n_clusters = int(lm.bound or 0)
    if df_resid <= 0 or v @ v <= _NOTHING_LEFT * (e @ e):
        reason = f"the instruments reproduce the {n} rows of the combination exactly: there is no error to compare with"
        return Relevance(df, df_resid, n_clusters, None, None, None, None, lm, reason)
    f = float(moments @ moments) / df / float(v @ v / df_resid)
    clustered, reason = _clustered_wald(moments, by_cluster(R * v[:, None], cluster))
    if clustered is not None:
        clustered *= (n_clusters - 1) / n_clusters * df_resid / (n - 1) / df
    return Relevance(
        df,
        df_resid,
        n_clusters,
        f,
        float(stats.f.sf(f, df, df_resid)),
        clustered,
        None if clustered is None else float(stats.f.sf(clustered, df, n_clusters - 1)),
        lm,
        reason,
    )


def by_cluster(scores: np.ndarray, cluster: np.ndarray) -> np.ndarray:
    """Return the sums of row scores within each cluster, shape `(cluster, ...)`."""
    labels, place = np.unique(cluster, return_inverse=True)
    sums = np.zeros((len(labels), *scores.shape[1:]))
    np.add.at(sums, place, scores)
    return sums


def _score_test(scores: np.ndarray, cluster: np.ndarray) -> BoundedTest:
    H = by_cluster(scores, cluster)
    weight = inverse(H)
    rotated = weight.rotate(H.sum(axis=0))
    return BoundedTest(float(rotated @ rotated), H.shape[1], weight.rank, float(len(H)))


def _clustered_wald(moments: np.ndarray, H: np.ndarray) -> tuple[float | None, str]:
    clusters, df = H.shape
    if clusters < MIN_CLUSTERS:
        return None, "one cluster: clustered errors need at least two"
    weight = inverse(H)
    if weight.singular or clusters <= df:
        return None, (
            f"no clustered F: residuals are orthogonal to the instruments, so that the {clusters} clusters' sums add "
            f"up to zero and their covariance has rank {clusters} - 1 = {clusters - 1} at most (here {weight.rank}), "
            f"for {df} directions"
        )
    rotated = weight.rotate(moments)
    return float(rotated @ rotated), ""
