"""Does the script that makes the stored calibrations write what reports look for, and go on where it stopped?"""

import sys
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from bayes_border.checks.resolution import COARSE
from bayes_border.checks.sbc import SbcRun
from bayes_border.checks.sbc_verdict import judge
from bayes_border.simulate.prior import draw_prior
from bayes_border.spec.reader import load_model
from bayes_border.store.calibrations import calibration_digest, calibration_path, read_calibration
from bayes_border.vocabulary import Null
from bayes_border.workflow import own_models
from bayes_border.workflow.inputs import load_inputs
from bayes_border.workflow.request import Request
from bayes_border.workflow.truths import Truths

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))
import precompute


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Return a function that runs the script with some arguments and gives the folder it has written to."""
    folder = tmp_path / "precomputed"
    monkeypatch.setattr(precompute, "calibration_path", lambda *about: calibration_path(*about, folder))

    def call(*arguments, seed=3):
        where = ["--runs", str(tmp_path / "runs"), "--workers", "2", "--seed", str(seed)]
        assert precompute.main([*arguments, *where]) == 0
        return folder / "li_shi_border"

    return call


@pytest.fixture
def design():
    return load_inputs(Request()).design("table1")


@pytest.fixture
def prior_draws(monkeypatch):
    """Let posterior draws be prior ones: these need no sampler."""

    def chains(self, spec, table):
        return draw_prior(spec, self.inputs.design(table), draws=300, rng=np.random.default_rng(1)).expand_dims(
            chain=[0]
        )

    monkeypatch.setattr(Truths, "chains", chains)


@pytest.mark.slow
def test_a_calibration_is_written_where_reports_look_and_gone_on_with(run, design, monkeypatch, capsys):
    folder = run("sbc", "--simulations", "2")
    assert "None of 68 quantities departs from uniform" in capsys.readouterr().out
    path, digest = folder / "sbc_table1_coherent_break.nc", calibration_digest(load_model("coherent_break"), design)
    first = read_calibration(path, digest)
    assert not first.stale
    assert dict(first.data.sizes) == {"simulation": 2, "quantity": 68}
    by_fit = {"rhat_max", "divergent_share", "ebfmi_min", "reason", "status"}
    assert set(first.data.data_vars) == {"pit", "sd", "z", "contraction", "ess", *by_fit}
    assert (first.data.attrs["check"], first.data.attrs["seed"]) == ("sbc", 3)

    done = []
    of_class = SbcRun.__call__
    monkeypatch.setattr(SbcRun, "__call__", lambda self, numbers: (done.extend(numbers), of_class(self, numbers))[1])
    run("sbc", "--simulations", "2")
    assert done == []
    assert read_calibration(path, digest).data.equals(first.data)
    run("sbc", "--simulations", "3")
    assert done == [2]
    assert read_calibration(path, digest).data.isel(simulation=slice(2)).equals(first.data)


@pytest.mark.slow
@pytest.mark.usefixtures("prior_draws")
def test_a_calibration_around_the_posterior_is_a_file_of_its_own(run):
    folder = run("sbc", "--posterior", "--simulations", "1")
    (path,) = folder.iterdir()
    assert path.name == "posterior_sbc_table1_coherent_break.nc"
    data = read_calibration(path, "").data
    assert data.attrs["check"] == "posterior_sbc"
    assert data.attrs["draws_digest"]


@pytest.mark.usefixtures("prior_draws")
def test_the_placebo_goes_through_every_table_null_and_model(run, monkeypatch):
    seen = []

    def loop(task, simulations, *, executor, path, progress):  # noqa: ARG001 -- as `run_loop` takes them
        seen.append((simulations, path.name))
        return xr.Dataset({"estimate": ("simulation", np.zeros(simulations)), "seconds": ("simulation", [0.0] * 100)})

    monkeypatch.setattr(precompute, "run_loop", loop)
    folder = run("placebo")
    names = {
        f"{table}_{model}_{null}"
        for table, model, null in product(("table1", "table3"), ("coherent_break", "no_break"), Null)
    }
    assert {path.stem for path in folder.iterdir()} >= {f"placebo_{name}" for name in names}
    assert {simulations for simulations, _ in seen} == {100}
    assert len({name for _, name in seen}) == len(seen) == len(list(folder.iterdir()))
    assert "seconds" not in read_calibration(next(folder.iterdir()), "").data

    before = {name for _, name in seen}
    seen.clear()
    run("placebo", "--table", "table3", seed=4)
    assert len(seen) == len(before) / 2
    # A run of other settings has a store of its own, and is not refused by that of the first.
    assert not before & {name for _, name in seen}


@pytest.mark.usefixtures("prior_draws")
def test_power_and_resolution_are_those_of_both_models_for_the_first_table(run, monkeypatch):
    seen = {}

    def loop(task, simulations, *, executor, path, progress):  # noqa: ARG001 -- as `run_loop` takes them
        seen[path.name.rsplit("_", 1)[0]] = (task, simulations)
        arrays = {name: np.zeros((2, *task.layout.shape(name))) for name in task.layout.variables}
        return task.layout.dataset(arrays).assign_attrs(task.settings()).assign(seconds=("simulation", [0.0, 0.0]))

    monkeypatch.setattr(precompute, "run_loop", loop)
    run("power")
    folder = run("resolution")
    monkeypatch.setattr(own_models, "calibration_path", lambda *about: calibration_path(*about, folder.parent))
    inputs = load_inputs(Request())
    powers, resolutions = own_models.own_power(inputs), own_models.own_resolution(inputs)
    for stored in (powers, resolutions):
        assert [one.data.attrs["recipe"] for one in stored] == ["coherent_break", "no_break"]
        assert not any(one.stale for one in stored)
        assert all(one.data.attrs["draws"] == precompute.POWER_SETTINGS.draws for one in stored)
        assert not any("seconds" in one.data for one in stored)
    assert set(own_models.own_power_table(powers)["window"]) == {"full", "pre", "post"}

    by_name = dict(sorted(seen.items()))
    models = ("coherent_break", "no_break")
    assert list(by_name) == [
        *(f"power_table1_{model}" for model in models), *(f"resolution_table1_{model}_white_noise" for model in models),
    ]  # fmt: skip
    assert [simulations for _, simulations in by_name.values()] == [300, 300, 30, 30]
    of_power, _, of_resolution, _ = (task for task, _ in by_name.values())
    assert [set(draws["regime"].values) for draws in of_power.truths] == [{"pre", "post"}, {"full"}]
    xr.testing.assert_equal(resolutions[0].data["effect"], of_resolution.labelled_effects())
    table = own_models.own_resolution_table(resolutions)
    assert (set(table["tried"]), set(table["sign"])) == ({len(COARSE.sizes) - 1}, {1.0})
    expected = float(of_resolution.labelled_effects().sel(window="post", term="dBO").max())
    row = table.set_index(["recipe", "window", "term"]).loc[("coherent_break", "post", "dBO")]
    assert row["largest"] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("sbc", "--simulations", "0"), "argument --simulations: '0' is not a whole number of at least 1"),
        (("placebo", "--workers", "-1"), "argument --workers: "),
        (("power", "--workers", "0"), "argument --workers: '0' is not a whole number of at least 1"),
        (("sbc", "--seed", "-3"), "argument --seed: "),
        (("power", "--posterior"), "unrecognized arguments: --posterior"),
        (("resolution", "--table", "table3"), "unrecognized arguments: --table table3"),
        ((), "the following arguments are required: KIND"),
    ],
)
def test_an_argument_that_says_nothing_is_refused_before_anything_is_run(monkeypatch, capsys, arguments, said):
    monkeypatch.setattr(precompute, "load_inputs", None)
    with pytest.raises(SystemExit) as left:
        precompute.main(arguments)
    assert left.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("sbc", "--study", "no_such"), 10, "precompute: "),
        (("placebo", "--table", "table2"), 2, "precompute: table 'table2' is unknown to study 'li_shi_border'"),
    ],
)
def test_a_mistake_is_a_message_and_an_exit_code(capsys, arguments, code, said):
    assert precompute.main(arguments) == code
    assert capsys.readouterr().err.startswith(said)


def test_an_interrupt_says_what_is_kept(monkeypatch, capsys):
    def stop(*_):
        message = "interrupted: 3 of 9 simulations are kept"
        raise KeyboardInterrupt(message)

    monkeypatch.setattr(precompute, "run_power", stop)
    assert precompute.main(["power"]) == 130
    assert capsys.readouterr().err == "precompute: interrupted: 3 of 9 simulations are kept\n"


def test_the_help_names_the_simulations_of_every_kind(capsys):
    with pytest.raises(SystemExit):
        precompute.main(["--help"])
    usual = capsys.readouterr().out.split("simulations where none are named:\n")[1]
    assert dict(line.split() for line in usual.splitlines()) == {
        str(k): str(n) for k, n in precompute.SIMULATIONS.items()
    }


def test_half_the_digits_leave_the_verdict_as_it_is():
    rng = np.random.default_rng(4)
    dims = ("simulation", "quantity")
    # Places among 600 draws, randomised between neighbours, as a run has them.
    pit = (rng.integers(0, 601, (1000, 68)) + rng.random((1000, 68))) / 601
    both = {name: (dims, values) for name, values in (("z", pit), ("contraction", pit), ("pit", pit))}
    both["sd"] = (dims, rng.gamma(2.0, size=pit.shape))
    data = xr.Dataset({**both, "rhat_max": ("simulation", np.ones(1000))}, {"quantity": [f"q{k}" for k in range(68)]})
    halved = precompute.single_precision(data)
    assert all(values.dtype == np.float32 for values in halved.data_vars.values())
    found, expected = (judge(each, model="m").table() for each in (halved, data))
    for exact in ("n", "p_uniform", "coverage", "inside", "passed"):
        assert found[exact].equals(expected[exact]), exact
    for rounded in ("mean_z", "lower_z", "upper_z", "contraction"):
        np.testing.assert_allclose(found[rounded], expected[rounded], rtol=1e-5)
    np.testing.assert_allclose(found["p_location"], expected["p_location"], rtol=1e-3)
