"""What do the instruments say of one coefficient once everything exogenous is taken out?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import linalg

from bayes_border.errors import Fault, SpecificationError
from bayes_border.gmm.inference.clusters import Grouping, gather

#: What a refusal is headed with.
SOURCE: Final = "Anderson-Rubin set"
#: A column of which less than this share is left, or that adds less than it to the others, is collinear.
COLLINEAR: Final = 1e-9
#: Eigenvalues of inner products of unit-length columns below this are zero up to rounding.
ROUNDING: Final = 1e-14
#: Share of the moments' inner products added to their diagonal.
RIDGE: Final = 1e-14


@dataclass(frozen=True)
class InstrumentedEquation:
    """A linear equation y = X b + u, some of whose regressors are not independent of u.

    Parameters
    ----------
    y, X
        Outcome, shape `(row,)`; regressors, shape `(row, coefficient)`.
    Z
        Instruments, shape `(row, instrument)`; the exogenous regressors among them or not.
    endogenous
        Which regressors do not instrument themselves, bool, shape `(coefficient,)`.
    unit, period
        Integer labels of the rows.
    """

    y: np.ndarray
    X: np.ndarray
    Z: np.ndarray
    endogenous: np.ndarray
    unit: np.ndarray
    period: np.ndarray


@dataclass(frozen=True)
class Moments:
    """Moments as linear functions of w = (1, -b_tested, -b_nuisance), for one coefficient.

    How far they are from zero is the share R2(w) of a projection: clustered, of a column of ones on
    the clusters' moments; under independent errors of one variance, of the residuals on the
    instruments. F = (R2 / q) / ((1 - R2) / df) in both cases.

    Parameters
    ----------
    n_moments, df
        Independent moments; denominator degrees of freedom.
    n_clusters
        None under independent errors.
    projected, total
        Inner products of outcome, tested and nuisance regressors: after projection on the
        instruments, and before. Shape `(column, column)`.
    by_cluster
        Sums by cluster of instrument times column, shape `(cluster, moment, column)`, or None.
    """

    n_moments: int
    df: int
    n_clusters: int | None
    projected: np.ndarray
    total: np.ndarray
    by_cluster: np.ndarray | None

    @property
    def n_nuisance(self) -> int:
        """Return the number of endogenous coefficients besides the one tested."""
        return len(self.total) - 2

    def shares(self, w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return R2 and its gradient for each row of w, shape `(row, column)`; multiples of w have one share."""
        if self.by_cluster is None:
            part, whole = w @ self.projected, w @ self.total
            size = (w * whole).sum(axis=1, keepdims=True)
            share = (w * part).sum(axis=1, keepdims=True) / size
            return share[:, 0], 2 * (part - share * whole) / size
        G = np.moveaxis(self.by_cluster @ w.T, 2, 0)
        square = np.swapaxes(G, 1, 2) @ G
        # Where moments of a single w are dependent the ridge keeps the share defined.
        ridge = RIDGE * np.trace(square, axis1=1, axis2=2)[:, None, None] * np.eye(self.n_moments)
        weights = np.linalg.solve(square + ridge, G.sum(axis=1)[..., None])[..., 0]
        left = 1 - (G @ weights[..., None])[..., 0]
        gradient = np.einsum("st,tkc,sk->sc", left, self.by_cluster, weights, optimize=True)
        return 1 - left.mean(axis=1), 2 * gradient / len(self.by_cluster)

    def homoscedastic_minimum(self, basis: np.ndarray) -> np.ndarray:
        """Return the w in the span of `basis`, shape `(column, direction)`, smallest under independent errors."""
        _, vectors = linalg.eigh(basis.T @ self.projected @ basis, basis.T @ self.total @ basis)
        return np.asarray(basis @ vectors[:, 0])

    def two_stage(self) -> tuple[float, float]:
        """Return the two-stage least squares estimate of the tested coefficient and its plain error."""
        inverse = np.linalg.pinv(self.projected[1:, 1:], hermitian=True)
        w = np.concatenate([[1.0], -inverse @ self.projected[1:, 0]])
        return float(-w[1]), float(np.sqrt(w @ self.total @ w / self.df * inverse[0, 0]))


def moments_of(equation: InstrumentedEquation, coefficient: int, by: Grouping | None) -> Moments:
    """Return the moments that test one coefficient, exogenous or not.

    Exogenous regressors other than the tested one are partialled out of everything; if the tested one
    is exogenous it instruments itself. Collinear instruments count once.

    Raises
    ------
    SpecificationError
        As `anderson_rubin`.
    """
    X, endogenous = equation.X, np.asarray(equation.endogenous, bool)
    faults = _misshapen(equation, coefficient)
    if faults:
        raise SpecificationError(SOURCE, faults)
    places = np.arange(X.shape[1])
    nuisance = endogenous & (places != coefficient)
    W = X[:, ~endogenous & (places != coefficient)]
    tested = X[:, [coefficient]]
    columns = _left_over(W, np.column_stack([equation.y, tested, X[:, nuisance]]))
    own = tested[:, :0] if endogenous[coefficient] else tested
    Q = _basis(_left_over(W, np.column_stack([equation.Z, own])), np.column_stack([equation.Z, own]))
    clusters = None if by is None else gather(equation.unit if by is Grouping.UNIT else equation.period)
    independent = len(X) - _basis(W, W).shape[1] if clusters is None else clusters.n
    _refuse_impossible(Q.shape[1], columns.shape[1] - 1, independent, "rows" if by is None else f"{by} clusters")
    parts = Q.T @ columns
    total = columns.T @ columns
    summed = None if clusters is None else clusters.total(Q[:, :, None] * columns[:, None, :])
    n_clusters = None if clusters is None else clusters.n
    moments = Moments(Q.shape[1], independent - Q.shape[1], n_clusters, parts.T @ parts, total, summed)
    _refuse_perfect(moments)
    _refuse_dependent(moments)
    return moments


def _left_over(W: np.ndarray, columns: np.ndarray) -> np.ndarray:
    if W.shape[1] == 0:
        return columns
    left = columns - W @ np.linalg.lstsq(W, columns)[0]
    return np.asarray(left - W @ np.linalg.lstsq(W, left)[0])


def _basis(left: np.ndarray, before: np.ndarray) -> np.ndarray:
    # Orthonormal columns with the span of what is left of the instruments; no unit decides the rank.
    lengths, originals = np.sqrt((left**2).sum(axis=0)), np.sqrt((before**2).sum(axis=0))
    kept = lengths > COLLINEAR * originals
    if not kept.any():
        return left[:, :0]
    basis, sizes, _ = np.linalg.svd(left[:, kept] / lengths[kept], full_matrices=False)
    return np.asarray(basis[:, sizes > COLLINEAR * sizes[0]])


def _misshapen(equation: InstrumentedEquation, coefficient: int) -> list[Fault]:
    k, faults = equation.X.shape[1], []
    if not 0 <= coefficient < k:
        faults.append(Fault("coefficient", f"place {coefficient} of {k}", "count from zero"))
    if len(equation.endogenous) != k:
        faults.append(Fault("endogenous", f"{len(equation.endogenous)} marks for {k} regressors", "mark each"))
    if not all(np.isfinite(part).all() for part in (equation.y, equation.X, equation.Z)):
        faults.append(Fault("rows", "numbers that are not finite", "drop or mend those rows"))
    return faults


def _refuse_impossible(n_moments: int, n_endogenous: int, independent: int, what: str) -> None:
    faults = []
    if n_moments < n_endogenous:
        found = f"{n_moments} independent moments for {n_endogenous} coefficients"
        faults.append(Fault("instruments", found, "add instruments or drop endogenous regressors"))
    if independent <= n_moments:
        found = f"{independent} {what} for {n_moments} moments: the covariance of the moments would be singular"
        faults.append(Fault("clusters", found, f"use at most {max(independent - 1, 0)} instruments or more {what}"))
    if faults:
        raise SpecificationError(SOURCE, faults)


def _refuse_perfect(moments: Moments) -> None:
    lengths = np.sqrt(np.diag(moments.total))
    scaled = moments.total / np.outer(np.where(lengths > 0, lengths, 1), np.where(lengths > 0, lengths, 1))
    rank = int((np.linalg.eigvalsh(scaled) > ROUNDING * len(scaled)).sum())
    if rank < len(scaled):
        found = f"outcome and {len(scaled) - 1} regressors span {rank} dimensions once the others are taken out"
        raise SpecificationError(SOURCE, [Fault("regressors", found, "drop a collinear regressor or a perfect fit")])


def _refuse_dependent(moments: Moments) -> None:
    # Instruments that live in the same few clusters have moments that no value tells apart.
    if moments.by_cluster is None:
        return
    generic = np.random.default_rng(0).normal(size=len(moments.total)) / np.sqrt(np.diag(moments.total))
    rank = int(np.linalg.matrix_rank(moments.by_cluster @ generic, rtol=COLLINEAR))
    if rank < moments.n_moments:
        found = f"the moments of {moments.n_clusters} clusters have rank {rank}, for {moments.n_moments} moments"
        raise SpecificationError(SOURCE, [Fault("instruments", found, "drop instruments that live in few clusters")])
