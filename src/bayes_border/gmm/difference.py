"""What does generalised method of moments give for a stacked differenced equation?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayes_border.errors import Fault, SpecificationError
from bayes_border.gmm.hansen import Hansen, hansen
from bayes_border.gmm.serial import SerialTest, serial_test
from bayes_border.gmm.stacked import Stacked
from bayes_border.gmm.weights import Weight, differenced_factor, inverse


@dataclass(frozen=True)
class DifferenceFit:
    """Estimates of a stacked equation.

    Parameters
    ----------
    coefficients, first_step
        Shape `(coefficient,)`; of the last and of the first step.
    covariance
        Corrected for the estimated weight (Windmeijer 2005) after two steps, robust after one.
    covariance_uncorrected
        The textbook one: two steps (X'Z W Z'X)^-1; one step the robust one again.
    residuals
        Of the last step, shape `(row,)`.
    hansen
        J at the last step's estimate under the clustered weight of the first step's residuals.
    first_rank, second_rank
        Ranks of the two weights; below the number of instruments a generalised inverse was used.
    m1, m2
        Tests of serial correlation of the differenced residuals; None where no unit has the lag.
    """

    coefficients: np.ndarray
    first_step: np.ndarray
    covariance: np.ndarray
    covariance_uncorrected: np.ndarray
    residuals: np.ndarray
    hansen: Hansen
    first_rank: int
    second_rank: int
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
    first = inverse(differenced_factor(stacked.Z, stacked.continues))
    b1, bread1 = _minimise(first, ZX, Zy)
    u1 = stacked.y - stacked.X @ b1
    G = stacked.by_unit(stacked.Z * u1[:, None])
    second = inverse(G)
    half = G @ first.factor @ (first.rotate(ZX) @ bread1)
    robust1 = half.T @ half
    b, bread, covariance, weight = b1, bread1, robust1, first
    if steps > 1:
        b, bread = _minimise(second, ZX, Zy)
        covariance, weight = _windmeijer(stacked, second, ZX, (b, bread), (u1, G, robust1)), second
    u = stacked.y - stacked.X @ b
    moments = second.rotate(stacked.Z.T @ u)
    j = hansen(
        float(moments @ moments),
        n_instruments=stacked.Z.shape[1],
        rank=second.rank,
        n_clusters=stacked.n_units,
        n_coefficients=len(b),
    )
    influence = bread @ weight.rotate(ZX).T @ weight.factor.T
    m1, m2 = (serial_test(stacked, u, order, influence=influence, covariance=covariance) for order in (1, 2))
    uncorrected = bread if steps > 1 else covariance
    return DifferenceFit(b, b1, covariance, uncorrected, u, j, first.rank, second.rank, m1, m2)


def _minimise(weight: Weight, ZX: np.ndarray, Zy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    rotated = weight.rotate(ZX)
    lengths = np.sqrt((rotated**2).sum(axis=0))
    rank = int(np.linalg.matrix_rank(rotated / np.where(lengths > 0, lengths, 1.0)))
    if rank < ZX.shape[1]:
        found = f"the weighted instruments move {rank} of {ZX.shape[1]} coefficients"
        fault = Fault("instruments", found, "add instruments, drop a regressor or widen the window")
        raise SpecificationError("difference GMM", [fault])
    bread = np.linalg.inv(rotated.T @ rotated)
    return bread @ (rotated.T @ weight.rotate(Zy)), bread


def _windmeijer(
    stacked: Stacked,
    weight: Weight,
    ZX: np.ndarray,
    last: tuple[np.ndarray, np.ndarray],
    first: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> np.ndarray:
    """Return the two-step covariance corrected for the weight's own estimation (Windmeijer 2005, eq. 3.3).

    Column k of D is -B X'Z W (dS/db_k) W Z'u with dS/db_k = -sum of (h_ik g_i' + g_i h_ik'), where
    g_i = Z_i'u_i at step one and h_ik = Z_i'x_ik.
    """
    (b, bread), (u1, G, robust1) = last, first
    bridge = bread @ weight.rotate(ZX).T
    remaining = weight.rotate(stacked.Z.T @ (stacked.y - stacked.X @ b))
    g = G @ weight.factor
    D = np.empty((len(b), len(b)))
    for k in range(len(b)):
        h = stacked.by_unit(stacked.Z * stacked.X[:, [k]]) @ weight.factor
        D[:, k] = bridge @ (h.T @ (g @ remaining) + g.T @ (h @ remaining))
    return bread + D @ bread + bread @ D.T + D @ robust1 @ D.T


def refuse_impossible(stacked: Stacked, *, steps: int) -> None:
    """Raise SpecificationError, with the arithmetic, where no estimate can exist."""
    (n_rows, k), L, N = stacked.X.shape, stacked.Z.shape[1], stacked.n_units
    faults = []
    if L < k:
        faults.append(Fault("instruments", f"{L} instruments for {k} coefficients", f"give at least {k}"))
    if steps > 1 and N < k:
        found = f"a weight summed over {N} clusters has rank {N} at most, for {k} coefficients"
        faults.append(Fault("clusters", found, "use more units or a one-step recipe with fewer regressors"))
    if n_rows <= k:
        faults.append(Fault("rows", f"{n_rows} rows for {k} coefficients", "widen the window"))
    if faults:
        raise SpecificationError("difference GMM", faults)
