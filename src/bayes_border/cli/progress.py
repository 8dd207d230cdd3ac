"""How is long work followed: a line that moves on a terminal, plain lines elsewhere?"""

from __future__ import annotations

import time
from typing import TextIO

_SECONDS_BETWEEN_LINES = 10.0


class StreamProgress:
    """Writes how far each stage has come to a text stream."""

    def __init__(self, stream: TextIO) -> None:
        """Follow work on `stream`."""
        self._stream = stream
        self._moving = stream.isatty()
        self._stage = ""
        self._written = 0.0

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Note that `done` of `total` steps of a stage are behind us."""
        now, fresh, several = time.monotonic(), stage != self._stage, total > 1
        finished = done >= total
        due = fresh or (several and (finished or now - self._written > _SECONDS_BETWEEN_LINES))
        if not (self._moving or due):
            return
        self._stage, self._written = stage, now
        line = f"{stage}: {done} of {total}" if several else stage
        if self._moving:
            # \x1b[K clears what a longer line left behind.
            self._stream.write(f"\r{line}\x1b[K" + ("\n" if finished else ""))
        else:
            self._stream.write(f"{line}\n")
        self._stream.flush()
