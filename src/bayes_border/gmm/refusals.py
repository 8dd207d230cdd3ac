"""Which equations can no linear estimator estimate, and by which arithmetic?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from bayes_border.errors import Fault
from bayes_border.gmm.stacked import Stacked

#: A column whose part that the columns before it do not explain is a smaller share of its length is
#: collinear with them: some ten thousand times the roundoff of the factorisation, whatever its unit.
COLLINEAR: Final = 1e-10
#: The variance between clusters of one cluster is not defined.
MIN_CLUSTERS: Final = 2


def size_faults(stacked: Stacked) -> Iterator[Fault]:
    """Yield what is wrong with the numbers of rows and units."""
    (n, k), clusters = stacked.X.shape, stacked.n_units
    if k == 0:
        yield Fault("regressors", "the equation has none", "name a regressor, a lag or an effect")
    if n <= k:
        yield Fault("rows", f"{n} rows for {k} coefficients", "widen the window")
    if clusters < MIN_CLUSTERS:
        yield Fault("clusters", f"{clusters} cluster", "clustered errors need at least two units")


def zero_faults(stacked: Stacked) -> Iterator[Fault]:
    """Yield a fault for each regressor that is zero in every row: differenced or demeaned, it does not vary."""
    for k in np.flatnonzero(~stacked.X.any(axis=0)):
        found = "is zero in every row: it does not vary over time within a unit"
        yield Fault(stacked.name(int(k)), found, "drop the regressor")


def collinear_faults(stacked: Stacked) -> Iterator[Fault]:
    """Yield a fault where regressors are combinations of others, naming the first such ones."""
    n, k = stacked.X.shape
    redundant = collinear(stacked.X)
    if n > k and redundant:
        named = ", ".join(stacked.name(column) for column in redundant)
        found = f"rank {k - len(redundant)} of {k} regressors: {named} is zero or follows from those before"
        yield Fault("regressors", found, "drop a collinear regressor")


def collinear(columns: np.ndarray) -> list[int]:
    """Return the places of columns that are zero or a combination of those before them."""
    lengths = np.sqrt((columns**2).sum(axis=0))
    basis = np.zeros((len(columns), 0))
    found = []
    for place, column in enumerate((columns / np.where(lengths > 0, lengths, 1.0)).T):
        # Twice is enough (Kahan, Parlett): the first pass leaves roundoff along the basis.
        rest = column - basis @ (basis.T @ column)
        rest -= basis @ (basis.T @ rest)
        length = float(np.sqrt(rest @ rest))
        if length <= COLLINEAR:
            found.append(place)
        else:
            basis = np.column_stack([basis, rest / length])
    return found
