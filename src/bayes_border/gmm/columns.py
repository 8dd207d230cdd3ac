"""Which columns hang together, whatever their unit?"""

from __future__ import annotations

from typing import Final

import numpy as np

#: A column whose part that the columns before it do not explain is a smaller share of its length is
#: collinear with them: some ten thousand times the roundoff of the factorisation, whatever its unit.
COLLINEAR: Final = 1e-10


def unit_length(columns: np.ndarray) -> np.ndarray:
    """Return columns, shape `(row, column)`, each divided by its length; a column of zeros stays one."""
    lengths = np.sqrt((columns**2).sum(axis=0))
    return np.asarray(columns / np.where(lengths > 0, lengths, 1.0))


def sizes(columns: np.ndarray) -> np.ndarray:
    """Return the power of two above each column's largest entry: dividing by it rounds nothing."""
    return np.asarray(2.0 ** np.frexp(np.abs(columns).max(axis=0))[1])


def rank(columns: np.ndarray) -> int:
    """Return the rank of columns that are scaled to one length first, so that no unit decides it."""
    return int(np.linalg.matrix_rank(unit_length(columns)))


def collinear(columns: np.ndarray) -> list[int]:
    """Return the places of columns that are zero or a combination of those before them."""
    basis = np.zeros((len(columns), 0))
    found = []
    for place, column in enumerate(unit_length(columns).T):
        # Twice is enough (Kahan, Parlett): the first pass leaves roundoff along the basis.
        rest = column - basis @ (basis.T @ column)
        rest -= basis @ (basis.T @ rest)
        length = float(np.sqrt(rest @ rest))
        if length <= COLLINEAR:
            found.append(place)
        else:
            basis = np.column_stack([basis, rest / length])
    return found
