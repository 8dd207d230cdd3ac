"""Does `bayes-border gmm` say what it found, on which errors, and what it could not do?"""

from __future__ import annotations

import json

import numpy as np
import pytest

import bayes_border as bb
from bayes_border.errors import SpecificationError, UsageError
from bayes_border.gmm.remarks import Remark
from bayes_border.workflow.contents import _crowded
from bayes_border.workflow.remarks import Place, grouped

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
