"""Which arrays does a recipe see: equation (3) of one window, stacked, with its instruments?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from bayes_border.design import Design
from bayes_border.errors import Fault, SpecificationError
from bayes_border.gmm.instruments import lag_instruments
from bayes_border.gmm.stacked import Stacked
from bayes_border.panel.panel import Panel
from bayes_border.spec.recipe import Estimator, RecipeSpec
from bayes_border.vocabulary import Window, interaction


def coefficient_names(terms: tuple[str, ...]) -> tuple[str, ...]:
    """Return the six names: the regressors, then their products with the outcome."""
    return (*terms, *(interaction(term) for term in terms))


def with_products(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the right-hand side of equation (3), shape `(..., row, 2 regressor)`.

    Differencing the equation in levels with the cumulated products W_it = sum over s <= t of
    dg_is dX_is gives dW_it = dg_it dX_it, hence equation (3) exactly as it is printed.

    Parameters
    ----------
    x
        Differenced regressors, shape `(row, regressor)`.
    y
        Differenced outcome, shape `(..., row)`: one panel or many.
    """
    return np.concatenate([np.broadcast_to(x, (*y.shape, x.shape[1])), y[..., None] * x], axis=-1)


def equation_rows(recipe: RecipeSpec, panel: Panel, design: Design, window: Window) -> Stacked:
    """Return the window's rows with the recipe's instruments; lagged levels may reach before the window.

    Raises
    ------
    SpecificationError
        If no instrument is left, with the arithmetic of lags and years.
    """
    rows = np.flatnonzero(design.rows_of(window))
    unit, period = design.data["province_index"].values[rows], design.data["year"].values[rows].astype(int)
    order = np.lexsort((period, unit))
    rows, unit, period = rows[order], unit[order], period[order]
    x, y = design.x[rows], design.y[rows]
    blocks = [x] if recipe.standard else []
    if recipe.estimator is Estimator.DIFFERENCE_GMM and recipe.lags is not None and len(rows):
        blocks.append(_lagged_levels(recipe, panel, design, unit, period))
    Z = np.concatenate(blocks, axis=1) if blocks else np.zeros((len(rows), 0))
    return Stacked(y, with_products(x, y), Z, unit, period)


def _lagged_levels(
    recipe: RecipeSpec, panel: Panel, design: Design, unit: np.ndarray, period: np.ndarray
) -> np.ndarray:
    columns = [term.removeprefix("d") for term in design.terms]
    missing = [column for column in columns if column not in panel.data]
    if missing:
        faults = [Fault(column, "the panel has no such level", "lag instruments need it") for column in missing]
        raise SpecificationError(recipe.name, faults)
    levels = panel.data[columns].to_dataframe().reset_index()
    levels["unit"] = levels["province"].map({name: place for place, name in enumerate(design.provinces)})
    levels = levels.set_index(["unit", "year"]).sort_index()
    Z = lag_instruments(levels, unit, period, columns=columns, lags=recipe.lags)
    if Z.shape[1] == 0:
        first, last = int(levels.index.get_level_values("year").min()), int(period.max())
        found = f"levels of {first} to {last} hold lag {last - first} at most, the first lag asked for is "
        fault = Fault("lags.first", f"{found}{recipe.lags.first}", "ask for shorter lags")
        raise SpecificationError(recipe.name, [fault])
    return Z
