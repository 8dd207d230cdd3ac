"""A long loop that is stopped, refused, damaged or given too little disk loses nothing and says what to do."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import zarr
from stand_ins import Dies, Draws, Noted, run, same

from bayes_border.errors import BorderError, DataError, UsageError
from bayes_border.store import open_run as open_module
from bayes_border.store.open_run import open_run
from bayes_border.store.runs import RunStore
from bayes_border.workflow.executors import AtOnce, open_executor
from bayes_border.workflow.loop import run_loop

N = 23


def chunk_of(path, name, place):
    chunks = path / name / "c"
    (file,) = (file for file in chunks.rglob("*") if file.is_file() and file.relative_to(chunks).parts[0] == str(place))
    return file


def test_each_simulation_is_what_its_number_says_in_memory_and_on_disk(tmp_path):
    found = run(Draws(), tmp_path / "a.zarr")
    expected = np.stack([np.random.default_rng(s).normal(size=3) for s in np.random.SeedSequence(1).spawn(N)])

    np.testing.assert_array_equal(found["value"].values, expected)
    same(run(Draws()), found)
    assert (found["status"] == 1).all()
    assert (found["seconds"] >= 0).all()


def test_xarray_opens_a_store_by_itself(tmp_path):
    found = run(Draws(), tmp_path / "a.zarr")
    with xr.open_zarr(tmp_path / "a.zarr", consolidated=False) as opened:
        np.testing.assert_array_equal(opened["value"].sel(term="b"), found["value"].sel(term="b"))
        assert opened.attrs["settings"] == {"recipe": "draws", "seed": 1}


def test_processes_and_threads_and_any_number_of_them_give_the_same_store(tmp_path):
    expected = run(Draws(), tmp_path / "threads.zarr")
    with ProcessPoolExecutor(2) as executor:
        same(run_loop(Draws(), N, executor=executor, path=tmp_path / "processes.zarr"), expected)
    with ThreadPoolExecutor(1) as executor:
        same(run_loop(Draws(), N, executor=executor, path=tmp_path / "one.zarr"), expected)


def test_a_failed_simulation_is_a_row_with_its_reason_and_its_neighbours_are_not_touched(tmp_path):
    found = run(Draws(fails=(3, 11)), tmp_path / "a.zarr")
    whole = run(Draws())
    failed = np.isin(np.arange(N), (3, 11))

    assert (found["status"].values == np.where(failed, 2, 1)).all()
    assert set(found["reason"].values[failed]) == {"LinAlgError: singular matrix"}
    assert np.isnan(found["value"].values[failed]).all()
    np.testing.assert_array_equal(found["value"].values[~failed], whole["value"].values[~failed])


@pytest.mark.parametrize("error", [IndexError, KeyError, TypeError, AssertionError])
def test_an_error_that_nobody_foresaw_is_a_row_too_and_the_run_goes_to_its_end(error):
    found = run(Draws(fails=(3,), error=error))
    assert [str(reason) for reason in found["reason"].values if reason] == [
        f"{error.__name__}: {error('singular matrix')}"
    ]
    assert (found["status"].values == np.where(np.arange(N) == 3, 2, 1)).all()


@pytest.mark.parametrize("error", [UsageError, OSError, MemoryError])
def test_a_refusal_of_the_whole_and_a_fault_of_the_machine_end_the_run(error):
    with pytest.raises(error, match="singular matrix"):
        run(Draws(fails=(3,), error=error))


@pytest.mark.parametrize("n", [0, -1, 2.5])
def test_what_is_no_number_of_simulations_is_refused_and_nothing_is_begun(tmp_path, n):
    with pytest.raises(UsageError, match=f"^{n} simulations say nothing; ask for a whole number, 1 or more"):
        run(Draws(), tmp_path / "a.zarr", n=n)
    assert list(tmp_path.iterdir()) == []


def test_a_run_goes_on_from_what_is_done_and_grows(tmp_path):
    calls = []

    class Counted(Draws):
        def __call__(self, numbers):
            calls.extend(numbers)
            return super().__call__(numbers)

    path = tmp_path / "a.zarr"
    few = run(Counted(), path, n=12)
    assert run(Counted(), path, n=12).equals(few)
    more = run(Counted(), path)

    assert sorted(calls) == list(range(N))
    same(more, run(Draws()))
    same(run(Counted(), path, n=12), few)


def test_progress_is_told_of_every_simulation_that_is_behind_us(tmp_path):
    told = []
    run(Draws(), tmp_path / "a.zarr", n=10)
    run(Draws(), tmp_path / "a.zarr", progress=lambda *step: told.append(step))

    assert told[0] == ("draws", 10, N)
    assert told[-1] == ("draws", N, N)


def test_ctrl_c_leaves_a_store_that_goes_on_and_says_so(tmp_path):
    path = tmp_path / "a.zarr"

    def stop(_stage, done, _total):
        if done >= 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match=rf"1\d of 23 simulations are kept in {re.escape(str(path))}; the same"):
        run(Draws(), path, progress=stop)
    same(run(Draws(), path), run(Draws()))


def test_ctrl_c_does_not_wait_for_what_a_thread_is_still_at():
    begun, left = threading.Event(), threading.Event()

    class Long(Draws):
        def __call__(self, numbers):
            if numbers[0]:
                begun.set()
                left.wait(20)
            return super().__call__(numbers)

    def stop(_stage, done, _total):
        if done and begun.wait(20):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), open_executor(1) as executor:
        run_loop(Long(), N, executor=executor, progress=stop)
    still = [thread for thread in threading.enumerate() if thread in executor._threads]
    left.set()
    assert len(still) == 1


def test_what_no_thread_has_begun_is_not_begun_after_an_error():
    left = threading.Event()

    def fails():
        with open_executor(1) as executor:
            executor.submit(left.wait, 20)
            waiting.append(executor.submit(left.set))
            raise DataError("panel", [])

    waiting = []
    with pytest.raises(DataError):
        fails()
    assert waiting[0].cancelled()
    left.set()


def test_an_interrupt_takes_back_what_waits_in_a_script_s_own_executor(tmp_path):
    task = Noted(batch=1, pause=0.005, folder=tmp_path)

    def stop(_stage, done, _total):
        if done >= 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), ThreadPoolExecutor(2) as executor:
        run_loop(task, 300, executor=executor, progress=stop)
    assert len(task.noted("runs")) < 300


def test_there_are_as_many_threads_as_asked_for_or_one_more_than_cores(monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 7)
    for asked, threads in ((3, 3), (None, 8)):
        with open_executor(asked) as executor:
            assert executor._max_workers == threads


def test_a_worker_process_that_dies_ends_the_run_with_what_was_kept(tmp_path):
    with ProcessPoolExecutor(1) as executor, pytest.raises(BorderError, match=r"a worker process died .*0 of 23"):
        run_loop(Dies(), N, executor=executor, path=tmp_path / "a.zarr")
    same(run(Draws(), tmp_path / "a.zarr"), run(Draws()))


def test_a_store_of_other_settings_is_refused_and_each_difference_named(tmp_path):
    path = tmp_path / "a.zarr"
    kept = run(Draws(), path)
    with pytest.raises(DataError) as caught:
        run(Draws(seed=2), path)
    assert str(caught.value) == (
        f"{path}: 1 fault\n  setting seed: is 1 in the store and 2 now; "
        "give another --output, or the settings of this store"
    )
    same(run(Draws(), path), kept)


def test_a_folder_of_something_else_is_refused_and_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(DataError, match="is no store of simulations"):
        run(Draws(), tmp_path)
    with pytest.raises(DataError, match="is no store of simulations"):
        run(Draws(), tmp_path / "notes.txt")
    zarr.create_group(tmp_path / "other.zarr")
    with pytest.raises(DataError, match="is a Zarr store of something else"):
        run(Draws(), tmp_path / "other.zarr")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["notes.txt", "other.zarr"]


def test_an_empty_folder_may_become_a_store(tmp_path):
    same(run(Draws(), tmp_path), run(Draws()))


@pytest.mark.parametrize("name", ["value", "status"])
@pytest.mark.parametrize("left", [0, 7])
def test_a_chunk_that_was_cut_short_is_named_and_done_anew_once_it_is_removed(tmp_path, name, left):
    path = tmp_path / "a.zarr"
    kept = run(Draws(), path)
    chunk = chunk_of(path, name, 2)
    chunk.write_bytes(chunk.read_bytes()[:left])

    with pytest.raises(DataError) as caught:
        run(Draws(), path)
    (fault,) = caught.value.faults
    assert fault.place == str(chunk.relative_to(path))
    assert fault.found.startswith("cannot be read")
    assert fault.remedy.startswith("remove this file and run the same command again")
    chunk.unlink()
    same(run(Draws(), path), kept)


def test_a_chunk_cut_short_is_named_even_if_no_batch_was_finished(tmp_path):
    path = tmp_path / "a.zarr"
    run(Draws(), path)
    shutil.rmtree(path / "status" / "c")
    chunk = chunk_of(path, "value", 0)
    chunk.write_bytes(chunk.read_bytes()[:20])
    with pytest.raises(DataError, match="value/c/0/0: cannot be read"):
        run(Draws(), path, n=3)


def test_a_store_that_holds_nothing_yet_is_not_read(tmp_path, monkeypatch):
    path, whole = tmp_path / "a.zarr", run(Draws(), None)
    reads, dataset = [], RunStore.dataset

    def counted(store, simulations):
        reads.append(simulations)
        return dataset(store, simulations)

    monkeypatch.setattr(RunStore, "dataset", counted)
    same(run(Draws(), path), whole)
    assert len(reads) == 1  # what the run returns
    same(run(Draws(), path), whole)
    assert len(reads) == 3


def test_a_chunk_whose_bytes_changed_is_found_out(tmp_path):
    path = tmp_path / "a.zarr"
    run(Draws(), path)
    chunk = chunk_of(path, "value", 1)
    content = bytearray(chunk.read_bytes())
    content[len(content) // 2] ^= 1
    chunk.write_bytes(content)
    with pytest.raises(DataError, match="value/c/1/0: cannot be read"):
        run(Draws(), path)


HOLDING = """
import os, sys, time
sys.path.insert(0, {tests!r})
from pathlib import Path
from stand_ins import Draws, run

def hold(_stage, done, _total):
    if done >= 10:
        if os.fork() == 0:
            print(os.getpid(), flush=True)
        time.sleep(60)

run(Draws(), Path({path!r}), progress=hold)
"""


def test_a_second_run_on_a_store_is_refused_until_the_first_is_gone_whatever_becomes_of_its_workers(tmp_path):
    path = tmp_path / "a.zarr"
    code = HOLDING.format(tests=str(Path(__file__).parent), path=str(path))
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as holder:
        worker = int(holder.stdout.readline())
        try:
            with pytest.raises(DataError) as caught:
                run(Draws(), path)
            assert str(caught.value) == (
                f"{path}: 1 fault\n  store: another run is writing here; "
                "wait until it has ended, or give another --output"
            )
            holder.kill()
            holder.wait()
            same(run(Draws(), path), run(Draws()))
        finally:
            os.kill(worker, signal.SIGKILL)
            holder.kill()


def test_two_runs_of_one_process_cannot_have_one_store(tmp_path):
    path, refused = tmp_path / "a.zarr", []

    def again(_stage, done, _total):
        if done >= 10 and not refused:
            with pytest.raises(DataError, match="another run is writing here") as caught:
                run(Draws(), path)
            refused.append(caught.value)

    same(run(Draws(), path, progress=again), run(Draws()))
    assert refused


def test_a_run_that_another_one_has_begun_meanwhile_goes_on_with_its_store(tmp_path, monkeypatch):
    path, real = tmp_path / "a.zarr", open_module.tempfile.mkdtemp

    def slowly(**asked):
        monkeypatch.undo()
        run(Draws(), path, n=7)
        return real(**asked)

    monkeypatch.setattr(open_module.tempfile, "mkdtemp", slowly)
    same(run(Draws(), path), run(Draws()))
    assert [file.name for file in tmp_path.iterdir()] == ["a.zarr"]


def test_what_is_called_done_and_holds_nothing_is_done_anew(tmp_path):
    path = tmp_path / "a.zarr"
    kept = run(Draws(), path)
    group = zarr.open_group(path, mode="r+")
    for name in ("value", "total"):
        group[name][6:8] = np.nan
    group["total"][9] = np.nan  # beside a value it may be the result
    found = run(Draws(), path)
    np.testing.assert_array_equal(found["value"], kept["value"])
    assert np.flatnonzero(np.isnan(found["total"])).tolist() == [9]


def test_what_failed_is_tried_again_when_a_run_goes_on(tmp_path):
    path = tmp_path / "a.zarr"
    assert (run(Draws(fails=(3, 11)), path)["status"] == 2).sum() == 2
    same(run(Draws(), path), run(Draws()))


@pytest.mark.parametrize("name", ["value", "status", "term"])
@pytest.mark.parametrize("left", [0, 60])
def test_an_array_s_description_that_was_cut_short_is_named_and_written_anew_once_it_is_removed(tmp_path, name, left):
    path = tmp_path / "a.zarr"
    kept = run(Draws(), path)
    described = path / name / "zarr.json"
    described.write_bytes(described.read_bytes()[:left])
    with pytest.raises(DataError) as caught:
        run(Draws(), path, n=12)
    (fault,) = caught.value.faults
    assert fault.place == f"{name}/zarr.json"
    assert fault.found.startswith("cannot be read (")
    assert fault.remedy.startswith("remove this file and run the same command again")
    described.unlink()
    same(run(Draws(), path, n=12), kept.isel(simulation=slice(12)))
    with xr.open_zarr(path, consolidated=False) as opened:
        np.testing.assert_array_equal(opened["value"].sel(term="b"), kept["value"].sel(term="b"))
    assert run(Undoable(), path).equals(kept)


def test_the_descriptions_of_all_arrays_can_be_lost(tmp_path):
    path = tmp_path / "a.zarr"
    kept = run(Draws(), path)
    for described in path.glob("*/zarr.json"):
        described.unlink()
    assert run(Undoable(), path).equals(kept)


def test_an_array_that_is_gone_is_made_anew(tmp_path):
    path = tmp_path / "a.zarr"
    kept = run(Draws(), path)
    for name in ("value", "status"):
        shutil.rmtree(path / name)
        same(run(Draws(), path), kept)


def test_a_store_that_goes_while_a_run_writes_in_it_ends_the_run(tmp_path):
    path, elsewhere = tmp_path / "a.zarr", tmp_path / "b.zarr"

    def move(_stage, done, _total):
        # After the first batch, whichever of them it is.
        if done and path.exists():
            path.rename(elsewhere)

    with pytest.raises(DataError, match="has gone while the run was writing in it"):
        run_loop(Draws(), N, executor=AtOnce(), path=path, progress=move)
    assert not path.exists()
    same(run(Draws(), elsewhere), run(Draws()))


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        (lambda file: file.unlink(), "is gone"),
        (lambda file: file.write_bytes(b""), "cannot be read (Expecting value: line 1 column 1 (char 0))"),
        (lambda file: file.write_bytes(file.read_bytes()[:100]), "cannot be read ("),
        (lambda file: without(file, "settings"), "lacks settings"),
        (lambda file: without(file, "settings", "digest"), "lacks digest and settings"),
    ],
)
def test_a_store_whose_own_description_is_damaged_gets_that_of_a_run_begun_elsewhere(tmp_path, damage, found):
    path, other = tmp_path / "a.zarr", tmp_path / "b.zarr"
    kept = run(Draws(), path)
    damage(path / "zarr.json")
    with pytest.raises(DataError) as caught:
        run(Draws(), path)
    (fault,) = caught.value.faults
    assert fault.place == "zarr.json"
    assert fault.found.startswith(found)
    assert fault.remedy.startswith(
        "no simulation beside it is lost: begin the same run with another --output, and copy"
    )
    run(Draws(), other, n=1)
    shutil.copy(other / "zarr.json", path / "zarr.json")
    assert run(Undoable(), path).equals(kept)


def without(file, *names):
    """Take attributes out of a group's description."""
    content = json.loads(file.read_text(encoding="utf-8"))
    for name in names:
        del content["attributes"][name]
    file.write_text(json.dumps(content), encoding="utf-8")


class Undoable(Draws):
    """A loop of which nothing is left to do."""

    def __call__(self, numbers):
        message = f"{numbers} are done"
        raise MemoryError(message)


@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_a_store_has_the_permissions_that_any_new_folder_gets(tmp_path, mask):
    path, before = tmp_path / "a.zarr", os.umask(mask)
    try:
        run(Draws(), path, n=1)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o777 & ~mask


def test_a_finished_store_may_be_one_that_is_only_read(forbidden):
    assert (run(Undoable(), forbidden / "begun.zarr", n=5)["status"] == 1).all()


def test_a_full_disk_is_said_and_what_was_done_is_kept(tmp_path, monkeypatch):
    path = tmp_path / "a.zarr"
    run(Draws(), path, n=10)
    real = zarr.storage.LocalStore.set

    async def full(self, key, value, **rest):
        if key.startswith("value/c/3"):
            raise OSError(errno.ENOSPC, "No space left on device")
        await real(self, key, value, **rest)

    with monkeypatch.context() as patched:
        patched.setattr(zarr.storage.LocalStore, "set", full)
        with pytest.raises(DataError, match=r"disk: is full \(No space left on device\); free some space and run the"):
            run(Draws(), path)
    same(run(Draws(), path), run(Draws()))


LIMITED = """
import resource, sys
sys.path.insert(0, {tests!r})
from pathlib import Path
from stand_ins import Draws, run
from bayes_border.errors import DataError

def limit(_stage, done, _total):
    if done >= 10:
        resource.setrlimit(resource.RLIMIT_FSIZE, (8, resource.RLIM_INFINITY))

try:
    run(Draws(), Path({path!r}), progress=limit)
except DataError as error:
    print(error)
"""


def test_a_file_that_the_system_cuts_short_takes_nothing_s_place(tmp_path):
    path = tmp_path / "a.zarr"
    code = LIMITED.format(tests=str(Path(__file__).parent), path=str(path))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == f"{path}: 1 fault\n  folder: cannot be written to (File too large); give another --output\n"
    assert not list(path.rglob("*.partial"))
    assert len(list(path.glob("status/c/*"))) == 2
    same(run(Draws(), path), run(Draws()))


@pytest.fixture
def forbidden(tmp_path):
    """Return a folder in which this process may not write, for root (whom no mode stops) as another user."""
    folder = tmp_path / "locked"
    folder.mkdir()
    run(Draws(), folder / "begun.zarr", n=5)
    for each in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
        each.chmod(0o555)
    root, user = os.geteuid() == 0, os.geteuid()
    chain = [parent for parent in tmp_path.parents if parent.stat().st_mode & 0o011 != 0o011]
    modes = {parent: parent.stat().st_mode for parent in chain}
    if root:
        for parent in (*chain, tmp_path):
            parent.chmod(parent.stat().st_mode | 0o055)
        os.seteuid(65534)
    try:
        yield folder
    finally:
        os.seteuid(user)
        for parent, mode in modes.items():
            parent.chmod(mode)
        for each in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
            each.chmod(0o755)


@pytest.mark.parametrize("name", ["new.zarr", "begun.zarr"])
def test_a_folder_without_permission_is_said(forbidden, name):
    with pytest.raises(DataError, match=r"may not be written to \(Permission denied\); give another --output"):
        run(Draws(), forbidden / name)


def test_nothing_half_begun_is_left_when_a_store_cannot_be_made(tmp_path, monkeypatch):
    def broken(*_args, **_rest):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(zarr.Group, "create_array", broken)
    with pytest.raises(DataError, match="is full"), open_run(tmp_path / "a.zarr", Draws(), N):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_store_keeps_the_batch_it_was_begun_with(tmp_path):
    path = tmp_path / "a.zarr"
    run(Draws(), path, n=12)
    same(run(replace(Draws(), batch=4), path), run(Draws()))
