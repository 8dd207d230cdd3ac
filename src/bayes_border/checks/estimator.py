"""What does a linear recipe find on many outcomes at once, the regressors being the real ones?"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import xarray as xr
from scipy import stats

from bayes_border.checks.simulations import Arrays
from bayes_border.criteria import CALIBRATION_RHAT_MAX, INTERVAL_LEVEL
from bayes_border.design import Design
from bayes_border.errors import Fault, SpecificationError
from bayes_border.gmm.equation import Equation
from bayes_border.gmm.history import History, history_of
from bayes_border.gmm.many import fit_many, require_possible
from bayes_border.gmm.rows import window_equation
from bayes_border.panel.panel import Panel
from bayes_border.spec.recipe import RecipeSpec
from bayes_border.vocabulary import Window, interaction

#: What every estimator gives for a window and a term.
COMMON = ("estimate", "se", "lower", "upper")
#: What one that samples gives beside it: the worst R-hat of the fit, in each of its windows and terms.
RHAT = "rhat"


class ManyEstimator(Protocol):
    """A recipe or a model, bound to the rows of one design, as a function of outcomes."""

    @property
    def name(self) -> str:
        """Return the recipe's or model's name."""

    @property
    def design(self) -> Design:
        """Return the rows."""

    @property
    def groups(self) -> tuple[tuple[Window, ...], ...]:
        """Return the windows that are estimated, those in one group from one outcome together."""

    @property
    def tests(self) -> tuple[str, ...]:
        """Return what is given beside `COMMON` a window and term."""

    @property
    def batch(self) -> int:
        """Return how many outcomes are best estimated in one call."""

    def settings(self) -> Mapping[str, object]:
        """Return what the estimates depend on beside the outcomes, flat and in JSON's types."""

    def estimate(self, outcomes: np.ndarray, windows: tuple[Window, ...], numbers: Sequence[int]) -> Arrays:
        """Return `COMMON` and `tests`, each of shape `(outcome, window, term)`; NaN where a fit failed.

        Parameters
        ----------
        outcomes
            Shape `(outcome, row)`.
        windows
            One of `groups`.
        numbers
            The outcomes' numbers, from which an estimator that samples spawns its streams.
        """


@dataclass(frozen=True)
class LinearEstimator:
    """A recipe of the replication module, each window estimated by itself, all outcomes at once.

    `lower` and `upper` are the ends of the interval of t with clusters less one degrees of freedom at
    `criteria.INTERVAL_LEVEL`, `p_value` and `p_value_normal` those of t and of the normal.
    """

    recipe: RecipeSpec
    panel: Panel
    design: Design
    tests: tuple[str, ...] = ("p_value", "p_value_normal")
    #: Enough to spread what a recipe prepares in each call, and few enough that a thousand panels keep cores busy.
    batch: int = 250

    @property
    def name(self) -> str:
        """Return the recipe's name."""
        return self.recipe.name

    @property
    def groups(self) -> tuple[tuple[Window, ...], ...]:
        """Return the windows in which the recipe can be carried out, each alone; there may be none."""
        return tuple((window,) for window in self._equations)

    @property
    def refused(self) -> tuple[SpecificationError, ...]:
        """Return why the recipe cannot be carried out in the windows where it cannot."""
        return tuple(found for found in self._attempts.values() if isinstance(found, SpecificationError))

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Return what is at fault in those windows."""
        return tuple(fault for error in self.refused for fault in error.faults)

    def settings(self) -> Mapping[str, object]:
        """Return the recipe's digest and those of the rows and of the levels that instrument them."""
        declared = {key: value for key, value in asdict(self.recipe).items() if key not in {"name", "meaning"}}
        return {
            "recipe_digest": hashlib.sha256(json.dumps(declared, sort_keys=True).encode()).hexdigest()[:16],
            "design_digest": self.design.digest,
            "panel_digest": self.panel.digest,
        }

    def estimate(self, outcomes: np.ndarray, windows: tuple[Window, ...], numbers: Sequence[int]) -> Arrays:
        """Return the estimates of one window; nothing is random, so the numbers do not matter."""
        del numbers
        (window,) = windows
        estimates, errors = self._fit(self._equations[window], outcomes)
        df = self._equations[window].n_units - 1
        reach = errors * stats.t.ppf((1 + INTERVAL_LEVEL) / 2, df)
        ratio = np.abs(estimates / errors)
        found = {
            "estimate": estimates,
            "se": errors,
            "lower": estimates - reach,
            "upper": estimates + reach,
            "p_value": 2 * stats.t.sf(ratio, df),
            "p_value_normal": 2 * stats.norm.sf(ratio),
        }
        return {name: values[:, None, :] for name, values in found.items()}

    def _fit(self, equation: Equation, outcomes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return estimates and standard errors of `terms_of`, shape `(outcome, term)`; others are left out."""
        fits, names, terms = fit_many(equation, outcomes), list(equation.names), terms_of(self.design)
        found = np.full((2, len(outcomes), len(terms)), np.nan)
        for place, term in enumerate(terms):
            if term in names:
                found[..., place] = fits.estimate[:, names.index(term)], fits.se[:, names.index(term)]
        return found[0], found[1]

    @cached_property
    def _attempts(self) -> Mapping[Window, Equation | SpecificationError]:
        return {window: self._attempt(window) for window in Window}

    @cached_property
    def _history(self) -> History:
        return history_of(self.panel, self.design)

    @property
    def _equations(self) -> Mapping[Window, Equation]:
        return {window: found for window, found in self._attempts.items() if isinstance(found, Equation)}

    def _attempt(self, window: Window) -> Equation | SpecificationError:
        # Whether a recipe is possible is the estimator's to say: it is asked with the observed outcome.
        try:
            equation = window_equation(self.recipe, self._history, self.design, window)
            require_possible(equation)
        except SpecificationError as error:
            return error
        return equation


def terms_of(design: Design) -> tuple[str, ...]:
    """Return the coefficients' names, in the order of every estimator's last axis."""
    return (*design.terms, *map(interaction, design.terms))


def share_mixed(findings: xr.Dataset) -> Mapping[str, float]:
    """Return, as `share_mixed`, of how many fits all R-hats are at most `criteria.CALIBRATION_RHAT_MAX`.

    Empty for an estimator that does not sample.
    """
    if RHAT not in findings:
        return {}
    rhat = findings[RHAT].values
    return {"share_mixed": float((rhat[np.isfinite(rhat)] <= CALIBRATION_RHAT_MAX).mean())}
