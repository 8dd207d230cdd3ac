"""Which rows hang together?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Final

import numpy as np

from bayes_border.errors import Fault, SpecificationError
from bayes_border.gmm.linear import LinearFit
from bayes_border.gmm.refusals import MIN_CLUSTERS

#: What a refusal is headed with.
SOURCE: Final = "clustered errors"


class Grouping(StrEnum):
    """What the rows of one cluster share."""

    UNIT = "unit"
    PERIOD = "period"


@dataclass(frozen=True)
class Clusters:
    """A partition of rows.

    Parameters
    ----------
    labels
        Distinct labels in ascending order, shape `(cluster,)`.
    index
        Place of each row's label, shape `(row,)`.
    """

    labels: np.ndarray
    index: np.ndarray

    @property
    def n(self) -> int:
        """Return the number of clusters."""
        return len(self.labels)

    @cached_property
    def sizes(self) -> np.ndarray:
        """Return the number of rows in each cluster, shape `(cluster,)`."""
        return np.bincount(self.index, minlength=self.n)

    @cached_property
    def _order(self) -> np.ndarray:
        return np.argsort(self.index, kind="stable")

    def total(self, rows: np.ndarray) -> np.ndarray:
        """Return the sums of `rows`, shape `(row, ...)`, within each cluster, shape `(cluster, ...)`."""
        starts = np.concatenate([[0], np.cumsum(self.sizes)[:-1]])
        return np.asarray(np.add.reduceat(rows[self._order], starts, axis=0))


def gather(labels: np.ndarray) -> Clusters:
    """Return the partition that equal labels make; labels may be rows of a table, shape `(row, key)`."""
    distinct, index = np.unique(labels, axis=0, return_inverse=True)
    return Clusters(distinct, index.reshape(-1))


def clusters_of(fit: LinearFit, by: Grouping) -> Clusters:
    """Return the clusters of a fit's rows.

    Raises
    ------
    SpecificationError
        If there are fewer than two.
    """
    clusters = gather(fit.unit if by is Grouping.UNIT else fit.period)
    if clusters.n < MIN_CLUSTERS:
        found = f"{clusters.n} cluster by {by} in {len(fit.y)} rows"
        fault = Fault("clusters", found, f"errors clustered by {by} need at least {MIN_CLUSTERS}")
        raise SpecificationError(SOURCE, [fault])
    return clusters
