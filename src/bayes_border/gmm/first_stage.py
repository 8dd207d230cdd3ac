"""How strong are the instruments?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayes_border.gmm.columns import unit_length
from bayes_border.gmm.relevance import Direction, Relevance, relevance
from bayes_border.gmm.stacked import Stacked
from bayes_border.gmm.weights import SINGULAR


@dataclass(frozen=True, slots=True)
class FirstStage:
    """How strongly the excluded instruments move one endogenous regressor.

    Parameters
    ----------
    column
        Of X.
    partial_r2
        Share of its squares that the instruments explain, both cleared of the exogenous regressors.
    shea_r2
        The same for what is its own beside the other endogenous regressors (Shea 1997; Godfrey 1999).
    alone
        F of its regression on the instruments.
    conditional
        F of what is its own (Sanderson and Windmeijer 2016): x_j less the other endogenous regressors
        times their two-stage coefficients, on the instruments, with m - 1 degrees of freedom given up.
    """

    column: int
    partial_r2: float
    shea_r2: float
    alone: Relevance
    conditional: Relevance


@dataclass(frozen=True, slots=True)
class Identification:
    """Strength of the instruments of an equation.

    Parameters
    ----------
    exogenous, endogenous
        Columns of X that the instruments span, so that they instrument themselves, and the others.
    n_excluded
        Rank of the instruments once cleared of the exogenous regressors; collinear ones count once.
    stages
        One an endogenous regressor.
    weakest
        The combination of the endogenous regressors that the instruments move least, on l - m + 1 degrees
        of freedom: Cragg and Donald's (1993) statistic with homoscedastic errors, Kleibergen and Paap's
        (2006) rk Wald and LM with clustered ones.
    reason
        Why there are none of these; empty otherwise.
    """

    exogenous: tuple[int, ...]
    endogenous: tuple[int, ...]
    n_excluded: int
    stages: tuple[FirstStage, ...] = ()
    weakest: Relevance | None = None
    reason: str = ""

    @property
    def cragg_donald(self) -> float | None:
        """Return the smallest eigenvalue of Cragg and Donald's matrix, over the number of excluded instruments.

        Stock and Yogo (2005) tabulate its critical values, for homoscedastic errors only and by number
        of instruments and endogenous regressors; none are repeated here.
        """
        return None if self.weakest is None else self._over_all(self.weakest.f)

    @property
    def kleibergen_paap(self) -> float | None:
        """Return the same with errors clustered, the rk Wald F that is printed beside it.

        It has no tabulated critical values: Stock and Yogo's are for homoscedastic errors.
        """
        return None if self.weakest is None else self._over_all(self.weakest.f_clustered)

    @property
    def sentence(self) -> str:
        """Return what the statistics say, for a reader."""
        if self.weakest is None:
            return self.reason
        counts = f"{self.n_excluded} excluded instruments, {len(self.endogenous)} endogenous regressors"
        return f"{counts}; combination that they move least: {self.weakest.sentence}"

    def _over_all(self, f: float | None) -> float | None:
        # The statistic has l - m + 1 degrees of freedom; by convention it is divided by all l instruments.
        return None if f is None or self.weakest is None else f * self.weakest.df / self.n_excluded


def identification(stacked: Stacked, cluster: np.ndarray | None = None) -> Identification:
    """Return how strong the instruments are, with errors clustered by unit or by the labels given.

    A regressor in the span of the instruments is exogenous. R_q being what is left of the instruments
    after the m - 1 directions in which they move the endogenous regressors Y most, and e = Y phi the
    combination that they move least, the rk statistic of Kleibergen and Paap (2006, theorem 1) for rank
    m - 1 is the Wald (or, with the covariance under the hypothesis, the LM) statistic of R_q'e = 0:
    their orthogonal complements reduce to the last singular vectors, m - 1 being one short of m.

    Parameters
    ----------
    cluster
        Labels of the rows' clusters, shape `(row,)`.
    """
    Z = unit_length(stacked.Z)
    everything = _basis(Z)
    spanned = _spanned(stacked.X, everything)
    exogenous, endogenous = np.flatnonzero(spanned), np.flatnonzero(~spanned)
    W = _basis(unit_length(stacked.X[:, exogenous]))
    Q = _basis(_cleared(Z, W))
    found = Identification(tuple(exogenous.tolist()), tuple(endogenous.tolist()), Q.shape[1])
    Y = _cleared(unit_length(stacked.X[:, endogenous]), W)
    reason = _why_none(Y, Q, n_rows=len(Z), rank=everything.shape[1])
    if reason:
        return Identification(found.exogenous, found.endogenous, found.n_excluded, reason=reason)
    stage = _Stage(Y, Q, stacked.unit if cluster is None else cluster, len(Z) - everything.shape[1])
    return Identification(
        found.exogenous,
        found.endogenous,
        found.n_excluded,
        tuple(stage.of(j, column) for j, column in enumerate(found.endogenous)),
        stage.weakest(),
    )


@dataclass(frozen=True, slots=True)
class _Stage:
    """Endogenous regressors Y and an orthonormal basis Q of the instruments, cleared of the exogenous."""

    Y: np.ndarray
    Q: np.ndarray
    cluster: np.ndarray
    df_resid: int

    def of(self, j: int, column: int) -> FirstStage:
        own, others = self.Y[:, j], np.delete(self.Y, j, axis=1)
        moved, seen = self.Q.T @ own, self.Q.T @ others
        delta = np.linalg.lstsq(seen, moved)[0]
        own_part = own - others @ np.linalg.lstsq(others, own)[0]
        return FirstStage(
            column,
            partial_r2=float(moved @ moved / (own @ own)),
            shea_r2=float(((moved - seen @ delta) ** 2).sum() / (own_part @ own_part)),
            alone=self._tested(own, np.eye(self.Q.shape[1])),
            conditional=self._tested(own - others @ delta, _beyond(seen)),
        )

    def weakest(self) -> Relevance:
        orthonormal = np.linalg.qr(self.Y)[0]
        strongest, _, right = np.linalg.svd(self.Q.T @ orthonormal)
        return self._tested(orthonormal @ right[-1], strongest[:, self.Y.shape[1] - 1 :])

    def _tested(self, e: np.ndarray, rotation: np.ndarray) -> Relevance:
        left = e - self.Q @ (self.Q.T @ e)
        return relevance(Direction(e, self.Q @ rotation, left), self.cluster, df_resid=self.df_resid)


def _why_none(Y: np.ndarray, Q: np.ndarray, *, n_rows: int, rank: int) -> str:
    m, excluded = Y.shape[1], Q.shape[1]
    if rank >= n_rows:
        return (
            f"the instruments span all {n_rows} rows: every first stage fits exactly, and no regressor is instrumented"
        )
    if m == 0:
        return "the instruments span every regressor: each instruments itself, and there is no first stage"
    if excluded < m:
        return f"not identified: {excluded} excluded instruments (collinear ones count once), {m} endogenous regressors"
    moved = _basis(Y).shape[1]
    if moved < m:
        return f"not identified: the {m} endogenous regressors have rank {moved} beside the exogenous ones"
    return ""


def _basis(columns: np.ndarray) -> np.ndarray:
    # Of columns of length one, or of what is left of them: whatever is shorter than roundoff of one is nothing.
    left, roots, _ = np.linalg.svd(columns, full_matrices=False)
    return np.asarray(left[:, roots**2 > SINGULAR * max(1.0, roots.max(initial=0.0) ** 2)])


def _cleared(columns: np.ndarray, basis: np.ndarray) -> np.ndarray:
    return np.asarray(columns - basis @ (basis.T @ columns))


def _spanned(X: np.ndarray, basis: np.ndarray) -> np.ndarray:
    return np.asarray((_cleared(unit_length(X), basis) ** 2).sum(axis=0) <= SINGULAR)


def _beyond(columns: np.ndarray) -> np.ndarray:
    # Orthonormal complement of the span of `columns`, shape (size, size - number of columns).
    return np.asarray(np.linalg.svd(columns)[0][:, columns.shape[1] :])
