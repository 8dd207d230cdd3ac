"""How many clusters is each estimate really made of, and which weigh most?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from bayes_border.gmm.columns import COLLINEAR, unit_length
from bayes_border.gmm.inference.clusters import Clusters, Grouping, clusters_of
from bayes_border.gmm.inference.refusals import refuse_impossible
from bayes_border.gmm.linear import LinearFit

#: Sums of weights below this share of the sums of their sizes are rounding.
CANCELS: Final = 1e-12


@dataclass(frozen=True)
class ClusterInfluence:
    """What the clusters are to the estimates.

    Parameters
    ----------
    labels, sizes
        Of the clusters, shape `(cluster,)`.
    leverage
        Trace of H_gg, shape `(cluster,)`; adds up to the number of coefficients.
    partial_leverage
        Share of the variation of each column of X_hat, given the others, that a cluster holds; shape
        `(cluster, coefficient)`, each column adding up to one.
    effective_independent, effective_correlated
        Effective number of clusters a coefficient (Carter, Schnepel and Steigerwald 2017), for errors
        that are independent within a cluster, and for errors that are the same within it, the
        authors' conservative choice. Shape `(coefficient,)`.
    reasons
        A sentence for each coefficient whose `effective_correlated` is NaN, empty for the others.
    without
        The estimates without each cluster's rows, weights and first stages held as they are: exact for least
        squares, to first order for others. Shape `(cluster, coefficient)`; NaN where the others do not
        determine every coefficient.
    """

    labels: np.ndarray
    sizes: np.ndarray
    leverage: np.ndarray
    partial_leverage: np.ndarray
    effective_independent: np.ndarray
    effective_correlated: np.ndarray
    reasons: tuple[str, ...]
    without: np.ndarray


def cluster_influence(fit: LinearFit, *, by: Grouping = Grouping.UNIT) -> ClusterInfluence:
    """Return leverage, partial leverage and the effective number of clusters.

    Leverages are those of X_hat (MacKinnon, Nielsen and Webb 2023, section 3, for least squares).

    Raises
    ------
    SpecificationError
        If there is one cluster only, or no sampling error at all.
    """
    refuse_impossible(fit)
    clusters = clusters_of(fit, by)
    lengths = np.sqrt((fit.X_hat**2).sum(axis=0))
    Q, R = np.linalg.qr(fit.X_hat / lengths)
    others_out = Q @ np.linalg.inv(R).T
    partial = clusters.total(others_out**2)
    weights = fit.X_hat @ fit.bread.T
    cancels = np.abs(clusters.total(weights)).max(axis=0) <= CANCELS * clusters.total(np.abs(weights)).max(axis=0)
    correlated = np.where(cancels, np.nan, clusters.total(weights) ** 2)
    reason = "the coefficient's weights cancel within every cluster: an error common to a cluster does not reach it"
    return ClusterInfluence(
        clusters.labels,
        clusters.sizes,
        clusters.total((Q**2).sum(axis=1)),
        partial / partial.sum(axis=0),
        _effective(clusters.total(weights**2)),
        _effective(correlated),
        tuple(reason if gone else "" for gone in cancels),
        _without(fit, clusters),
    )


def _without(fit: LinearFit, clusters: Clusters) -> np.ndarray:
    # In columns of length one, so that no unit decides what the remaining clusters determine.
    X, X_hat = unit_length(fit.X), unit_length(fit.X_hat)
    products = clusters.total(X_hat[:, :, None] * X[:, None, :])
    sums = clusters.total(X_hat * fit.y[:, None])
    rest, right = products.sum(axis=0) - products, sums.sum(axis=0) - sums
    known = np.linalg.matrix_rank(rest, rtol=COLLINEAR) == X.shape[1]
    found = np.full(right.shape, np.nan)
    found[known] = np.linalg.solve(rest[known], right[known][..., None])[..., 0]
    return found / np.sqrt((fit.X**2).sum(axis=0))


def _effective(variances: np.ndarray) -> np.ndarray:
    # G / (1 + squared coefficient of variation) of what each cluster adds to the coefficient's variance.
    return np.asarray(variances.sum(axis=0) ** 2 / (variances**2).sum(axis=0))
