"""What is common to fits of many outcomes at once?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class ManyFits:
    """Estimates and standard errors, both of shape `(simulation, coefficient)`."""

    estimate: np.ndarray
    se: np.ndarray


def apply(matrices: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """Return each matrix `(..., row, column)` times its vector `(..., column)`."""
    return np.asarray((matrices @ vectors[..., None])[..., 0])


def transposed(matrices: np.ndarray) -> np.ndarray:
    """Return each matrix's transpose."""
    return np.swapaxes(matrices, -1, -2)


def cr1(stacked_rows: int, coefficients: int, clusters: int) -> float:
    """Return Stata's small-sample factor of clustered errors, G / (G - 1) * (n - 1) / (n - k)."""
    return clusters / (clusters - 1) * (stacked_rows - 1) / (stacked_rows - coefficients)
