"""How often does an estimator's interval hold the truth, where there are effects of the size we believe in?"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import xarray as xr

from bayes_border.checks.cells import by_cell, columns_of, made_from
from bayes_border.checks.estimator import COMMON, ManyEstimator, share_mixed
from bayes_border.checks.placebo import share
from bayes_border.checks.simulations import Arrays, Layout, draws_digest, stream
from bayes_border.errors import UsageError
from bayes_border.simulate.reduced_form import reduced_form
from bayes_border.vocabulary import Window


@dataclass(frozen=True)
class PowerRun:
    """The loop: simulation k takes one posterior draw as the truth, an outcome from it, and the estimates.

    Parameters
    ----------
    estimator
        Recipe or model.
    truths
        Posterior draws of coherent models, dim `draw`, in the paper's units. A window's truth is that of
        the draws whose regimes have it: those of a model with a break for `pre` and `post`, those of a
        model with one regime for `full`. Under a break no one number is the truth of the full window,
        so without the latter it is left out.
    seed
        Root of every random stream.
    table
        Published table whose outcome it is about.
    """

    estimator: ManyEstimator
    truths: tuple[xr.Dataset, ...]
    seed: int
    table: str

    @property
    def layout(self) -> Layout:
        """Return estimates and truth of every window and term; those without a truth stay NaN."""
        return by_cell((*COMMON, *self.estimator.tests, "truth"), self.estimator.design)

    @property
    def stage(self) -> str:
        """Return which estimator meets panels that have effects."""
        return f"{self.estimator.name} {self.table}"

    @property
    def batch(self) -> int:
        """Return how many panels are best estimated in one call."""
        return self.estimator.batch

    def count(self, asked: int) -> int:
        """Return the number asked for: there is no end of panels.

        Raises
        ------
        UsageError
            If the draws are the truth of none of the estimator's windows, or imply growth that has no sense.
        """
        if not self._coherent:
            message = f"the draws have the truth of no window that {self.estimator.name} estimates"
            raise UsageError(message)
        return asked

    def settings(self) -> Mapping[str, object]:
        """Return what the power was made from."""
        draws = "-".join(map(draws_digest, self.truths))
        return made_from(self.estimator, self.estimator.design, table=self.table, seed=self.seed, draws_digest=draws)

    def prepare(self) -> None:
        """Work out which draws panels are made from."""
        _ = self._coherent

    def __call__(self, numbers: Sequence[int]) -> Arrays:
        """Return estimates and truths of these simulations."""
        found = self.layout.nothing(len(numbers))
        for which, draws in self._coherent.items():
            outcomes, chosen = self._panels(draws, numbers)
            for windows in self._windows[which]:
                columns = columns_of(windows)
                found["truth"][:, columns] = _truth(chosen, windows)
                for name, values in self.estimator.estimate(outcomes, windows, numbers).items():
                    found[name][:, columns] = values
        return found

    @cached_property
    def _coherent(self) -> Mapping[int, xr.Dataset]:
        """Return, by place of the truth, draws with m > 0 on every observed row: outside, growth has the wrong sign."""
        found, observed = {}, np.flatnonzero(self.estimator.design.observed)
        for which in self._windows:
            draws = self.truths[which]
            m = reduced_form(draws, self.estimator.design).m.isel(row=observed)
            inside = (m > 0).all("row").values
            if not inside.any():
                message = (
                    f"none of {inside.size} draws keeps m = 1 - x'gamma above 0 on every row: nothing can be drawn"
                )
                raise UsageError(message)
            found[which] = draws.isel(draw=np.flatnonzero(inside))
        return found

    @cached_property
    def _windows(self) -> Mapping[int, Sequence[tuple[Window, ...]]]:
        """Return, by place of the truth, the groups of windows that it serves: the first that has all of them."""
        found = defaultdict(list)
        regimes = [set(draws["regime"].values.astype(str)) for draws in self.truths]
        for windows in self.estimator.groups:
            wanted = {str(window) for window in windows}
            which = next((place for place, known in enumerate(regimes) if wanted <= known), None)
            if which is not None:
                found[which].append(windows)
        return dict(found)

    def _panels(self, draws: xr.Dataset, numbers: Sequence[int]) -> tuple[np.ndarray, xr.Dataset]:
        """Return outcomes `(simulation, row)` and the draws that they are made from."""
        design = self.estimator.design
        rows, among = len(design.y), draws.sizes["draw"]
        rngs = [np.random.default_rng(stream(self.seed, number)) for number in numbers]
        chosen = draws.isel(draw=[int(rng.integers(among)) for rng in rngs])
        form = reduced_form(chosen, design)
        mean, sd = (part.transpose("draw", "row").values for part in (form.mean, form.sd))
        noise = np.stack([rng.standard_normal(rows) for rng in rngs])
        return np.where(design.observed, mean + sd * noise, 0.0), chosen


def _truth(draws: xr.Dataset, windows: tuple[Window, ...]) -> np.ndarray:
    """Return true coefficients `(simulation, window, term)`."""
    here = draws.sel(regime=[str(window) for window in windows])
    beta = here["beta"].transpose("draw", "regime", "regressor").values
    gamma = here["gamma"].transpose("draw", "regime", "regressor").values if "gamma" in here else 0 * beta
    return np.concatenate([beta, gamma], axis=-1)


@dataclass(frozen=True)
class Power:
    """Estimates beside the truths that made the panels; `data` as `PowerRun.layout` says, attributes its settings."""

    data: xr.Dataset

    def summary(self) -> pd.DataFrame:
        """Return one row a window and term that has a truth.

        Columns: `n` panels with an estimate; `truth_mean`, `truth_sd` over panels; `bias` of the estimate;
        `coverage` of the interval; `power`, the share of intervals that leave out zero; `sign_error`, the
        share of these whose estimate has the wrong sign (Gelman and Carlin 2014); `exaggeration`, the ratio
        of their mean absolute estimate to their mean absolute truth. Shares have their Monte-Carlo error
        beside them, `..._error`. Of estimators that sample, `share_mixed` of the fits (`estimator.share_mixed`).
        """
        cells = itertools.product(self.data["window"].values, self.data["term"].values)
        rows = [self._row(str(window), str(term)) for window, term in cells]
        return pd.DataFrame([row for row in rows if row["n"]])

    def _row(self, window: str, term: str) -> dict[str, object]:
        here = self.data.sel(window=window, term=term)
        known = np.isfinite(here["estimate"].values) & np.isfinite(here["truth"].values)
        estimate, truth, lower, upper = (here[name].values[known] for name in ("estimate", "truth", "lower", "upper"))
        names = {key: self.data.attrs[key] for key in ("recipe", "table")}
        row: dict[str, object] = {**names, "window": window, "term": term, "n": len(estimate)}
        if len(estimate) == 0:
            return row
        found = (lower > 0) | (upper < 0)
        row |= {
            "truth_mean": float(truth.mean()),
            "truth_sd": float(truth.std()),
            "bias": float((estimate - truth).mean()),
        }
        row["coverage"], row["coverage_error"] = share((lower <= truth) & (truth <= upper))
        row["power"], row["power_error"] = share(found)
        row["sign_error"], row["sign_error_error"] = share(np.sign(estimate[found]) != np.sign(truth[found]))
        largest = np.abs(truth[found]).mean() if found.any() else np.nan
        row["exaggeration"] = float(np.abs(estimate[found]).mean() / largest) if found.any() and largest > 0 else np.nan
        return {**row, **share_mixed(here)}
