"""What is the smallest effect that this panel lets an estimator tell from zero?"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from bayes_border.checks.cells import cell_labels, columns_of
from bayes_border.checks.estimator import ManyEstimator
from bayes_border.checks.placebo import PlaceboRun
from bayes_border.checks.simulations import Arrays, Layout
from bayes_border.criteria import INTERVAL_LEVEL, POWER_WANTED
from bayes_border.errors import UsageError
from bayes_border.simulate.nulls import NullPanels
from bayes_border.vocabulary import Window

#: Effects that are tried, as shares of the largest (`ResolutionRun.effects`).
SIZES = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 1.0)
SIGNS = (-1.0, 1.0)
#: Largest main effect that is tried, in standard deviations of the outcome a standard deviation of its regressor.
_LARGEST_MAIN = 2.0
#: Smallest m that an interaction is tried with: where the coherent models' barrier begins.
_SMALLEST_M = 0.2


@dataclass(frozen=True)
class ResolutionRun:
    """The loop: simulation k puts each effect by itself into the null's panel k, and estimates it.

    The panel y0 becomes ``(y0 + x_k beta_k) / (1 - x_k gamma_k)`` on the rows of one window: the reduced
    form, with one coefficient changed and everything else as the null has it. One panel serves every
    size, so the curves of power against size are smooth.

    Parameters
    ----------
    estimator, panels, table
        As in `PlaceboRun`; the null must not run out of panels.
    """

    estimator: ManyEstimator
    panels: NullPanels
    table: str

    @property
    def layout(self) -> Layout:
        """Return the ratio of estimate to standard error and, 1 or 0, whether the interval leaves out zero."""
        variables = dict.fromkeys(("ratio", "excludes"), ("window", "term", "sign", "size"))
        return Layout(variables, {**cell_labels(self.panels.design), "sign": SIGNS, "size": SIZES})

    @property
    def stage(self) -> str:
        """Return which estimator meets effects put into which null."""
        return self._placebo.stage

    @property
    def batch(self) -> int:
        """Return how many panels are best estimated in one call."""
        return self.estimator.batch

    def count(self, asked: int) -> int:
        """Return the number asked for.

        Raises
        ------
        UsageError
            If the null runs out of panels: too few to tell a power by.
        """
        if any(self.panels.distinct(windows) is not None for windows in self.estimator.groups):
            message = f"null {self.panels.null} has a finite number of panels: measure resolution under another"
            raise UsageError(message)
        return asked

    def settings(self) -> Mapping[str, object]:
        """Return what the resolution was made from."""
        tried = {"largest_main": _LARGEST_MAIN, "smallest_m": _SMALLEST_M}
        return {**self._placebo.settings(), **tried}

    def prepare(self) -> None:
        """Work out what every panel is drawn with."""
        self._placebo.prepare()

    def __call__(self, numbers: Sequence[int]) -> Arrays:
        """Return ratios and exclusions of these simulations."""
        found = self.layout.nothing(len(numbers))
        for windows in self.estimator.groups:
            null = self.panels.draw(numbers, windows=windows)
            for column, window in enumerate(windows):
                (place,) = columns_of([window])
                cells, panels = self._panels(null, window)
                # One call for all: what an estimator prepares it prepares once.
                estimated = self.estimator.estimate(np.concatenate(panels), windows, list(numbers) * len(panels))
                by_panel = {
                    name: values[:, column].reshape(len(panels), len(numbers), -1) for name, values in estimated.items()
                }
                for which, (term, sign, size) in cells:
                    one = {name: values[which, :, term] for name, values in by_panel.items()}
                    at = (slice(None), place, term, sign, size)
                    found["ratio"][at] = one["estimate"] / one["se"]
                    found["excludes"][at] = (one["lower"] > 0) | (one["upper"] < 0)
        return found

    @property
    def _placebo(self) -> PlaceboRun:
        return PlaceboRun(self.estimator, self.panels, self.table)

    def _panels(self, null: np.ndarray, window: Window) -> tuple[list[tuple[int, tuple[int, ...]]], list[np.ndarray]]:
        """Return which panels serve each term, sign and size, and the panels: first of all those without an effect."""
        effects, cells, panels = self.effects()[columns_of([window])[0]], [], [null]
        for cell in np.ndindex(effects.shape):
            if SIZES[cell[2]] == 0:
                cells.append((0, cell))
                continue
            cells.append((len(panels), cell))
            panels.append(self._with(null, window, cell[0], effects[cell]))
        return cells, panels

    def effects(self) -> np.ndarray:
        """Return the effects tried, shape `(window, term, sign, size)`, a standard deviation of the regressor.

        Percentage points for main effects, no unit for interactions. The largest main effect is twice the
        outcome's standard deviation; the largest interaction leaves every row of the window an m of 0.2.
        """
        design = self.panels.design
        spread = design.y[design.observed].std(ddof=1)
        largest = np.full((len(Window), 2, len(design.terms), len(SIGNS)), _LARGEST_MAIN * spread)
        for place, window in enumerate(Window):
            x = design.x_scaled[design.rows_of(window)]
            for column, sign in enumerate(SIGNS):
                # Where no row lies a standard deviation out on this side, as if one did: some end there must be.
                largest[place, 1, :, column] = (1 - _SMALLEST_M) / np.maximum((sign * x).max(axis=0), 1.0)
        signed = largest.reshape(len(Window), -1, len(SIGNS)) * np.array(SIGNS)
        return np.asarray(signed[..., None] * np.array(SIZES))

    def labelled_effects(self) -> xr.DataArray:
        """Return `effects` with its labels, for `Resolution`."""
        dims = self.layout.variables["ratio"]
        return xr.DataArray(self.effects(), {dim: list(self.layout.labels[dim]) for dim in dims}, dims)

    def _with(self, null: np.ndarray, window: Window, term: int, effect: float) -> np.ndarray:
        """Return the null's panels with one effect on the rows of one window."""
        design = self.panels.design
        rows, regressors = design.rows_of(window), len(design.terms)
        x = design.x_scaled[rows, term % regressors]
        changed = null.copy()
        if term < regressors:
            changed[:, rows] += effect * x
        else:
            changed[:, rows] /= 1 - effect * x
        return changed


@dataclass(frozen=True)
class Resolution:
    """Ratios and exclusions by size of effect; `data` as `ResolutionRun.layout` says, attributes its settings.

    `effects` are those of `ResolutionRun.effects`, dims `window`, `term`, `sign`, `size`.
    """

    data: xr.Dataset
    effects: xr.DataArray

    def summary(self) -> pd.DataFrame:
        """Return one row a window, term and sign of the effect.

        Columns: `n` panels; `size`, the share of intervals that leave out zero where there is no effect,
        with its error (1 - `criteria.INTERVAL_LEVEL` if the interval held its level); `resolution`, the
        smallest effect a standard deviation of the regressor from which on power is at least
        `criteria.POWER_WANTED`, between sizes tried by a straight line; `resolution_adjusted`, the same
        where zero is rejected when the ratio of estimate to standard error lies outside the central part
        of its own distribution without an effect; `largest`, the largest effect tried. A resolution is
        absent where the power is not reached up to there, and the nominal one too where it is reached
        without an effect: what rejects everything tells nothing apart.
        """
        dims = ("window", "term", "sign")
        cells = itertools.product(*(self.data[dim].values for dim in dims))
        rows = [self._row(dict(zip(dims, cell, strict=True))) for cell in cells]
        return pd.DataFrame([row for row in rows if row["n"]])

    def power(self, **cell: str | float) -> pd.DataFrame:
        """Return the power at each size of effect in one cell: `effect`, `power`, `power_adjusted`."""
        here = self.data.sel(cell)
        ratio = here["ratio"].transpose("simulation", "size").values
        excludes = here["excludes"].transpose("simulation", "size").values
        known = np.isfinite(ratio).all(axis=1)
        tail = (1 - INTERVAL_LEVEL) / 2
        lower, upper = np.quantile(ratio[known, 0], [tail, 1 - tail]) if known.any() else (np.nan, np.nan)
        adjusted = (ratio[known] < lower) | (ratio[known] > upper)
        columns = {"power": excludes[known], "power_adjusted": adjusted}
        powers = {name: values.mean(axis=0) if known.any() else np.nan for name, values in columns.items()}
        return pd.DataFrame({"effect": np.abs(self.effects.sel(cell).values), **powers, "n": int(known.sum())})

    def _row(self, cell: Mapping[str, str | float]) -> dict[str, object]:
        curve = self.power(**cell)
        n = int(curve["n"].iloc[0])
        names = {key: self.data.attrs[key] for key in ("recipe", "null", "table")}
        row: dict[str, object] = {**names, **cell, "n": n}
        if n == 0:
            return row
        size, effects = float(curve["power"].iloc[0]), curve["effect"].to_numpy()
        return row | {
            "size": size,
            "size_error": float(np.sqrt(size * (1 - size) / n)),
            "resolution": reached(effects, curve["power"].to_numpy()),
            "resolution_adjusted": reached(effects, curve["power_adjusted"].to_numpy()),
            "largest": float(effects[-1]),
        }


def reached(effects: np.ndarray, power: np.ndarray) -> float:
    """Return the effect from which on power stays at or above `criteria.POWER_WANTED`; NaN where there is none.

    NaN too where that is so from no effect on. Between two effects power is taken as a straight line.
    """
    below = np.flatnonzero(power < POWER_WANTED)
    if len(below) == 0 or below[-1] == len(power) - 1:
        return float("nan")
    last = below[-1]
    rise = power[last + 1] - power[last]
    return float(effects[last] + (POWER_WANTED - power[last]) / rise * (effects[last + 1] - effects[last]))
