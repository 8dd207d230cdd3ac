"""What is known of every unit in every period, whatever outcome it is given?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from bayes_border.design import Design
from bayes_border.panel.panel import Panel
from bayes_border.vocabulary import OUTCOME, Outcome


@dataclass(frozen=True)
class History:
    """Levels and differences of a long panel, one cell a unit and period, ordered by unit and period.

    Parameters
    ----------
    outcome, regressors
        Names by which coefficients are called.
    unit, period
        Integer labels of the cells, shape `(cell,)`; a period that a unit lacks is a gap.
    level, difference
        Of the regressors, shape `(cell, regressor)`, NaN where not known. A difference across a gap
        does not exist.
    outcome_level, outcome_difference
        Of the observed outcome, shape `(cell,)`, NaN where not known.
    places
        Cells of the differences that make up an outcome, in the order in which `paths` takes them.
    unit_names
        What each label of `unit` stands for.
    """

    outcome: str
    regressors: tuple[str, ...]
    unit: np.ndarray
    period: np.ndarray
    level: np.ndarray
    difference: np.ndarray
    outcome_level: np.ndarray
    outcome_difference: np.ndarray
    places: np.ndarray
    unit_names: tuple[str, ...]

    @cached_property
    def before(self) -> np.ndarray:
        """Return each cell's place one period earlier, -1 where the unit has none."""
        return self.places_before(1)

    def places_before(self, periods: int) -> np.ndarray:
        """Return each cell's place some periods earlier, -1 where the unit has none."""
        first = int(self.period.min())
        span = int(self.period.max()) - first + 1
        keys = self.unit.astype(np.int64) * span + (self.period - first)
        found = np.minimum(np.searchsorted(keys, keys - periods), len(keys) - 1)
        inside = (keys[found] == keys - periods) & (self.unit[found] == self.unit)
        return np.asarray(np.where(inside, found, -1))

    def lagged(self, series: np.ndarray, periods: int) -> np.ndarray:
        """Return a series (cells on the last axis) some periods earlier, NaN where not known."""
        if periods == 0:
            return series
        at = self.places_before(periods)
        return np.asarray(np.where(at >= 0, series[..., at], np.nan))

    @property
    def observed(self) -> np.ndarray:
        """Return the observed outcome's differences, shape `(place,)`, 0 where not known, as a design has them."""
        return np.asarray(np.nan_to_num(self.outcome_difference[self.places]))

    def differences(self, outcomes: np.ndarray) -> np.ndarray:
        """Spread outcomes `(..., place)` over the cells, NaN where the outcome was not observed."""
        cells = np.full((*outcomes.shape[:-1], len(self.unit)), np.nan)
        cells[..., self.places] = outcomes
        cells[..., ~np.isfinite(self.outcome_difference)] = np.nan
        return cells

    def levels(self, outcomes: np.ndarray) -> np.ndarray:
        """Return the outcomes' levels, shape `(..., cell)`, NaN where not known.

        In each unbroken run of differences: the observed level before the run, and from there the
        cumulated differences. An observed outcome gets its own levels back.
        """
        continues = np.isfinite(self.outcome_difference) & (self.before >= 0)
        cells = np.arange(len(continues))
        start = np.maximum.accumulate(np.where(continues, 0, cells))
        total = np.cumsum(np.where(continues, self.differences(outcomes), 0.0), axis=-1)
        return np.asarray(self.outcome_level[start] + (total - total[..., start]))

    def lag_levels(self, outcomes: np.ndarray, names: Sequence[str]) -> pd.DataFrame:
        """Return the levels of these names, the outcome's among them, where one is known, by unit and period."""
        levels = np.column_stack([self._level(name, outcomes) for name in names])
        known = np.isfinite(levels).any(axis=1)
        index = pd.MultiIndex.from_arrays([self.unit[known], self.period[known]], names=["unit", "period"])
        return pd.DataFrame(levels[known], index, columns=list(names))

    def _level(self, name: str, outcomes: np.ndarray) -> np.ndarray:
        if name == self.outcome:
            return self.levels(outcomes)
        return np.asarray(self.level[:, self.regressors.index(name)])


def history_of(panel: Panel, design: Design) -> History:
    """Return what a study's panel knows; outcomes are those of the design's rows.

    Levels and differences are the panel's own, which takes no difference across two sources.
    """
    grid = panel.data
    provinces, years = len(design.provinces), grid["year"].values.astype(int)

    def cells(name: str) -> np.ndarray:
        known = grid.variables[name].transpose("province", "year").values if name in grid else np.nan
        return np.broadcast_to(known, (provinces, len(years))).astype(float).ravel()

    outcome = str(Outcome.GROWTH) if design.outcome is Outcome.GROWTH else str(design.outcome)
    difference = OUTCOME if design.outcome is Outcome.GROWTH else f"d{design.outcome}"
    place = design.data["province_index"].values * len(years) + np.searchsorted(years, design.data["year"].values)
    # A simulated or replaced outcome stands in the design, not in the panel.
    observed = np.full(provinces * len(years), np.nan)
    known = np.isfinite(cells(difference)[place]) | design.observed
    observed[place] = np.where(known, design.y, np.nan)
    return History(
        outcome=OUTCOME,
        regressors=design.terms,
        unit=np.repeat(np.arange(provinces), len(years)),
        period=np.tile(years, provinces),
        level=np.column_stack([cells(term.removeprefix("d")) for term in design.terms]),
        difference=np.column_stack([cells(term) for term in design.terms]),
        outcome_level=cells(outcome),
        outcome_difference=observed,
        places=place,
        unit_names=design.provinces,
    )
