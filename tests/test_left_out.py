"""Does a verb say which printed tables a user's panel cannot explain, and what else is wanting there?"""

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from bayes_border import api
from bayes_border.project import models_folder
from bayes_border.study import load_study
from bayes_border.workflow.inputs import every_table, read_break

REASON = "panel mine.csv has no column 'relative_income' (per-capita GDP relative to the nation)"
REMARK = f"table3 is left out: {REASON}."
COLUMNS = ["province", "year", "growth", "fai", "is", "bo"]


@pytest.fixture(scope="module")
def mine(tmp_path_factory):
    """Return the path of a user's panel without relative income."""
    frame = load_study("li_shi_border").panel().to_frame().assign(fai=lambda t: np.exp(t["lnFAI"]))
    path = tmp_path_factory.mktemp("panel") / "mine.csv"
    frame.rename(columns={"IS": "is", "BO": "bo"})[COLUMNS].to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    """Return the path of a study with one recipe and one null."""
    text = (models_folder() / "studies" / "li_shi_border.toml").read_text(encoding="utf-8")
    text = re.sub(r"(?s)\nrecipes = \[.*?\]\n", '\nrecipes = ["pooled_ols"]\n', text)
    text = re.sub(r"\nshown_recipes = .*\nnulls = .*\n", '\nnulls = ["white_noise"]\n', text)
    path = tmp_path_factory.mktemp("study") / "short.toml"
    path.write_text(text, encoding="utf-8")
    return path


def asked(verb, tmp_path):
    if verb == "placebo":
        return ("placebo", "--recipe", "pooled_ols", "--null", "white_noise", "--simulations", "5")
    row = {"engine": "bayes", "recipe": "own", "table": "table1", "window": "pre", "term": "dIS", "value": 1.0}
    row |= {"se": 1.0, "lower": -1.0, "upper": 3.0, "level": 0.9, "n_obs": 117, "converged": True}
    (tmp_path / "own.json").write_text(json.dumps([row]), encoding="utf-8")
    return ("compare", "--estimates", str(tmp_path / "own.json"), "--simulations", "5")


@pytest.mark.parametrize("verb", ["placebo", "compare"])
def test_a_table_that_a_panel_cannot_explain_is_named_with_the_reason(cli, mine, short, tmp_path, verb):
    arguments = (*asked(verb, tmp_path), "--study", str(short), "--panel", str(mine))
    code, out, _ = cli(*arguments, "--format", "json", "--quiet")
    content = json.loads(out)
    assert (code, content["meta"]["notes"][0]) == (0, REMARK)
    if verb == "compare":
        assert content["meta"]["left_out"] == {"table3": REASON}
        reasons = {row["reason"] for row in content["rows"] if row["table"] == "table3"}
        assert len(reasons) == 1
        assert f"{REASON}; no statement on the panel supplied." in reasons.pop()


def test_the_remark_goes_to_standard_error_where_rows_are_csv(cli, mine):
    _, _, err = cli("data", "--panel", str(mine), "--format", "csv")
    assert REMARK in err.splitlines()


def test_a_column_without_two_years_in_a_row_is_told_from_one_that_is_not_there(cli, mine, tmp_path):
    lines = mine.read_text(encoding="utf-8").splitlines()
    sparse = [f"{lines[0]},relative_income", *(f"{line},{50 if i == 1 else ''}" for i, line in enumerate(lines[1:]))]
    (tmp_path / "mine.csv").write_text("\n".join(sparse), encoding="utf-8")
    _, out, _ = cli("data", "--panel", str(tmp_path / "mine.csv"))
    assert "mine.csv has no relative_income for two years in a row" in " ".join(out.split())


@pytest.mark.parametrize("panel", [(), ("--panel", "extended")])
def test_nothing_is_remarked_of_the_study_s_own_panels(cli, panel):
    _, out, _ = cli("data", *panel, "--format", "json")
    assert len(json.loads(out)["meta"]["notes"]) == 1


def test_a_panel_that_ends_before_the_break_is_described_with_a_remark(cli, mine, tmp_path):
    lines = mine.read_text(encoding="utf-8").splitlines()
    early = [line for line in lines if not re.search(",20(1[3-9]|20),", line)]
    (tmp_path / "mine.csv").write_text("\n".join(early), encoding="utf-8")
    code, out, _ = cli("data", "--panel", str(tmp_path / "mine.csv"), "--format", "json")
    assert code == 0
    assert json.loads(out)["meta"]["notes"][-1] == (
        "table1 cannot be explained from this panel. break: reading 'count' leaves no row in post: "
        "the rows run from 2001 to 2012; choose a last year of pre from 2001 to 2011."
    )


def test_python_compares_what_a_panel_without_a_table_s_outcome_allows(mine, short):
    study = load_study(str(short))
    table = api.compare(study, panel=study.panel(mine))
    assert set(table.loc[table["table"] == "table3", "n_obs_panel"].isna()) == {True}
    assert table.loc[table["table"] == "table1", "n_obs_panel"].notna().all()


def test_of_a_panel_that_knows_no_outcome_the_first_table_is_asked_for_all_the_same():
    # Its design then says what is missing.
    study = load_study("li_shi_border")
    panel = study.panel()
    blind = replace(panel, data=panel.data.drop_vars(["dg", "drelative_income"]))
    inputs = every_table(study, blind, read_break(study, None))
    assert inputs.tables == ("table1",)
    assert set(inputs.left_out) == {"table3"}
