"""What does an estimator find on panels that have no interactions, the regressors being the real ones?"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from scipy import stats

from bayes_border.criteria import INTERVAL_LEVEL, STAR_LEVELS
from bayes_border.design import Design
from bayes_border.gmm.many import fit_many
from bayes_border.gmm.rows import window_equation
from bayes_border.panel.panel import Panel
from bayes_border.project import package_version
from bayes_border.simulate.nulls import draw_nulls
from bayes_border.spec.recipe import RecipeSpec
from bayes_border.vocabulary import Null, Window

#: Quantiles of a placebo distribution that a summary shows.
QUANTILES = (0.025, 0.5, 0.975)

type ManyEstimator = Callable[[Design, np.ndarray], xr.Dataset]
"""Design and outcomes `(simulation, row)` to `estimate`, `se`, `lower`, `upper` (at `criteria.INTERVAL_LEVEL`)
and, where the estimator has them, `p_value` and `p_value_normal`, dims `(simulation, window, term)`.
A fit that failed is NaN."""


@dataclass(frozen=True)
class Placebo:
    """Estimates of one estimator on many panels drawn under one null.

    Parameters
    ----------
    data
        Variables `estimate`, `se`, `lower`, `upper` and, for estimators that test, `p_value` (t with
        clusters less one) and `p_value_normal`; dims `simulation`, `window`, `term`. Attributes
        `recipe`, `null`, `seed`, `table`, `outcome`, `break`, `panel`, `panel_digest`,
        `design_digest`, `level`, `version`.
    """

    data: xr.Dataset

    def summary(self) -> pd.DataFrame:
        """Return one row a window and term.

        Columns: `mean`, `sd`, `q2.5`, `q50`, `q97.5` of the estimates; `n` panels that gave one;
        `rejects_1`, `rejects_5`, `rejects_10`, the share of panels with a p-value below that level,
        with t and (`..._normal`) normal critical values; `share_excluding_zero` of the intervals. Each
        mean and share has its Monte-Carlo error beside it, `..._error` (`mc_error` for the last).
        """
        cells = itertools.product(self.data["window"].values, self.data["term"].values)
        return pd.DataFrame([self._row(str(window), str(term)) for window, term in cells])

    def percentile_of(self, *, window: Window, term: str, value: float) -> float:
        """Return the share of placebo estimates at or below a value; NaN where there are none."""
        estimates = self.data["estimate"].sel(window=str(window), term=term).values
        known = estimates[np.isfinite(estimates)]
        return float((known <= value).mean()) if len(known) else float("nan")

    def _row(self, window: str, term: str) -> dict[str, object]:
        here = self.data.sel(window=window, term=term)
        known = np.isfinite(here["estimate"].values)
        n, estimates = int(known.sum()), here["estimate"].values[known]
        names = {key: self.data.attrs[key] for key in ("recipe", "null", "table")}
        row: dict[str, object] = {**names, "window": window, "term": term, "n": n}
        if n == 0:
            return row
        sd = float(estimates.std(ddof=1)) if n > 1 else float("nan")
        row |= {"mean": float(estimates.mean()), "mean_error": sd / np.sqrt(n), "sd": sd}
        row |= {f"q{100 * q:g}": float(np.quantile(estimates, q)) for q in QUANTILES}
        excludes = (here["lower"].values > 0) | (here["upper"].values < 0)
        row["share_excluding_zero"], row["mc_error"] = _share(excludes[known])
        for variable, suffix in (("p_value", ""), ("p_value_normal", "_normal")):
            for level in STAR_LEVELS if variable in here else ():
                name = f"rejects_{100 * level:g}{suffix}"
                row[name], row[f"{name}_error"] = _share(here[variable].values[known] < level)
        return row


def _share(happened: np.ndarray) -> tuple[float, float]:
    share = float(happened.mean())
    return share, float(np.sqrt(share * (1 - share) / len(happened)))


def placebo(  # noqa: PLR0913 -- one keyword each for what is drawn and how often
    recipe: RecipeSpec,
    panel: Panel,
    design: Design,
    null: Null,
    *,
    simulations: int = 1000,
    seed: int,
    table: str = "table1",
) -> Placebo:
    """Return a linear recipe's estimates on panels drawn under a null, every window.

    Raises
    ------
    SpecificationError
        If the recipe cannot be carried out in a window.
    """
    estimator = linear_estimator(recipe, panel)
    return calibrate(recipe.name, estimator, design, null, simulations=simulations, seed=seed, table=table)


def calibrate(  # noqa: PLR0913 -- as above
    name: str,
    estimator: ManyEstimator,
    design: Design,
    null: Null,
    *,
    simulations: int,
    seed: int,
    table: str = "table1",
) -> Placebo:
    """Return any estimator's findings on panels drawn under a null: a model's posterior as well as a recipe's."""
    found = estimator(design, draw_nulls(null, design, simulations, seed=seed))
    attributes: Mapping[str, object] = {
        "recipe": name,
        "null": str(null),
        "seed": seed,
        "table": table,
        "outcome": str(design.outcome),
        "break": design.break_.reading,
        "panel": design.panel_name,
        "panel_digest": design.panel_digest,
        "design_digest": design.digest,
        "level": INTERVAL_LEVEL,
        "version": package_version(),
    }
    return Placebo(found.assign_attrs(attributes))


def linear_estimator(recipe: RecipeSpec, panel: Panel) -> ManyEstimator:
    """Return a recipe as a function of design and outcomes, all outcomes at once."""

    def estimate(design: Design, outcomes: np.ndarray) -> xr.Dataset:
        windows = [_window(recipe, panel, design, outcomes, window) for window in Window]
        return xr.concat(windows, pd.Index([str(window) for window in Window], name="window")).transpose(
            "simulation", "window", "term"
        )

    return estimate


def _window(recipe: RecipeSpec, panel: Panel, design: Design, outcomes: np.ndarray, window: Window) -> xr.Dataset:
    equation = window_equation(recipe, panel, design, window)
    fits = fit_many(equation, outcomes)
    df = equation.n_units - 1
    reach = fits.se * stats.t.ppf((1 + INTERVAL_LEVEL) / 2, df)
    ratio = np.abs(fits.estimate / fits.se)
    variables = {
        "estimate": fits.estimate,
        "se": fits.se,
        "lower": fits.estimate - reach,
        "upper": fits.estimate + reach,
        "p_value": 2 * stats.t.sf(ratio, df),
        "p_value_normal": 2 * stats.norm.sf(ratio),
    }
    coordinates = {"simulation": np.arange(len(outcomes)), "term": list(equation.names)}
    return xr.Dataset({k: (("simulation", "term"), v) for k, v in variables.items()}, coordinates)
