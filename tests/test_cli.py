"""Does the command line say what was found, refuse what is wrong, and leave with the right code?"""

from __future__ import annotations

import importlib.util
import io
import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bayes_border import cli as program
from bayes_border.checks.resolution import COARSE, FINE
from bayes_border.cli.parser import VERBS, create_parser, read_request
from bayes_border.cli.progress import StreamProgress
from bayes_border.errors import DataError, ExitCode, GateError
from bayes_border.workflow.request import Sampling
from bayes_border.workflow.result import Result, Section, single

COMMAND = [sys.executable, "-c", "from bayes_border.cli import run; run()"]


def raising(error):
    def step(*_):
        raise error

    return step


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_a_module_that_does_it(verb):
    assert importlib.util.find_spec(f"bayes_border.workflow.{verb}") is not None


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself_and_takes_the_common_options(cli, verb):
    code, out, _ = cli(verb, "--help")
    assert code == 0
    for option in ("--study", "--panel", "--seed", "--format", "--quiet"):
        assert option in out


def test_help_takes_well_under_half_a_second():
    def seconds() -> float:
        start = time.perf_counter()
        subprocess.run([*COMMAND, "--help"], check=True, capture_output=True)
        return time.perf_counter() - start

    # The median of five: other work on the machine must not fail the suite.
    assert statistics.median(seconds() for _ in range(5)) < 0.5


def test_help_imports_nothing_heavy():
    code = (
        "import sys; from bayes_border.cli import main; main(['--help']); "
        "print(sorted({'numpy', 'pandas', 'xarray', 'pydantic', 'pymc', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("verb", ["data", "audit", "gmm", "placebo"])
def test_verbs_that_do_not_fit_never_import_the_sampler(verb):
    extra = ["--recipe", "pooled_ols"] if verb in {"gmm", "placebo"} else []
    few = ["--simulations", "5", "--null", "white_noise"] if verb == "placebo" else []
    arguments = [verb, "--quiet", *extra, *few]
    code = f"import sys; from bayes_border.cli import main; main({arguments}); print('pymc' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "False"


def test_version_is_one_line(cli):
    code, out, err = cli("--version")
    assert (code, err) == (0, "")
    assert out.startswith("bayes-border ")
    assert out.count("\n") == 1


def test_no_verb_is_a_usage_error_that_shows_the_verbs(cli):
    code, out, err = cli()
    assert (code, out) == (2, "")
    assert all(verb in err for verb in VERBS)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("datum",), "invalid choice: 'datum'"),
        (("data", "--seed", "-1"), "'-1' is not a whole number of at least 0"),
        (("data", "--seed", str(2**63)), "is not a whole number of at least 0 and at most 9223372036854775807"),
        (("data", "--seed", "9" * 5000), "is not a whole number of at least 0 and at most 9223372036854775807"),
        (("data", "--seed", "٣"), "is not a whole number of at least 0"),
        (("fit", "no_break", "--draws", "0"), "'0' is not a whole number of at least 1"),
        (("fit",), "the following arguments are required: MODEL"),
        (("data", "--format", "xml"), "invalid choice: 'xml'"),
        (("data", "--pan", "balanced"), "unrecognized arguments: --pan"),
        (("placebo", "--null", "noise"), "invalid choice: 'noise'"),
    ],
)
def test_bad_usage_leaves_with_code_2(cli, arguments, message):
    code, out, err = cli(*arguments)
    assert (code, out) == (2, "")
    assert message in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("data", "--panel", "balance"),
            (
                "panel 'balance' is unknown to study 'li_shi_border';"
                " use one of balanced, extended, extended_filled, or the path of a file"
            ),
        ),
        (
            ("gmm", "--break", "soon"),
            "reading of the break 'soon' is unknown; use count, label, split or a year (last row of pre)",
        ),
        (
            ("gmm", "--table", "table2"),
            "table 'table2' is unknown to study 'li_shi_border'; use one of table1, table3",
        ),
        (
            ("fit", "no_break", "--output", "draws.csv"),
            "draws are written as netCDF: give --output a name that ends in .nc, not 'draws.csv'",
        ),
    ],
)
def test_a_name_that_does_not_exist_is_answered_with_those_that_do(cli, arguments, message):
    assert cli(*arguments) == (2, "", f"bayes-border: {message}\n")


def test_a_missing_panel_file_leaves_with_code_11(cli, tmp_path):
    code, out, err = cli("data", "--panel", str(tmp_path / "panel.csv"))
    assert (code, out) == (11, "")
    assert err.startswith(f"bayes-border: {tmp_path / 'panel.csv'}: 1 fault\n")


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (GateError("R-hat 1.2"), 12, "bayes-border: R-hat 1.2\n"),
        (KeyboardInterrupt(), 130, "bayes-border: interrupted\n"),
        (
            OSError(28, "No space left on device"),
            1,
            "bayes-border: cannot read or write: [Errno 28] No space left on device\n",
        ),
    ],
)
def test_each_kind_of_failure_has_its_exit_code_and_one_message(cli, monkeypatch, error, code, message):
    monkeypatch.setattr(program, "_dispatch", raising(error))
    assert cli("data") == (code, "", message)


def test_a_calibration_that_fails_is_a_result_with_an_exit_code_of_its_own(cli, monkeypatch):
    failed = replace(single("Calibration", ROWS, {}), code=ExitCode.CALIBRATION)
    monkeypatch.setattr(program, "_dispatch", lambda *_: failed)
    code, out, err = cli("data")
    assert (code, err) == (13, "")
    assert out.startswith("Calibration\n")


class Terminal(io.StringIO):
    """A stream on which lines may move."""

    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("error", "said"), [(DataError("panel", []), "panel: 0 faults"), (KeyboardInterrupt(), "interrupted")]
)
@pytest.mark.parametrize(("done", "ended"), [(3, "\r{}: 3 of 10\x1b[K\n"), (10, "\r{}: 10 of 10\x1b[K\n")])
def test_on_a_terminal_a_message_has_a_line_of_its_own(monkeypatch, error, said, done, ended):
    def dispatch(_verb, request):
        request.progress("sbc", done, 10)
        raise error

    monkeypatch.setattr(program, "_dispatch", dispatch)
    monkeypatch.setattr(sys, "stderr", Terminal())
    program.main(["data"])
    assert sys.stderr.getvalue() == f"{ended.format('sbc')}bayes-border: {said}\n"


def test_a_fault_of_the_program_itself_is_not_hidden(monkeypatch):
    monkeypatch.setattr(program, "_dispatch", raising(ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        program.main(["data"])


@pytest.fixture
def shown(cli, monkeypatch):
    """Show a result in a form and return standard output and standard error."""

    def show(result: Result, form: str, *options: str) -> tuple[str, str]:
        monkeypatch.setattr(program, "_dispatch", lambda *_: result)
        code, out, err = cli("data", "--format", form, *options)
        assert code == 0
        return out, err

    return show


ROWS = [
    {"term": "dIS", "value": 1.23456, "p_positive": 0.99995, "n": 180, "converged": True},
    {"term": "dg_dIS", "value": float("nan"), "p_positive": 0.5, "n": 54, "converged": None},
]


def test_a_table_aligns_numbers_right_and_words_left(shown):
    out, _ = shown(single("Estimates", ROWS, {}, notes=("A note.",)), "table")
    assert out == (
        "Estimates\n\n"
        "term    value  p_positive    n  converged\n"
        "------  -----  ----------  ---  ---------\n"
        "dIS      1.23     > 0.999  180  yes\n"
        "dg_dIS    n/a       0.500   54  n/a\n"
        "\nA note.\n"
    )


def test_json_is_an_object_of_rows_and_meta_with_null_for_nan(shown):
    out, err = shown(single("Estimates", ROWS, {"seed": 1}, notes=("一",)), "json")
    content = json.loads(out, parse_constant=raising(AssertionError("NaN is not JSON")))
    assert list(content) == ["rows", "meta"]
    assert content["rows"][0] == ROWS[0]
    assert content["rows"][1]["value"] is None
    assert content["meta"] == {"title": "Estimates", "seed": 1, "notes": ["一"], "files": []}
    assert "一" in out
    assert err == ""


def test_csv_holds_the_rows_alone_and_notes_go_to_standard_error_unless_quiet(shown):
    result = single("Estimates", ROWS, {}, notes=("A note.",))
    expected = "term,value,p_positive,n,converged\ndIS,1.23456,0.99995,180,True\ndg_dIS,,0.5,54,\n"
    assert shown(result, "csv") == (expected, "A note.\n")
    assert shown(result, "csv", "--quiet") == (expected, "")


def test_a_table_stays_within_the_terminal(shown, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    out, _ = shown(single("Findings", [{"id": "a", "n": 1, "detail": "word " * 60, "more": "边疆" * 30}], {}), "table")
    wide = [sum(2 if ord(c) > 0x2E80 else 1 for c in line) for line in out.splitlines()]
    assert max(wide) <= 60
    assert out.count("word") == 60
    assert out.count("边") == 30


@pytest.mark.parametrize("width", ["40", "80", "120"])
def test_no_word_is_broken(shown, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", width)
    words = {"difference_level_products", "unbreakable", "Sanderson-Windmeijer", "short"}
    row = {"recipe": "difference_level_products", "about": "unbreakable Sanderson-Windmeijer short", "value": 1.5}
    out, _ = shown(Result("T", (Section("a", "A", (row,)),), {}, ("difference_level_products " * 9,)), "table")
    assert words <= set(out.split())
    assert max(map(len, out.splitlines())) <= max(int(width), 57)


def test_a_word_wider_than_the_terminal_is_broken_at_its_joints_alone(shown, monkeypatch):
    monkeypatch.setenv("COLUMNS", "12")
    out, _ = shown(Result("T", (Section("a", "A", ({"recipe": "level_of_products"},)),), {}), "table")
    assert out.splitlines()[-2:] == ["level_of_", "products"]


def test_headings_of_numbers_give_way_before_words_do(shown, monkeypatch):
    monkeypatch.setenv("COLUMNS", "22")
    row = {"term": "dg_dlnFAI", "prior_p_positive": 0.5, "n": 9}
    out, _ = shown(Result("T", (Section("a", "A", (row,)),), {}), "table")
    assert out.splitlines()[3:] == [
        "term       prior_p_  n",
        "           positive",
        "---------  --------  -",
        "dg_dlnFAI     0.500  9",
    ]


def test_ends_of_intervals_are_headed_with_the_level_that_all_rows_have(shown):
    rows = [{"lower": 1.0, "upper": 2.0, "level": 0.9}, {"lower": 1.0, "upper": 2.0, "level": 0.9}]
    assert "lower 90%  upper 90%  level" in shown(single("T", rows, {}), "table")[0]
    assert "value  lower 90%" in shown(single("T", [{"value": 1.0, **rows[0]}], {}), "table")[0]
    rows[1]["level"] = 0.95
    assert "lower  upper  level" in shown(single("T", rows, {}), "table")[0]


def test_a_number_is_never_wrapped(shown, monkeypatch):
    monkeypatch.setenv("COLUMNS", "9")
    out, _ = shown(Result("T", (Section("a", "A", ({"p_value": 1e-9, "n": 180},)),), {}), "table")
    assert out.splitlines()[-1] == "< 0.001  180"


def test_a_column_without_a_value_is_shown_unless_columns_were_chosen(shown):
    rows = ({"term": "x", "hansen_p": None},)
    assert "hansen_p" in shown(Result("T", (Section("a", "A", rows),), {}), "table")[0]
    assert "hansen_p" not in shown(Result("T", (Section("a", "A", rows, ("term", "hansen_p")),), {}), "table")[0]


def test_an_indented_line_of_a_note_goes_on_further_in(shown, monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    out, _ = shown(Result("T", (), {}, ("Head.\n  some words that do not fit",)), "table")
    assert out == "T\n\nHead.\n  some words that\n    do not fit\n"


def test_rows_stand_below_what_they_share_and_words_below_a_row_without_a_number(shown):
    rows = (
        {"recipe": "a", "x": 1.0, "says": "known"},
        {"recipe": "b", "x": None, "says": "why not"},
        {"recipe": "b", "x": 2.0, "says": ""},
    )
    section = Section("s", "S", rows, ("x", "none"), heading="recipe {recipe}", below=("says", "x"))
    out, _ = shown(Result("T", (section,), {}, ("One:\n  a line of its own",)), "table")
    assert out == "T\n\nS\n   x\n----\nrecipe a\n1.00\nrecipe b\n n/a\n  why not\n2.00\n\nOne:\n  a line of its own\n"


def test_a_misspelt_option_shows_the_verb_s_usage_and_what_may_be_meant(cli):
    code, out, err = cli("gmm", "--sed", "2")
    assert (code, out) == (2, "")
    assert err.startswith("usage: bayes-border gmm ")
    assert err.endswith("bayes-border gmm: error: unrecognized arguments: --sed 2 (did you mean --seed?)\n")
    code, _, err = cli("--zzz")
    assert err == "usage: bayes-border [-h] [--version] VERB ...\nbayes-border: error: unrecognized arguments: --zzz\n"


def test_the_study_may_stand_without_its_option():
    def study(*arguments: str) -> str:
        return read_request(create_parser().parse_args(arguments)).study

    assert study("reanalyse") == "li_shi_border"
    assert study("reanalyse", "other") == "other"
    assert study("reanalyse", "--study", "other") == "other"


def test_draws_are_a_number_where_a_model_is_sampled_and_a_file_where_one_is_read():
    fitted = read_request(create_parser().parse_args(["fit", "no_break", "--draws", "7", "--allow-unconverged"]))
    assert (fitted.model, fitted.draws) == ("no_break", None)
    assert fitted.sampling == Sampling(draws=7, allow_unconverged=True)
    compared = read_request(create_parser().parse_args(["compare", "--draws", "x.nc", "--estimates", "e.json"]))
    assert (compared.draws, compared.estimates, compared.sampling) == (Path("x.nc"), Path("e.json"), Sampling())


def test_a_reader_that_leaves_early_is_no_error():
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([*COMMAND, "data", "--quiet"], stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


def test_the_same_seed_gives_the_same_output(cli):
    asked = ("--recipe", "pooled_ols", "--null", "student_t", "--simulations", "5")
    arguments = ("placebo", *asked, "--format", "csv", "--quiet")
    assert cli(*arguments) == cli(*arguments)
    assert cli(*arguments) != cli(*arguments, "--seed", "2")


def test_a_placebo_goes_on_from_its_store_and_refuses_that_of_another_seed(cli, tmp_path):
    asked = ("--recipe", "pooled_ols", "--null", "white_noise", "--table", "table1", "--output", str(tmp_path / "runs"))
    arguments = ("placebo", *asked, "--format", "json")
    code, few, _ = cli(*arguments, "--simulations", "5", "--quiet")
    assert code == 0
    store = tmp_path / "runs" / "placebo_table1_pooled_ols_white_noise.zarr"
    assert json.loads(few)["meta"]["files"] == [str(store)]
    _, more, err = cli(*arguments, "--simulations", "8")
    assert err.startswith("pooled_ols white_noise table1: 5 of 8\n")
    assert {row["n"] for row in json.loads(more)["rows"]} == {8}
    reading = "`share_excluding_zero` is the share of 90 % intervals without zero: 0.1 if they held their level."
    assert reading in json.loads(more)["meta"]["notes"]
    code, out, err = cli(*arguments, "--simulations", "8", "--seed", "2", "--quiet")
    assert (code, out) == (11, "")
    assert f"{store}: 1 fault\n  setting seed: is 20260101 in the store and 2 now" in err
    code, _, err = cli("placebo", *asked[:-1], str(store), "--simulations", "5", "--quiet")
    assert code == 11
    assert err.startswith(
        f"bayes-border: {store}: 1 fault\n  folder: is the store of one run, where a folder for several"
    )
    assert not list(store.glob("placebo_*"))


def test_ctrl_c_in_a_long_loop_says_where_it_goes_on(cli, tmp_path, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("bayes_border.store.runs.RunStore.write", interrupt)
    asked = ("--recipe", "pooled_ols", "--null", "white_noise", "--table", "table1", "--output", str(tmp_path))
    code, out, err = cli("placebo", *asked, "--simulations", "5", "--quiet")
    assert (code, out) == (130, "")
    assert "interrupted: 0 of 5 simulations are kept in " in err
    assert "the same command goes on from there" in err


def test_a_recipe_s_resolution_is_one_flat_row_a_window_term_and_sign(cli):
    asked = ("--recipe", "pooled_ols", "--table", "table1", "--simulations", "20", "--resolution")
    code, out, _ = cli("placebo", *asked, "--format", "json", "--quiet")
    rows = json.loads(out)["rows"]
    assert (code, len(rows)) == (0, 3 * 6 * 2)
    assert {"recipe", "null", "table", "window", "term", "sign", "n", "size", "resolution_adjusted"} <= rows[0].keys()


def test_a_model_s_resolution_is_measured_on_the_coarser_grid_and_says_so(cli, monkeypatch):
    seen = []

    def loop(task, simulations, **_):
        seen.append((task.grid, simulations))
        arrays = {name: np.zeros((2, *task.layout.shape(name))) for name in task.layout.variables}
        return task.layout.dataset(arrays).assign_attrs(task.settings())

    monkeypatch.setattr("bayes_border.workflow.placebo.run_loop", loop)
    asked = ("--table", "table1", "--resolution", "--format", "json", "--quiet")
    coarse, fine = (cli("placebo", *which, *asked) for which in (("--model", "no_break"), ("--recipe", "pooled_ols")))
    assert seen == [(COARSE, 30), (FINE, 200)]
    assert {row["sign"] for row in json.loads(coarse[1])["rows"]} == {1.0}
    said = [" ".join(json.loads(out)["meta"]["notes"]) for _, out, _ in (coarse, fine)]
    assert "A model is a fit an effect, so it is asked about fewer: 3 sizes, where a recipe has 10" in said[0]
    assert "asked about fewer" not in said[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--recipe", "pooled_ols", "--model", "no_break"), "--recipe and --model cannot be combined: name one"),
        (("--resolution", "--null", "common_shift"), "null common_shift has a finite number of panels"),
    ],
)
def test_a_placebo_that_makes_no_sense_is_a_usage_error(cli, arguments, message):
    code, out, err = cli("placebo", "--table", "table1", "--quiet", *arguments)
    assert (code, out) == (2, "")
    assert message in err


def test_only_the_stores_of_this_run_are_said_to_be_written(cli, tmp_path):
    (tmp_path / "placebo_table3_within_white_noise.zarr").mkdir()
    asked = ("--recipe", "pooled_ols", "--null", "white_noise", "--table", "table1", "--simulations", "5", "--quiet")
    _, out, _ = cli("placebo", *asked, "--output", str(tmp_path))
    written = [line for line in out.splitlines() if line.startswith("written:")]
    assert written == [f"written: {tmp_path / 'placebo_table1_pooled_ols_white_noise.zarr'}"]


def test_progress_is_plain_lines_where_there_is_no_terminal(cli):
    asked = ("--recipe", "pooled_ols", "--null", "white_noise", "--table", "table1", "--simulations", "5")
    _, _, err = cli("placebo", *asked)
    assert err == "pooled_ols white_noise table1: 0 of 5\npooled_ols white_noise table1: 5 of 5\n"


def test_long_work_says_its_rate_and_the_time_left_not_counting_what_was_done_before(monkeypatch):
    clock = iter([100.0, 104.0, 120.0])
    monkeypatch.setattr("bayes_border.cli.progress.time.monotonic", lambda: next(clock))
    stream = io.StringIO()
    follow = StreamProgress(stream)
    for done in (50, 58, 90):
        follow("sbc", done, 100)
    assert stream.getvalue() == "sbc: 50 of 100\nsbc: 90 of 100, 2 a second, 5 s left\n"
