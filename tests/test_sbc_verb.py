"""What does `bayes-border sbc` print, and what does it refuse before it fits anything?"""

from __future__ import annotations

import json
from functools import partial

import pytest
from stand_ins import fit_from_prior

import bayes_border as bb
from bayes_border.checks.sbc import SbcRun
from bayes_border.errors import ExitCode
from bayes_border.spec.digest import model_digest
from bayes_border.spec.reader import load_model
from bayes_border.workflow import sbc

FEW = ("--simulations", "2", "--draws", "20", "--quiet", "--format", "json")


@pytest.fixture
def said(cli, monkeypatch):
    """Return a function: the exit code and the JSON of a calibration whose fits take a moment."""
    monkeypatch.setattr(sbc, "SbcRun", partial(SbcRun, fit=fit_from_prior))

    def run(*arguments):
        code, out, err = cli("sbc", *arguments, *FEW)
        assert err == ""
        return code, json.loads(out)

    return run


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
    run = meta["run"]
    assert (run["panel"], run["panel_digest"], run["table"]) == ("balanced", panel.digest, "table3")
    assert (run["model"], run["generator"], run["draws"]) == ("as_estimated", "coherent_break", 20)
