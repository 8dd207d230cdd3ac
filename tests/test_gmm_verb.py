"""Does `bayes-border gmm` say what it found, on which errors, and what it could not do?"""

from __future__ import annotations

import json

import numpy as np
import pytest

import bayes_border as bb
from bayes_border.errors import Fault, SpecificationError, UsageError
from bayes_border.gmm.estimate import fit_equation
from bayes_border.gmm.inference.influence import cluster_influence
from bayes_border.gmm.remarks import Remark
from bayes_border.spec.reader import load_recipe
from bayes_border.workflow.contents import _crowded
from bayes_border.workflow.gmm import Refusal, _heading, refusal
from bayes_border.workflow.recipe_rows import set_rows
from bayes_border.workflow.remarks import Place, grouped
from bayes_border.workflow.request import Request

ONE = ("--table", "table1", "--window", "full", "--quiet")
IMPOSSIBLE = 'meaning = "too far back"\nestimator = "difference_gmm"\nsteps = 2\n[lags]\nfirst = 40\nlast = 50\n'


@pytest.fixture
def sections(cli):
    """Return a verb's rows by section."""

    def run(*arguments):
        code, out, _ = cli("gmm", *arguments, "--format", "json")
        assert code == 0
        rows = json.loads(out)["rows"]
        return {name: [row for row in rows if row["section"] == name] for name in {row["section"] for row in rows}}

    return run


@pytest.fixture(scope="module")
def panel_fit():
    return bb.gmm("difference_two_step", "balanced")[0]


def test_a_table_says_which_errors_its_estimates_have(cli):
    _, out, _ = cli("gmm", "--recipe", "difference_two_step", *ONE)
    assert "difference_two_step, table1: standard errors clustered by unit, Windmeijer" in out
    assert "lower 90%" in out


def test_every_account_says_its_name_and_the_estimates_own_stands_first(sections):
    found = sections("--recipe", "pooled_ols", *ONE, "--errors")
    errors = [row["errors"] for row in found["errors"] if row["term"] == "dIS"]
    assert errors[:2] == ["clustered by unit, CR1", "cluster_unit"]
    assert found["errors"][0]["se"] == found["estimates"][0]["se"]
    assert "sets" not in found


def test_sets_that_are_unbounded_are_said_in_words(sections):
    found = sections("--recipe", "iv_2sls", *ONE, "--errors")["sets"]
    whole = [row for row in found if row["set"] == "whole line"]
    assert whole
    for row in whole:
        assert (row["lower"], row["upper"]) == (None, None)
        assert row["says"] == "90 % set is the whole line: the data do not bound the coefficient"
    assert {row["n_clusters"] for row in found} == {20}


def test_a_set_that_cannot_be_had_gives_the_arithmetic(sections):
    found = sections("--recipe", "difference_two_step", *ONE, "--errors")["sets"]
    assert len(found) == 6
    assert all("20 period clusters for" in row["says"] for row in found)
    assert {row["set"] for row in found} == {None}


def test_the_province_whose_absence_moves_least_squares_most_is_found_by_leaving_out_each(sections):
    found = sections("--recipe", "pooled_ols", *ONE, "--errors")["influence"]
    fit = bb.gmm("pooled_ols", "balanced")[0]
    rest = [fit.stacked.unit != g for g in range(9)]
    without = np.array([np.linalg.lstsq(fit.stacked.X[rows], fit.stacked.y[rows])[0] for rows in rest])
    moves = np.abs(without - fit.params.values)
    for place, row in enumerate(found):
        most = int(moves[:, place].argmax())
        assert row["left_out"] == fit.unit_names[most]
        assert row["without"] == pytest.approx(without[most, place])
        assert row[f"without_{fit.unit_names[most]}"] == row["without"]
        assert row["moved_se"] == pytest.approx(moves[most, place] / float(fit.se[place]))
        assert row["share_held"] == max(row["share_held"], 1 / 9)


def test_shares_and_effective_clusters_are_those_of_the_fit(sections):
    found = sections("--recipe", "pooled_ols", *ONE, "--errors")["influence"]
    fit = bb.gmm("pooled_ols", "balanced")[0]
    influence = cluster_influence(fit.linear)
    for place, row in enumerate(found):
        most = int(influence.partial_leverage[:, place].argmax())
        assert row["held_by"] == fit.unit_names[most]
        assert row["share_held"] == pytest.approx(influence.partial_leverage[most, place])
        assert row["effective_clusters"] == pytest.approx(influence.effective_correlated[place])
        assert row["effective_clusters_independent"] == pytest.approx(influence.effective_independent[place])


def test_a_bootstrap_says_its_set(sections):
    rows = sections("--recipe", "pooled_ols", *ONE, "--errors")["errors"]
    assert all("90 % set is" in row["says"] for row in rows if row["errors"] == "wild_bootstrap")


def test_each_equation_has_its_own_sets():
    few, many = bb.gmm("difference_two_step", "balanced")[0], bb.gmm("difference_collapsed", "balanced")[0]
    rows = set_rows([few, many, few], lambda *_: None)
    first, second, third = (rows[place]["says"] for place in (0, 6, 12))
    assert "20 period clusters for 58 moments" in second
    assert first == third != second


def test_tests_and_errors_are_sections_of_their_own(sections, cli):
    assert set(sections("--recipe", "pooled_ols", *ONE, "--tests")) == {"estimates", "tests"}
    assert set(sections("--recipe", "pooled_ols", *ONE, "--errors")) == {"estimates", "errors", "influence"}
    _, out, _ = cli("gmm", "--recipe", "pooled_ols", *ONE)
    assert "An Anderson-Rubin set holds" not in out


def test_each_table_has_its_own_outcome(cli):
    _, out, _ = cli("gmm", "--recipe", "pooled_ols", "--window", "full", "--quiet", "--format", "json")
    rows = json.loads(out)["rows"]
    for table, observed in (("table1", 180), ("table3", 171)):
        found = {row["term"]: row["value"] for row in rows if row["table"] == table}
        fit = bb.gmm("pooled_ols", "balanced", table=table)[0]
        assert found == pytest.approx(dict(zip(fit.params["term"].values, fit.params.values, strict=True)))
        assert fit.n_obs == observed


def test_a_fit_that_fails_is_noted(cli, monkeypatch):
    error = SpecificationError("x", [Fault("steps", "still moves", "use two")])

    def fail(equation, *, window, **_):
        if window == "pre":
            raise error
        return fit_equation(equation, window=window, **_)

    monkeypatch.setattr("bayes_border.workflow.gmm.fit_equation", fail)
    _, out, _ = cli("gmm", "--recipe", "pooled_ols", "--table", "table1", "--quiet", "--format", "json")
    (note,) = json.loads(out)["meta"]["notes"]
    assert note.endswith("pooled_ols.toml.\n  pooled_ols: table1 pre, steps: still moves; use two")


def test_a_refusal_of_several_recipes_names_each():
    error = SpecificationError("x", [Fault("rows", "too few", "widen")])
    refused = [Refusal(Place(name, "table1", "full"), error) for name in ("a", "b")]
    assert str(refusal("gmm", refused)).splitlines()[1:] == [
        "  a table1 full, rows: too few; widen",
        "  b table1 full, rows: too few; widen",
    ]
    recipes = [load_recipe(name) for name in ("within", "pooled_ols")]
    assert _heading(Request(), recipes) == "gmm"
    assert _heading(Request(), recipes[:1]).endswith("within.toml")


def test_too_many_instruments_are_warned_of_with_what_collapsing_would_leave(cli):
    _, out, _ = cli("gmm", "--recipe", "difference_two_step", *ONE, "--format", "json")
    notes = json.loads(out)["meta"]["notes"]
    crowded = next(note for note in notes if note.startswith("More instruments than clusters"))
    assert "573 instruments on 9 clusters (lags up to 2: 60, lags collapsed: 60, lags collapsed up to 3: 9)" in crowded


def test_the_report_gets_the_same_warning(panel_fit):
    row = _crowded(panel_fit)
    assert (row["recipe"], row["table"], row["window"], row["break"]) == (
        "difference_two_step", "table1", "full", "count",
    )  # fmt: skip
    assert (row["n_instruments"], row["n_clusters"], row["most_testable"]) == (573, 9, "10")
    assert row["remedies"] == "lags up to 2: 60, lags collapsed: 60, lags collapsed up to 3: 9"


def test_a_remark_is_said_once_with_the_recipes_and_windows_that_it_holds_of():
    places = [Place(recipe, table, window) for recipe in "ab" for table in "ST" for window in ("full", "pre")]
    everywhere = [(place, Remark("it holds", "7")) for place in places]
    assert grouped(everywhere, places) == ("It holds.\n  a, b: 7",)
    parted = [(place, Remark("it holds", "7" if place.table == "S" else "")) for place in places[:3]]
    assert grouped(parted, places) == ("It holds.\n  a: S full, pre, 7; T full",)
    alone = [(places[0], Remark("one")), (places[4], Remark("two"))]
    assert grouped(alone, places) == ("One.\n  a: S full", "Two.\n  b: S full")


def test_a_move_that_rounds_to_nothing_is_not_spoken_of(cli):
    _, out, _ = cli("gmm", "--recipe", "difference_one_step", "--table", "table1", "--window", "post", "--quiet")
    assert "0.00 s.e." not in out
    assert "depends on the instruments" not in out


def test_an_impossible_recipe_file_is_refused_by_its_name_before_anything_is_fitted(cli, tmp_path, monkeypatch):
    path = tmp_path / "deep.toml"
    path.write_text(IMPOSSIBLE)
    monkeypatch.setattr("bayes_border.workflow.gmm.fit_equation", lambda *_, **__: pytest.fail("something was fitted"))
    code, out, err = cli("gmm", "--recipe", str(path), *ONE)
    assert (code, out) == (10, "")
    assert err == (
        f"bayes-border: {path}: 1 fault\n  table1 full, lags.first: levels known from 2000, rows up to 2020: lag 20 is "
        "the longest, 40 the first asked for; ask for shorter lags\n"
    )


def test_too_few_instruments_are_counted_before_anything_is_fitted(cli, tmp_path, monkeypatch):
    path = tmp_path / "few.toml"
    path.write_text('meaning = "regressors alone"\nestimator = "difference_gmm"\nsteps = 2\n')
    monkeypatch.setattr("bayes_border.workflow.gmm.fit_equation", lambda *_, **__: pytest.fail("something was fitted"))
    code, _, err = cli("gmm", "--recipe", str(path), *ONE)
    assert code == 10
    assert f"{path}: 1 fault\n  table1 full, instruments: 3 instruments for 6 coefficients" in err


def test_a_window_that_a_recipe_cannot_have_is_noted_and_the_others_are_shown(cli, tmp_path):
    path = tmp_path / "reach.toml"
    path.write_text(IMPOSSIBLE.replace("first = 40", "first = 15"))
    code, out, _ = cli("gmm", "--recipe", str(path), "--table", "table1", "--quiet", "--format", "json")
    content = json.loads(out)
    assert code == 0
    assert {row["window"] for row in content["rows"]} == {"full", "post"}
    (note,) = [note for note in content["meta"]["notes"] if note.startswith("Not estimated")]
    assert note.startswith(f"Not estimated, {path}.\n  reach: table1 pre, lags.first: levels known from 2000")


def test_a_file_that_is_not_there_is_answered_without_the_names_of_files_beside_it(cli, tmp_path):
    (tmp_path / "other.toml").write_text("")
    path = tmp_path / "nothing.toml"
    message = f"bayes-border: {path}: 1 fault\n  file: does not exist; give the path of a TOML file that does\n"
    assert cli("gmm", "--recipe", str(path), *ONE) == (10, "", message)


def test_a_panel_may_be_named_wherever_one_is_taken():
    named, given = bb.gmm("pooled_ols", "balanced"), bb.gmm("pooled_ols", bb.load_study("li_shi_border").panel())
    assert [fit.params.values.tolist() for fit in named] == [fit.params.values.tolist() for fit in given]
    assert bb.design("balanced").panel_name == "balanced"
    assert bb.placebo("pooled_ols", "balanced", null="white_noise", simulations=2).data.sizes["simulation"] == 2


@pytest.mark.parametrize("simulations", [0, -1])
def test_a_script_that_asks_for_no_simulation_is_told_so(simulations):
    for asked in (
        lambda: bb.placebo("pooled_ols", "balanced", null="white_noise", simulations=simulations),
        lambda: bb.sbc("no_break", "balanced", simulations=simulations),
    ):
        with pytest.raises(
            UsageError, match=f"{simulations} simulations say nothing; ask for a whole number, 1 or more"
        ):
            asked()


@pytest.mark.parametrize("given", [7, None, [1.0]])
def test_what_is_no_panel_is_refused_wherever_one_is_taken(given):
    kind = type(given).__name__
    for asked in (
        lambda: bb.gmm("pooled_ols", given),
        lambda: bb.design(given),
        lambda: bb.fit("no_break", given),
        lambda: bb.placebo("pooled_ols", given, null="white_noise"),
    ):
        with pytest.raises(UsageError, match=f"the panel is a {kind}; give a Panel, the name of one, or the path"):
            asked()
    with pytest.raises(UsageError, match="panel 'balance' is unknown"):
        bb.gmm("pooled_ols", "balance")


def test_from_python_an_impossible_recipe_names_its_file_and_windows(tmp_path):
    path = tmp_path / "deep.toml"
    path.write_text(IMPOSSIBLE)
    with pytest.raises(SpecificationError, match=r"deep\.toml: 3 faults\n  table1 full, lags\.first: levels known"):
        bb.gmm(str(path), "balanced")
