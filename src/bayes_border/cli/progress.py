"""How is long work followed: a line that moves on a terminal, plain lines elsewhere?"""

from __future__ import annotations

import time
from typing import Self, TextIO

_SECONDS_BETWEEN_LINES = 10.0
_MINUTE = 60.0


class StreamProgress:
    """Writes how far each stage has come to a text stream; at the end of a `with` block its last line is whole."""

    def __init__(self, stream: TextIO) -> None:
        """Follow work on `stream`."""
        self._stream = stream
        self._moving = stream.isatty()
        self._stage = ""
        self._written = 0.0
        self._begun = (0.0, 0)
        self._unfinished = False

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End a line that moved, so that what is written next, an error perhaps, has one of its own."""
        if self._unfinished:
            self._stream.write("\n")
            self._stream.flush()
            self._unfinished = False

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Note that `done` of `total` steps of a stage are behind us."""
        now, fresh, several = time.monotonic(), stage != self._stage, total > 1
        finished = done >= total
        due = fresh or (several and (finished or now - self._written > _SECONDS_BETWEEN_LINES))
        if not (self._moving or due):
            return
        if fresh:
            self._begun = now, done
        self._stage, self._written = stage, now
        line = f"{stage}: {done} of {total}{self._pace(now, done, total)}" if several else stage
        if self._moving:
            # \x1b[K clears what a longer line left behind.
            self._stream.write(f"\r{line}\x1b[K" + ("\n" if finished else ""))
            self._unfinished = not finished
        else:
            self._stream.write(f"{line}\n")
        self._stream.flush()

    def _pace(self, now: float, done: int, total: int) -> str:
        """Return the rate and the time left; what was done before this stage was followed does not count."""
        seconds, steps = now - self._begun[0], done - self._begun[1]
        if steps < 1 or seconds <= 0 or done >= total:
            return ""
        left = (total - done) * seconds / steps
        words = f"{left:.0f} s" if left < 2 * _MINUTE else f"{left / _MINUTE:.0f} min"
        return f", {steps / seconds:.3g} a second, {words} left"
