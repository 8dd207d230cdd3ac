"""Is another run writing in the same store?"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bayes_border.errors import DataError, Fault
from bayes_border.store.refusals import FORBIDDEN, writing

#: Where in a store the lock lies: inside an array, for in a group Zarr takes every file for a part of it.
_LOCK: Final = Path("status", ".lock")

#: The descriptors of the locks that this process holds.
_held: set[int] = set()


@contextmanager
def locked(store: Path) -> Iterator[None]:
    """Keep every other run from a store for as long as the block lasts.

    The system takes the lock back when the process ends, however it ends. Where this process may not write there
    is nothing to lock: it can only read.

    Raises
    ------
    DataError
        If another run holds the lock, in this process or another one, or the file system has no locks.
    """
    descriptor = _open(store)
    if descriptor is None:
        yield
        return
    try:
        _lock(store, descriptor)
        yield
    finally:
        _held.discard(descriptor)
        os.close(descriptor)


def _open(store: Path) -> int | None:
    with writing(store):
        try:
            (store / _LOCK).parent.mkdir(exist_ok=True)
            descriptor = os.open(store / _LOCK, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            if error.errno in FORBIDDEN:
                return None
            raise
    _held.add(descriptor)
    return descriptor


def _lock(store: Path, descriptor: int) -> None:
    with writing(store):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            fault = Fault("store", "another run is writing here", "wait until it has ended, or give another --output")
            raise DataError(str(store), [fault]) from error


def _let_go() -> None:
    # A forked worker shares its parent's locks, and would hold them on where the parent alone is killed.
    for descriptor in _held:
        os.close(descriptor)
    _held.clear()


os.register_at_fork(after_in_child=_let_go)
