"""By how much does an equation with given coefficients say that growth moves with a regressor?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bayes_border.design import Design
from bayes_border.vocabulary import Window, interaction


@dataclass(frozen=True, slots=True)
class Effect:
    """Average marginal effect over the rows of a window, percentage points of the outcome a unit.

    `outside`: rows on which m = 1 - x'gamma is not positive; near m = 0 the effect has no bound, so that
    its mean says little where there are any.
    """

    mean: float
    median: float
    outside: int


def point_effect(
    design: Design, window: Window, term: str, coefficient: Callable[[str], float | None]
) -> Effect | None:
    """Return the mean and median of dE[y | x] / dx_k = beta_k / m + gamma_k x'beta / m^2 over a window's rows.

    `coefficient` returns the coefficient of a term, or None where there is none. Equation (3) has no
    intercept, and a point estimate no province or year effects. None for an interaction, and where a
    coefficient is missing.
    """
    if term not in design.terms:
        return None
    known = [(coefficient(name), coefficient(interaction(name))) for name in design.terms]
    beta = np.array([np.nan if value is None else value for value, _ in known])
    # An equation without interactions has gamma = 0.
    gamma = np.array([0.0 if value is None else value for _, value in known])
    x = design.x[design.rows_of(window)]
    if not np.isfinite(beta).all() or not len(x):
        return None
    k = design.terms.index(term)
    m = 1.0 - x @ gamma
    effect = beta[k] / m + gamma[k] * (x @ beta) / m**2
    return Effect(float(effect.mean()), float(np.median(effect)), int((m <= 0.0).sum()))
