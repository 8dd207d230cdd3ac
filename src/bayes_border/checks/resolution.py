"""What is the smallest effect that this panel lets an estimator tell from zero?"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
import xarray as xr

from bayes_border.checks.cells import cell_labels, columns_of
from bayes_border.checks.estimator import RHAT, ManyEstimator, share_mixed
from bayes_border.checks.placebo import PlaceboRun
from bayes_border.checks.simulations import Arrays, Layout
from bayes_border.criteria import INTERVAL_LEVEL, POWER_WANTED
from bayes_border.errors import UsageError
from bayes_border.simulate.nulls import NullPanels
from bayes_border.vocabulary import Window

#: Smallest m that an interaction is tried with: where the coherent models' barrier begins.
_SMALLEST_M = 0.2


@dataclass(frozen=True, slots=True)
class Grid:
    """Effects that are tried.

    Parameters
    ----------
    sizes
        Shares of the largest effect (`ResolutionRun.effects`), ascending from none.
    signs
        Whether effects are positive, negative or both.
    largest_main
        Largest main effect, in standard deviations of the outcome a standard deviation of its regressor.
    batch
        Most panels that go through one call, where each becomes an outcome an effect.
    """

    sizes: tuple[float, ...]
    signs: tuple[float, ...]
    largest_main: float
    batch: int

    def settings(self) -> Mapping[str, object]:
        """Return the grid, flat and in JSON's types."""
        lists = {"sizes": self.sizes, "signs": self.signs}
        words = {name: " ".join(f"{value:g}" for value in values) for name, values in lists.items()}
        return {**words, "largest_main": self.largest_main}


FINE: Final = Grid((0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 1.0), (-1.0, 1.0), 2.0, 250)
#: For an estimator that takes a second an outcome. Main effects end earlier: on a few panels that were tried first the
#: flagship found nearly all of 0.4 standard deviations, and of so few sizes none is to be spent far beyond.
COARSE: Final = Grid((0.0, 0.35, 0.7, 1.0), (1.0,), 0.6, 1)


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
    grid
        Effects that are tried.
    """

    estimator: ManyEstimator
    panels: NullPanels
    table: str
    grid: Grid = FINE

    @property
    def layout(self) -> Layout:
        """Return the ratio of estimate to standard error and, 1 or 0, whether the interval leaves out zero.

        Of estimators that sample, the worst R-hat of the fit too.
        """
        variables = dict.fromkeys(("ratio", "excludes", *self._diagnostics), ("window", "term", "sign", "size"))
        return Layout(variables, {**cell_labels(self.panels.design), "sign": self.grid.signs, "size": self.grid.sizes})

    @property
    def stage(self) -> str:
        """Return which estimator meets effects put into which null."""
        return self._placebo.stage

    @property
    def batch(self) -> int:
        """Return how many panels are best estimated in one call."""
        return min(self.estimator.batch, self.grid.batch)

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
        tried = {**self.grid.settings(), "smallest_m": _SMALLEST_M}
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
                    for name in self._diagnostics:
                        found[name][at] = one[name]
        return found

    @property
    def _placebo(self) -> PlaceboRun:
        return PlaceboRun(self.estimator, self.panels, self.table)

    @property
    def _diagnostics(self) -> tuple[str, ...]:
        return tuple(name for name in self.estimator.tests if name == RHAT)

    def _panels(self, null: np.ndarray, window: Window) -> tuple[list[tuple[int, tuple[int, ...]]], list[np.ndarray]]:
        """Return which panels serve each term, sign and size, and the panels: first of all those without an effect."""
        effects, cells, panels = self.effects()[columns_of([window])[0]], [], [null]
        for cell in np.ndindex(effects.shape):
            if self.grid.sizes[cell[2]] == 0:
                cells.append((0, cell))
                continue
            cells.append((len(panels), cell))
            panels.append(self._with(null, window, cell[0], effects[cell]))
        return cells, panels

    def effects(self) -> np.ndarray:
        """Return the effects tried, shape `(window, term, sign, size)`, a standard deviation of the regressor.

        Percentage points for main effects, no unit for interactions. The largest main effect is the grid's; the
        largest interaction leaves every row of the window an m of 0.2.
        """
        design, signs = self.panels.design, self.grid.signs
        spread = design.y[design.observed].std(ddof=1)
        largest = np.full((len(Window), 2, len(design.terms), len(signs)), self.grid.largest_main * spread)
        for place, window in enumerate(Window):
            x = design.x_scaled[design.rows_of(window)]
            for column, sign in enumerate(signs):
                # Where no row lies a standard deviation out on this side, as if one did: some end there must be.
                largest[place, 1, :, column] = (1 - _SMALLEST_M) / np.maximum((sign * x).max(axis=0), 1.0)
        signed = largest.reshape(len(Window), -1, len(signs)) * np.array(signs)
        return np.asarray(signed[..., None] * np.array(self.grid.sizes))

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
        of its own distribution without an effect; `largest`, the largest effect tried, and `tried`, how many.
        A resolution is absent where the power is not reached up to there, and the nominal one too where it is
        reached without an effect: what rejects everything tells nothing apart. Of estimators that sample,
        `share_mixed` of the fits (`estimator.share_mixed`).
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
            "tried": len(effects) - 1,
            **share_mixed(self.data.sel(cell)),
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
