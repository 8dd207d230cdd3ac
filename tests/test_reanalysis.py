"""The main job, end to end, on the real panel with two models and short chains."""

import json
import re

import pandas as pd
import pytest

from bayes_border.cli import main
from bayes_border.project import models_folder
from bayes_border.store.draws import read_tree

FEW = ["--simulations", "20", "--quiet"]
SHORT = ["--draws", "100", "--tune", "200", "--chains", "2", *FEW]


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    text = (models_folder() / "studies" / "li_shi_border.toml").read_text(encoding="utf-8")
    short = re.sub(r"(?m)^models = \[[^]]*\]", 'models = ["coherent_break", "no_break"]', text)
    # Neither model is without interactions, so the null that is drawn from such a fit goes too.
    short = short.replace('"fitted", ', "").replace('null_model = "no_interactions"\n', "")
    short = re.sub(r'(?s)\[\[roles\]\]\nname = "(?!coherent")\w+".*?\n\n', "", short)
    short = re.sub(r"(?s)\nrecipes = \[.*?\]\n", '\nrecipes = ["pooled_ols", "difference_two_step"]\n', short)
    path = tmp_path_factory.mktemp("study") / "li_shi_border.toml"
    path.write_text(short, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def folder(study, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    arguments = ["reanalyse", "--study", str(study), "--output", str(folder), "--allow-unconverged", *SHORT]
    assert main(arguments) == 0
    return folder


def test_it_leaves_a_report_a_summary_tables_figures_and_draws(folder):
    assert (folder / "report.html").stat().st_size > 100_000
    assert "| full |" in (folder / "summary.md").read_text(encoding="utf-8")
    assert {path.stem for path in (folder / "tables").glob("*.csv")} == {
        "comparison", "audit", "claims", "gmm", "posterior", "placebo", "own_placebo", "checks", "power",
        "calibration", "calibration_quantities", "resolution", "nearest", "own_power", "own_resolution",
    }  # fmt: skip
    assert len(list((folder / "figures").glob("*.svg"))) > 20
    assert {"ppc-pre.svg", "ppc-post.svg", "pit-pre.svg"} <= {path.name for path in (folder / "figures").iterdir()}
    draws = sorted((folder / "draws").glob("*.nc"))
    assert len(draws) == 2 * 2
    for path in draws:  # whole, though the report needs rows of one of them alone
        assert {"posterior_predictive", "prior_predictive", "log_likelihood"} <= read_tree(path).children.keys()


def test_every_printed_cell_has_its_row_and_its_verdict(folder):
    table = pd.read_csv(folder / "tables" / "comparison.csv")
    assert len(table) == 36
    assert table["verdict"].notna().all()
    assert table["reason"].str.contains("on this reconstructed panel").all()
    content = json.loads((folder / "tables" / "comparison.json").read_text(encoding="utf-8"))
    assert len(content["rows"]) == 36
    assert content["meta"]["digests"].keys() == {"coherent_break", "no_break"}


def test_unconverged_fits_that_were_let_in_are_stamped_on_the_report(folder):
    html = (folder / "report.html").read_text(encoding="utf-8")
    assert "Unconverged fits were allowed" in html


def test_the_stored_calibrations_of_the_flagship_are_shown_and_written_as_tables(folder):
    html = (folder / "report.html").read_text(encoding="utf-8")
    runs = pd.read_csv(folder / "tables" / "calibration.csv")
    assert runs["truths"].tolist() == ["prior", "posterior"]
    for run in runs.to_dict("records"):
        assert f"This calibration with truths from the {run['truths']} was computed on {run['date']} and is" in html
        assert run["summary"] in html
    quantities = pd.read_csv(folder / "tables" / "calibration_quantities.csv")
    assert quantities.groupby("truths").size().to_dict() == dict.fromkeys(runs["truths"], len(quantities) // 2)
    assert {"coverage", "lower_band", "upper_band", "inside"} <= set(quantities.columns)


def test_recipes_are_estimated_under_every_reading_of_the_break(folder):
    table = pd.read_csv(folder / "tables" / "gmm.csv")
    assert set(table["break"]) == {"count", "label", "split"}


def test_the_report_can_be_written_anew_without_sampling(study, folder):
    before = (folder / "tables" / "comparison.csv").read_text(encoding="utf-8")
    arguments = ["report", "--study", str(study), "--output", str(folder), "--allow-unconverged", *FEW]
    assert main(arguments) == 0
    assert (folder / "tables" / "comparison.csv").read_text(encoding="utf-8") == before


def test_a_report_without_fits_says_what_to_run_first(study, tmp_path, capsys):
    assert main(["report", "--study", str(study), "--output", str(tmp_path)]) == 2
    assert "run `bayes-border reanalyse` first" in capsys.readouterr().err


def test_fits_of_other_rows_are_refused(study, folder, capsys):
    arguments = ["report", "--study", str(study), "--output", str(folder), "--break", "label", "--allow-unconverged"]
    assert main(arguments) == 11
    assert "fit again: model, panel or break differ" in capsys.readouterr().err


def test_without_leave_an_unconverged_flagship_stops_the_job_and_nothing_is_written(study, tmp_path, capsys):
    target = tmp_path / "none"
    tiny = ["--draws", "20", "--tune", "20", "--chains", "2", "--quiet"]
    assert main(["reanalyse", "--study", str(study), "--output", str(target), *tiny]) == 12
    assert "coherent_break (table1)" in capsys.readouterr().err
    assert not target.exists()
