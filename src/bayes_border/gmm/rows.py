"""Which arrays does a recipe see: equation (3) of one window, stacked, with its instruments?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from bayes_border.design import Design
from bayes_border.errors import Fault, SpecificationError
from bayes_border.gmm.instruments import lag_instruments
from bayes_border.gmm.stacked import Stacked
from bayes_border.panel.panel import Panel
from bayes_border.spec.recipe import LagInstruments, RecipeSpec
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


def window_rows(design: Design, window: Window) -> np.ndarray:
    """Return the places of a window's rows in the design, ordered by province and year."""
    rows = np.flatnonzero(design.rows_of(window))
    order = np.lexsort((design.data["year"].values[rows], design.data["province_index"].values[rows]))
    return rows[order]


def equation_rows(recipe: RecipeSpec, panel: Panel, design: Design, window: Window) -> Stacked:
    """Return the window's rows with the recipe's instruments; lagged levels may reach before the window.

    Raises
    ------
    SpecificationError
        If no instrument is left, with the arithmetic of lags and years.
    """
    rows = window_rows(design, window)
    unit, period = design.data["province_index"].values[rows], design.data["year"].values[rows].astype(int)
    x, y = design.x[rows], design.y[rows]
    blocks = [x] if recipe.standard else []
    if recipe.lags is not None and len(rows):
        levels = _levels(recipe.name, panel, design)
        blocks.append(lag_instruments(levels, unit, period, columns=[str(c) for c in levels.columns], lags=recipe.lags))
        years = int(levels.index.get_level_values("year").min()), int(period.max())
        _require_lags(recipe.name, recipe.lags, blocks[-1], years)
    Z = np.concatenate(blocks, axis=1) if blocks else np.zeros((len(rows), 0))
    return Stacked(y, with_products(x, y), Z, unit, period)


def _levels(source: str, panel: Panel, design: Design) -> pd.DataFrame:
    # A level is named as its difference without the leading d; whatever year the panel knows may serve.
    columns = [term.removeprefix("d") for term in design.terms]
    faults = [
        Fault(column, "the panel has no such level", "lag instruments need it")
        for column in columns
        if column not in panel.data
    ]
    if faults:
        raise SpecificationError(source, faults)
    levels = panel.data[columns].to_dataframe().reset_index()
    levels["unit"] = levels["province"].map({name: place for place, name in enumerate(design.provinces)})
    return levels.set_index(["unit", "year"])[columns].sort_index().dropna(how="all")


def _require_lags(source: str, lags: LagInstruments, Z: np.ndarray, years: tuple[int, int]) -> None:
    if Z.shape[1] > 0:
        return
    reach = years[1] - years[0]
    found = f"levels known from {years[0]}, rows up to {years[1]}: lag {reach} is the longest, {lags.first} the first"
    raise SpecificationError(source, [Fault("lags.first", f"{found} asked for", "ask for shorter lags")])
