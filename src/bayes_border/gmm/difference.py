"""What does generalised method of moments give for a stacked differenced equation?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from bayes_border.errors import Fault, SpecificationError
from bayes_border.gmm.columns import rank
from bayes_border.gmm.hansen import Hansen, hansen
from bayes_border.gmm.linear import LinearFit
from bayes_border.gmm.refusals import collinear_faults, outcome_faults, size_faults, zero_faults
from bayes_border.gmm.serial import SerialTest, serial_test
from bayes_border.gmm.stacked import Stacked
from bayes_border.gmm.weights import Weight, inverse

#: What a refusal is headed with.
SOURCE: Final = "difference GMM"
#: Iteration ends when no coefficient moves by a larger share of its standard error, ...
CONVERGED: Final = 1e-10
#: ... and is given up after so many steps: a contraction by 0.9 a step needs some 220.
MAX_STEPS: Final = 1000
#: Lags of the m tests: the first is expected to be correlated, the others must not be.
SERIAL_ORDERS: Final = (1, 2, 3)


@dataclass(frozen=True)
class DifferenceFit:
    """Estimates of a stacked equation.

    Parameters
    ----------
    coefficients, first_step
        Shape `(coefficient,)`; of the last and of the first step.
    covariance
        Robust after one step; later corrected for the estimated weight (Windmeijer 2005), in a form that
        has no negative variance even where a weight is singular (see `_corrected`).
    covariance_textbook
        The same after Windmeijer's equation 3.3 as plm and xtabond2 compute it: equal at full rank;
        at a singular weight its variances may come out negative.
    covariance_uncorrected
        Without the correction: (X'Z W Z'X)^-1 after two steps.
    linear
        The last step as an estimating equation, X_hat = Z W Z'X.
    hansen
        J at the last step's estimate under the clustered weight of the step before (of the first, after one).
    first_rank
        Rank of the first step's weight; below the number of instruments a generalised inverse was used.
    n_steps
        How many minimisations it took.
    serial
        Tests of serial correlation of the differenced residuals at lags 1, 2 and 3.
    """

    coefficients: np.ndarray
    first_step: np.ndarray
    covariance: np.ndarray
    covariance_textbook: np.ndarray
    covariance_uncorrected: np.ndarray
    linear: LinearFit
    hansen: Hansen
    first_rank: int
    n_steps: int
    serial: tuple[SerialTest, ...]

    @property
    def residuals(self) -> np.ndarray:
        """Return the last step's residuals, shape `(row,)`."""
        return np.asarray(self.linear.y - self.linear.X @ self.coefficients)


def difference_gmm(stacked: Stacked, *, steps: Literal[1, 2, "iterated"]) -> DifferenceFit:
    """Return difference GMM (Arellano and Bond 1991) of any linear equation, in one, two or as many steps as it takes.

    Step one weighs moments by (Z'HZ)^-, each later one by (sum of g_i g_i')^- over units, uncentred, at
    the estimate of the step before. Iterated, estimate and weight agree with one another (Hansen, Heaton
    and Yaron 1996).

    Raises
    ------
    SpecificationError
        If there are fewer instruments or units than coefficients, the instruments do not move some
        combination of regressors, or iteration does not converge.
    """
    one, last, n_steps = minimised(stacked, steps=steps)
    if steps == 1:
        G = _moments(stacked, one)
        robust = one.covariance_of(G)
        return _described(stacked, (one, one, 1), inverse(G), (robust, robust, robust))
    covariances = (*_corrected(stacked, one, last, iterated=steps == "iterated"), last.bread)
    return _described(stacked, (one, last, n_steps), last.weight, covariances)


def minimised(stacked: Stacked, *, steps: Literal[1, 2, "iterated"]) -> tuple[_Step, _Step, int]:
    """Return the first and the last minimisation of `difference_gmm`, and how many it took; raises what that raises."""
    refuse_impossible(stacked, steps=steps)
    one = _minimise(stacked, stacked.first_weight)
    if steps == 1:
        return one, one, 1
    last = _after(stacked, one)
    return (one, *_iterate(stacked, last)) if steps == "iterated" else (one, last, 2)


def _described(
    stacked: Stacked,
    steps: tuple[_Step, _Step, int],
    clustered: Weight,
    covariances: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> DifferenceFit:
    one, last, n_steps = steps
    u = stacked.y - stacked.X @ last.b
    moments = clustered.rotate(stacked.Z.T @ u)
    j = hansen(
        float(moments @ moments),
        n_instruments=stacked.Z.shape[1],
        rank=clustered.rank,
        n_clusters=stacked.n_units,
        n_coefficients=len(last.b),
    )
    serial = tuple(
        serial_test(stacked, u, order, influence=last.influence, covariance=covariances[0]) for order in SERIAL_ORDERS
    )
    X_hat = stacked.Z @ (last.weight.factor @ last.weight.rotate(stacked.Z.T @ stacked.X))
    linear = LinearFit(stacked.y, stacked.X, X_hat, stacked.unit, stacked.period)
    return DifferenceFit(last.b, one.b, *covariances, linear, j, one.weight.rank, n_steps, serial)


@dataclass(frozen=True, slots=True)
class _Step:
    """One minimisation: weight, estimate, (X'Z W Z'X)^-1, derivatives by Z'y and by the rotated Z'y.

    `before` holds the unit moments of the step before, whose outer products the weight inverts; None in the first.
    """

    weight: Weight
    b: np.ndarray
    bread: np.ndarray
    influence: np.ndarray
    bridge: np.ndarray
    before: np.ndarray | None = None

    def covariance_of(self, G: np.ndarray) -> np.ndarray:
        """Return the robust covariance for unit moments G, shape `(unit, instrument)`."""
        psi = G @ self.influence.T
        return np.asarray(psi.T @ psi)


def _minimise(stacked: Stacked, weight: Weight, before: np.ndarray | None = None) -> _Step:
    ZX, Zy = stacked.Z.T @ stacked.X, stacked.Z.T @ stacked.y
    rotated = weight.rotate(ZX)
    moved = rank(rotated)
    if moved < ZX.shape[1]:
        found = f"the weighted instruments move {moved} of {ZX.shape[1]} coefficients"
        # A generalised inverse may drop an instrument for its unit alone, and with it a coefficient.
        units = ", or bring the instruments to like sizes, for a singular weight is blind to small ones"
        remedy = f"add instruments, drop a regressor or widen the window{units if weight.singular else ''}"
        fault = Fault("instruments", found, remedy)
        raise SpecificationError(SOURCE, [fault])
    bread = np.linalg.inv(rotated.T @ rotated)
    bridge = bread @ rotated.T
    influence = bridge @ weight.factor.T
    return _Step(weight, influence @ Zy, bread, influence, bridge, before)


def _moments(stacked: Stacked, step: _Step) -> np.ndarray:
    """Return the units' moments at a step's estimate, shape `(unit, instrument)`."""
    return stacked.by_unit(stacked.Z * (stacked.y - stacked.X @ step.b)[:, None])


def _after(stacked: Stacked, step: _Step) -> _Step:
    G = _moments(stacked, step)
    return _minimise(stacked, inverse(G), G)


def _iterate(stacked: Stacked, step: _Step) -> tuple[_Step, int]:
    moved = np.inf
    for n_steps in range(3, MAX_STEPS + 1):
        following = _after(stacked, step)
        moved = float((np.abs(following.b - step.b) / np.sqrt(np.diag(following.bread))).max())
        step = following
        if moved <= CONVERGED:
            return step, n_steps
    found = f"after {MAX_STEPS} steps the estimate still moves by {moved:.2g} standard errors a step"
    raise SpecificationError(SOURCE, [Fault("steps", found, "use two steps, or fewer instruments than clusters")])


def _corrected(stacked: Stacked, one: _Step, last: _Step, *, iterated: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return the covariance corrected for the weight's own estimation, and the textbook form.

    Column k of D is -B X'Z W (dS/db_k) W Z'u with dS/db_k = -sum of (h_ik g_i' + g_i h_ik'), where
    g_i = Z_i'u_i at the step before and h_ik = Z_i'x_ik. Then b2 varies as b2(W) + D b1, whose covariance
    is B + D C' + C D' + D V1 D'. Windmeijer (2005, eq. 3.3) sets C = B, which rests on W S = 1. With a
    generalised inverse W S is a projection only; summing the outer products of the units' own
    contributions gives C as it is, equals eq. 3.3 at full rank, and cannot be negative. Iterated, b
    varies as b(W) + D b, so (1 - D)^-1 stands on either side (Windmeijer 2000).
    """
    assert last.before is not None  # noqa: S101 -- only a step after the first is corrected
    G = last.before
    remaining = last.weight.rotate(stacked.Z.T @ (stacked.y - stacked.X @ last.b))
    g = G @ last.weight.factor
    D = np.empty_like(last.bread)
    for k in range(len(last.b)):
        h = stacked.by_unit(stacked.Z * stacked.X[:, [k]]) @ last.weight.factor
        D[:, k] = last.bridge @ (h.T @ (g @ remaining) + g.T @ (h @ remaining))
    if iterated:
        multiplier = np.linalg.inv(np.eye(len(D)) - D)
        psi = G @ last.influence.T @ multiplier.T
        return psi.T @ psi, multiplier @ last.bread @ multiplier.T
    psi = G @ (last.influence + D @ one.influence).T
    textbook = last.bread + D @ last.bread + last.bread @ D.T + D @ one.covariance_of(G) @ D.T
    return psi.T @ psi, textbook


def refuse_impossible(stacked: Stacked, *, steps: Literal[1, 2, "iterated"]) -> None:
    """Raise SpecificationError, with the arithmetic, where no estimate can exist."""
    k, L, N = stacked.X.shape[1], stacked.Z.shape[1], stacked.n_units
    still = list(zero_faults(stacked))
    faults = [*size_faults(stacked), *(still or collinear_faults(stacked)), *outcome_faults(stacked)]
    if k > L:
        faults.append(Fault("instruments", f"{L} instruments for {k} coefficients", f"give at least {k}"))
    if steps != 1 and k > N:
        found = f"a weight summed over {N} clusters has rank {N} at most, for {k} coefficients"
        faults.append(Fault("clusters", found, "use more units or a one-step recipe with fewer regressors"))
    if faults:
        raise SpecificationError(SOURCE, faults)
