"""How is work done while other work goes on, and ended when that fails?"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

from bayes_border.workflow.request import Request


@contextmanager
def beside[T](work: Callable[[Request], T], request: Request) -> Iterator[Future[T]]:
    """Yield the future of work that a thread does, silently, while the block runs.

    A block that fails or is interrupted ends it: the next time it would tell of its progress.
    """
    ending = threading.Event()

    def step(stage: str, done: int, total: int) -> None:
        if ending.is_set():
            message = f"{stage} is no longer wanted, after {done} of {total}"
            raise CancelledError(message)

    with ThreadPoolExecutor(1) as thread:
        future = thread.submit(work, replace(request, progress=step))
        try:
            yield future
        except BaseException:
            ending.set()
            raise
