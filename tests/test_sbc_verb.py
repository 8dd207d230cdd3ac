"""What does `bayes-border sbc` print, and what does it refuse before it fits anything?"""

from __future__ import annotations

import json
import re
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import zarr
from stand_ins import calibration, fit_from_prior, run

import bayes_border as bb
from bayes_border.checks.sbc import SbcRun
from bayes_border.errors import DataError, ExitCode, UsageError
from bayes_border.simulate.prior import draw_prior
from bayes_border.spec.digest import model_digest
from bayes_border.spec.reader import load_model
from bayes_border.store.open_run import require_settings
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


@pytest.mark.parametrize("make", [lambda _: None, Path.mkdir])
def test_a_place_that_is_free_is_none(make, cli, fits, tmp_path):
    make(tmp_path / "kept")
    cli("sbc", "coherent_break", "--posterior", "--output", str(tmp_path / "kept"), "--quiet")
    assert fits == [("coherent_break", "table1")]


def test_the_store_of_another_run_is_refused_before_a_fit(cli, fits, tmp_path):
    run(calibration(seed=7), tmp_path / "kept", n=1)
    code, _, err = cli("sbc", "coherent_break", "--posterior", "--output", str(tmp_path / "kept"), "--quiet")
    assert (code, fits) == (ExitCode.DATA, [])
    assert "setting check: is 'sbc' in the store and 'posterior_sbc' now" in err
    assert "setting seed: is 7 in the store and 20260101 now" in err
    assert "draws_digest" not in err


def test_a_store_that_differs_in_what_is_not_known_yet_is_not_refused_for_it(tmp_path):
    task = calibration()
    run(task, tmp_path / "kept", n=1)
    now = {**task.settings(), "draws_digest": "not known"}
    require_settings(tmp_path / "kept", now, but=("draws_digest",))
    require_settings(tmp_path / "none", now, but=())
    with pytest.raises(DataError, match="draws_digest"):
        require_settings(tmp_path / "kept", now, but=())


def test_a_place_below_a_file_is_refused_with_the_file_s_name(cli, fits, tmp_path):
    a_file(tmp_path / "results")
    below = tmp_path / "results" / "runs" / "kept"
    code, _, err = cli("sbc", "coherent_break", "--posterior", "--output", str(below), "--quiet")
    assert (code, fits) == (ExitCode.DATA, [])
    assert f"folder: cannot be made, for {tmp_path / 'results'} is a file; give another --output" in err


def test_an_empty_place_is_not_the_current_folder(cli, fits):
    code, _, err = cli("sbc", "coherent_break", "--output", "")
    assert (code, fits) == (ExitCode.USAGE, [])
    assert "argument --output: '' names no file or folder" in err


def test_the_pool_s_worth_stands_beside_the_verdict(said, monkeypatch, tmp_path):
    pool = draw_prior(load_model("coherent_break"), bb.design("extended"), draws=400, rng=np.random.default_rng(1))
    monkeypatch.setattr(Truths, "chains", lambda *_: pool.expand_dims("chain"))
    kept = ("--posterior", "--output", str(tmp_path / "kept"))
    first, again = (said("coherent_break", *kept)[1] for _ in range(2))
    assert first["rows"] == again["rows"], "its own store is gone on with"
    notes = first["meta"]["notes"]
    (found,) = [note for note in notes if note.startswith("Truths")]
    worth = re.fullmatch(r"Truths from 400 draws, worth (\d+) independent ones of \S.*, the slowest quantity\.", found)
    assert 20 <= int(worth.group(1)) <= 400


def test_a_generator_that_is_no_density_is_refused_before_a_fit(cli, fits):
    code, _, err = cli("sbc", "coherent_break", "--generator", "as_estimated", "--posterior", "--quiet")
    assert (code, fits) == (ExitCode.USAGE, [])
    assert "as_estimated has no Jacobian" in err


def test_fits_are_refused_where_truths_come_from_the_prior(cli, tmp_path):
    code, _, err = cli("sbc", "coherent_break", "--fits", str(tmp_path), "--simulations", "1", "--quiet")
    assert code == ExitCode.USAGE
    assert err.endswith("truths come from the prior: add --posterior\n")
