"""What does `bayes-border sbc` print, and what does it refuse before it fits anything?"""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest
import zarr
from stand_ins import calibration, fit_from_prior, run

import bayes_border as bb
from bayes_border.checks.sbc import SbcRun
from bayes_border.errors import ExitCode, UsageError
from bayes_border.spec.digest import model_digest
from bayes_border.spec.reader import load_model
from bayes_border.workflow import sbc
from bayes_border.workflow.truths import Truths

FEW = ("--simulations", "2", "--draws", "20", "--quiet", "--format", "json")


@pytest.fixture
def said(cli, monkeypatch):
    """Return a function: the exit code and the JSON of a calibration whose fits take a moment."""
    monkeypatch.setattr(sbc, "SbcRun", partial(SbcRun, fit=fit_from_prior))

    def call(*arguments):
        code, out, err = cli("sbc", *arguments, *FEW)
        assert err == ""
        return code, json.loads(out)

    return call


def test_meta_says_what_ran_beside_what_every_command_says(said):
    code, found = said("as_estimated", "--table", "table3", "--break", "label", "--seed", "7")
    meta, rows = found["meta"], bb.design("balanced", table="table3", break_="label")
    panel = bb.load_study("li_shi_border").panel("balanced")
    assert code == ExitCode.DONE
    assert meta["passed"]
    assert (meta["panel"]["name"], meta["panel"]["digest"]) == ("balanced", panel.digest)
    assert (meta["panel"]["first_row"], meta["panel"]["source"]) == (panel.first_row, panel.source)
    assert (meta["seed"], meta["break"]) == (7, "label")
    digests = {name: model_digest(load_model(name)) for name in ("as_estimated", "coherent_break")}
    assert meta["digests"] == {
        "model": digests["as_estimated"], "generator": digests["coherent_break"], "design": rows.digest,
    }  # fmt: skip
    ran = meta["run"]
    assert (ran["panel"], ran["panel_digest"], ran["table"]) == ("balanced", panel.digest, "table3")
    assert (ran["model"], ran["generator"], ran["draws"]) == ("as_estimated", "coherent_break", 20)


def test_the_log_likelihood_has_no_contraction(said):
    """It depends on the data: before them there is no variance that a share of could go."""
    rows = {row["quantity"]: row for row in said("coherent_break")[1]["rows"]}
    assert [name for name, row in rows.items() if row["contraction"] is None] == ["log_likelihood"]
    assert rows["log_likelihood"]["n"] == 2


@pytest.mark.parametrize(
    ("arguments", "notes"),
    [
        (("coherent_break",), []),
        (
            ("no_break", "--generator", "coherent_break"),
            [
                (
                    "Not judged, since no_break lacks them: beta (6), delta_beta (3), delta_gamma (3), effect_mean "
                    "(6), effect_median (6), gamma (6), intercept (2), omega_beta, omega_gamma, sigma (2)."
                ),
                (
                    "Not judged, since generator coherent_break lacks them: beta (3), effect_mean (3), effect_median "
                    "(3), gamma (3), intercept, sigma."
                ),
            ],
        ),
    ],
)
def test_what_only_one_of_generator_and_model_has_is_named(arguments, notes, said):
    found = said(*arguments)[1]["meta"]["notes"]
    assert [note for note in found if note.startswith("Not judged")] == notes


@pytest.fixture
def fits(monkeypatch):
    """Return the fits that truths are asked of; none is made."""
    asked = []

    def chains(_, spec, table):
        asked.append((spec.name, table))
        message = "fitted"
        raise UsageError(message)

    monkeypatch.setattr(Truths, "chains", chains)
    return asked


def a_file(path):
    path.write_text("results", encoding="utf-8")


def a_folder_of_other_things(path):
    path.mkdir()
    a_file(path / "results.csv")


def another_zarr_store(path):
    zarr.create_group(path, zarr_format=3).create_array("x", shape=(1,), dtype="float64")


@pytest.mark.parametrize("make", [a_file, a_folder_of_other_things, another_zarr_store])
def test_a_place_of_something_else_is_refused_before_a_fit(make, cli, fits, tmp_path):
    make(tmp_path / "kept")
    code, _, err = cli("sbc", "coherent_break", "--posterior", "--output", str(tmp_path / "kept"), "--quiet")
    assert (code, fits) == (ExitCode.DATA, [])
    assert "kept: 1 fault\n  folder: is no store of simulations; give another --output" in err


@pytest.mark.parametrize("make", [lambda _: None, Path.mkdir, lambda path: run(calibration(), path, n=1)])
def test_a_place_that_is_free_or_has_a_run_s_store_is_none(make, cli, fits, tmp_path):
    make(tmp_path / "kept")
    cli("sbc", "coherent_break", "--posterior", "--output", str(tmp_path / "kept"), "--quiet")
    assert fits == [("coherent_break", "table1")]


def test_a_generator_that_is_no_density_is_refused_before_a_fit(cli, fits):
    code, _, err = cli("sbc", "coherent_break", "--generator", "as_estimated", "--posterior", "--quiet")
    assert (code, fits) == (ExitCode.USAGE, [])
    assert "as_estimated has no Jacobian" in err


def test_fits_are_refused_where_truths_come_from_the_prior(cli, tmp_path):
    code, _, err = cli("sbc", "coherent_break", "--fits", str(tmp_path), "--simulations", "1", "--quiet")
    assert code == ExitCode.USAGE
    assert err.endswith("truths come from the prior: add --posterior\n")
