"""Which posterior and prior draws belong to a printed cell?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from bayes_border.estimates import Estimates
from bayes_border.vocabulary import Window


@dataclass(frozen=True, slots=True)
class DrawKey:
    """Where draws belong: a model, and the table, window and term of a printed cell."""

    model: str
    table: str
    window: Window
    term: str


@dataclass(frozen=True, slots=True)
class Draws:
    """Draws of one coefficient in paper units, posterior `values` and `prior`, each of shape `(draw,)`.

    Within one model the n-th values of two coefficients are one joint draw.
    """

    values: np.ndarray
    prior: np.ndarray


class HasDraws(Protocol):
    """A fitted model, of whatever engine, as far as a comparison needs to know it."""

    def estimates(self) -> Estimates:
        """Return an estimate of every coefficient."""

    def draws(self, window: Window, term: str) -> np.ndarray:
        """Return posterior draws in paper units, shape `(draw,)`."""

    def prior_draws(self, window: Window, term: str) -> np.ndarray:
        """Return prior draws in paper units, shape `(draw,)`."""


def collect_draws(fits: Iterable[HasDraws]) -> dict[DrawKey, Draws]:
    """Return the draws of every coefficient of several fits."""
    return {
        DrawKey(row.recipe, row.table, row.window, row.term): Draws(
            fit.draws(row.window, row.term), fit.prior_draws(row.window, row.term)
        )
        for fit in fits
        for row in fit.estimates()
    }
