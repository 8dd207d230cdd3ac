"""What are the errors when rows of one unit hang together and rows of one period do too?"""

from __future__ import annotations

from typing import Final

import numpy as np

from bayes_border.gmm.inference.clustered import outer_sums, small_sample_factor
from bayes_border.gmm.inference.clusters import Clusters, Grouping, clusters_of, gather
from bayes_border.gmm.inference.covariance import Covariance, covariance
from bayes_border.gmm.inference.refusals import refuse_impossible
from bayes_border.gmm.linear import LinearFit
from bayes_border.spec.recipe import StandardErrors

#: An eigenvalue of the scaled matrix above minus this is zero up to rounding.
ROUNDING: Final = 1e-12


def two_way(fit: LinearFit) -> Covariance:
    """Return the covariance clustered by unit and by period (Cameron, Gelbach and Miller 2011, eq. 2.11).

    By unit, plus by period, less by their intersection, each with its own CR1 factor, as linearmodels
    has it. A difference may fail to be positive semi-definite. Its negative eigenvalues are then set
    to zero (their section 2.3), and `notes` says so. The cut is made after each coefficient is
    divided by the root of its unit and period variances together, so that no unit of measurement
    moves it. It can only raise a variance. The t has the smaller number of clusters less one.

    Raises
    ------
    SpecificationError
        If there is one unit or one period only, or no sampling error at all.
    """
    refuse_impossible(fit)
    unit, period = (clusters_of(fit, by) for by in (Grouping.UNIT, Grouping.PERIOD))
    cells = gather(np.column_stack([fit.unit, fit.period]))
    both = _corrected(fit, unit) + _corrected(fit, period)
    matrix, notes = _without_negative(both - _corrected(fit, cells), np.sqrt(np.diag(both)))
    return covariance(fit, StandardErrors.TWO_WAY, matrix, df=min(unit.n, period.n) - 1, notes=notes)


def _corrected(fit: LinearFit, clusters: Clusters) -> np.ndarray:
    return small_sample_factor(fit, clusters.n) * outer_sums(fit, clusters)


def _without_negative(matrix: np.ndarray, scale: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    scale = np.where(scale > 0, scale, 1.0)
    values, vectors = np.linalg.eigh(matrix / np.outer(scale, scale))
    negative = values < -ROUNDING
    if not negative.any():
        return matrix, ()
    root = vectors[:, ~negative] * np.sqrt(values[~negative].clip(0))
    note = (
        f"not positive semi-definite: {negative.sum()} of {len(values)} eigenvalues, down to {values[0]:.2g} of "
        "the unit and period variances together, were set to zero"
    )
    return (root @ root.T) * np.outer(scale, scale), (note,)
