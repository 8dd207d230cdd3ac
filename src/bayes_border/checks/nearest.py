"""Which recipe comes nearest to the print, and how near does the same search come where there is nothing to find?

A search over many recipes, readings and panels finds something near to anything. So the best distance is
set beside the best distances that the same search reaches on simulated panels without interactions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd

from bayes_border.checks.estimator import LinearEstimator
from bayes_border.criteria import PANEL_DIFFERS_SE
from bayes_border.design import Design
from bayes_border.panel.panel import Panel
from bayes_border.published import Published
from bayes_border.spec.recipe import RecipeSpec
from bayes_border.vocabulary import Window

#: Readings of an outcome that is a percentage of the nation's: what its levels are turned into.
READINGS_OF_A_RATIO: Final[dict[str, Callable[[np.ndarray], np.ndarray]]] = {
    "percentage points": lambda level: level,
    "ratio": lambda level: level / 100.0,
    "logarithm": lambda level: np.log(level / 100.0),
}


@dataclass(frozen=True)
class Candidate:
    """A recipe on the rows of one panel, reading of the break and reading of the outcome."""

    recipe: RecipeSpec
    panel: Panel
    design: Design
    outcome_reading: str = ""

    def estimates(self, outcomes: np.ndarray) -> np.ndarray:
        """Return estimates `(outcome, window, term)` for outcomes `(outcome, row)`, NaN where there are none."""
        estimator = LinearEstimator(self.recipe, self.panel, self.design)
        found = np.full((len(outcomes), len(Window), 2 * len(self.design.terms)), np.nan)
        for windows in estimator.groups:
            columns = [list(Window).index(window) for window in windows]
            found[:, columns] = estimator.estimate(outcomes, windows, range(len(outcomes)))["estimate"]
        return found

    def row(self) -> dict[str, object]:
        """Return what names the candidate."""
        return {
            "recipe": self.recipe.name,
            "panel": self.panel.name,
            "break": self.design.break_.reading,
            "outcome_reading": self.outcome_reading,
        }


@dataclass(frozen=True)
class NearestSearch:
    """The search over all candidates of one published table.

    Parameters
    ----------
    table
        One row a candidate, the nearest first: `recipe`, `panel`, `break`, `outcome_reading`; `distance`, the
        root mean square over the printed cells of the difference in printed standard errors; `median`, the
        median one; `within`, cells nearer than `criteria.PANEL_DIFFERS_SE`; `cells`. A candidate that cannot
        be carried out in every window stands last, without a distance.
    placebo
        Smallest `distance` that the search reaches on each simulated panel, shape `(simulation,)`.
    placebo_median
        Smallest `median`, likewise.
    """

    table: pd.DataFrame
    placebo: np.ndarray
    placebo_median: np.ndarray

    @property
    def as_near(self) -> float:
        """Return the share of simulated panels on which the search comes as near as it does in the real one."""
        return float((self.placebo <= self.table["distance"].min()).mean())

    @property
    def as_near_by_median(self) -> float:
        """Return the same by the median distance."""
        return float((self.placebo_median <= self.table["median"].min()).mean())


def read_as(panel: Panel, level: str, reading: str) -> Panel:
    """Return the panel with an outcome in percent of the nation's read in another way, levels and differences.

    Differences are those of the levels, which are chained within a source from their anchor.
    """
    turned = READINGS_OF_A_RATIO[reading](panel.data[level].values)
    differences = np.diff(turned, axis=1, prepend=np.nan)
    dims = panel.data[level].dims
    data = panel.data.assign({level: (dims, turned), f"d{level}": (dims, differences)})
    return replace(panel, data=data)


def nearest(  # noqa: PLR0913 -- what is searched, for what, on which panels, and by whom
    candidates: Sequence[Candidate],
    published: Published,
    table: str,
    outcomes: np.ndarray,
    rows: Design,
    *,
    executor: Executor | None = None,
) -> NearestSearch:
    """Return how near each candidate comes to a printed table, and the search to it on simulated outcomes.

    Parameters
    ----------
    candidates
        Of one table. A nonlinear recipe cannot be repeated a thousand times and is no candidate.
    published, table
        The print.
    outcomes, rows
        Simulated outcomes, shape `(simulation, row)`, and the design whose rows they are. Every candidate's
        rows must be among them, so that all candidates see one simulated panel, as they see one real one.
    executor
        Takes a candidate at a time; without one they follow one another.
    """
    printed = _print(published, table)
    each = map if executor is None else executor.map
    found = list(each(lambda candidate: _one(candidate, printed, outcomes, rows), candidates))
    frame = pd.DataFrame([row for row, _, _ in found]).sort_values("distance", kind="stable", na_position="last")
    smallest, smallest_median = (np.nanmin(np.stack(parts), axis=0) for parts in list(zip(*found, strict=True))[1:])
    return NearestSearch(frame.reset_index(drop=True), smallest, smallest_median)


def _print(published: Published, table: str) -> tuple[np.ndarray, np.ndarray]:
    cells = [[published.cell(table, window, term) for term in published.terms] for window in Window]
    value = np.array([[cell.estimate.value for cell in row] for row in cells])
    return value, np.array([[cell.se.value for cell in row] for row in cells])


def _one(
    candidate: Candidate, printed: tuple[np.ndarray, np.ndarray], outcomes: np.ndarray, rows: Design
) -> tuple[dict[str, object], np.ndarray, np.ndarray]:
    value, se = printed
    real = candidate.design.y[None]
    simulated = _of_rows(outcomes, rows, candidate.design)
    if candidate.outcome_reading:
        # A simulated panel has the spread that this reading of the outcome has.
        observed = candidate.design.observed
        simulated = simulated * (real[0, observed].std() / simulated[:, observed].std())
    with np.errstate(invalid="ignore"):
        distances = np.abs(candidate.estimates(np.concatenate([real, simulated])) - value) / se
    flat = distances.reshape(len(distances), -1)
    rms, median = np.sqrt((flat**2).mean(axis=1)), np.median(flat, axis=1)
    known = bool(np.isfinite(rms[0]))
    row = {
        **candidate.row(),
        "distance": float(rms[0]) if known else np.nan,
        "median": float(median[0]) if known else np.nan,
        "within": int((flat[0] <= PANEL_DIFFERS_SE).sum()),
        "cells": int(np.isfinite(flat[0]).sum()),
    }
    return row, rms[1:], median[1:]


def _of_rows(outcomes: np.ndarray, rows: Design, design: Design) -> np.ndarray:
    place = {key: i for i, key in enumerate(_keys(rows))}
    return np.where(design.observed, outcomes[:, [place[key] for key in _keys(design)]], 0.0)


def _keys(design: Design) -> list[tuple[str, int]]:
    return list(zip(design.data["province"].values.tolist(), design.data["year"].values.tolist(), strict=True))
