"""Does estimating many panels at once give what one after the other gives?"""

from dataclasses import replace

import numpy as np
import pytest

from bayes_border.design import build_design
from bayes_border.errors import SpecificationError
from bayes_border.gmm import many
from bayes_border.gmm.families import estimate
from bayes_border.gmm.history import history_of
from bayes_border.gmm.many import fit_many, require_possible
from bayes_border.gmm.rows import window_equation
from bayes_border.project import models_folder
from bayes_border.spec.breaks import Break
from bayes_border.spec.instruments import LagInstruments, WeightKind, Weights
from bayes_border.spec.reader import load_recipe
from bayes_border.spec.recipe import Interaction
from bayes_border.vocabulary import Window

TERMS = ("dlnFAI", "dIS", "dBO")
TWO_STEP, IV = load_recipe("difference_two_step"), load_recipe("iv_gmm_bartlett")
FILES = [load_recipe(path.stem) for path in sorted((models_folder() / "gmm").glob("*.toml"))]
#: Recipes and the relative tolerance. Nine clusters weigh nine moments barely, so roundoff is magnified there.
RECIPES = {recipe.name: (recipe, 1e-7) for recipe in FILES if recipe.linear} | {
    "fewer moments than clusters": (replace(TWO_STEP, lags=LagInstruments(first=2, last=2, collapse=True)), 1e-8),
    "as many moments as clusters": (replace(TWO_STEP, lags=LagInstruments(first=2, last=3, collapse=True)), 1e-5),
    "year effects": (replace(TWO_STEP, year_effects=True, lags=LagInstruments(first=2, last=2), steps=1), 1e-9),
    "lagged outcome": (replace(TWO_STEP, outcome_lags=1, lags=LagInstruments(first=2, last=9, collapse=True)), 1e-8),
    "clustered weights": (
        replace(
            IV, lagged_differences=1, regressor_lags={"dIS": 1, "dBO": 1},
            instrument_products=False, interaction=Interaction.NONE, weights=Weights(kind=WeightKind.CLUSTERED_BY_UNIT),
        ),
        1e-9,
    ),
    "fixed bandwidth": (replace(IV, weights=Weights(kind=WeightKind.QUADRATIC_SPECTRAL, bandwidth=2.5)), 1e-9),
}  # fmt: skip


def outcomes(design, panels):
    return np.random.default_rng(7).normal(scale=2.0, size=(panels, len(design.y)))


def one_by_one(equation, Y):
    found = [estimate(equation.spec, equation.stacked(y)) for y in Y]
    return np.array([f.params for f in found]), np.array([np.sqrt(np.diag(f.covariance)) for f in found])


@pytest.fixture(scope="module")
def design(panel):
    return build_design(panel, TERMS, Break.read("count", 2014))


@pytest.mark.parametrize("window", list(Window))
@pytest.mark.parametrize(("recipe", "tolerance"), list(RECIPES.values()), ids=list(RECIPES))
def test_many_panels_at_once_equal_one_after_the_other(recipe, tolerance, window, panel, design):
    equation = window_equation(recipe, history_of(panel, design), design, window)
    Y = outcomes(design, 3)

    found = fit_many(equation, Y)

    estimates, errors = one_by_one(equation, Y)
    np.testing.assert_allclose(found.estimate, estimates, rtol=tolerance)
    np.testing.assert_allclose(found.se, errors, rtol=tolerance)


def test_how_many_panels_are_held_at_a_time_does_not_matter(panel, design, monkeypatch):
    equation = window_equation(load_recipe("iv_gmm_parzen"), history_of(panel, design), design, Window.POST)
    Y = outcomes(design, 5)
    whole = fit_many(equation, Y)
    monkeypatch.setattr(many, "CHUNK", 2)

    np.testing.assert_allclose(fit_many(equation, Y).estimate, whole.estimate, rtol=1e-12)


@pytest.mark.parametrize(
    "recipe",
    [
        replace(TWO_STEP, outcome_instruments=LagInstruments(first=2, last=3, collapse=True), lags=None),
        load_recipe("difference_iterated"),
        load_recipe("iv_cue_products"),
    ],
    ids=["lagged outcomes as instruments", "iterated", "continuously updating"],
)
def test_recipes_that_cannot_go_at_once_go_one_after_the_other(recipe, panel, design):
    recipe = replace(recipe, interaction=Interaction.NONE, lagged_differences=0)
    equation = window_equation(recipe, history_of(panel, design), design, Window.FULL)
    Y = outcomes(design, 3)

    found = fit_many(equation, Y)

    np.testing.assert_array_equal(found.estimate, one_by_one(equation, Y)[0])


def test_instruments_made_of_the_outcome_are_made_of_the_simulated_one(panel, design):
    lags = LagInstruments(first=2, last=2, collapse=True)
    recipe = replace(TWO_STEP, outcome_instruments=lags, lags=None, interaction=Interaction.NONE)
    equation = window_equation(recipe, history_of(panel, design), design, Window.FULL)
    y = outcomes(design, 1)[0]

    Z = equation.stacked(y).Z[:, -1].reshape(9, 20)

    growth = panel.data["growth"].values
    expected = growth[:, [0]] + np.cumsum(y.reshape(9, 20), axis=1)
    np.testing.assert_allclose(Z[:, 1], growth[:, 0])
    np.testing.assert_allclose(Z[:, 2:], expected[:, :-2])
    assert (Z[:, 0] == 0).all()


def test_an_impossible_recipe_is_refused_with_the_arithmetic(panel, design):
    recipe = replace(TWO_STEP, lags=LagInstruments(first=2, last=2, collapse=True), standard=False)
    with pytest.raises(SpecificationError, match="3 instruments for 6 coefficients"):
        require_possible(window_equation(recipe, history_of(panel, design), design, Window.FULL))
