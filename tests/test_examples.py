"""Do the scripts of `examples/` run as they stand, and say what they promise?"""

from __future__ import annotations

import io
import re
import runpy
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from bayes_border.study import load_study

FOLDER = Path(__file__).parents[1] / "examples"


@pytest.fixture(scope="module")
def said():
    """Run every script as the main module, and return what each wrote.

    In this process, which has imported and loaded everything: in one of its own each would do so anew.
    """
    return {path.name: _output(path) for path in sorted(FOLDER.glob("*.py"))}


def _output(script: Path) -> str:
    with redirect_stdout(io.StringIO()) as written:
        runpy.run_path(str(script), run_name="__main__")
    return written.getvalue()


@pytest.mark.slow
def test_every_example_runs_and_says_something(said):
    assert said
    assert all(text.strip() for text in said.values())


@pytest.mark.slow
def test_the_calibration_says_its_verdict_and_the_least_uniform_quantities_first(said):
    text = said["simulation_based_calibration.py"]
    assert re.search(r"^None of 68 quantities departs from uniform at a family-wise level of 1 %", text)
    assert "With n = 20 and a power of 80 %" in text
    rows = [line.rsplit(maxsplit=7) for line in text.splitlines()[3:]]
    assert len(rows) == 5
    p_values = [float(row[1]) for row in rows]
    assert p_values == sorted(p_values)


def test_examples_are_short():
    assert all(len(path.read_text(encoding="utf-8").splitlines()) <= 30 for path in FOLDER.glob("*.py"))


@pytest.mark.slow
def test_the_predictive_check_shows_the_panel_s_growth_beside_the_model_s(said):
    text = said["posterior_predictive_check.py"]
    number = r" +(-?\d+\.\d\d)"
    pattern = rf"^(\w+) +observed{number} +replicated{number} to{number} +P\(>=\) (\d\.\d\d)$"
    rows = {name: tuple(map(float, row)) for name, *row in re.findall(pattern, text, flags=re.MULTILINE)}
    panel = load_study("li_shi_border").panel()
    growth = panel.data["dg"].sel(year=slice(panel.first_row, panel.last_row)).values.ravel()
    expected = {"sd": growth.std(), "smallest": growth.min(), "largest": growth.max()}
    assert {name: row[0] for name, row in rows.items()} == pytest.approx(expected, abs=0.005)
    assert all(low < high and 0 <= share <= 1 for _, low, high, share in rows.values())
