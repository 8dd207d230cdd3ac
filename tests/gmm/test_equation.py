"""Are right-hand side and instruments those of the equation, for the observed outcome and for any other?"""

import numpy as np
import pandas as pd
import pytest

from bayes_border.gmm.dynamic import equation
from bayes_border.spec.instruments import LagInstruments
from bayes_border.spec.recipe import Estimator, Interaction, RecipeSpec

#: Two units; the second lacks period 4, so that nothing may reach across it.
PERIODS = {"a": [1, 2, 3, 4, 5, 6], "b": [1, 2, 3, 5, 6, 7]}


@pytest.fixture
def frame():
    rng = np.random.default_rng(1)
    keys = [(unit, period) for unit, periods in PERIODS.items() for period in periods]
    return pd.DataFrame(keys, columns=["unit", "t"]).assign(y=rng.normal(size=12), x=rng.normal(size=12) + 3)


def ask(frame, **keys):
    spec = RecipeSpec(**{"name": "r", "meaning": "m", "estimator": Estimator.DIFFERENCE_GMM, **keys})
    return equation(frame, spec, unit="unit", period="t", outcome="y", regressors=["x"])


def differences(frame, column):
    by = frame.set_index(["unit", "t"])[column]
    return {(u, t): by[u, t] - by[u, t - 1] for u, t in by.index if (u, t - 1) in by.index}


def test_no_difference_reaches_across_a_gap(frame):
    stacked = ask(frame).stacked()

    dy, dx = differences(frame, "y"), differences(frame, "x")
    assert list(zip(stacked.unit, stacked.period, strict=True)) == [("ab".index(u), t) for u, t in dy]
    np.testing.assert_allclose(stacked.y, list(dy.values()))
    np.testing.assert_allclose(stacked.X, [[dx[key], dy[key] * dx[key]] for key in dy])


def test_cumulated_products_in_levels_difference_to_the_printed_products(frame):
    found = ask(frame, interaction=Interaction.CUMULATED_PRODUCTS).stacked()

    dy, dx = found.y[:5], found.X[:5, 0]
    np.testing.assert_allclose(found.X[1:5, 1], np.diff(np.cumsum(dy * dx)))


def test_level_products_difference_exactly(frame):
    found = ask(frame, interaction=Interaction.LEVEL_PRODUCTS)

    expected = differences(frame.assign(product=frame["y"] * frame["x"]), "product")
    np.testing.assert_allclose(found.stacked().X[:, 1], list(expected.values()), rtol=1e-12)
    assert found.names == ("x", "y_x")


def test_a_simulated_outcome_keeps_the_base_level_of_each_unbroken_run(frame):
    found = ask(frame, interaction=Interaction.LEVEL_PRODUCTS)
    Y = np.random.default_rng(2).normal(size=(3, 9))

    many = found.regressors(Y)

    for one, y in zip(many, Y, strict=True):
        other = frame.copy()
        dy = dict(zip(differences(frame, "y"), y, strict=True))
        for row in range(len(other)):
            key = other.loc[row, "unit"], other.loc[row, "t"]
            if key in dy:
                other.loc[row, "y"] = other.loc[row - 1, "y"] + dy[key]
        alone = ask(other, interaction=Interaction.LEVEL_PRODUCTS).stacked()
        np.testing.assert_allclose(one, alone.X, rtol=1e-9)
        np.testing.assert_allclose(found.stacked(y).y, alone.y, rtol=1e-9)


def test_lagged_outcomes_and_regressors_cost_the_rows_that_lack_them(frame):
    found = ask(frame, outcome_lags=1, regressor_lags={"x": 2}, interaction=Interaction.NONE)

    dy, dx = differences(frame, "y"), differences(frame, "x")
    stacked = found.stacked()
    keys = [key for key in dy if (key[0], key[1] - 2) in dx]
    assert found.names == ("y_lag1", "x", "x_lag1", "x_lag2")
    expected = [[dy[u, t - 1], dx[u, t], dx[u, t - 1], dx[u, t - 2]] for u, t in keys]
    np.testing.assert_allclose(stacked.X, expected)
    assert [str(note) for note in found.notes] == [
        "6 of 9 rows: rows that lack a lag or a level that the equation needs are left out"
    ]


def test_year_effects_span_the_differenced_dummies(frame):
    found = ask(frame, year_effects=True, interaction=Interaction.NONE)
    stacked = found.stacked()

    assert found.names[1:] == ("year_2", "year_3", "year_4", "year_5", "year_6", "year_7")
    levels = {t: 1.0 * (stacked.period == t) for t in range(1, 8)}
    before = {t: 1.0 * (stacked.period - 1 == t) for t in range(1, 8)}
    np.testing.assert_array_equal(stacked.X[:, 1:], np.column_stack([levels[t] - before[t] for t in range(2, 8)]))
    assert np.linalg.matrix_rank(stacked.X[:, 1:]) == len(np.unique(stacked.period))


def test_instruments_stand_in_blocks_and_a_lag_not_known_is_zero(frame):
    found = ask(frame, lagged_differences=1, instrument_products=True, intercept=True, interaction=Interaction.NONE)

    dx = differences(frame, "x")
    expected = [[dx[u, t], dx.get((u, t - 1), 0.0), dx[u, t] ** 2, 1.0] for u, t in dx]
    np.testing.assert_allclose(found.stacked().Z, expected)


def test_lag_instruments_may_be_those_of_the_outcome(frame):
    lags = LagInstruments(first=2, last=2, collapse=True)
    found = ask(frame, standard=False, outcome_instruments=lags, interaction=Interaction.NONE)

    by = frame.set_index(["unit", "t"])["y"]
    expected = [[by.get((u, t - 2), 0.0)] for u, t in differences(frame, "y")]
    np.testing.assert_allclose(found.stacked().Z, expected)
    assert found.instruments_move


def test_within_has_levels_of_every_period_and_products_of_levels(frame):
    found = ask(frame, estimator=Estimator.WITHIN, interaction=Interaction.LEVEL_PRODUCTS).stacked()

    np.testing.assert_allclose(found.y, frame["y"])
    np.testing.assert_allclose(found.X, np.column_stack([frame["x"], frame["y"] * frame["x"]]))


def test_a_missing_value_is_no_level_to_difference_from(frame):
    frame.loc[2, "x"] = np.nan

    assert list(ask(frame).stacked().period) == [2, 5, 6, 2, 3, 6, 7]
