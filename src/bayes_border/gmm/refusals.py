"""Which equations can no linear estimator estimate, and by which arithmetic?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from bayes_border.errors import Fault
from bayes_border.gmm.columns import collinear
from bayes_border.gmm.stacked import Stacked

#: The variance between clusters of one cluster is not defined.
MIN_CLUSTERS: Final = 2


def size_faults(stacked: Stacked) -> Iterator[Fault]:
    """Yield what is wrong with the numbers of rows and units."""
    (n, k), clusters = stacked.X.shape, stacked.n_units
    if k == 0:
        yield Fault("regressors", "the equation has none", "name a regressor, a lag or an effect")
    yield from row_faults(n, k)
    if clusters < MIN_CLUSTERS:
        yield Fault("clusters", f"{clusters} cluster", "clustered errors need at least two units")


def outcome_faults(stacked: Stacked) -> Iterator[Fault]:
    """Yield a fault where the outcome does not vary, or is an exact combination of the regressors.

    Every estimator then finds that combination, with errors of rounding.
    """
    n, k = stacked.X.shape
    if not stacked.y.any():
        yield Fault("outcome", "is zero in every row: it does not vary", "explain an outcome that does")
    elif n > k > 0 and not collinear(stacked.X) and collinear(np.column_stack([stacked.X, stacked.y])):
        found = "is an exact combination of the regressors: a perfect fit has no sampling error"
        remedy = "look for an identity, such as the product of the outcome with a regressor that grows by one a period"
        yield Fault("outcome", found, remedy)


def row_faults(n: int, k: int) -> Iterator[Fault]:
    """Yield a fault where rows are no more than coefficients."""
    if n <= k:
        yield Fault("rows", f"{n} rows for {k} coefficients", "widen the window or drop a regressor")


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
