"""What does a recipe find in a panel's window?"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from bayes_border.design import build_design
from bayes_border.gmm.difference import DifferenceFit, difference_gmm
from bayes_border.gmm.fit import GmmFit
from bayes_border.gmm.hansen import Hansen
from bayes_border.gmm.least_squares import pooled_ols
from bayes_border.gmm.rows import coefficient_names, equation_rows
from bayes_border.gmm.serial import SerialTest
from bayes_border.gmm.stacked import Stacked
from bayes_border.panel.panel import Panel
from bayes_border.spec.breaks import Break
from bayes_border.spec.recipe import Estimator, RecipeSpec
from bayes_border.vocabulary import Outcome, Window

#: In words, which covariance each family reports.
SE_KINDS = {
    (Estimator.POOLED_OLS, 1): "clustered by province, CR1",
    (Estimator.DIFFERENCE_GMM, 1): "clustered by province, one-step robust",
    (Estimator.DIFFERENCE_GMM, 2): "clustered by province, Windmeijer, kept non-negative at a singular weight",
}


def gmm(  # noqa: PLR0913 -- the published table asks for exactly these
    recipe: RecipeSpec,
    panel: Panel,
    *,
    terms: tuple[str, ...],
    break_: Break,
    outcome: Outcome,
    window: Window,
    table: str,
) -> GmmFit:
    """Return one recipe's estimates of equation (3) in one window, in the paper's units.

    Raises
    ------
    SpecificationError
        If the recipe cannot be carried out there, with the arithmetic.
    DataError
        If the panel has no usable rows.
    """
    design = build_design(panel, terms, break_, outcome=outcome)
    stacked = equation_rows(recipe, panel, design, window)
    found = _least_squares(stacked) if recipe.estimator is Estimator.POOLED_OLS else _difference(stacked, recipe.steps)
    names = list(coefficient_names(terms))
    square = {"term": names, "term_": names}
    return GmmFit(
        recipe=recipe,
        table=table,
        window=window,
        reading=break_.reading,
        params=xr.DataArray(found.params, {"term": names}, ("term",), "estimate"),
        first_step=xr.DataArray(found.first_step, {"term": names}, ("term",), "first_step"),
        covariance=xr.DataArray(found.covariance, square, ("term", "term_"), "covariance"),
        covariance_textbook=xr.DataArray(found.covariance_textbook, square, ("term", "term_"), "covariance"),
        se_kind=SE_KINDS[recipe.estimator, recipe.steps],
        n_obs=len(stacked.y),
        n_clusters=stacked.n_units,
        n_instruments=found.hansen.n_instruments if found.hansen else None,
        hansen=found.hansen,
        serial=found.serial,
        warnings=found.warnings,
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """What either family of estimators gives, before it is labelled."""

    params: np.ndarray
    first_step: np.ndarray
    covariance: np.ndarray
    covariance_textbook: np.ndarray
    hansen: Hansen | None = None
    serial: tuple[SerialTest, ...] = ()
    warnings: tuple[str, ...] = ()


def _least_squares(stacked: Stacked) -> _Found:
    fit = pooled_ols(stacked.y, stacked.X, unit=stacked.unit, period=stacked.period)
    return _Found(fit.coefficients, fit.coefficients, fit.covariance, fit.covariance)


def _difference(stacked: Stacked, steps: int) -> _Found:
    fit = difference_gmm(stacked, steps=steps)
    return _Found(
        fit.coefficients,
        fit.first_step,
        fit.covariance,
        fit.covariance_textbook,
        fit.hansen,
        tuple(m for m in (fit.m1, fit.m2) if m is not None),
        _warnings(stacked, fit, steps),
    )


def _warnings(stacked: Stacked, fit: DifferenceFit, steps: int) -> tuple[str, ...]:
    L, rows, clusters = stacked.Z.shape[1], len(stacked.y), stacked.n_units
    found = []
    if fit.first_rank >= rows:
        found.append(
            f"{L} instruments span all {rows} rows: the first step is generalised least squares, "
            "and no instrument takes the outcome out of the right-hand side"
        )
    if steps > 1 and clusters < L:
        found.append(f"{L} instruments on {clusters} clusters: the second-step weight has rank {fit.hansen.rank}")
    singular = fit.first_rank < L or (steps > 1 and fit.hansen.rank < L)
    if singular:
        found.append(_units_matter(stacked, fit, steps))
    if fit.hansen.vacuous:
        found.append(fit.hansen.sentence)
    return tuple(found)


def _units_matter(stacked: Stacked, fit: DifferenceFit, steps: int) -> str:
    # A generalised inverse is not invariant to the instruments' units: say by how much it moves here.
    lengths = np.sqrt((stacked.Z**2).mean(axis=0))
    other = difference_gmm(replace(stacked, Z=stacked.Z / lengths), steps=steps)
    moved = np.abs(other.coefficients - fit.coefficients) / np.sqrt(np.diag(fit.covariance))
    return (
        "a weight is singular and its generalised inverse depends on the instruments' units: scaling each "
        f"instrument to length one moves a coefficient by up to {moved.max():.2f} standard errors"
    )
