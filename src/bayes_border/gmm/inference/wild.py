"""Would a coefficient this large have come about had the clusters' residuals had other signs?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from bayes_border.criteria import INTERVAL_LEVEL
from bayes_border.errors import Fault, SpecificationError
from bayes_border.gmm.inference.clustered import Correction, clustered, small_sample_factor
from bayes_border.gmm.inference.clusters import Clusters, Grouping, clusters_of
from bayes_border.gmm.inference.confidence_set import ConfidenceSet
from bayes_border.gmm.inference.signs import SOURCE, Signs, rademacher_signs
from bayes_border.gmm.inference.wild_path import Tail, WildPath
from bayes_border.gmm.linear import LinearFit


@dataclass(frozen=True, slots=True, kw_only=True)
class WildPlan:
    """How a wild bootstrap is done.

    `by`: whose residuals share a sign. `tail`: which p-value. `draws` and `seed`: of sign vectors
    where there are more than twelve clusters. `level`: of the confidence set.
    """

    seed: int
    by: Grouping = Grouping.UNIT
    tail: Tail = Tail.SYMMETRIC
    draws: int = 999
    level: float = INTERVAL_LEVEL


class WildForm(StrEnum):
    """What the bootstrap is, and what it holds fixed."""

    RESTRICTED_RESIDUALS = "wild cluster restricted: regressors held fixed"
    RESTRICTED_SCORES = "restricted score bootstrap: regressors and what instruments them held fixed"


@dataclass(frozen=True, slots=True)
class WildTest:
    """A wild cluster bootstrap test of one coefficient.

    Parameters
    ----------
    null, statistic
        Value tested; t of the estimate against it under the clustered error, CR1.
    p_value, smallest_p
        Of the test; and the smallest that so many sign vectors can give.
    n_signs, enumerated
        Sign vectors, and whether they are all there are.
    confidence
        Values whose p-value is above one less the level, exact in the value.
    form
        What it is and what it conditions on.
    """

    null: float
    statistic: float
    p_value: float
    smallest_p: float
    n_signs: int
    enumerated: bool
    confidence: ConfidenceSet
    form: WildForm


def wild_bootstrap(fit: LinearFit, coefficient: int, plan: WildPlan, *, null: float = 0.0) -> WildTest:
    """Return the wild cluster bootstrap-t test of `b[coefficient] = null`, with the null imposed.

    The equation is estimated under the null, the residuals of each cluster get a common random sign,
    the unrestricted estimate and its clustered error are computed again, and t is compared with the
    t's of all sign vectors, the data's own included (Cameron, Gelbach and Miller 2008). With G
    clusters p is a multiple of 2^(1-G): with nine, of 1/256. Enumerated, t is symmetric about zero
    and both tails give one answer.

    X and X_hat are kept fixed. For least squares this is the restricted wild cluster bootstrap. For
    an instrumented fit it is the score bootstrap of Kline and Santos (2012): the scores of the
    restricted fit get the signs, and no reduced form is drawn again as in Davidson and MacKinnon
    (2010), whose reduced form of a product of outcome and regressor would contradict the product.
    It is not robust to weak instruments; `anderson_rubin` is.

    Where a regressor contains the outcome, as in equation (3), it is *kept* as it is while the
    outcome changes sign: the test conditions on a regressor that moves with the error, and inherits
    the estimator's bias, which a placebo measures. Making the products again from the drawn outcome is not
    offered: it needs the structural coefficients, and least squares does not estimate them.

    Raises
    ------
    SpecificationError
        If there is one cluster only, no sampling error, or none for this coefficient.
    """
    path, signs = _path(fit, coefficient, plan)
    z = (null - path.estimate) / path.se
    form = WildForm.RESTRICTED_RESIDUALS if _least_squares(fit) else WildForm.RESTRICTED_SCORES
    smallest = (2 if signs.enumerated or plan.tail is Tail.EQUAL_TAIL else 1) / signs.count
    pieces = path.not_rejected(1 - plan.level, plan.tail)
    confidence = ConfidenceSet(
        tuple((path.estimate + path.se * low, path.estimate + path.se * high) for low, high in pieces), plan.level
    )
    statistic = -z / np.sqrt(small_sample_factor(fit, signs.vectors.shape[1]))
    p_value = path.p_value(z, plan.tail)
    return WildTest(null, float(statistic), p_value, smallest, signs.count, signs.enumerated, confidence, form)


def _least_squares(fit: LinearFit) -> bool:
    return fit.X_hat is fit.X or np.array_equal(fit.X_hat, fit.X)


def _path(fit: LinearFit, coefficient: int, plan: WildPlan) -> tuple[WildPath, Signs]:
    if not 0 <= coefficient < fit.X.shape[1]:
        fault = Fault("coefficient", f"place {coefficient} of {fit.X.shape[1]}", "count from zero")
        raise SpecificationError(SOURCE, [fault])
    error = clustered(fit, plan.by, correction=Correction.CR0)
    if error.reasons[coefficient]:
        fault = Fault(f"coefficient {coefficient}", error.reasons[coefficient], "cluster otherwise")
        raise SpecificationError(SOURCE, [fault])
    clusters = clusters_of(fit, plan.by)
    signs = rademacher_signs(clusters.n, draws=plan.draws, seed=plan.seed)
    se = float(error.se[coefficient])
    numerator, scores = _along_nulls(fit, coefficient, clusters, signs)
    # In standard errors: the null is b + z se, and what moves with it moves by se a unit of z.
    steps = np.array([1.0, se]) / se
    return WildPath(float(fit.coefficients[coefficient]), se, numerator * steps, scores * steps, signs), signs


def _along_nulls(fit: LinearFit, j: int, clusters: Clusters, signs: Signs) -> tuple[np.ndarray, np.ndarray]:
    # Residuals under the null v are e - (v - b) r: e of the whole fit, r of regressor j on the others,
    # all by the estimator's own equations. Everything below is linear in (1, v - b): last axis, size 2.
    residuals = np.stack([fit.residuals, -_restricted(fit, j)], axis=1)
    parts = clusters.total(fit.X_hat[:, :, None] * residuals[:, None, :])
    parts = np.einsum("ck,gkp->gcp", fit.bread, parts)
    moved = np.einsum("sg,gcp->scp", signs.vectors, parts)
    slope = clusters.total((fit.X_hat @ fit.bread[j])[:, None] * fit.X)
    own = signs.vectors[:, :, None] * parts[:, j, :]
    return moved[:, j, :], own - np.einsum("gc,scp->sgp", slope, moved)


def _restricted(fit: LinearFit, j: int) -> np.ndarray:
    others = np.arange(fit.X.shape[1]) != j
    X, X_hat = fit.X[:, others], fit.X_hat[:, others]
    return np.asarray(fit.X[:, j] - X @ np.linalg.solve(X_hat.T @ X, X_hat.T @ fit.X[:, j]))
