"""A loop on a Dask cluster ends as it does on threads, whatever becomes of its workers."""

from __future__ import annotations

import logging
import os
import re
import signal
import socket
import sys
import time
from functools import partial

import distributed
import pytest
from stand_ins import Dies, Draws, Noted, calibration, fit_and_compile, fit_from_prior, run, same

from bayes_border.errors import BorderError, UsageError
from bayes_border.workflow import executors, sbc
from bayes_border.workflow.executors import open_executor
from bayes_border.workflow.loop import run_loop


@pytest.fixture(scope="module")
def cluster():
    """Two worker processes of two threads each."""
    quiet = {"dashboard_address": ":0", "silence_logs": logging.CRITICAL}
    with distributed.LocalCluster(n_workers=2, threads_per_worker=2, **quiet) as found:
        yield found


@pytest.fixture
def executor(cluster):
    with open_executor(scheduler=cluster.scheduler_address) as found:
        yield found


@pytest.fixture
def client(cluster):
    with distributed.Client(cluster, set_as_default=False) as found:
        found.wait_for_workers(2)
        yield found


def soon(happened):
    """Wait for what the cluster does in its own time."""
    limit = time.monotonic() + 20
    while not happened() and time.monotonic() < limit:
        time.sleep(0.01)
    return happened()


def test_one_and_four_workers_threads_and_processes_give_the_same_store(executor, client, tmp_path):
    task = calibration()
    expected = run(task, tmp_path / "thread.zarr", n=6, workers=1)
    same(run(task, tmp_path / "threads.zarr", n=6, workers=4), expected)
    same(run_loop(task, 6, executor=executor, path=tmp_path / "cluster.zarr"), expected)
    # A cluster's executor as Dask makes it, as a script would give it.
    alone = client.get_executor(workers=[next(iter(client.scheduler_info()["workers"]))])
    same(run_loop(task, 6, executor=alone, path=tmp_path / "alone.zarr"), expected)


def test_a_process_compiles_once_however_many_threads_and_tasks_it_has(client):
    found = run_loop(calibration(fit=fit_and_compile), 8, executor=client.get_executor(pure=False))
    assert (found["status"] == 1).all()
    # What each fit says was compiled in its process so far.
    assert set(found["divergent_share"].values) == {1.0}


def test_a_loop_is_sent_to_a_cluster_once(executor, tmp_path):
    task = Noted(batch=1, folder=tmp_path)
    same(run_loop(task, 40, executor=executor), run(Draws(), n=40))
    copies = [process for process in task.noted("copies") if process != os.getpid()]
    # To the worker that has it, and from there to the other one.
    assert 1 <= len(copies) <= 3
    assert len(task.noted("runs")) == 40


def test_an_interrupt_takes_back_what_was_sent(cluster, executor, tmp_path):
    task = Noted(batch=1, pause=0.05, folder=tmp_path)

    def stop(_stage, done, _total):
        if done >= 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_loop(task, 1000, executor=executor, progress=stop)
    # What all tasks share stays with the executor.
    assert soon(lambda: len(cluster.scheduler.tasks) <= 1)
    assert len(task.noted("runs")) < 500


@pytest.mark.parametrize("verb", ["placebo", "sbc"])
def test_the_command_line_finds_the_same_on_a_cluster(cluster, cli, verb, monkeypatch):
    monkeypatch.setattr(sbc, "SbcRun", partial(sbc.SbcRun, fit=fit_from_prior, batch=1))
    asked = {
        "placebo": ("placebo", "--recipe", "pooled_ols", "--null", "white_noise", "--table", "table1"),
        "sbc": ("sbc", "coherent_break", "--draws", "20", "--tune", "1"),
    }[verb]
    asked = (*asked, "--simulations", "3", "--format", "json", "--quiet")
    on_threads = cli(*asked, "--workers", "1")
    assert on_threads[0] in {0, 13}
    assert cli(*asked, "--scheduler", cluster.scheduler_address) == on_threads


@pytest.mark.parametrize("verb", [("placebo",), ("sbc", "coherent_break")])
def test_without_dask_the_command_says_what_to_install(cli, verb, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    message = '--scheduler needs the package distributed: pip install "bayes-border[cluster]"'
    assert cli(*verb, "--scheduler", "tcp://127.0.0.1:8786") == (2, "", f"bayes-border: {message}\n")


@pytest.fixture
def silent():
    """Return the address of something that listens and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"tcp://127.0.0.1:{server.getsockname()[1]}"


def test_an_address_without_a_scheduler_is_refused_soon(cli, monkeypatch, silent):
    monkeypatch.setattr(executors, "_ANSWERS_WITHIN", 0.5)
    for address, why in (
        (silent, "no answer within 0.5 s"),
        ("tcp://127.0.0.1:1", "no answer within 0.5 s"),
        ("tcp://127.0.0.1", "missing port number in address '127.0.0.1'"),
        ("http://127.0.0.1:8787", "unknown address scheme 'http'"),
        ("", "missing port number in address ''"),
    ):
        start = time.monotonic()
        code, out, err = cli("sbc", "coherent_break", "--scheduler", address)
        assert (code, out) == (2, "")
        assert err.startswith(f"bayes-border: no Dask scheduler answers at {address!r} ({why}")
        assert err.endswith("); give the address that `dask scheduler` shows\n")
        assert time.monotonic() - start < 30


def test_threads_and_a_scheduler_exclude_one_another(cli):
    code, _, err = cli("sbc", "coherent_break", "--scheduler", "tcp://127.0.0.1:8786", "--workers", "2")
    assert code == 2
    assert "argument --workers: not allowed with argument --scheduler" in err


@pytest.mark.parametrize("package", ["pymc", "arviz-stats"])
def test_a_worker_of_other_versions_is_refused(cluster, client, monkeypatch, package):
    here = distributed.versions._version_cached
    monkeypatch.setattr(distributed.versions, "_version_cached", lambda name: "0.0" if name == package else here(name))
    worker = re.escape(next(iter(client.scheduler_info()["workers"])))
    expected = rf"worker {worker} has {package} [\d.]+, not 0\.0: give every worker the versions of this process"
    with pytest.raises(UsageError, match=expected), open_executor(scheduler=cluster.scheduler_address):
        pass


# The next two cost the cluster a worker each, which takes seconds to be itself again: they come last.


def test_a_worker_process_that_is_killed_costs_what_it_was_at(executor, client, tmp_path):
    task, processes, killed = Noted(batch=1, pause=0.02, folder=tmp_path), list(client.run(os.getpid).values()), []

    def kill(_stage, done, _total):
        if done >= 60 and not killed:
            killed.append(processes[0])
            os.kill(processes[0], signal.SIGKILL)

    same(run_loop(task, 80, executor=executor, path=tmp_path / "a.zarr", progress=kill), run(Draws(), n=80))
    ran = task.noted("runs")
    assert killed[0] in ran
    # Four at work at most, and as many whose results were on their way.
    assert 80 <= len(ran) <= 80 + 16


def test_a_loop_that_kills_its_workers_ends_and_says_so(cluster, executor, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster.scheduler, "allowed_failures", 0)
    path = tmp_path / "a.zarr"
    with pytest.raises(BorderError, match=r"a worker process died .*: 0 of 1 simulations are kept in .* goes on from"):
        run_loop(Dies(), 1, executor=executor, path=path)
    same(run_loop(Draws(), 23, executor=executor, path=path), run(Draws()))


def test_a_scheduler_that_leaves_ends_the_run_with_what_was_kept(tmp_path):
    path, quiet = tmp_path / "a.zarr", {"dashboard_address": ":0", "silence_logs": logging.CRITICAL}
    cluster = distributed.LocalCluster(n_workers=1, threads_per_worker=2, processes=False, **quiet)

    def close(_stage, done, _total):
        if done >= 10:
            cluster.close()

    with (
        pytest.raises(BorderError, match=r"the scheduler has left: \d+ of 200 simulations are kept in "),
        open_executor(scheduler=cluster.scheduler_address) as executor,
    ):
        run_loop(Draws(pause=0.05, batch=1), 200, executor=executor, path=path, progress=close)
    same(run(Draws(), path), run(Draws()))
