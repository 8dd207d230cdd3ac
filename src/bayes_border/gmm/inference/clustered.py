"""What are the errors when rows of one unit, or of one period, hang together in any way?"""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from bayes_border.gmm.inference.clusters import Clusters, Grouping, clusters_of
from bayes_border.gmm.inference.covariance import Covariance, covariance
from bayes_border.gmm.inference.refusals import refuse_impossible
from bayes_border.gmm.linear import LinearFit
from bayes_border.spec.recipe import StandardErrors

KINDS = {Grouping.UNIT: StandardErrors.CLUSTER_UNIT, Grouping.PERIOD: StandardErrors.CLUSTER_PERIOD}


class Correction(StrEnum):
    """Small-sample factor: none, or that of Stata's `vce(cluster)`."""

    CR0 = "CR0"
    CR1 = "CR1"


def clustered(fit: LinearFit, by: Grouping, *, correction: Correction = Correction.CR1) -> Covariance:
    """Return the one-way clustered covariance (Liang and Zeger 1986), with t on clusters less one.

    Raises
    ------
    SpecificationError
        If there is one cluster only, or no sampling error at all.
    """
    refuse_impossible(fit)
    clusters = clusters_of(fit, by)
    factor = 1.0 if correction is Correction.CR0 else small_sample_factor(fit, clusters.n)
    return covariance(fit, KINDS[by], factor * outer_sums(fit, clusters), df=clusters.n - 1)


def outer_sums(fit: LinearFit, clusters: Clusters) -> np.ndarray:
    """Return the sum over clusters of psi psi', psi a cluster's part in the sampling error of b."""
    psi = clusters.total(fit.scores)
    return np.asarray(psi.T @ psi)


def small_sample_factor(fit: LinearFit, n_clusters: int) -> float:
    """Return G / (G - 1) * (n - 1) / (n - k), known as CR1."""
    n, k = fit.X.shape
    return float(n_clusters / (n_clusters - 1) * (n - 1) / (n - k))
