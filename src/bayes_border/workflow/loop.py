"""How is a long loop of simulations run: on any executor, kept as it goes, and gone on with after a kill?"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import CancelledError, Executor, Future, as_completed
from pathlib import Path

import numpy as np
import xarray as xr

from bayes_border.checks.simulations import Simulations
from bayes_border.errors import BorderError, UsageError
from bayes_border.store.open_run import open_run, run_digest
from bayes_border.store.runs import Batch, RunStore
from bayes_border.workflow.executors import losses
from bayes_border.workflow.request import Progress, silent

#: What ends the run, whichever simulation raised it: a refusal of the whole, and a fault of the machine.
_ENDING = (BorderError, OSError, MemoryError)


def run_loop(
    task: Simulations,
    simulations: int,
    *,
    executor: Executor,
    path: Path | None = None,
    progress: Progress = silent,
) -> xr.Dataset:
    """Return the results of a loop, doing only what its store does not hold yet.

    Parameters
    ----------
    task
        The loop; picklable, if the executor's workers are other processes.
    simulations
        How many are wanted; fewer are done where there are no more (`Simulations.count`).
    executor
        Any `concurrent.futures.Executor`. Batches are its tasks; only this thread writes.
    path
        Folder of the Zarr store; None keeps everything in memory.
    progress
        Told of the simulations that are behind us.

    Returns
    -------
    xarray.Dataset
        The quantities with `seconds`, `reason` and `status`; attributes are the task's settings and `digest`.

    Raises
    ------
    UsageError
        If what is wanted is no whole number, or less than one.
    DataError
        If the store is another run's, or another run is writing in it, or it is damaged or cannot be written.
        What was done is kept.
    KeyboardInterrupt, BorderError
        Interrupted, or left by a worker: saying how much was done, where it is kept and how to go on.
    """
    if simulations < 1 or simulations % 1:
        message = f"{simulations} simulations say nothing; ask for a whole number, 1 or more"
        raise UsageError(message)
    count = task.count(simulations)
    with open_run(path, task, count) as store:
        _complete(store, task, count, executor, progress)
        found = store.dataset(count)
    return found.assign_attrs({**task.settings(), "digest": run_digest(task)})


def _complete(store: RunStore, task: Simulations, count: int, executor: Executor, progress: Progress) -> None:
    waiting = store.todo(count)
    done = count - sum(map(len, waiting))
    futures: set[Future[Batch]] = set()
    try:
        progress(task.stage, done, count)
        if waiting:
            task.prepare()
        for numbers in waiting:
            futures.add(executor.submit(run_batch, task, numbers))
        for future in as_completed(set(futures)):
            batch = future.result()
            store.write(batch)
            # Forgotten once it is kept: a cluster makes anew whatever its dead worker had and somebody still holds.
            futures.remove(future)
            done += len(batch.numbers)
            progress(task.stage, done, count)
    except KeyboardInterrupt as interrupt:
        message = f"interrupted: {_kept(store, done, count)}"
        raise KeyboardInterrupt(message) from interrupt
    except losses() as error:
        lost = "the scheduler has left" if isinstance(error, CancelledError) else f"a worker process died ({error})"
        message = f"{lost}: {_kept(store, done, count)}"
        raise BorderError(message) from error
    finally:
        for future in futures:
            future.cancel()


def run_batch(task: Simulations, numbers: Sequence[int]) -> Batch:
    """Return what comes of some simulations; where they fail together, each is tried by itself."""
    start = time.perf_counter()
    try:
        arrays = task(numbers)
    except _ENDING:
        raise
    # Anything else is a row with a reason: were the run to end, so would every one that goes on from its store.
    except Exception as error:  # noqa: BLE001
        if len(numbers) > 1:
            return _joined([run_batch(task, [number]) for number in numbers])
        arrays, reason = task.layout.nothing(1), f"{type(error).__name__}: {error}"
    else:
        reason = ""
    each = (time.perf_counter() - start) / len(numbers)
    return Batch(tuple(numbers), dict(arrays), (reason,) * len(numbers), (each,) * len(numbers))


def _joined(batches: Sequence[Batch]) -> Batch:
    arrays = {name: np.concatenate([batch.arrays[name] for batch in batches]) for name in batches[0].arrays}
    numbers, reasons, seconds = (
        tuple(value for batch in batches for value in getattr(batch, name))
        for name in ("numbers", "reasons", "seconds")
    )
    return Batch(numbers, arrays, reasons, seconds)


def _kept(store: RunStore, done: int, count: int) -> str:
    if store.path is None:
        return "nothing was kept, since no --output was given"
    return f"{done} of {count} simulations are kept in {store.path}; the same command goes on from there"
