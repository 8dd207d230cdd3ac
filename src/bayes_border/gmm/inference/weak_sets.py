"""Which values of each coefficient survive however weak the instruments are?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bayes_border.errors import SpecificationError
from bayes_border.gmm.identification import included
from bayes_border.gmm.inference.anderson_rubin import AndersonRubin, AndersonRubinPlan, anderson_rubin
from bayes_border.gmm.inference.moments import InstrumentedEquation
from bayes_border.gmm.stacked import Stacked


@dataclass(frozen=True, slots=True)
class WeakSet:
    """The Anderson-Rubin set of one coefficient, or why there is none.

    Parameters
    ----------
    term
        The coefficient.
    found
        None where the set cannot be had.
    says
        The set in words, or the reason.
    """

    term: str
    found: AndersonRubin | None
    says: str


def weak_sets(stacked: Stacked, terms: Sequence[str], plan: AndersonRubinPlan | None = None) -> tuple[WeakSet, ...]:
    """Return the set of each coefficient, in order; by default clustered by period and projected.

    It rests on the equation and its instruments, not on an estimator: recipes that share these have one set.
    A regressor that is among the instruments, number for number, instruments itself.
    """
    plan = plan or AndersonRubinPlan()
    equation = InstrumentedEquation(
        stacked.y, stacked.X, stacked.Z, ~included(stacked), np.asarray(stacked.unit), np.asarray(stacked.period)
    )
    return tuple(_one(equation, place, term, plan) for place, term in enumerate(terms))


def _one(equation: InstrumentedEquation, place: int, term: str, plan: AndersonRubinPlan) -> WeakSet:
    try:
        found = anderson_rubin(equation, place, plan)
    except SpecificationError as refused:
        return WeakSet(term, None, refused.summary)
    return WeakSet(term, found, found.confidence.sentence)
