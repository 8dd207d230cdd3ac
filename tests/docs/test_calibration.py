"""Does the page on calibration say what the code does, and are its numbers the code's?"""

import re
import shlex
import textwrap
from functools import partial
from pathlib import Path
from typing import Any

import calibration
import numpy as np
import pytest
from checks.mutants import MUTANTS
from page import DOCS, block
from stand_ins import fit_from_prior

import bayes_border
from bayes_border import criteria
from bayes_border.checks.sbc import SbcRun
from bayes_border.checks.uniformity import POINTS
from bayes_border.cli.parser import create_parser
from bayes_border.design import Design
from bayes_border.simulate.prior import draw_prior
from bayes_border.simulate.reduced_form import simulate
from bayes_border.spec.reader import load_model
from bayes_border.workflow.inputs import load_inputs
from bayes_border.workflow.request import Request

PAGE = (DOCS / "calibration.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def run() -> SbcRun:
    inputs = load_inputs(Request())
    return SbcRun(load_model("coherent_break"), inputs.design("table1"), seed=1)


def test_the_table_of_what_can_be_detected_is_what_the_code_finds_now(run):
    assert block(PAGE, "detectable") == calibration.detectable()
    assert f"among the flagship's {len(run.quantities)}," in PAGE


def test_the_levels_in_the_prose_are_those_of_the_code():
    assert POINTS.size == 99
    assert "in the 99 percentiles" in PAGE
    assert f"at most {100 * criteria.CALIBRATION_LEVEL:g} %" in PAGE
    assert f"a power of {100 * criteria.POWER_WANTED:g} %" in PAGE
    assert f"central {100 * criteria.COVERAGE_BAND:g} % of its binomial" in PAGE
    assert f"every {100 * criteria.INTERVAL_LEVEL:g} % interval" in PAGE


def test_what_is_looked_at_is_what_the_page_lists(run):
    families = {name.split("[")[0] for name in run.quantities}
    scales = {"sigma_alpha", "sigma_tau", "omega_beta", "omega_gamma"}
    changes, effects = {"delta_beta", "delta_gamma"}, {"effect_mean", "effect_median"}
    scalars = {"alpha", "tau", "beta", "gamma", "intercept", "sigma"}
    assert families == scalars | scales | changes | effects | {"log_likelihood"}


def test_around_a_posterior_a_fit_sees_the_panel_and_a_copy_with_the_same_provinces_and_years(run):
    draws = draw_prior(run.spec, run.design, draws=1, rng=np.random.default_rng(1)).expand_dims("chain")
    around = SbcRun(run.spec, run.design, seed=1, around=draws)
    copy = simulate(draws.isel(chain=0, draw=0), run.design, np.random.default_rng(2)).values
    seen: Design = around._rows(copy)
    assert seen.y.tolist() == [*run.design.y, *copy]
    assert (seen.provinces, seen.years) == (run.design.provinces, run.design.years)
    # The barrier is one of the panel's rows, not of the copy's too.
    assert int(seen.data["reference"].sum()) == int(run.design.data["reference"].sum())


def test_every_command_of_the_page_is_one():
    commands = re.findall(r"^    bayes-border (.*)$", PAGE, flags=re.MULTILINE)
    assert len(commands) == 3
    for command in commands:
        assert create_parser().parse_args(shlex.split(command)).verb == "sbc"


def test_the_python_of_the_page_runs_and_keeps_its_store_where_it_says(tmp_path, monkeypatch):
    """As it is printed, but for the number of simulations, and for fits that take a moment."""
    (block,) = re.findall(r"^    from concurrent.*\n(?:    .*\n|\n)*", PAGE, flags=re.MULTILINE)
    code = textwrap.dedent(block).replace("simulations=1000", "simulations=2")
    monkeypatch.setattr("bayes_border.checks.sbc.SbcRun", partial(SbcRun, fit=fit_from_prior))
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 -- the page's own lines
    assert (tmp_path / "build" / "sbc.zarr" / "zarr.json").is_file()
    assert names["found"].data.sizes["simulation"] == 2
    said = block.rstrip().splitlines()[-1].split("#")[1]
    assert set(re.findall(r"\w+", said.split(" by ")[0])) <= set(names["found"].data.data_vars)


#: Rows of the page's table of faults, and what the tests call them.
FAULTS = {
    "`as_estimated`": "as_estimated",
    "Jacobian dropped": "jacobian_dropped",
    "regimes swapped": "regimes_swapped",
    "province index shifted": "province_shifted",
    "σ² used as the sd": "variance_as_sd",
    "prior scale of σ_α doubled": "sigma_alpha_prior_doubled",
    "prior scale of γ doubled": "gamma_prior_doubled",
}


def test_the_faults_of_the_page_are_the_mutants_and_the_first_of_them_are_those_that_are_found():
    table = PAGE.split("| fault | what is wrong |\n|---|---|\n")[1].split("\n\n")[0]
    rows = [FAULTS[line.split(" | ")[0].strip("| ")] for line in table.replace("\\|", "/").splitlines()]
    found, missed = rows[: len(MUTANTS)], rows[len(MUTANTS) :]
    assert sorted(found) == sorted(MUTANTS)
    assert missed == ["gamma_prior_doubled"]
    assert "The last one is not found," in PAGE


def test_every_module_of_the_page_exists():
    named = re.findall(r"`((?:checks|simulate|scripts|examples)/[\w/]*(?:\.py)?)`", PAGE)
    assert len(named) > 4
    package = Path(bayes_border.__file__).parent
    assert [path for path in named if not any((root / path).exists() for root in (package, DOCS.parent))] == []
