"""What does an estimator find on panels that have no interactions, the regressors being the real ones?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from bayes_border.checks.cells import by_cell, columns_of, made_from
from bayes_border.checks.estimator import COMMON, ManyEstimator
from bayes_border.checks.simulations import Arrays, Layout, draws_digest
from bayes_border.criteria import NOISE_CENTRAL, STAR_LEVELS
from bayes_border.simulate.nulls import NullPanels

_TAIL = (1 - NOISE_CENTRAL) / 2
#: Quantiles of a placebo distribution that a summary shows, by column: its middle and the median.
QUANTILES = {f"q{100 * q:g}": q for q in (_TAIL, 0.5, 1 - _TAIL)}
#: Columns of a summary that hold the ends of the middle of the distribution.
MIDDLE = min(QUANTILES, key=QUANTILES.__getitem__), max(QUANTILES, key=QUANTILES.__getitem__)


@dataclass(frozen=True)
class PlaceboRun:
    """The loop: simulation k is what the estimator finds on the null's panel k (`checks.simulations`)."""

    estimator: ManyEstimator
    panels: NullPanels
    table: str

    @property
    def layout(self) -> Layout:
        """Return the estimates of every window and term; those not estimated stay NaN."""
        return by_cell((*COMMON, *self.estimator.tests), self.panels.design)

    @property
    def stage(self) -> str:
        """Return which estimator meets which null."""
        return f"{self.estimator.name} {self.panels.null} {self.table}"

    @property
    def batch(self) -> int:
        """Return how many panels are best estimated in one call."""
        return self.estimator.batch

    def count(self, asked: int) -> int:
        """Return how many panels there are: fewer than asked for where a null has only so many."""
        limits = [self.panels.distinct(windows) for windows in self.estimator.groups]
        return max((asked if limit is None else min(asked, limit) for limit in limits), default=0)

    def require_possible(self) -> None:
        """Draw one panel for each window and throw it away.

        Raises
        ------
        DataError, UsageError
            If the rows or the draws do not allow the null.
        """
        for windows in self.estimator.groups:
            self.panels.draw([0], windows=windows)

    def settings(self) -> Mapping[str, object]:
        """Return what the placebo was made from: every attribute of its dataset."""
        panels, draws = self.panels, draws_digest(self.panels.parameters)
        common = made_from(self.estimator, panels.design, table=self.table, seed=panels.seed, draws_digest=draws)
        return {"null": str(panels.null), **common}

    def prepare(self) -> None:
        """Work out what every panel is drawn with, by drawing one."""
        self.require_possible()

    def __call__(self, numbers: Sequence[int]) -> Arrays:
        """Return the estimates on these panels; NaN in a window whose null has no panel of that number."""
        found = self.layout.nothing(len(numbers))
        for windows in self.estimator.groups:
            limit = self.panels.distinct(windows)
            there = [i for i, number in enumerate(numbers) if limit is None or number < limit]
            if not there:
                continue
            chosen = [numbers[i] for i in there]
            outcomes = self.panels.draw(chosen, windows=windows)
            for name, values in self.estimator.estimate(outcomes, windows, chosen).items():
                found[name][np.ix_(there, columns_of(windows))] = values
        return found


@dataclass(frozen=True)
class Placebo:
    """Estimates of one estimator on many panels drawn under one null.

    Parameters
    ----------
    data
        Variables `estimate`, `se`, `lower`, `upper` and, for estimators that test, `p_value` (t with
        clusters less one) and `p_value_normal`; dims `simulation`, `window`, `term`. A window has NaN
        where the estimator failed or cannot be carried out, and beyond the null's last distinct panel.
        Attributes are `PlaceboRun.settings`.
    """

    data: xr.Dataset

    def summary(self) -> pd.DataFrame:
        """Return one row a window and term.

        Columns: `mean`, `sd`, `q2.5`, `q50`, `q97.5` of the estimates; `n` panels that gave one;
        `rejects_1`, `rejects_5`, `rejects_10`, the share of panels with a p-value below that level,
        with t and (`..._normal`) normal critical values; `share_excluding_zero` of the intervals;
        `share_converged` of fits, for models. Each
        mean and share has its Monte-Carlo error beside it, `..._error` (`mc_error` for the last); where a
        null has a handful of panels, all enumerated, it says how rough a guide they are to the null.
        """
        of_window, of_term = (self.data[dim].values.tolist() for dim in ("window", "term"))
        dims = ("simulation", "window", "term")
        values = {
            str(name): variable.variable.transpose(*dims).values
            for name, variable in self.data.data_vars.items()
            if set(variable.dims) == set(dims)
        }
        names = {key: self.data.attrs[key] for key in ("recipe", "null", "table")}
        return pd.DataFrame(
            [
                {**names, "window": window, "term": term, **_row({name: v[:, i, j] for name, v in values.items()})}
                for i, window in enumerate(of_window)
                for j, term in enumerate(of_term)
            ]
        )


def _row(here: Mapping[str, np.ndarray]) -> dict[str, object]:
    known = np.isfinite(here["estimate"])
    n, estimates = int(known.sum()), here["estimate"][known]
    row: dict[str, object] = {"n": n}
    if n == 0:
        return row
    sd = float(estimates.std(ddof=1)) if n > 1 else float("nan")
    row |= {"mean": float(estimates.mean()), "mean_error": sd / np.sqrt(n), "sd": sd}
    row |= zip(QUANTILES, np.quantile(estimates, [*QUANTILES.values()]).tolist(), strict=True)
    excludes = (here["lower"] > 0) | (here["upper"] < 0)
    row["share_excluding_zero"], row["mc_error"] = share(excludes[known])
    if "converged" in here:
        row["share_converged"], _ = share(here["converged"][known] > 0)
    for variable, suffix in (("p_value", ""), ("p_value_normal", "_normal")):
        for level in STAR_LEVELS if variable in here else ():
            name = f"rejects_{100 * level:g}{suffix}"
            row[name], row[f"{name}_error"] = share(here[variable][known] < level)
    return row


def share(happened: np.ndarray) -> tuple[float, float]:
    """Return the share of what happened and its binomial Monte-Carlo error; NaN of nothing."""
    if len(happened) == 0:
        return float("nan"), float("nan")
    found = np.count_nonzero(happened) / len(happened)
    return found, math.sqrt(found * (1 - found) / len(happened))
