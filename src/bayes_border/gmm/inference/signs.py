"""Which signs may the clusters' residuals have had?"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Final

import numpy as np

from bayes_border.errors import Fault, SpecificationError

#: What a refusal is headed with.
SOURCE: Final = "wild bootstrap"
#: Up to so many clusters all sign vectors are enumerated: 4,096 of them.
ENUMERATED_MAX: Final = 12


@dataclass(frozen=True, slots=True)
class Signs:
    """Rademacher sign vectors, the first of them all ones: the data as they are.

    Parameters
    ----------
    vectors
        Entries 1 and -1, shape `(draw, cluster)`. When enumerated, only those with a first entry of
        one: the mirror of a vector has the mirrored statistic.
    enumerated
        Whether the vectors and their mirrors are all there are.
    """

    vectors: np.ndarray
    enumerated: bool

    @property
    def count(self) -> int:
        """Return how many sign vectors the test rests on, the data's own included."""
        return len(self.vectors) * (2 if self.enumerated else 1)


def rademacher_signs(n_clusters: int, *, draws: int, seed: int) -> Signs:
    """Return all 2^G sign vectors up to twelve clusters, else the data's own and `draws` random ones.

    Raises
    ------
    SpecificationError
        If vectors must be drawn and none is asked for.
    """
    if n_clusters <= ENUMERATED_MAX:
        rest = itertools.product([1.0, -1.0], repeat=n_clusters - 1)
        return Signs(np.array([(1.0, *signs) for signs in rest]), enumerated=True)
    if draws < 1:
        raise SpecificationError(SOURCE, [Fault("draws", f"{draws}", "draw at least one sign vector")])
    drawn = np.random.default_rng(seed).choice([1.0, -1.0], size=(draws, n_clusters))
    return Signs(np.concatenate([np.ones((1, n_clusters)), drawn]), enumerated=False)
