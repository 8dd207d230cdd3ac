"""On which rows has a recipe's equation everything that it needs?"""

from __future__ import annotations

import numpy as np

from bayes_border.errors import Fault, SpecificationError
from bayes_border.gmm.equation import Equation
from bayes_border.gmm.history import History
from bayes_border.gmm.remarks import Remark
from bayes_border.spec.recipe import Interaction, RecipeSpec


def build_equation(spec: RecipeSpec, history: History, within: np.ndarray) -> Equation:
    """Return a recipe's equation on every cell of `within` (cell, bool) where all that it needs is known.

    Raises
    ------
    SpecificationError
        If the recipe names a regressor that is not there, or no row is left, with the arithmetic.
    """
    _require_names(spec, history)
    everywhere = Equation(spec, history, np.arange(len(history.unit)))
    known = _known(everywhere)
    cells = np.flatnonzero(within & known)
    if not len(cells):
        raise SpecificationError(spec.name, [_no_rows(spec, history, within)])
    missing = int((within & ~known).sum())
    lost = Remark(
        "rows that lack a lag or a level that the equation needs are left out", f"{missing} of {int(within.sum())} rows"
    )
    return Equation(spec, history, cells, (lost,) if missing else ())


def _known(everywhere: Equation) -> np.ndarray:
    observed = everywhere.history.observed
    X = everywhere.regressors(observed)
    # `places` of -1, one before the first cell, must not pass for a level that is known.
    products = everywhere.spec.interaction is Interaction.LEVEL_PRODUCTS and not everywhere.spec.in_levels
    reached = everywhere.history.before >= 0 if products else True
    return np.asarray(np.isfinite(everywhere.outcomes(observed)) & np.isfinite(X).all(axis=-1) & reached)


def _no_rows(spec: RecipeSpec, history: History, within: np.ndarray) -> Fault:
    deepest = max([spec.outcome_lags, *spec.regressor_lags.values(), 0])
    if not within.any():
        return Fault("rows", "no row lies in the window", "widen the window")
    units = history.unit[within]
    longest = int(np.unique(units, return_counts=True)[1].max())
    found = (
        f"no row has everything the equation needs: {deepest} lags, and a level and difference of each regressor, "
        f"where a unit has {longest} rows at most"
    )
    return Fault("rows", found, "ask for fewer lags, or give a panel that knows these levels")


def _require_names(spec: RecipeSpec, history: History) -> None:
    named = {
        "regressor_lags": tuple(spec.regressor_lags),
        "standard_regressors": spec.standard_regressors,
        "lags.regressors": () if spec.lags is None else spec.lags.regressors,
    }
    known = ", ".join(history.regressors) or "none"
    faults = [
        Fault(key, f"{name!r} is not among the regressors", f"use one of {known}")
        for key, names in named.items()
        for name in names
        if name not in history.regressors
    ]
    if faults:
        raise SpecificationError(spec.name, faults)
