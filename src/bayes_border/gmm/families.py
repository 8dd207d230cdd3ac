"""What does the estimator that a recipe names find in a stacked equation?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from bayes_border.gmm.difference import DifferenceFit, difference_gmm, minimised
from bayes_border.gmm.difference import refuse_impossible as difference_refusal
from bayes_border.gmm.hansen import Hansen
from bayes_border.gmm.identification import refuse_impossible as instrumental_refusal
from bayes_border.gmm.instrumental import instrumental
from bayes_border.gmm.least_squares import least_squares
from bayes_border.gmm.least_squares import refuse_impossible as least_squares_refusal
from bayes_border.gmm.linear import LinearFit
from bayes_border.gmm.remarks import Remark
from bayes_border.gmm.serial import SerialTest
from bayes_border.gmm.stacked import Stacked
from bayes_border.spec.instruments import WeightKind
from bayes_border.spec.recipe import Estimator, RecipeSpec

_CR1: Final = "clustered by unit, CR1"
_DIFFERENCE_ERRORS: Final = {
    1: "clustered by unit, one-step robust",
    2: "clustered by unit, Windmeijer, kept non-negative at a singular weight",
    "iterated": "clustered by unit, Windmeijer for the iterated estimate",
}
_WEIGHT_ERRORS: Final = {
    WeightKind.ROBUST: "robust to heteroscedasticity",
    WeightKind.CLUSTERED_BY_UNIT: "clustered by unit",
    WeightKind.CLUSTERED_BY_PERIOD: "clustered by period",
    WeightKind.BARTLETT: "HAC, Bartlett kernel over stacked rows",
    WeightKind.PARZEN: "HAC, Parzen kernel over stacked rows",
    WeightKind.QUADRATIC_SPECTRAL: "HAC, quadratic-spectral kernel over stacked rows",
}
#: Moves of an estimate below this many standard errors are not felt, and not spoken of.
FELT: Final = 0.01
_ONE_SERIES: Final = Remark(
    "the kernel weighs all rows as one series ordered by unit and period (province and year), as R's gmm does "
    "on stacked data: the last rows of one unit count as neighbours of the first rows of the next"
)
_SEARCHED: Final = Remark("the minimum was searched for from the two-step estimate; another, lower one may exist")
_ALONE: Final = "units of one row say nothing within units, and are counted among the clusters all the same"
_EVERY_ROW: Final = (
    "instruments span every row: the first step is generalised least squares, and no instrument takes the outcome "
    "out of the right-hand side"
)
_UNITS: Final = (
    "a weight is singular and its generalised inverse depends on the instruments' units: scaling each instrument to "
    "length one moves a coefficient by up to so many standard errors"
)


@dataclass(frozen=True, slots=True)
class Found:
    """What any family of estimators gives, before it is labelled; fields as in `GmmFit`."""

    params: np.ndarray
    first_step: np.ndarray
    covariance: np.ndarray
    covariance_textbook: np.ndarray
    linear: LinearFit
    se_kind: str
    n_instruments: int | None = None
    hansen: Hansen | None = None
    n_steps: int = 1
    serial: tuple[SerialTest, ...] = ()
    remarks: tuple[Remark, ...] = ()


def estimate(spec: RecipeSpec, stacked: Stacked) -> Found:
    """Return what a recipe's estimator finds.

    Raises
    ------
    SpecificationError
        If it cannot be carried out, with the arithmetic.
    """
    match spec.estimator:
        case Estimator.POOLED_OLS | Estimator.WITHIN:
            return _least_squares(spec, stacked)
        case Estimator.DIFFERENCE_GMM:
            return _difference(spec, stacked)
    return _instrumental(spec, stacked)


def refuse_impossible(spec: RecipeSpec, stacked: Stacked) -> None:
    """Raise SpecificationError where a recipe cannot be carried out; what a fit would warn of is not worked out."""
    match spec.estimator:
        case Estimator.DIFFERENCE_GMM:
            minimised(stacked, steps=spec.steps)
        case Estimator.IV_LIML:
            estimate(spec, stacked)
        case _ if spec.linear:
            refuse_by_count(spec, stacked)  # which is all that can stop these
        case _:
            estimate(spec, stacked)


def refuse_by_count(spec: RecipeSpec, stacked: Stacked) -> None:
    """Raise SpecificationError where rows, units, rank and instruments alone forbid an estimate; nothing is fitted."""
    match spec.estimator:
        case Estimator.POOLED_OLS:
            least_squares_refusal(stacked)
        case Estimator.WITHIN:
            least_squares_refusal(stacked, unit_effects=True)
        case Estimator.DIFFERENCE_GMM:
            difference_refusal(stacked, steps=spec.steps)
        case _:
            instrumental_refusal(spec, stacked)


def _least_squares(spec: RecipeSpec, stacked: Stacked) -> Found:
    within = spec.estimator is Estimator.WITHIN
    fit = least_squares(stacked, unit_effects=within)
    b, covariance = fit.coefficients, fit.covariance
    alone = int((np.diff(np.append(stacked.starts, len(stacked.y))) == 1).sum())
    remarks = (Remark(_ALONE, f"{alone} of {stacked.n_units} units"),) if within and alone else ()
    return Found(b, b, covariance, covariance, fit.linear, _CR1, remarks=remarks)


def _instrumental(spec: RecipeSpec, stacked: Stacked) -> Found:
    fit = instrumental(spec, stacked)
    remarks = [Remark(fit.hansen.sentence)] if fit.hansen and fit.hansen.vacuous else []
    if spec.weights is not None and spec.weights.kind.kernel:
        remarks.append(_ONE_SERIES)
    if spec.estimator is Estimator.IV_CUE:
        remarks.append(_SEARCHED)
    return Found(
        fit.coefficients,
        fit.first_step,
        fit.covariance,
        fit.covariance,
        fit.linear,
        _CR1 if spec.weights is None else _WEIGHT_ERRORS[spec.weights.kind],
        stacked.Z.shape[1],
        fit.hansen,
        fit.n_steps,
        remarks=tuple(remarks),
    )


def _difference(spec: RecipeSpec, stacked: Stacked) -> Found:
    fit = difference_gmm(stacked, steps=spec.steps)
    return Found(
        fit.coefficients,
        fit.first_step,
        fit.covariance,
        fit.covariance_textbook,
        fit.linear,
        _DIFFERENCE_ERRORS[spec.steps],
        stacked.Z.shape[1],
        fit.hansen,
        fit.n_steps,
        fit.serial,
        tuple(_remarks(spec, stacked, fit)),
    )


def _remarks(spec: RecipeSpec, stacked: Stacked, fit: DifferenceFit) -> Iterator[Remark]:
    L, rows = stacked.Z.shape[1], len(stacked.y)
    if fit.first_rank >= rows:
        yield Remark(_EVERY_ROW, f"{L} instruments, {rows} rows")
    if spec.steps == "iterated":
        yield Remark("the iteration settled", f"{fit.n_steps} steps")
    if fit.first_rank < L or (spec.steps != 1 and fit.hansen.rank < L):
        moved = _units_matter(spec, stacked, fit)
        if moved >= FELT:
            yield Remark(_UNITS, f"{moved:.2f} s.e.")
    if fit.hansen.vacuous and stacked.n_units >= L:
        yield Remark(fit.hansen.sentence)


def _units_matter(spec: RecipeSpec, stacked: Stacked, fit: DifferenceFit) -> float:
    """Return by how many standard errors scaling each instrument to length one moves a coefficient at most."""
    lengths = np.sqrt((stacked.Z**2).mean(axis=0))
    other = difference_gmm(replace(stacked, Z=stacked.Z / lengths), steps=spec.steps)
    return float((np.abs(other.coefficients - fit.coefficients) / np.sqrt(np.diag(fit.covariance))).max())
