"""A calibration's store belongs to one calibration, and what is damaged or missing in it is done anew."""

from __future__ import annotations

import errno
import pickle
import shutil
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import zarr
from stand_ins import calibration, rows, run, same

from bayes_border.checks import sbc
from bayes_border.checks.estimator import LinearEstimator
from bayes_border.checks.own_placebo import ModelEstimator
from bayes_border.checks.placebo import PlaceboRun
from bayes_border.errors import DataError
from bayes_border.panel.official import official_panel
from bayes_border.project import PACKAGES, package_versions
from bayes_border.simulate.nulls import NullPanels
from bayes_border.simulate.prior import draw_prior
from bayes_border.spec.reader import load_model, load_recipe
from bayes_border.spec.sampling import SamplerSettings
from bayes_border.vocabulary import Null
from bayes_border.workflow.loop import run_loop
from bayes_border.workflow.provenance import versions

N = 4


@pytest.fixture(scope="module")
def task():
    return calibration()


@pytest.fixture(scope="module")
def finished(task, tmp_path_factory):
    """Return a calibration's store, and what it holds."""
    path = tmp_path_factory.mktemp("runs") / "a.zarr"
    return path, run(task, path, n=N)


@pytest.fixture
def store(finished, tmp_path):
    """Return a copy of the store that a test may spoil."""
    return shutil.copytree(finished[0], tmp_path / "a.zarr")


class Elsewhere(Executor):
    """Runs each task on a copy, as another process does."""

    def submit(self, fn, *args):
        future = Future()
        copied = pickle.loads(pickle.dumps((fn, args)))  # noqa: S301 -- our own bytes, made in this line
        future.set_result(copied[0](*copied[1]))
        return future


def of_another_fit(*_, **__):
    """Stand for another sampler."""


@pytest.mark.parametrize(
    ("changed", "faults"),
    [
        ({"spec": load_model("no_break")}, ["model", "model_digest", "generator", "generator_digest"]),
        ({"generator": load_model("no_break")}, ["generator", "generator_digest"]),
        ({"seed": 4}, ["seed"]),
        ({"sampler": SamplerSettings(draws=21, tune=1, chains=2)}, ["draws"]),
        ({"fit": of_another_fit}, ["fit"]),
        ({"table": "table3"}, ["table"]),
    ],
)
def test_a_store_of_another_calibration_is_refused_and_each_difference_named(task, store, finished, changed, faults):
    with pytest.raises(DataError) as caught:
        run(replace(task, **changed), store, n=N)
    assert [fault.place for fault in caught.value.faults] == [f"setting {name}" for name in faults]
    same(run(task, store, n=N), finished[1])


def test_the_message_names_both_models(task, store):
    with pytest.raises(DataError) as caught:
        run(replace(task, spec=load_model("no_break")), store, n=N)
    assert "\n  setting model: is 'coherent_break' in the store and 'no_break' now; give another --output" in str(
        caught.value
    )


@pytest.mark.parametrize("package", ["pandas", "numba", "nutpie"])
def test_a_store_made_with_another_version_of_a_package_that_can_change_a_number_is_refused(
    task, store, monkeypatch, package
):
    made = {**package_versions(), package: "0.0"}
    monkeypatch.setattr(sbc, "package_versions", lambda: made)
    with pytest.raises(DataError, match=rf"1 fault\n  setting {package}: is '[\d.]+' in the store and '0\.0' now"):
        run(task, store, n=N)


def test_every_loop_and_every_result_say_the_same_versions():
    estimators = (
        LinearEstimator(load_recipe("pooled_ols"), official_panel("balanced"), rows()),
        ModelEstimator(load_model("coherent_break"), rows(), SamplerSettings(), 1),
    )
    placebos = [PlaceboRun(one, NullPanels(Null.WHITE_NOISE, rows(), 1), "table1") for one in estimators]
    assert set(package_versions()) == set(PACKAGES)
    for settings in (calibration().settings(), *(placebo.settings() for placebo in placebos), versions()):
        assert package_versions().items() <= settings.items()


def test_a_calibration_around_a_posterior_is_another_one(task, store):
    around = draw_prior(task.spec, task.design, draws=500, rng=np.random.default_rng(1)).expand_dims("chain")
    with pytest.raises(DataError, match=r"setting check: is 'sbc' in the store and 'posterior_sbc' now"):
        run(replace(task, around=around), store, n=N)
    assert replace(task, around=around).stage == "posterior sbc coherent_break"


@pytest.mark.parametrize("name", ["pit", "rhat_max", "reason"])
def test_a_chunk_that_was_cut_short_is_named_and_done_anew_once_it_is_removed(task, store, finished, name):
    (chunk,) = (file for file in (store / name / "c").rglob("*") if file.is_file() and f"/c/{2}" in str(file))
    chunk.write_bytes(chunk.read_bytes()[:5])
    with pytest.raises(DataError) as caught:
        run(task, store, n=N)
    assert [fault.place for fault in caught.value.faults] == [str(chunk.relative_to(store))]
    chunk.unlink()
    same(run(task, store, n=N), finished[1])


@pytest.mark.parametrize("at", ["pit/c/1/", "status/c/2"])
def test_a_disk_that_fills_loses_no_fit_that_was_kept(task, finished, tmp_path, monkeypatch, at):
    path, real = tmp_path / "a.zarr", zarr.storage.LocalStore.set

    async def full(self, key, value, **rest):
        if key.startswith(at):
            raise OSError(errno.ENOSPC, "No space left on device")
        await real(self, key, value, **rest)

    with monkeypatch.context() as patched, ThreadPoolExecutor(1) as executor:
        patched.setattr(zarr.storage.LocalStore, "set", full)
        with pytest.raises(DataError, match=r"disk: is full .* what was done before is kept"):
            run_loop(task, N, executor=executor, path=path)
    kept = {file.name for file in path.glob("status/c/*")}
    assert at.split("/")[2] not in kept
    assert "0" in kept
    same(run(task, path, n=N), finished[1])


@pytest.mark.parametrize("executor", [Elsewhere(), ThreadPoolExecutor(4)])
def test_what_every_fit_needs_is_worked_out_once_and_travels_with_the_loop(finished, monkeypatch, executor):
    asked = []

    def counted(*given, draws, rng):
        asked.append(draws)
        return draw_prior(*given, draws=draws, rng=rng)

    monkeypatch.setattr(sbc, "draw_prior", counted)
    with executor:
        same(run_loop(calibration(), N, executor=executor), finished[1])
    # Labels of the quantities, for generator and fitted model; a truth a simulation; their variances before the data.
    assert sorted(asked) == [1] * (2 + N) + [sbc._PRIOR_DRAWS]


def test_a_run_with_nothing_to_do_works_nothing_out(task, store, finished, monkeypatch):
    monkeypatch.setattr(sbc.SbcRun, "prepare", None)
    same(run(task, store, n=N), finished[1])
