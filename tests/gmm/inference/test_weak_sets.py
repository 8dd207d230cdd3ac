"""Has every coefficient its Anderson-Rubin set, or a reason why not?"""

import numpy as np
import pytest

from bayes_border.gmm.inference.anderson_rubin import AndersonRubinPlan, anderson_rubin
from bayes_border.gmm.inference.moments import InstrumentedEquation
from bayes_border.gmm.inference.weak_sets import weak_sets
from bayes_border.gmm.stacked import Stacked


@pytest.fixture
def stacked():
    """Return an equation whose first regressor instruments itself and whose second is endogenous, made with slope 2."""

    def make(seed, strength, *, instruments=2, periods=20):
        rng = np.random.default_rng(seed)
        unit, period = np.repeat(np.arange(9), periods), np.tile(np.arange(periods), 9)
        n = len(unit)
        own, Z, u = rng.normal(size=n), rng.normal(size=(n, instruments)), rng.normal(size=n)
        x = strength * Z.sum(axis=1) + 0.8 * u + rng.normal(size=n)
        return Stacked(own + 2 * x + u, np.column_stack([own, x]), np.column_stack([own, Z]), unit, period)

    return make


def test_each_set_is_that_of_its_coefficient_with_the_others_in_their_part(stacked):
    equation = stacked(1, 1.0)
    own, endogenous = weak_sets(equation, ("own", "x"))
    marks = np.array([False, True])
    asked = InstrumentedEquation(equation.y, equation.X, equation.Z, marks, equation.unit, equation.period)
    assert own.found == anderson_rubin(asked, 0, AndersonRubinPlan())
    assert endogenous.found == anderson_rubin(asked, 1, AndersonRubinPlan())
    assert (own.term, endogenous.term) == ("own", "x")
    assert 2.0 in endogenous.found.confidence
    assert endogenous.found.n_clusters == 20


def test_instruments_that_say_nothing_leave_the_whole_line_in_words(stacked):
    (_, weak) = weak_sets(stacked(2, 0.0), ("own", "x"))
    assert "whole line" in weak.says


def test_more_moments_than_periods_are_refused_in_words(stacked):
    sets = weak_sets(stacked(3, 1.0, instruments=8, periods=6), ("own", "x"))
    assert [one.found for one in sets] == [None, None]
    assert "6 period clusters for 8 moments" in sets[1].says
