"""What are clustered errors once the residuals' shortfall under few or unequal clusters is made good?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from bayes_border.gmm.inference.clusters import Clusters, Grouping, clusters_of
from bayes_border.gmm.inference.covariance import Covariance, covariance
from bayes_border.gmm.inference.refusals import refuse_impossible
from bayes_border.gmm.linear import LinearFit
from bayes_border.spec.recipe import StandardErrors

#: Eigenvalues of I - H_gg, between 0 and 1, below this are not inverted: clubSandwich's rule.
SINGULAR: Final = 1e-12


def cr2(fit: LinearFit, *, by: Grouping = Grouping.UNIT) -> Covariance:
    """Return the bias-reduced covariance with Satterthwaite degrees of freedom, one a coefficient.

    Residuals of cluster g are multiplied by (I - H_gg)^(-1/2), which makes the covariance unbiased
    under independent errors of one variance, the working model (Bell and McCaffrey 2002; Pustejovsky
    and Tipton 2018); under that model each variance is matched to a chi-squared by two moments. For
    least squares this is R clubSandwich's CR2. H is the projection on X_hat: for two-stage least
    squares that is clubSandwich's convention for `ivreg`, and here for every instrumented fit.

    Where a cluster alone determines some combination of coefficients I - H_gg is singular: its
    Moore-Penrose inverse is used, as in clubSandwich, and `notes` names the clusters.

    Raises
    ------
    SpecificationError
        If there is one cluster only, or no sampling error at all.
    """
    refuse_impossible(fit)
    parts = _leverages(fit, clusters_of(fit, by))
    matrix, L = _adjusted(parts, power=-0.5)
    return covariance(fit, StandardErrors.CR2, matrix, df=_satterthwaite(parts.within, L), notes=parts.notes)


def cr3(fit: LinearFit, *, by: Grouping = Grouping.UNIT) -> Covariance:
    """Return the jackknife covariance, with t on clusters less one.

    Residuals are multiplied by (I - H_gg)^(-1); for least squares that is the sum over clusters of
    d d', d = b - b without the cluster: clubSandwich's CR3, without the factor (G - 1) / G of some
    jackknives. H and singular clusters as in `cr2`.

    Raises
    ------
    SpecificationError
        If there is one cluster only, or no sampling error at all.
    """
    refuse_impossible(fit)
    parts = _leverages(fit, clusters_of(fit, by))
    matrix, _ = _adjusted(parts, power=-1.0)
    return covariance(fit, StandardErrors.CR3, matrix, df=len(parts.within) - 1, notes=parts.notes)


@dataclass(frozen=True, slots=True)
class _Leverages:
    """X_hat = Q R with orthonormal Q, and what each cluster has of it.

    `bridge` = bread R', so that b = bridge Q'y. `within` holds Q_g'Q_g, shape `(cluster, k, k)`, and
    `scores` Q_g'e_g. Since Q_g'(I - Q_g Q_g')^p = (I - Q_g'Q_g)^p Q_g', no matrix is larger than k by
    k, however many rows a cluster has.
    """

    bridge: np.ndarray
    within: np.ndarray
    scores: np.ndarray
    labels: np.ndarray

    @property
    def remaining(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the eigenvalues of I - Q_g'Q_g and its eigenvectors."""
        values, vectors = np.linalg.eigh(self.within)
        return 1 - values, vectors

    @property
    def notes(self) -> tuple[str, ...]:
        """Return which clusters alone determine a combination of coefficients."""
        alone = (self.remaining[0] <= SINGULAR).any(axis=1)
        if not alone.any():
            return ()
        named = ", ".join(str(label) for label in self.labels[alone])
        return (f"clusters {named} alone determine a combination of coefficients: generalised inverse of I - H_gg",)


def _leverages(fit: LinearFit, clusters: Clusters) -> _Leverages:
    lengths = np.sqrt((fit.X_hat**2).sum(axis=0))
    Q, R = np.linalg.qr(fit.X_hat / lengths)
    within = clusters.total(Q[:, :, None] * Q[:, None, :])
    return _Leverages(fit.bread @ (R * lengths).T, within, clusters.total(Q * fit.residuals[:, None]), clusters.labels)


def _adjusted(parts: _Leverages, *, power: float) -> tuple[np.ndarray, np.ndarray]:
    # L_g carries Q_g'e_g into the cluster's part in the sampling error of b, shape (cluster, k, k).
    values, vectors = parts.remaining
    kept = values > SINGULAR
    powers = np.where(kept, np.where(kept, values, 1.0) ** power, 0.0)
    L = parts.bridge @ ((vectors * powers[:, None, :]) @ np.swapaxes(vectors, 1, 2))
    psi = (L @ parts.scores[..., None])[..., 0]
    return psi.T @ psi, L


def _satterthwaite(within: np.ndarray, L: np.ndarray) -> np.ndarray:
    # A variance is the sum of (w_g'e)^2, e = (I - QQ')u: a quadratic form in u with the eigenvalues of
    # P_gh = w_g'(I - QQ')w_h, whose mean is tr P and whose variance is 2 tr PP (Bell and McCaffrey 2002).
    S = L @ within
    own = np.einsum("gck,gck->cg", S, L)
    P = -np.einsum("gck,hck->cgh", S, S)
    places = np.arange(len(within))
    P[:, places, places] += own
    trace, squares = np.trace(P, axis1=1, axis2=2), (P**2).sum(axis=(1, 2))
    return np.asarray(trace**2 / np.where(squares > 0, squares, np.nan))
