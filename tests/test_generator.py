"""Which model simulates where a calibration names none: the fitted one, or its coherent counterpart."""

import pytest

import bayes_border as bb
from bayes_border.spec.reader import load_model
from bayes_border.study import load_study
from bayes_border.workflow.calibrate import generator_of


@pytest.mark.parametrize(
    ("fitted", "named", "generator"),
    [
        ("no_interactions", None, "no_interactions"),
        ("as_estimated", None, "coherent_break"),
        ("as_estimated_no_break", None, "no_break"),
        ("coherent_break", "no_break", "no_break"),
        ("coherent_break", load_model("as_printed"), "as_printed"),
    ],
)
def test_the_generator_is_the_one_named_or_a_density_of_as_many_regimes(fitted, named, generator):
    assert generator_of(load_model(fitted), named, load_study("li_shi_border").spec).name == generator


def test_a_script_gets_the_same_generator_as_the_command_line(monkeypatch):
    made = []
    monkeypatch.setattr("bayes_border.api.calibrate", lambda task, *_, **__: made.append(task))
    bb.sbc("as_estimated", "balanced", table="table3", break_="label")
    assert made[0].source.name == "coherent_break"
    assert (made[0].table, made[0].design.break_.reading) == ("table3", "label")
