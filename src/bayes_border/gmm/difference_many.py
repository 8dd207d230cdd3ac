"""What does difference GMM find on many outcomes at once, instruments being the same?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from bayes_border.gmm.batch import ManyFits, apply
from bayes_border.gmm.stacked import Stacked
from bayes_border.gmm.weights import DROPPED, inverse


def difference_many(stacked: Stacked, X: np.ndarray, Y: np.ndarray, *, steps: Literal[1, 2]) -> ManyFits:
    """Return one-step or two-step difference GMM of each outcome, with the errors of `difference_gmm`.

    Parameters
    ----------
    stacked
        Rows and instruments.
    X, Y
        Right-hand sides `(simulation, row, coefficient)` and outcomes `(simulation, row)`.
    steps
        1 or 2.
    """
    return _difference(_InRows(stacked, X, Y), steps)


@dataclass(frozen=True)
class _InRows:
    """Difference GMM written in rows and units instead of moments, of which there may be a thousand.

    The second weight is R R', the inverse of G'G with G = (unit, moment); all that the estimate and
    its covariance need of it are R'Z', shape `(rank, row)`, and G R, shape `(unit, rank)`. Where
    clusters are few both follow from the small GG' and the products ZZ' of the rows alone.
    """

    stacked: Stacked
    X: np.ndarray
    Y: np.ndarray

    @cached_property
    def between_rows(self) -> np.ndarray:
        """Return ZZ', shape `(row, row)`."""
        return np.asarray(self.stacked.Z @ self.stacked.Z.T)

    @cached_property
    def members(self) -> np.ndarray:
        """Return which rows are a unit's, shape `(unit, row)`."""
        return self.stacked.by_unit(np.eye(len(self.stacked.unit)))

    def masked(self, u: np.ndarray) -> np.ndarray:
        """Return a row series spread over units, shape `(simulation, unit, row)`."""
        return np.asarray(u[:, None, :] * self.members)

    def by_unit(self, left: np.ndarray, series: np.ndarray) -> np.ndarray:
        """Return `left` (simulation, unit, row) times `series` (simulation, row), summed by unit (last axis)."""
        return np.asarray(np.add.reduceat(left * series[:, None, :], self.stacked.starts, axis=2))


def _difference(rows: _InRows, steps: int) -> ManyFits:
    stacked, X, Y = rows.stacked, rows.X, rows.Y
    P = stacked.Z @ stacked.first_weight.factor
    PX = P.T @ X
    bread1 = np.linalg.inv(np.swapaxes(PX, 1, 2) @ PX)
    bridge1 = bread1 @ np.swapaxes(PX, 1, 2)
    b1 = apply(bridge1, Y @ P)
    u1 = Y - apply(X, b1)
    influence1 = np.swapaxes(rows.by_unit(bridge1 @ P.T, u1), 1, 2)
    if steps == 1:
        return ManyFits(b1, np.sqrt((influence1**2).sum(axis=1)))
    return _second_step(rows, u1, influence1)


def _second_step(rows: _InRows, u1: np.ndarray, influence1: np.ndarray) -> ManyFits:
    X, Y = rows.X, rows.Y
    narrow = rows.stacked.n_units < rows.stacked.Z.shape[1]
    rotated, g = _rotated_by_clusters(rows, u1) if narrow else _rotated_by_moments(rows, u1)
    RX = rotated @ X
    bread = np.linalg.inv(np.swapaxes(RX, 1, 2) @ RX)
    bridge = bread @ np.swapaxes(RX, 1, 2)
    b = apply(bridge, apply(rotated, Y))
    step = g, apply(rotated, Y - apply(X, b)), bridge
    D = np.stack([_weight_slope(rows, rotated, step, X[..., k]) for k in range(X.shape[2])], axis=2)
    psi = g @ np.swapaxes(bridge, 1, 2) + influence1 @ np.swapaxes(D, 1, 2)
    return ManyFits(b, np.sqrt((psi**2).sum(axis=1)))


def _rotated_by_clusters(rows: _InRows, u1: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    # Fewer clusters than moments. With V and l the eigenvectors and values of GG', R = G'V / l.
    GZ = rows.masked(u1) @ rows.between_rows
    values, vectors = np.linalg.eigh(rows.by_unit(GZ, u1))
    kept = values > DROPPED * values[:, -1:]
    inverted = np.where(kept, 1 / np.where(kept, values, 1.0), 0.0)
    return (np.swapaxes(vectors, 1, 2) * inverted[..., None]) @ GZ, vectors * kept[:, None, :]


def _rotated_by_moments(rows: _InRows, u1: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    # Fewer moments than clusters: each panel's small weight by the rules of the one-panel function.
    Z = rows.stacked.Z
    G = rows.masked(u1) @ Z
    weights = [inverse(one) for one in G]
    R = np.zeros((len(G), Z.shape[1], Z.shape[1]))
    for factor, weight in zip(R, weights, strict=True):
        factor[:, : weight.rank] = weight.factor
    return np.swapaxes(R, 1, 2) @ Z.T, G @ R


def _weight_slope(
    rows: _InRows, rotated: np.ndarray, step: tuple[np.ndarray, np.ndarray, np.ndarray], x: np.ndarray
) -> np.ndarray:
    # Column k of Windmeijer's D, see `difference._corrected`.
    g, remaining, bridge = step
    h = np.swapaxes(rows.by_unit(rotated, x), 1, 2)
    inner = apply(np.swapaxes(h, 1, 2), apply(g, remaining)) + apply(np.swapaxes(g, 1, 2), apply(h, remaining))
    return apply(bridge, inner)
