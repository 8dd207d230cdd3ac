"""What do the recipes make of the real panel, and what do they refuse?"""

import re
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from bayes_border.design import build_design
from bayes_border.errors import SpecificationError
from bayes_border.gmm.history import history_of
from bayes_border.gmm.rows import window_equation
from bayes_border.spec.breaks import Break
from bayes_border.spec.instruments import LagInstruments
from bayes_border.spec.reader import load_recipe
from bayes_border.study import load_study
from bayes_border.vocabulary import Outcome, Window

TERMS = ("dlnFAI", "dIS", "dBO")
RECIPES = ("pooled_ols", "difference_two_step")
LISTED = load_study("li_shi_border").spec.recipes


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize(
    ("reading", "rows"), [("count", (126, 54)), ("label", (117, 63)), ("split", (117, 54)), ("2010", (90, 90))]
)
def test_every_reading_of_the_break_has_its_rows(recipe, reading, rows, panel, recipe_fit):
    windows = (Window.PRE, Window.POST)
    assert tuple(recipe_fit(recipe, panel, window=window, reading=reading).n_obs for window in windows) == rows


def test_relative_income_leaves_out_the_year_that_was_not_published(panel, recipe_fit):
    found = recipe_fit("difference_two_step", panel, outcome=Outcome.RELATIVE_INCOME)

    assert found.n_obs == 171
    assert {e.table for e in found.estimates()} == {"table3"}


def test_lagged_levels_reach_before_the_window(panel):
    design = build_design(panel, TERMS, Break.read("count", 2014))
    history = history_of(panel, design)
    stacked = window_equation(load_recipe("difference_two_step"), history, design, Window.POST).stacked()

    # 2015 has the levels of 2000 to 2013 behind it, 2020 those of 2000 to 2018; three regressors.
    assert stacked.Z.shape == (54, 3 + 3 * sum(range(14, 20)))


def test_an_estimate_says_which_errors_and_critical_values_it_rests_on(panel, recipe_fit):
    found = recipe_fit("difference_two_step", panel)
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


def test_least_squares_has_no_hansen_test(panel, recipe_fit):
    row = recipe_fit("pooled_ols", panel).estimates().to_rows()[0]

    assert row["hansen_p"] is None
    assert row["n_instruments"] is None


def test_a_singular_weight_is_said_to_depend_on_units_and_by_how_much(panel, recipe_fit):
    warnings = " ".join(recipe_fit("difference_two_step", panel).warnings)

    assert "573 instruments on 9 clusters" in warnings
    assert re.search(r"\d\.\d\d s\.e\.: a weight is singular .* moves a coefficient by up to", warnings)


def test_instruments_that_span_every_row_are_said_to_remove_nothing(panel, recipe_fit):
    warnings = recipe_fit("difference_two_step", panel, window=Window.POST).warnings

    assert any(", 54 rows: instruments span every row" in warning for warning in warnings)


@pytest.mark.parametrize(
    ("lags", "standard", "message"),
    [
        (LagInstruments(first=40, last=50), True, "lag 20 is the longest, 40 the first asked for"),
        (None, True, "3 instruments for 6 coefficients"),
        (LagInstruments(first=2, last=2, collapse=True), False, "3 instruments for 6 coefficients"),
        (
            LagInstruments(first=2, last=2, regressors=("dXX",)),
            True,
            "lags.regressors: 'dXX' is not among the regressors",
        ),
    ],
)
def test_an_impossible_recipe_is_refused_with_the_arithmetic(lags, standard, message, panel, recipe_fit):
    recipe = replace(load_recipe("difference_two_step"), lags=lags, standard=standard)

    with pytest.raises(SpecificationError, match=message):
        recipe_fit(recipe, panel)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"outcome_lags": 30},
            "no row has everything the equation needs: 30 lags, .* where a unit has 20 rows at most",
        ),
        ({"regressor_lags": {"dIS": 25}}, "no row has everything the equation needs: 25 lags"),
        (
            {"regressor_lags": {"IS": 1}},
            "regressor_lags: 'IS' is not among the regressors; use one of dlnFAI, dIS, dBO",
        ),
    ],
)
def test_lags_longer_than_the_panel_are_refused_with_the_arithmetic(change, message, panel, recipe_fit):
    with pytest.raises(SpecificationError, match=message):
        recipe_fit(replace(load_recipe("difference_two_step"), **change), panel)


def test_rows_lost_to_lags_are_counted(panel, recipe_fit):
    found = recipe_fit(replace(load_recipe("iv_2sls"), outcome_lags=2), panel)

    assert found.n_obs == 162
    assert found.warnings[0].startswith("18 of 180 rows: rows that lack a lag or a level")
    assert list(found.params["term"].values[:3]) == ["dg_lag1", "dg_lag2", "dlnFAI"]


@pytest.mark.parametrize("table", [Outcome.GROWTH, Outcome.RELATIVE_INCOME])
@pytest.mark.parametrize("window", list(Window))
@pytest.mark.parametrize("recipe", LISTED)
def test_every_listed_recipe_runs_in_every_window_of_both_tables(recipe, window, table, panel, recipe_fit):
    found = recipe_fit(recipe, panel, window=window, outcome=table)

    assert np.isfinite(found.params).all()
    assert (found.se > 0).all()
    assert len(found.recipe.meaning) > 20
    np.testing.assert_allclose(found.linear.coefficients, found.params, atol=1e-6 * float(found.se.max()))


@pytest.mark.parametrize("recipe", ["difference_iterated", "iv_cue_products"])
def test_a_recipe_that_searches_solves_its_own_equation(recipe, panel, recipe_fit):
    found = recipe_fit(recipe, panel)

    gap = np.abs(found.linear.coefficients - found.params.values) / found.se.values
    assert gap.max() < 1e-4
    assert found.n_steps > 2


def test_a_kernel_says_that_it_takes_the_provinces_for_one_series(panel, recipe_fit):
    assert any(
        "one series ordered by unit and period (province and year)" in w
        for w in recipe_fit("iv_gmm_bartlett", panel).warnings
    )


def test_one_recipe_that_iterates_says_after_how_many_steps_it_settled(panel, recipe_fit):
    found = recipe_fit("difference_iterated", panel)

    assert f"{found.n_steps} steps: the iteration settled" in found.warnings


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
        ('estimator = "difference_gmm"\nsteps = 3', "steps: found 3; it should be 1, 2 or 'iterated'"),
        ('estimator = "within"', "interaction cumulated_products .the default. with within"),
        (
            'estimator = "within"\ninteraction = "none"\nintercept = true',
            "intercept set for within, which has unit eff",
        ),
        ('estimator = "pooled_ols"\nstandard = false', "standard set for pooled_ols"),
        ('estimator = "pooled_ols"\nintercept = true\nyear_effects = true', "intercept beside year_effects"),
        ('estimator = "iv_gmm"\n[weights]\nkind = "robust"', "iv_gmm with one step is two-stage least squares"),
        ('estimator = "iv_gmm"\nsteps = 2', "iv_gmm without weights; add .weights. with a kind"),
        ('estimator = "iv_2sls"\nsteps = 2', "steps set for iv_2sls, which has one step"),
        (
            'estimator = "difference_gmm"\n[weights]\nkind = "robust"',
            "weights set for difference_gmm, whose weights are",
        ),
        ('estimator = "iv_cue"\n[weights]\nkind = "bartlett"', "bartlett weights without a bandwidth"),
        ('estimator = "iv_cue"\n[weights]\nkind = "robust"\nbandwidth = 2', "bandwidth set for robust weights"),
        (
            'estimator = "iv_cue"\n[weights]\nkind = "parzen"\nbandwidth = 2.5',
            "bandwidth 2.5 of the parzen kernel is no",
        ),
        (
            'estimator = "iv_cue"\n[weights]\nkind = "parzen"\nbandwidth = "wide"',
            'it should be "automatic" or a number',
        ),
        ('estimator = "iv_cue"\n[weights]\nkind = "parzen"\nbandwidth = -1', 'it should be "automatic" or a number'),
        (
            'estimator = "difference_gmm"\nstandard = false\nstandard_regressors = ["dIS"]',
            "standard_regressors named alth",
        ),
        (
            'estimator = "difference_gmm"\n[outcome_instruments]\nfirst = 2\nlast = 3\nregressors = ["dIS"]',
            "regressors named in",
        ),
        ('estimator = "difference_gmm"\n[lags]\nfirst = 2\nlast = 2\nregressors = ["dIS", "dIS"]', "dIS stands twice"),
        ('estimator = "difference_gmm"\nregressor_lags = { dIS = -1 }', "-1 lags of dIS: give 0 or more"),
        ('estimator = "difference_gmm"\noutcome_lags = -1', "outcome_lags: found -1"),
        ('estimator = "difference_gmm"\ninteraction = "some"', 'interaction: found "some"'),
    ],
)
def test_a_recipe_file_without_meaning_is_refused(text, message, tmp_path):
    path = tmp_path / "odd.toml"
    path.write_text(f'meaning = "odd"\n{text}\n')

    with pytest.raises(SpecificationError, match=message):
        load_recipe(str(path))
