"""Does a comparison take draws that another program made, and say what they lack?"""

import json
import re

import numpy as np
import pytest
import xarray as xr

from bayes_border.errors import DataError
from bayes_border.project import models_folder
from bayes_border.store.draws import write_tree
from bayes_border.vocabulary import Window
from bayes_border.workflow.compare import read_fit, run, with_parts
from bayes_border.workflow.inputs import load_inputs
from bayes_border.workflow.request import Request

TERMS = ["dlnFAI", "dIS", "dBO"]


@pytest.fixture(scope="module")
def two_recipes(tmp_path_factory):
    """Return the study with two of its recipes: strangers stand beside them, and all would take ten times as long."""
    text = (models_folder() / "studies" / "li_shi_border.toml").read_text(encoding="utf-8")
    path = tmp_path_factory.mktemp("study") / "two_recipes.toml"
    few = re.sub(r"(?s)\nrecipes = \[.*?\]\n", '\nrecipes = ["pooled_ols", "difference_two_step"]\n', text)
    path.write_text(few, encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def inputs():
    return load_inputs(Request())


def draws(rng, scale):
    coords = {"regime": [str(window) for window in Window], "regressor": TERMS}
    dims = ("chain", "draw", "regime", "regressor")
    return xr.Dataset({name: (dims, scale * rng.normal(size=(4, 500, 3, 3))) for name in ("beta", "gamma")}, coords)


def tree(**changed):
    rng = np.random.default_rng(1)
    stats = {"diverging": np.zeros((4, 500), bool), "energy": rng.normal(size=(4, 500))}
    groups = {
        "posterior": draws(rng, 1.0),
        "prior": draws(rng, 3.0),
        "sample_stats": xr.Dataset({name: (("chain", "draw"), values) for name, values in stats.items()}),
    }
    groups = {name: group for name, group in (groups | changed).items() if group is not None}
    return xr.DataTree.from_dict(groups)


def test_another_programs_draws_play_the_first_part(two_recipes, tmp_path):
    path = write_tree(tmp_path / "my_stan_model.nc", tree())
    rows = run(Request(study=two_recipes, draws=path, simulations=5)).rows()
    first = rows[0]
    assert (first["coherent_model"], first["table"], first["window"]) == ("my_stan_model", "table1", "full")
    assert first["coherent_contraction"] == pytest.approx(1 - 1 / 9, abs=0.02)
    assert all(row["coherent_model"] is None for row in rows if row["table"] == "table3")


def test_a_model_of_the_study_keeps_its_own_part(inputs, tmp_path):
    path = write_tree(tmp_path / "no_break.nc", tree())
    assert with_parts(inputs.study, [read_fit(path, inputs).spec.name]) == inputs.study


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"prior": None}, "group prior: is missing; give prior draws of the same variables"),
        ({"sample_stats": None}, "group sample_stats: is missing; give at least `diverging` and `energy`"),
        ({"posterior": xr.Dataset({"mu": 1.0})}, "posterior/beta: is missing"),
        (
            {"posterior": draws(np.random.default_rng(2), 1.0).assign_coords(regressor=["a", "b", "c"])},
            r"posterior/beta, regressor: found \['a', 'b', 'c'\]; label it with dlnFAI, dIS, dBO",
        ),
        (
            {"prior": draws(np.random.default_rng(2), 1.0).drop_vars("regime")},
            r"prior/gamma, regime: found \[\]; label it with full, pre, post",
        ),
    ],
)
def test_what_draws_lack_is_named_with_the_file(inputs, tmp_path, changed, message):
    path = write_tree(tmp_path / "theirs.nc", tree(**changed))
    with pytest.raises(DataError, match=f"(?s)theirs.nc.*{message}"):
        read_fit(path, inputs)


def estimate(**changed):
    row = {
        "engine": "bayes", "recipe": "my_stan_model", "table": "table1", "window": "pre", "term": "dIS", "value": 1.0,
        "se": 0.5, "lower": 0.2, "upper": 1.8, "level": 0.9, "n_obs": 126, "converged": True,
    }  # fmt: skip
    return row | changed


def test_a_strangers_estimates_play_the_first_part_and_a_second_stranger_one_of_its_own(two_recipes, tmp_path):
    path = tmp_path / "theirs.json"
    path.write_text(json.dumps([estimate(), estimate(recipe="another", value=2.0)]))
    rows = run(Request(study=two_recipes, estimates=path, simulations=5)).rows()
    row = next(row for row in rows if (row["table"], row["window"], row["term"]) == ("table1", "pre", "dIS"))
    assert (row["coherent_model"], row["coherent_mean"], row["another_mean"]) == ("my_stan_model", 1.0, 2.0)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"engine": "published"}, "row 1, engine: found published; give new estimates"),
        ({"term": "nonsense"}, "row 1: found table1, pre, nonsense, which the paper does not print; use tables table1"),
        ({"se": -1.0}, "row 1: value 1, se -1, lower 0.2, upper 1.8, n_obs 126; give finite numbers"),
        ({"lower": 3.0}, "row 1: value 1, se 0.5, lower 3, upper 1.8"),
        ({"level": 0.95}, "row 1, level: found 0.95; give intervals at 0.9"),
    ],
)
def test_estimates_that_cannot_be_compared_are_refused_with_their_row(tmp_path, changed, message):
    path = tmp_path / "theirs.json"
    path.write_text(json.dumps([estimate(**changed)]))
    with pytest.raises(DataError, match=message):
        run(Request(estimates=path))
