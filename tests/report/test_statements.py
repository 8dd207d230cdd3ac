from dataclasses import replace

import pandas as pd
import pytest

from bayes_border.checks.check import Check, CheckStatus
from bayes_border.compare.comparison import compare
from bayes_border.compare.draws import collect_draws
from bayes_border.estimates import Estimates
from bayes_border.report import facts
from bayes_border.report.statements import of_side, statements
from bayes_border.report.views import Side


def said(contents, side):
    return " ".join(statement.text for statement in of_side(statements(contents), side))


def shifted(contents, factor):
    """Return the contents with every posterior at `factor` times its printed estimate, and sharp."""
    tables = {}
    for name, fit in contents.fits["table1"].items():
        posterior = fit.tree["posterior"].to_dataset().copy(deep=True)
        for window in fit.windows:
            for term in contents.published.terms:
                base = term.removeprefix("dg_")
                variable = "gamma" if term.startswith("dg_") else "beta"
                value = contents.published.cell("table1", window, term).estimate.value
                place = {"regime": str(window), "regressor": base}
                draws = posterior[variable].loc[place]
                posterior[variable].loc[place] = factor * value + 1e-3 * (draws - draws.mean())
        tree = fit.tree.copy()
        tree["posterior"].dataset = posterior
        tables[name] = replace(fit, tree=tree)
    comparison = compare(
        contents.published,
        roles=contents.study.roles,
        bayes=[fit.estimates() for fit in tables.values()],
        draws=collect_draws(tables.values()),
        allow_unconverged=True,
    )
    return replace(contents, fits={"table1": tables}, comparison=comparison, gmm=Estimates(()))


def test_a_posterior_of_the_printed_sign_speaks_for_the_paper(contents):
    agreeing = shifted(contents, 1.0)
    assert "sure of the printed sign (probability above 0.95) in all 18 cells" in said(agreeing, Side.SUPPORTS)
    assert "sign" not in said(agreeing, Side.AGAINST).split("contradicted")[0]


def test_the_same_posterior_with_its_sign_turned_speaks_against_it(contents):
    opposing = shifted(contents, -1.0)
    assert "sure of the opposite sign (probability above 0.95) in all 18 cells" in said(opposing, Side.AGAINST)
    assert "sure of the printed sign" not in said(opposing, Side.SUPPORTS)


def test_a_wide_interval_that_holds_print_is_not_praised_without_saying_that_it_holds_zero(contents):
    rows = facts.rows_of(contents, "table1")
    both = [r for r in rows if r.cell.stars and facts.holds_print(r) and facts.includes_zero(facts.coherent(r))]
    assert both
    assert f"{len(both)} of these intervals also include" in said(contents, Side.SUPPORTS)


def test_noise_is_only_spoken_of_beside_our_own_row(contents):
    assert "white noise" in said(contents, Side.AGAINST) + said(contents, Side.SUPPORTS)
    assert "our own model's 90 % intervals leave out zero in 10 % to 10 %" in said(contents, Side.AGAINST)
    alone = replace(contents, own_placebo=None)
    assert "white noise" not in said(alone, Side.AGAINST) + said(alone, Side.SUPPORTS)
    assert "Our own model has no stored placebo" in said(alone, Side.DOUBT)


def test_print_inside_the_noise_and_print_outside_it_stand_on_different_sides(contents):
    # Placebo estimates have sd 3: of the printed interactions only 10.7736 lies outside.
    assert "Of 9 printed interactions of Table\u00a01, 8 lie among" in said(contents, Side.AGAINST)
    outside = said(contents, Side.SUPPORTS)
    assert "Of 9 printed interactions of Table\u00a01, 1 lies outside" in outside
    assert "printed 10.7736" in outside


@pytest.mark.parametrize("vacuous", [True, False])
def test_hansen_is_called_uninformative_only_where_it_is(contents, vacuous):
    tests = contents.hansen.assign(vacuous=vacuous)
    assert ("no evidence for the instruments" in said(replace(contents, hansen=tests), Side.AGAINST)) is vacuous


def test_an_estimate_that_no_recipe_reaches_is_named(contents):
    first = contents.comparison.rows[0]
    far = replace(first, nearest=replace(first.nearest, distance=7.5))
    rows = (far, *contents.comparison.rows[1:])
    changed = replace(contents, comparison=replace(contents.comparison, rows=rows))
    assert "(7.5 away)" in said(changed, Side.AGAINST)
    assert "No recipe comes within" not in said(contents, Side.AGAINST)


def test_recipes_are_read_under_the_break_of_the_models(contents):
    assert {x.extra["break"] for x in contents.recipe_estimates} == {"count"}
    assert len(contents.recipe_estimates) == len(contents.gmm) / 2


def test_a_failed_check_is_a_reason_to_doubt(contents):
    failed = Check("posterior predictive: extremes", CheckStatus.FAILED, "p 0.001", "p >= 0.01", "x", pd.DataFrame())
    assert "1 of 1 checks fails: posterior predictive: extremes" in said(
        replace(contents, checks=(failed,)), Side.DOUBT
    )
    assert "checks fail" not in said(contents, Side.DOUBT)


def test_our_own_models_worst_cell_under_heteroscedasticity_is_named(contents):
    table = contents.own_placebo.table.copy()
    worst = (table["null"] == "skedastic") & (table["window"] == "post") & (table["term"] == "dg_dIS")
    table.loc[worst, "share_excluding_zero"] = 0.62
    stored = replace(contents.own_placebo, table=table)
    text = said(replace(contents, own_placebo=stored), Side.DOUBT)
    assert "10 % to 62 %" in text
    assert "most often for γ2 post, 62 %" in text


def test_every_sentence_about_estimates_names_the_panel_as_reconstructed(contents):
    about = [s for s in statements(contents) if s.side is not Side.DOUBT and s.section in {"headline", "side-by-side"}]
    assert about
    assert all("on this reconstructed panel" in statement.text for statement in about)


@pytest.mark.parametrize(
    ("items", "words"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")],
)
def test_lists_are_written_as_english(items, words):
    assert facts.listed(items) == words


def test_shares_are_written_as_english():
    assert [facts.of(k, 3, "cells") for k in (0, 2, 3)] == ["none of 3 cells", "2 of 3 cells", "all 3 cells"]
    assert facts.of(1, 1, "cells") == "the one cell"


def test_a_table_that_was_left_out_is_a_reason_to_doubt(contents):
    missing = replace(contents, left_out={"table3": "panel mine.csv has no column 'relative_income'"})
    assert "Table\u00a03 has no counterpart here: panel mine.csv has no column 'relative_income'." in said(
        missing, Side.DOUBT
    )
    assert "has no counterpart here" not in said(contents, Side.DOUBT)
