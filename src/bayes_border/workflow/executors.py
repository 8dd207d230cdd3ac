"""On what does a long loop run: threads of this process, or the workers of a Dask cluster?"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any

from bayes_border.errors import UsageError
from bayes_border.project import PACKAGES

#: How long a scheduler may take to answer, in seconds.
_ANSWERS_WITHIN = 10.0

#: What a worker must have in the version of this process.
_ALIKE = ("bayes-border", *PACKAGES)


@contextmanager
def open_executor(workers: int | None = None, scheduler: str | None = None) -> Iterator[Executor]:
    """Yield what runs the batches of a loop, for as long as the block lasts.

    Parameters
    ----------
    workers
        Threads of this process; None is one more than there are cores. A cluster has workers of its own.
    scheduler
        Address of a Dask scheduler, whose workers are used in place of threads.

    Raises
    ------
    UsageError
        If Dask's package is not installed, no scheduler answers, or a worker has other versions than this process.
    """
    if scheduler is not None:
        with _connected(scheduler) as client:
            yield ClusterExecutor(client)
        return
    # One more: what is not sampling needs the interpreter, and a thread that waits for it leaves its core to another.
    threads = ThreadPoolExecutor(workers or (os.cpu_count() or 1) + 1)
    try:
        yield threads
    finally:
        # Whoever was interrupted is told at once: what a thread is still at will not be kept.
        threads.shutdown(wait=False, cancel_futures=True)


class AtOnce(Executor):
    """Runs a task in the thread that submits it, before it returns the task's future."""

    def submit[**P, T](self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Return the finished task; what it raised, its future raises."""
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 -- whoever asks for the result is told
            future.set_exception(error)
        return future


class ClusterExecutor(Executor):
    """The workers of a Dask cluster, which get a task's first argument once, however many tasks have it in common.

    Batches share their loop, which holds draws of a posterior perhaps, megabytes of them. Sent as the result of
    a task of its own it travels from worker to worker, and is made anew where the worker that had it dies.
    """

    def __init__(self, client: Any) -> None:  # noqa: ANN401 -- a class of an optional package
        """Run on the workers of a `distributed.Client`."""
        self._client = client
        # Of equal tasks each is run: to tell that they are equal Dask would digest the loop with each of them.
        self._executor = client.get_executor(pure=False)
        self._shared: tuple[object, object] = (None, None)

    def submit[**P, T](self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run a function on some worker; Dask runs it again on another one if that worker dies."""
        shared, *rest = args
        if self._shared[0] is not shared:
            self._shared = shared, self._client.submit(_itself, shared, pure=False)
        future: Future[T] = self._executor.submit(fn, self._shared[1], *rest, **kwargs)
        return future


def losses() -> tuple[type[Exception], ...]:
    """Return what a future raises where its worker or scheduler is gone, and not what it ran has failed."""
    cluster = sys.modules.get("distributed")
    return (BrokenExecutor, CancelledError, *(() if cluster is None else (cluster.KilledWorker,)))


@contextmanager
def _connected(address: str) -> Iterator[Any]:
    try:
        cluster = import_module("distributed")
    except ModuleNotFoundError as error:
        message = f'--scheduler needs the package {error.name}: pip install "bayes-border[cluster]"'
        raise UsageError(message) from error
    try:
        asyncio.run(asyncio.wait_for(_greet(cluster, address), _ANSWERS_WITHIN))
        client = cluster.Client(address, timeout=_ANSWERS_WITHIN, set_as_default=False)
    except (OSError, ValueError) as error:
        why = str(error) or f"no answer within {_ANSWERS_WITHIN:g} s"
        message = f"no Dask scheduler answers at {address!r} ({why}); give the address that `dask scheduler` shows"
        raise UsageError(message) from error
    with client:
        _require_alike(client)
        yield client


async def _greet(cluster: ModuleType, address: str) -> None:
    """See whether Dask listens there: a client waits without end for the greeting of something else."""
    secured = cluster.Security().get_connection_args("client")
    comm = await cluster.comm.connect(address, **secured)
    await comm.close()


def _require_alike(client: Any) -> None:  # noqa: ANN401 -- a class of an optional package
    found = client.get_versions(packages=_ALIKE)
    ours = found["client"]["packages"]
    for address, worker in found["workers"].items():
        theirs = worker["packages"]
        other = [f"{name} {theirs[name]}, not {ours[name]}" for name in _ALIKE if theirs[name] != ours[name]]
        if other:
            message = f"worker {address} has {'; '.join(other)}: give every worker the versions of this process"
            raise UsageError(message)


def _itself[T](value: T) -> T:
    return value
