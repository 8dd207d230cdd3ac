"""Where does an estimate fall among those that the same method finds where there is nothing to find?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from bayes_border.criteria import NOISE_CENTRAL
from bayes_border.published import Cell
from bayes_border.vocabulary import Window


@dataclass(frozen=True, slots=True)
class PlaceboPlace:
    """An estimate's place in one placebo distribution.

    `percentile`: share of simulated estimates at or below it. `lower`, `upper`: the central share
    (`criteria.NOISE_CENTRAL`) of the distribution. `excludes_zero`: share of the method's own intervals
    that leave out zero although there is nothing to find, None where no intervals were stored.
    """

    recipe: str
    null: str
    simulations: int
    percentile: float
    lower: float
    upper: float
    excludes_zero: float | None

    def holds(self, value: float) -> bool:
        """Return whether a value lies in the central part of the distribution."""
        return self.lower <= value <= self.upper


def placebo_places(placebo: Sequence[xr.Dataset], cell: Cell, *, recipe: str, value: float) -> tuple[PlaceboPlace, ...]:
    """Return a value's place in every placebo distribution of a recipe at one cell, one a null.

    A distribution is a dataset with `estimate` `(simulation, window, term)`, perhaps `lower` and `upper`
    of the same shape, and attributes `recipe`, `null` and perhaps `table` (absent: every table).
    Simulations without an estimate are left out.
    """
    here = [data for data in placebo if _concerns(data, recipe, cell.table)]
    places = [place_in(data, window=cell.window, term=cell.term, value=value) for data in here]
    return tuple(place for place in places if place is not None)


def place_in(data: xr.Dataset, *, window: Window, term: str, value: float) -> PlaceboPlace | None:
    """Return a value's place in one placebo distribution (`placebo_places`); None where it has no estimate."""
    here = cell_of(data, ("estimate", "lower", "upper"), window=window, term=term)
    estimates = here.get("estimate", np.empty(0))
    known = np.isfinite(estimates)
    if not known.any():
        return None
    tail = (1.0 - NOISE_CENTRAL) / 2.0
    lower, upper = np.quantile(estimates[known], [tail, 1.0 - tail])
    excludes = None
    if "lower" in here and "upper" in here:
        excludes = float(((here["lower"] > 0.0) | (here["upper"] < 0.0))[known].mean())
    percentile = float((estimates[known] <= value).mean())
    names = str(data.attrs["recipe"]), str(data.attrs["null"])
    return PlaceboPlace(*names, int(known.sum()), percentile, float(lower), float(upper), excludes)


def cell_of(data: xr.Dataset, names: Iterable[str], *, window: Window, term: str) -> dict[str, np.ndarray]:
    """Return of some variables those that a dataset has, at one cell; nothing where it lacks the cell.

    Reports ask this a thousand times, of datasets with many more variables: `Dataset.sel` would label them all.
    """
    windows, terms = data["window"].values.tolist(), data["term"].values.tolist()
    if str(window) not in windows or term not in terms:
        return {}
    place = {"window": windows.index(str(window)), "term": terms.index(term)}
    return {name: data.variables[name].isel(place).values for name in names if name in data}


def _concerns(data: xr.Dataset, recipe: str, table: str) -> bool:
    return bool(data.attrs["recipe"] == recipe and data.attrs.get("table", table) == table)
