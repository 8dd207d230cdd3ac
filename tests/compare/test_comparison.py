"""Does every printed cell get its row, with the verdict that the rules give?"""

import json
from functools import partial

import numpy as np
import pytest
import xarray as xr

from bayes_border.compare import comparison as module
from bayes_border.compare.draws import DrawKey, Draws, collect_draws
from bayes_border.compare.effects import point_effect
from bayes_border.compare.verdict import CAVEAT, Verdict
from bayes_border.errors import GateError
from bayes_border.estimates import Estimates
from bayes_border.spec.reader import load_study_spec
from bayes_border.spec.study import Role
from bayes_border.vocabulary import Window

CELL = "table1/pre/dlnFAI"  # printed 0.5294 (1.5492)
GAMMA = "table1/pre/dg_dlnFAI"  # printed 3.8601*** (0.5044)
compare = partial(module.compare, roles=load_study_spec("li_shi_border").roles)
CLEAR = {"converged": True, "contraction": 0.9, "prior_sd": 3.0, "p_positive": 0.99, "prior_p_positive": 0.5}


def noise(lower, upper, place=CELL, recipe="pooled_ols", null="white_noise"):
    _, window, term = place.split("/")
    values = np.linspace(lower, upper, 101).reshape(-1, 1, 1)
    data = xr.Dataset({"estimate": (("simulation", "window", "term"), values)}, {"window": [window], "term": [term]})
    return data.assign_attrs(recipe=recipe, null=null)


@pytest.fixture
def row_of(published, estimate):
    """Return a function that compares one cell with one coherent posterior and one recipe."""

    def build(place=CELL, value=1.0, recipe=1.0, placebo=(), **posterior):
        coherent = estimate("bayes", "coherent_break", place, value, **(CLEAR | posterior))
        gmm = Estimates(() if recipe is None else (estimate("gmm", "pooled_ols", place, recipe),))
        rows = compare(published, bayes=[Estimates((coherent,))], gmm=gmm, placebo=placebo).rows
        return next(row for row in rows if row.cell.place == place)

    return build


# --- rows


def test_every_printed_cell_has_a_row_even_with_nothing_beside_it(published):
    comparison = compare(published)
    assert [row.cell for row in comparison] == list(published.cells)
    assert comparison.tally()[Verdict.NO_COUNTERPART] == 36
    assert all("was not fitted" in row.decision.reason for row in comparison)


def test_the_callers_reason_for_a_missing_counterpart_is_given(published):
    missing = {(name, "table3"): "Relative income is not in this panel" for name in ("coherent_break", "no_break")}
    rows = compare(
        published,
        missing=missing,
    ).rows
    reasons = {row.cell.table: row.decision.reason for row in rows}
    assert reasons["table3"] == f"Relative income is not in this panel; no statement {CAVEAT}."
    assert "was not fitted" in reasons["table1"]


def test_rows_are_flat_have_one_set_of_columns_and_are_json(published, row_of, estimate):
    del row_of
    posterior = estimate("bayes", "coherent_break", CELL, 1.0, **CLEAR)
    comparison = compare(published, bayes=[Estimates((posterior,))], placebo=[noise(-1, 1, recipe="coherent_break")])
    rows = comparison.to_rows()
    assert len({tuple(row) for row in rows}) == 1
    assert json.loads(json.dumps(rows, allow_nan=False)) == rows
    assert comparison.to_frame().shape == (36, len(rows[0]))


def test_printed_numbers_stay_strings_beside_their_values(published):
    row = compare(published).to_rows()[2]
    assert (row["printed"], row["value"], row["printed_se"]) == ("2.2150", 2.215, "2.7680")


def test_intervals_are_given_under_the_normal_and_t8(published):
    row = compare(published).rows[0]
    assert row.normal.upper == pytest.approx(5.2329 + 1.644854 * 1.9176, abs=1e-5)
    assert row.few_clusters.upper == pytest.approx(5.2329 + 1.859548 * 1.9176, abs=1e-5)


def test_the_full_window_is_set_beside_the_model_without_a_break(published, estimate):
    both = [estimate("bayes", name, f"table1/{w}/dIS", 1.0, **CLEAR) for name, w in (("no_break", "full"),)]
    both += [estimate("bayes", "coherent_break", "table1/post/dIS", 1.0, **CLEAR)]
    found = {row.cell.place: row for row in compare(published, bayes=[Estimates(tuple(both))])}
    assert found["table1/full/dIS"].posteriors["coherent"].model == "no_break"
    assert found["table1/post/dIS"].posteriors["coherent"].model == "coherent_break"
    assert "coherent" not in found["table1/pre/dIS"].posteriors


def test_other_models_stand_under_their_roles_and_absent_ones_are_noted(published, estimate):
    given = Estimates(
        (
            estimate("bayes", "as_estimated", CELL, 9.0, **CLEAR),
            estimate("bayes", "flat", CELL, 8.0, **CLEAR),
        )
    )
    roles = [
        Role(name=name, model=model)
        for name, model in (("as_estimated",) * 2, ("unpooled", "flat"), ("as_printed",) * 2)
    ]
    row = next(row for row in compare(published, bayes=[given], roles=roles) if row.cell.place == CELL)
    flat = row.row()
    assert (flat["as_estimated_mean"], flat["unpooled_mean"], flat["unpooled_model"]) == (9.0, 8.0, "flat")
    assert "as printed: as_printed has no estimate of this cell" in flat["notes"]


def test_the_nearest_recipe_is_nearest_in_printed_standard_errors(published, estimate):
    gmm = Estimates((estimate("gmm", "far", CELL, -4.0), estimate("gmm", "near", CELL, 2.0787)))
    row = next(row for row in compare(published, gmm=gmm) if row.cell.place == CELL)
    assert row.nearest.estimate.recipe == "near"
    assert row.nearest.distance == pytest.approx((2.0787 - 0.5294) / 1.5492)


def test_only_recipes_under_the_designs_reading_of_the_break_are_considered(published, design, estimate):
    near = estimate("gmm", "ols", CELL, 0.5, **{"break": "label"})
    far = estimate("gmm", "ols", CELL, 2.0, **{"break": "count"})
    row = next(
        r for r in compare(published, gmm=Estimates((near, far)), designs={"table1": design}) if r.cell.place == CELL
    )
    assert row.nearest.estimate is far


def test_columns_of_one_subject_stand_together_though_the_first_row_lacks_some(published, estimate):
    given = [estimate("bayes", "no_break", "table1/full/dlnFAI", 1.0, **CLEAR)]
    given += [estimate("bayes", name, CELL, 1.0, **CLEAR) for name in ("coherent_break", "as_estimated")]
    columns = list(compare(published, bayes=[Estimates(tuple(given))]).to_frame().columns)
    assert columns.index("coherent_mean") < columns.index("as_estimated_mean") < columns.index("verdict")


def test_a_mismatch_of_observations_is_noted(published, design):
    row = next(r for r in compare(published, designs={"table1": design}) if r.cell.place == CELL)
    assert "the paper prints 198 observations, this panel has 4" in row.notes


def test_probabilities_are_taken_towards_the_printed_sign(row_of):
    assert row_of(p_positive=0.8, prior_p_positive=0.3).posteriors["coherent"].same_sign == 0.8
    negative = row_of(place="table1/pre/dIS", p_positive=0.8, prior_p_positive=0.3).posteriors["coherent"]
    assert (negative.same_sign, negative.prior_same_sign) == pytest.approx((0.2, 0.7))


def test_draws_speak_before_summaries(published, estimate):
    posterior = estimate("bayes", "coherent_break", CELL, 1.0, **(CLEAR | {"cdf_at_printed": 0.9}))
    key = DrawKey("coherent_break", "table1", Window.PRE, "dlnFAI")
    draws = {key: Draws(np.array([-1.0, -0.5, 0.5, 2.0]), np.array([-1.0, -2.0, -3.0, 1.0]))}
    rows = compare(published, bayes=[Estimates((posterior,))], draws=draws).rows
    summary = next(row for row in rows if row.cell.place == CELL).posteriors["coherent"]
    assert (summary.same_sign, summary.prior_same_sign, summary.cdf_at_printed) == (0.5, 0.25, 0.75)


def test_draws_are_collected_from_whatever_fit_has_them(estimate):
    class Fit:
        def estimates(self):
            return Estimates((estimate("bayes", "mine", CELL, 1.0),))

        def draws(self, window, term):
            assert (window, term) == (Window.PRE, "dlnFAI")
            return np.ones(3)

        def prior_draws(self, window, term):
            assert (window, term) == (Window.PRE, "dlnFAI")
            return np.zeros(3)

    collected = collect_draws([Fit()])
    assert list(collected) == [DrawKey("mine", "table1", Window.PRE, "dlnFAI")]
    assert collected[DrawKey("mine", "table1", Window.PRE, "dlnFAI")].values.sum() == 3


def test_counts_and_effects_come_from_the_design(published, design):
    rows = {row.cell.place: row for row in compare(published, designs={"table1": design})}
    assert (rows[CELL].n_obs_printed, rows[CELL].n_obs_panel, rows[CELL].n_obs_matches) == (198, 4, False)
    assert rows[CELL].reading == "count"
    assert rows["table3/pre/dIS"].n_obs_matches is None
    beta, gamma = np.array([0.5294, -1.1210, 0.5550]), np.array([3.8601, 1.4343, -0.2265])
    x = design.x[[0, 1, 4, 5]]
    m = 1 - x @ gamma
    assert rows[CELL].printed_effect.mean == pytest.approx((beta[0] / m + gamma[0] * x @ beta / m**2).mean())
    assert rows[GAMMA].printed_effect is None


def test_the_marginal_effect_of_a_posterior_is_passed_on(row_of):
    flat = row_of(effect=3.0, effect_lower=1.0, effect_upper=5.0, effect_median_row=2.0, effect_per_sd=0.6).row()
    assert (flat["coherent_effect"], flat["coherent_effect_median_row"], flat["coherent_effect_per_sd"]) == (3, 2, 0.6)


def test_design_analysis_takes_the_coherent_mean_for_the_effect(row_of):
    row = row_of(value=1.5492)
    # An effect of one standard error at 10 %: power Phi(-0.645) + Phi(-2.645).
    assert row.design_analysis.power == pytest.approx(0.2595 + 0.0041, abs=2e-4)
    assert row.sceptical_prior_sd is None
    assert row_of(place=GAMMA).sceptical_prior_sd == pytest.approx(
        0.5044 / ((7.6529 / 1.644854) ** 2 - 1) ** 0.5, rel=1e-4
    )


def test_print_and_posterior_each_have_their_place_in_the_placebo_of_their_own_method(row_of):
    placebo = [noise(0.0, 10.0), noise(0.0, 10.0, recipe="coherent_break", null="skedastic")]
    flat = row_of(value=5.05, placebo=placebo).row()
    # An even spread 0, 0.1, ..., 10: print is 0.5294, the posterior mean 5.05.
    assert flat["placebo_white_noise_percentile"] == pytest.approx(6 / 101)
    assert flat["own_placebo_skedastic_percentile"] == pytest.approx(51 / 101)
    assert (flat["placebo_white_noise_recipe"], flat["own_placebo_skedastic_recipe"]) == (
        "pooled_ols",
        "coherent_break",
    )


def test_the_effect_of_the_nearest_recipe_uses_all_its_coefficients(published, design, estimate):
    given = {"dlnFAI": 2.0, "dIS": -1.0, "dBO": 0.5, "dg_dlnFAI": 0.4, "dg_dIS": -0.3, "dg_dBO": 0.2}
    gmm = Estimates(tuple(estimate("gmm", "ols", f"table1/pre/{term}", value) for term, value in given.items()))
    rows = compare(published, gmm=gmm, designs={"table1": design}).rows
    row = next(row for row in rows if row.cell.place == "table1/pre/dIS")
    assert row.recipe_effect == point_effect(design, Window.PRE, "dIS", given.get)


# --- verdicts, each reached in turn: the rules before it do not apply


def test_a_recipe_beyond_two_standard_errors_means_that_the_panel_differs(row_of):
    row = row_of(recipe=0.5294 + 2.01 * 1.5492, placebo=[noise(-10, 10)], contraction=0.1)
    assert row.decision.verdict is Verdict.PANEL_DIFFERS
    assert row_of(recipe=0.5294 + 1.99 * 1.5492).decision.verdict is not Verdict.PANEL_DIFFERS


def test_a_printed_value_that_noise_gives_is_as_in_noise(row_of):
    row = row_of(placebo=[noise(-10, 10)], contraction=0.1)
    assert row.decision.verdict is Verdict.AS_IN_NOISE
    assert row_of(placebo=[noise(1.0, 10.0)]).decision.verdict is not Verdict.AS_IN_NOISE


def test_only_the_nearest_recipes_placebo_under_the_named_null_decides(row_of):
    others = [noise(-10, 10, recipe="other"), noise(-10, 10, null="skedastic"), noise(-10, 10, recipe="coherent_break")]
    assert row_of(placebo=others).decision.verdict is Verdict.SAME_SIZE


def test_the_edge_of_the_placebo_distribution_is_not_noise(row_of):
    # 0.5294 is the 98th percentile of an even spread from -9.47 to 0.737.
    assert row_of(placebo=[noise(-9.47, 0.737)]).decision.verdict is Verdict.SAME_SIZE


def test_little_contraction_is_prior_bound(row_of):
    assert row_of(contraction=0.49).decision.verdict is Verdict.PRIOR_BOUND
    assert row_of(contraction=0.50).decision.verdict is not Verdict.PRIOR_BOUND


def test_the_same_sign_within_reach_of_print_is_the_same_size(row_of):
    assert row_of(lower=2.0, upper=9.0).decision.verdict is Verdict.SAME_SIZE  # print + 1 SE is 2.0786


def test_the_same_sign_out_of_reach_is_another_size(row_of):
    row = row_of(value=5.0, lower=2.1, upper=9.0)
    assert row.decision.verdict is Verdict.OTHER_SIZE
    assert "is larger than print allows for" in row.decision.reason


def test_a_probability_of_the_threshold_itself_does_not_settle_the_sign(row_of):
    assert row_of(p_positive=0.95).decision.verdict is Verdict.UNDECIDED
    assert row_of(p_positive=0.951).decision.verdict is Verdict.SAME_SIZE


def test_an_improbable_printed_sign_is_opposite(row_of):
    assert row_of(value=-1.0, p_positive=0.049).decision.verdict is Verdict.OPPOSITE_SIGN
    assert row_of(value=-1.0, p_positive=0.051).decision.verdict is Verdict.UNDECIDED


def test_a_small_interval_is_negligible_by_the_regressors_scale(row_of):
    small = {"p_positive": 0.7, "lower": -0.2, "upper": 0.4}
    assert row_of(scale=0.24, **small).decision.verdict is Verdict.NEGLIGIBLE
    assert row_of(scale=0.26, **small).decision.verdict is Verdict.UNDECIDED
    assert row_of(**small).decision.verdict is Verdict.UNDECIDED
    # An interaction has the narrower region.
    assert row_of(place=GAMMA, recipe=3.9, scale=0.24, **small).decision.verdict is Verdict.UNDECIDED
    assert row_of(place=GAMMA, recipe=3.9, scale=0.12, **small).decision.verdict is Verdict.NEGLIGIBLE


def test_without_a_recipe_reproduction_and_noise_are_not_tested_and_the_row_says_so(row_of):
    row = row_of(recipe=None)
    assert row.decision.verdict is Verdict.SAME_SIZE
    assert "no GMM recipe was run on this cell: reproduction and noise were not tested" in row.notes


def test_every_reason_speaks_of_the_panel_only(row_of, published):
    decisions = [row_of(**kind).decision for kind in ({}, {"recipe": 9.0}, {"contraction": 0.1}, {"p_positive": 0.5})]
    decisions += [row.decision for row in compare(published)]
    assert all(f"{CAVEAT}." in decision.reason for decision in decisions)


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ({}, "“as in noise”"),
        ({"recipe": None}, "“panel differs”, “as in noise”"),
        ({"placebo": [noise(-9, -8)]}, None),
        ({"placebo": [noise(-9, -8)], "contraction": None}, "“prior-bound”"),
        ({"recipe": 9.0}, None),
    ],
)
def test_a_reason_names_the_verdicts_that_could_not_be_tried_before_it(row_of, kind, names):
    reason = row_of(**kind).decision.reason
    assert reason.endswith(f"{CAVEAT}." if names is None else f"{CAVEAT}. Not tested: {names}.")


# --- the gate


def test_a_fit_that_did_not_converge_is_refused(published, estimate):
    bad = estimate("bayes", "coherent_break", CELL, 1.0, **(CLEAR | {"converged": False}))
    silent = estimate("bayes", "no_break", CELL, 1.0)
    with pytest.raises(GateError) as error:
        compare(published, bayes=[Estimates((bad, silent))])
    assert "coherent_break (table1), no_break (table1) did not pass the convergence gate" in str(error.value)


def test_an_unconverged_fit_that_is_let_in_is_stamped_on_its_rows(published, estimate):
    bad = estimate("bayes", "coherent_break", CELL, 1.0, **(CLEAR | {"converged": False}))
    comparison = compare(published, bayes=[Estimates((bad,))], allow_unconverged=True)
    stamped = {row["table"] + row["window"] + row["term"]: row["unconverged"] for row in comparison.to_rows()}
    assert stamped.pop("table1predlnFAI") == "coherent_break"
    assert set(stamped.values()) == {""}
    assert comparison.unconverged == ("coherent_break (table1)",)


def test_an_estimate_may_itself_allow_what_did_not_converge(published, estimate):
    bad = estimate("bayes", "no_break", CELL, 1.0, converged=False, allow_unconverged=True)
    assert compare(published, bayes=[Estimates((bad,))]).unconverged == ("no_break (table1)",)
