"""Does estimating many panels at once give what one after the other gives?"""

from dataclasses import replace

import numpy as np
import pytest

from bayes_border.design import build_design
from bayes_border.gmm.difference import difference_gmm
from bayes_border.gmm.least_squares import pooled_ols
from bayes_border.gmm.many import fit_many
from bayes_border.gmm.rows import equation_rows, with_products
from bayes_border.spec.breaks import Break
from bayes_border.spec.reader import load_recipe
from bayes_border.spec.recipe import LagInstruments
from bayes_border.vocabulary import Window

TERMS = ("dlnFAI", "dIS", "dBO")
TWO_STEP = load_recipe("difference_two_step")
#: Recipe and relative tolerance. Nine clusters weigh nine moments barely, so roundoff is magnified there.
RECIPES = {
    "pooled_ols": (load_recipe("pooled_ols"), 1e-10),
    "difference_two_step": (TWO_STEP, 1e-10),
    "fewer moments than clusters": (replace(TWO_STEP, lags=LagInstruments(first=2, last=2, collapse=True)), 1e-8),
    "as many moments as clusters": (replace(TWO_STEP, lags=LagInstruments(first=2, last=3, collapse=True)), 1e-5),
    "one step": (replace(TWO_STEP, steps=1), 1e-10),
}


def one_by_one(recipe, stacked, y):
    one = replace(stacked, y=y, X=with_products(stacked.X[:, :3], y))
    if recipe.name == "pooled_ols":
        fit = pooled_ols(one.y, one.X, unit=one.unit, period=one.period)
    else:
        fit = difference_gmm(one, steps=recipe.steps)
    return fit.coefficients, np.sqrt(np.diag(fit.covariance))


@pytest.mark.parametrize("window", list(Window))
@pytest.mark.parametrize(("recipe", "tolerance"), list(RECIPES.values()), ids=list(RECIPES))
def test_many_panels_at_once_equal_one_after_the_other(recipe, tolerance, window, panel):
    design = build_design(panel, TERMS, Break.read("count", 2014))
    stacked = equation_rows(recipe, panel, design, window)
    Y = np.random.default_rng(7).normal(scale=2.0, size=(4, len(stacked.y)))

    many = fit_many(recipe, stacked, Y)

    expected = [one_by_one(recipe, stacked, y) for y in Y]
    np.testing.assert_allclose(many.estimate, [e for e, _ in expected], rtol=tolerance)
    np.testing.assert_allclose(many.se, [s for _, s in expected], rtol=tolerance)
