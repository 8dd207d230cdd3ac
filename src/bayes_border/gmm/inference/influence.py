"""How many clusters is each estimate really made of, and which weigh most?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from bayes_border.gmm.inference.clusters import Grouping, clusters_of
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
    """

    labels: np.ndarray
    sizes: np.ndarray
    leverage: np.ndarray
    partial_leverage: np.ndarray
    effective_independent: np.ndarray
    effective_correlated: np.ndarray
    reasons: tuple[str, ...]


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
    )


def _effective(variances: np.ndarray) -> np.ndarray:
    # G / (1 + squared coefficient of variation) of what each cluster adds to the coefficient's variance.
    return np.asarray(variances.sum(axis=0) ** 2 / (variances**2).sum(axis=0))
