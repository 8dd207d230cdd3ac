"""What do the recipes make of the real panel, and what do they refuse?"""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from bayes_border.design import build_design
from bayes_border.errors import SpecificationError
from bayes_border.gmm.estimate import gmm
from bayes_border.gmm.rows import equation_rows, with_products
from bayes_border.spec.breaks import Break
from bayes_border.spec.reader import load_recipe
from bayes_border.spec.recipe import LagInstruments
from bayes_border.vocabulary import Outcome, Window

TERMS = ("dlnFAI", "dIS", "dBO")
RECIPES = ("pooled_ols", "difference_two_step")


def fit(recipe, panel, *, window=Window.FULL, reading="count", outcome=Outcome.GROWTH):
    recipe = load_recipe(recipe) if isinstance(recipe, str) else recipe
    break_, table = Break.read(reading, 2014), "table1" if outcome is Outcome.GROWTH else "table3"
    return gmm(recipe, panel, terms=TERMS, break_=break_, outcome=outcome, window=window, table=table)


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize(
    ("reading", "pre", "post"), [("count", 126, 54), ("label", 117, 63), ("split", 117, 54), ("2010", 90, 90)]
)
def test_every_reading_of_the_break_has_its_rows(recipe, reading, pre, post, panel):
    assert fit(recipe, panel, window=Window.PRE, reading=reading).n_obs == pre
    assert fit(recipe, panel, window=Window.POST, reading=reading).n_obs == post


def test_relative_income_leaves_out_the_year_that_was_not_published(panel):
    found = fit("difference_two_step", panel, outcome=Outcome.RELATIVE_INCOME)

    assert found.n_obs == 171
    assert {e.table for e in found.estimates()} == {"table3"}


def test_the_differences_of_cumulated_products_are_the_products_of_the_differences():
    rng = np.random.default_rng(1)
    dg, dx = rng.normal(size=12), rng.normal(size=(12, 3))
    W = np.cumsum(dg[:, None] * dx, axis=0)

    np.testing.assert_allclose(with_products(dx, dg)[1:, 3:], np.diff(W, axis=0), rtol=1e-10)


def test_lagged_levels_reach_before_the_window(panel):
    design = build_design(panel, TERMS, Break.read("count", 2014))
    stacked = equation_rows(load_recipe("difference_two_step"), panel, design, Window.POST)

    # 2015 has the levels of 2000 to 2013 behind it, 2020 those of 2000 to 2018; three regressors.
    assert stacked.Z.shape == (54, 3 + 3 * sum(range(14, 20)))


def test_an_estimate_says_which_errors_and_critical_values_it_rests_on(panel):
    found = fit("difference_two_step", panel)
    row = found.estimates().at(table="table1", window=Window.FULL, term="dg_dIS").row()

    assert row["engine"] == "gmm"
    assert row["critical_values"] == "t(8)"
    assert row["upper"] - row["value"] == pytest.approx(row["se"] * stats.t.ppf(0.95, 8))
    assert row["upper_normal"] - row["value"] == pytest.approx(row["se"] * stats.norm.ppf(0.95))
    assert row["p_value"] == pytest.approx(2 * stats.t.sf(abs(row["value"] / row["se"]), 8))
    assert "Windmeijer" in row["se_kind"]
    assert row["n_instruments"] == 573
    assert row["hansen_bound"] == 9
    assert row["vacuous"] is True
    assert row["hansen_p"] > 0.999


def test_least_squares_has_no_hansen_test(panel):
    row = fit("pooled_ols", panel).estimates().to_rows()[0]

    assert row["hansen_p"] is None
    assert row["n_instruments"] is None


def test_a_singular_weight_is_said_to_depend_on_units_and_by_how_much(panel):
    warnings = " ".join(fit("difference_two_step", panel).warnings)

    assert "573 instruments on 9 clusters" in warnings
    assert "moves a coefficient by up to" in warnings


def test_instruments_that_span_every_row_are_said_to_remove_nothing(panel):
    warnings = fit("difference_two_step", panel, window=Window.POST).warnings

    assert any("span all 54 rows" in warning for warning in warnings)


@pytest.mark.parametrize(
    ("lags", "standard", "message"),
    [
        (LagInstruments(first=40, last=50), True, "lag 20 is the longest, 40 the first asked for"),
        (None, True, "3 instruments for 6 coefficients"),
        (LagInstruments(first=2, last=2, collapse=True), False, "3 instruments for 6 coefficients"),
    ],
)
def test_an_impossible_recipe_is_refused_with_the_arithmetic(lags, standard, message, panel):
    recipe = replace(load_recipe("difference_two_step"), lags=lags, standard=standard)

    with pytest.raises(SpecificationError, match=message):
        fit(recipe, panel)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('estimator = "difference_gmm"\n[lags]\nfirst = 3\nlast = 2', "lags.last: found 2; the last lag must not come"),
        (
            'estimator = "pooled_ols"\nsteps = 2',
            "steps set for pooled_ols, which has one step and no instruments",
        ),
        ('estimator = "pooled_ols"\n[lags]\nfirst = 2\nlast = 3', "lags set for pooled_ols, which has one step"),
        ('estimator = "difference_gmm"\nstandard = false', "file: no instrument is left; set standard"),
        ('estimator = "difference_gmm"\nsteps = 3', "steps: found 3"),
    ],
)
def test_a_recipe_file_without_meaning_is_refused(text, message, tmp_path):
    path = tmp_path / "odd.toml"
    path.write_text(f'meaning = "odd"\n{text}\n')

    with pytest.raises(SpecificationError, match=message):
        load_recipe(str(path))
