"""What does generalised method of moments give for a stacked differenced equation?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from bayes_border.errors import Fault, SpecificationError
from bayes_border.gmm.hansen import Hansen, hansen
from bayes_border.gmm.serial import SerialTest, serial_test
from bayes_border.gmm.stacked import Stacked
from bayes_border.gmm.weights import Weight, differenced_factor, inverse

#: What a refusal is headed with.
SOURCE: Final = "difference GMM"


@dataclass(frozen=True)
class DifferenceFit:
    """Estimates of a stacked equation.

    Parameters
    ----------
    coefficients, first_step
        Shape `(coefficient,)`; of the last and of the first step.
    covariance
        Robust after one step; after two corrected for the estimated weight (Windmeijer 2005), in a
        form that has no negative variance even where a weight is singular (see `_corrected`).
    covariance_textbook
        The same after Windmeijer's equation 3.3 as plm and xtabond2 compute it: equal at full rank;
        at a singular weight its variances may come out negative.
    covariance_uncorrected
        Without the correction: (X'Z W Z'X)^-1 after two steps.
    residuals
        Of the last step, shape `(row,)`.
    hansen
        J at the last step's estimate under the clustered weight of the first step's residuals.
    first_rank
        Rank of the first step's weight; below the number of instruments a generalised inverse was used.
    m1, m2
        Tests of serial correlation of the differenced residuals; None where no unit has the lag.
    """

    coefficients: np.ndarray
    first_step: np.ndarray
    covariance: np.ndarray
    covariance_textbook: np.ndarray
    covariance_uncorrected: np.ndarray
    residuals: np.ndarray
    hansen: Hansen
    first_rank: int
    m1: SerialTest | None
    m2: SerialTest | None


def difference_gmm(stacked: Stacked, *, steps: int) -> DifferenceFit:
    """Return one-step or two-step difference GMM (Arellano and Bond 1991) of any linear equation.

    Step one weighs moments by (Z'HZ)^-, step two by (sum of g_i g_i')^- over units, uncentred.

    Raises
    ------
    SpecificationError
        If there are fewer instruments or units than coefficients, or the instruments do not move
        some combination of regressors.
    """
    refuse_impossible(stacked, steps=steps)
    ZX, Zy = stacked.Z.T @ stacked.X, stacked.Z.T @ stacked.y
    one = _minimise(inverse(differenced_factor(stacked.Z, stacked.continues)), ZX, Zy)
    u1 = stacked.y - stacked.X @ one.b
    G = stacked.by_unit(stacked.Z * u1[:, None])
    clustered = inverse(G)
    robust = one.covariance_of(G)
    last, covariances = one, (robust, robust, robust)
    if steps > 1:
        last = _minimise(clustered, ZX, Zy)
        covariances = (*_corrected(stacked, one, last, G), last.bread)
    u = stacked.y - stacked.X @ last.b
    moments = clustered.rotate(stacked.Z.T @ u)
    j = hansen(
        float(moments @ moments),
        n_instruments=stacked.Z.shape[1],
        rank=clustered.rank,
        n_clusters=stacked.n_units,
        n_coefficients=len(last.b),
    )
    m1, m2 = (serial_test(stacked, u, k, influence=last.influence, covariance=covariances[0]) for k in (1, 2))
    return DifferenceFit(last.b, one.b, *covariances, u, j, one.weight.rank, m1, m2)


@dataclass(frozen=True, slots=True)
class _Step:
    """One minimisation: weight, estimate, (X'Z W Z'X)^-1, derivatives by Z'y and by the rotated Z'y."""

    weight: Weight
    b: np.ndarray
    bread: np.ndarray
    influence: np.ndarray
    bridge: np.ndarray

    def covariance_of(self, G: np.ndarray) -> np.ndarray:
        """Return the robust covariance for unit moments G, shape `(unit, instrument)`."""
        psi = G @ self.influence.T
        return np.asarray(psi.T @ psi)


def _minimise(weight: Weight, ZX: np.ndarray, Zy: np.ndarray) -> _Step:
    rotated = weight.rotate(ZX)
    lengths = np.sqrt((rotated**2).sum(axis=0))
    rank = int(np.linalg.matrix_rank(rotated / np.where(lengths > 0, lengths, 1.0)))
    if rank < ZX.shape[1]:
        found = f"the weighted instruments move {rank} of {ZX.shape[1]} coefficients"
        fault = Fault("instruments", found, "add instruments, drop a regressor or widen the window")
        raise SpecificationError(SOURCE, [fault])
    bread = np.linalg.inv(rotated.T @ rotated)
    bridge = bread @ rotated.T
    influence = bridge @ weight.factor.T
    return _Step(weight, influence @ Zy, bread, influence, bridge)


def _corrected(stacked: Stacked, one: _Step, two: _Step, G: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the two-step covariance corrected for the weight's own estimation, and the textbook form.

    Column k of D is -B X'Z W (dS/db_k) W Z'u with dS/db_k = -sum of (h_ik g_i' + g_i h_ik'), where
    g_i = Z_i'u_i at step one and h_ik = Z_i'x_ik. Then b2 varies as b2(W) + D b1, whose covariance
    is B + D C' + C D' + D V1 D'. Windmeijer (2005, eq. 3.3) sets C = B, which rests on W S = 1. With a
    generalised inverse W S is a projection only; summing the outer products of the units' own
    contributions gives C as it is, equals eq. 3.3 at full rank, and cannot be negative.
    """
    remaining = two.weight.rotate(stacked.Z.T @ (stacked.y - stacked.X @ two.b))
    g = G @ two.weight.factor
    D = np.empty_like(two.bread)
    for k in range(len(two.b)):
        h = stacked.by_unit(stacked.Z * stacked.X[:, [k]]) @ two.weight.factor
        D[:, k] = two.bridge @ (h.T @ (g @ remaining) + g.T @ (h @ remaining))
    psi = G @ (two.influence + D @ one.influence).T
    textbook = two.bread + D @ two.bread + two.bread @ D.T + D @ one.covariance_of(G) @ D.T
    return psi.T @ psi, textbook


def refuse_impossible(stacked: Stacked, *, steps: int) -> None:
    """Raise SpecificationError, with the arithmetic, where no estimate can exist."""
    (n_rows, k), L, N = stacked.X.shape, stacked.Z.shape[1], stacked.n_units
    faults = []
    if k > L:
        faults.append(Fault("instruments", f"{L} instruments for {k} coefficients", f"give at least {k}"))
    if steps > 1 and k > N:
        found = f"a weight summed over {N} clusters has rank {N} at most, for {k} coefficients"
        faults.append(Fault("clusters", found, "use more units or a one-step recipe with fewer regressors"))
    if n_rows <= k:
        faults.append(Fault("rows", f"{n_rows} rows for {k} coefficients", "widen the window"))
    if faults:
        raise SpecificationError(SOURCE, faults)
