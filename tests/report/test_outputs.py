"""Are a reanalysis' files all there, all of one run, and beside them what the user keeps there?"""

import csv
import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from bayes_border.checks.nearest import NearestSearch
from bayes_border.checks.sbc_verdict import judge
from bayes_border.compare.posterior_claims import judge_on_posteriors
from bayes_border.errors import UsageError
from bayes_border.report.contents import Rendered
from bayes_border.spec.breaks import Break
from bayes_border.store import atomic
from bayes_border.store.folder import WRITTEN
from bayes_border.vocabulary import TruthSource
from bayes_border.workflow import outputs, reanalyse
from bayes_border.workflow.analysis import Analysis, Sampled
from bayes_border.workflow.calibrate import StoredRun
from bayes_border.workflow.inputs import Inputs
from bayes_border.workflow.replication import Replicated
from bayes_border.workflow.request import Request

TABLES = (
    "comparison", "audit", "claims", "gmm", "posterior", "placebo", "own_placebo", "power", "resolution", "own_power",
    "own_resolution", "nearest", "calibration", "calibration_quantities", "checks",
)  # fmt: skip
RENDERED = Rendered("<html>", "# summary", {"a.svg": b"<svg/>", "b.svg": b"<svg/>"})


@pytest.fixture
def inputs(study, panel):
    left_out = {"table3": "panel mine.csv has no column 'relative_income'"}
    return Inputs(study, panel, Break.read("count", study.spec.crossing), ("table1",), left_out)


@pytest.fixture
def analysis(contents, study, simulated):
    fits = tuple(contents.fits["table1"].values())
    frame = pd.DataFrame({"recipe": ["pooled_ols"], "n": [3]})
    replicated = SimpleNamespace(
        recipes=(),
        estimates=contents.gmm,
        placebos=(SimpleNamespace(summary=lambda: frame.assign(kind="placebo")),),
        own_placebos=(),
        own_power=(),
        own_resolution=(),
        power=frame.assign(kind="power"),
        resolution=frame.assign(kind="resolution"),
        searches={"table1": NearestSearch(frame.assign(kind="nearest"), np.empty(0), np.empty(0))},
    )
    return Analysis(
        fits=fits,
        refused=(replace(fits[0], table="table3"),),
        replicated=replicated,
        calibrations={TruthSource.POSTERIOR: StoredRun(simulated(30, 1), "2026-01-02", "abe", stale=True)},
        audit=contents.audit,
        comparison=contents.comparison,
        claims=judge_on_posteriors(contents.published, {}, study.spec.roles[0].at),
        checks=contents.checks,
        barrier=contents.barrier,
    )


@pytest.fixture
def write(analysis, inputs, contents, monkeypatch):
    """Return a function that writes the outputs of `analysis` to a folder; `told` marks everything it renders."""
    monkeypatch.setattr(outputs, "contents_of", lambda *_: contents)
    monkeypatch.setattr(outputs, "meta_of", lambda *_: {"seed": 7})
    monkeypatch.setattr(atomic.os, "fsync", lambda _: None)

    def run(folder, told=""):
        monkeypatch.setattr(outputs, "render_report", lambda _: replace(RENDERED, html=f"<html>{told}"))
        return outputs.write_outputs(analysis, inputs, Request(output=folder))

    return run


def content(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_report_summary_figures_and_tables_are_written_and_named_the_report_first(write, tmp_path):
    files = write(tmp_path / "report", "new")
    names = ["report.html", "summary.md", "figures/a.svg", "figures/b.svg"]
    names += [f"tables/{name}.{ending}" for name in TABLES for ending in ("csv", "json")]
    assert [path.relative_to(tmp_path / "report").as_posix() for path in files] == names
    assert sorted(content(tmp_path / "report")) == sorted([*names, WRITTEN])
    assert files[0].read_text(encoding="utf-8") == "<html>new"
    assert files[1].read_text(encoding="utf-8") == RENDERED.summary_md
    assert files[2].read_bytes() == RENDERED.figures["a.svg"]


def test_each_table_holds_the_rows_of_its_name_with_their_provenance(write, analysis, simulated, tmp_path):
    write(tmp_path / "report")
    read = {name: json.loads((tmp_path / "report" / "tables" / f"{name}.json").read_bytes()) for name in TABLES}
    assert all(found["meta"] == {"seed": 7} for found in read.values())
    rows = {name: found["rows"] for name, found in read.items()}
    assert [row["verdict"] for row in rows["comparison"]] == [str(row.decision.verdict) for row in analysis.comparison]
    assert [row["id"] for row in rows["audit"]] == [row["id"] for row in analysis.audit.to_rows()]
    assert len(rows["claims"]) == sum(len(judgement.to_rows()) for judgement in analysis.claims) > 0
    assert [row["value"] for row in rows["gmm"]] == [x.value for x in analysis.replicated.estimates]
    assert {row["recipe"] for row in rows["posterior"]} == {"coherent_break", "no_break"}
    assert len(rows["posterior"]) == sum(len(fit.estimates()) for fit in analysis.fits)
    for name in ("placebo", "power", "resolution", "nearest"):
        assert [(row["recipe"], row["n"], row["kind"]) for row in rows[name]] == [("pooled_ols", 3, name)]
    assert rows["nearest"][0]["table"] == "table1"
    assert (rows["own_placebo"], rows["own_power"], rows["own_resolution"]) == ([], [], [])
    verdict = judge(simulated(30, 1), model="coherent_break")
    (run,) = rows["calibration"]
    assert (run["truths"], run["model"], run["passed"], run["simulations"], run["failed"], run["unconverged"]) == (
        "posterior", "coherent_break", True, 30, 0, 2,
    )  # fmt: skip
    assert (run["bias"], run["narrow"]) == (verdict.detectable.bias, verdict.detectable.narrow)
    assert (run["date"], run["digest"], run["stale"], run["summary"]) == ("2026-01-02", "abe", True, verdict.summary)
    assert [(row["truths"], row["quantity"], row["coverage"]) for row in rows["calibration_quantities"]] == [
        ("posterior", each.quantity, each.coverage) for each in verdict.quantities
    ]
    assert [row["check"] for row in rows["checks"]] == [check.name for check in analysis.checks]
    assert [row["criterion"] for row in rows["checks"]] == [check.criterion for check in analysis.checks]
    with (tmp_path / "report" / "tables" / "comparison.csv").open(encoding="utf-8", newline="") as stream:
        assert [row["verdict"] for row in csv.DictReader(stream)] == [row["verdict"] for row in rows["comparison"]]


@pytest.mark.usefixtures("write")
def test_without_a_stored_calibration_its_tables_are_empty(analysis, inputs, tmp_path, monkeypatch):
    monkeypatch.setattr(outputs, "render_report", lambda _: RENDERED)
    outputs.write_outputs(replace(analysis, calibrations={}), inputs, Request(output=tmp_path / "report"))
    for name in ("calibration", "calibration_quantities"):
        assert json.loads((tmp_path / "report" / "tables" / f"{name}.json").read_bytes())["rows"] == []


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_at_any_file_leaves_the_old_report_and_the_user_s_files(write, tmp_path, monkeypatch, failure):
    folder = tmp_path / "report"
    count = len(write(folder, "old")) + 1  # the list of what was written is one more
    (folder / "tables" / "mine.csv").write_text("mine")
    before = content(folder)
    for at in range(count):
        calls = iter(range(count))

        def fail(_, at=at, calls=calls):
            if next(calls) == at:
                raise failure

        with monkeypatch.context() as patched:
            patched.setattr(atomic, "_flush", fail)
            with pytest.raises(type(failure)):
                write(folder, "new")
        assert content(folder) == before
        assert [path.name for path in tmp_path.iterdir()] == ["report"]
    write(folder, "new")
    assert content(folder) == before | {"report.html": b"<html>new"}


def small(fit, value):
    return replace(fit, tree=xr.DataTree.from_dict({"posterior": xr.Dataset({"beta": value})}))


@pytest.fixture
def sample_small(inputs, monkeypatch):
    """Return `sample_into` for an analysis whose fits hold one number."""

    def sample(analysis, value, folder):
        def models(_inputs, _request, finished):
            fits = tuple(small(fit, value) for fit in analysis.fits)
            for fit in reversed(fits):  # as they may be finished
                finished(fit)
            return Sampled(fits, pd.DataFrame({"m": [value]}))

        monkeypatch.setattr(outputs, "sample_models", models)
        return outputs.sample_into(folder, inputs, Request())

    return sample


def test_a_failure_at_any_fit_leaves_the_old_draws(analysis, sample_small, tmp_path, monkeypatch):
    draws = tmp_path / "report" / "draws"
    sampled, files = sample_small(analysis, 1.0, draws)
    assert [fit.spec.name for fit in sampled.fits] == ["coherent_break", "no_break"]
    assert [path.name for path in files] == ["table1_coherent_break.nc", "table1_no_break.nc", "barrier.csv"]
    assert all(path.parent == draws and path.is_file() for path in files)
    before = content(draws)
    for at in range(len(files) + 1):
        calls = iter(range(len(files) + 1))

        def fail(_, at=at, calls=calls):
            if next(calls) == at:
                raise OSError(28, "No space left on device")

        with monkeypatch.context() as patched:
            patched.setattr(atomic, "_flush", fail)
            with pytest.raises(OSError, match="No space"):
                sample_small(analysis, 2.0, draws)
        assert content(draws) == before
    sample_small(analysis, 2.0, draws)
    assert xr.open_dataset(files[0], group="posterior")["beta"] == 2.0


def test_a_report_leaves_the_draws_that_it_was_made_from(write, analysis, sample_small, tmp_path):
    draws = tmp_path / "report" / "draws"
    sample_small(analysis, 1.0, draws)
    before = content(draws)
    write(tmp_path / "report")
    write(tmp_path / "report")
    assert content(draws) == before


def test_a_folder_that_a_report_cannot_replace_is_refused_before_anything_is_sampled(inputs, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(reanalyse, "load_inputs", lambda _: inputs)
    monkeypatch.setattr(outputs, "sample_models", lambda *_: pytest.fail("sampled"))
    with pytest.raises(UsageError, match="is or holds the current folder"):
        reanalyse.run(Request(output=tmp_path))
    assert outputs.output_folder(inputs, Request()) == outputs.Path("reports/li_shi_border")


def test_what_a_reanalysis_leaves_out_or_refuses_is_said(analysis, inputs, monkeypatch):
    monkeypatch.setattr(reanalyse, "analyse", lambda *_: analysis)
    monkeypatch.setattr(reanalyse, "write_outputs", lambda *_: (outputs.Path("report.html"),))
    found = reanalyse.finish(inputs, Request(), None, (outputs.Path("draws.nc"),))
    assert found.files == (outputs.Path("draws.nc"), outputs.Path("report.html"))
    assert found.rows() == [{"file": "report.html"}]
    left_out, verdicts, refused = found.notes
    assert left_out == "table3 is left out: panel mine.csv has no column 'relative_income'."
    tally = analysis.comparison.tally()
    assert verdicts.startswith("Verdicts: " + ", ".join(f"{verdict} {n}" for verdict, n in tally.items() if n))
    assert refused.startswith("Not shown, the convergence gate refuses it: coherent_break (table3): ")


def test_replicated_estimates_are_those_of_every_fit():
    fits = tuple(SimpleNamespace(estimates=lambda k=k: (k, k + 1)) for k in (0, 2))
    assert list(Replicated(fits, (), ()).estimates) == [0, 1, 2, 3]
