"""What can go wrong, said so that a user can act on it, with the exit code each kind carries."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Self

#: How many faults of one kind are written out where there are more; `faults` of the error holds all.
_SHOWN = 3
#: How many runs of rows are named, where the others of a kind are.
_RUNS = 10
#: What two faults of one kind may differ in: what is quoted, and numbers.
_VARYING = re.compile(r"'[^']*'|\"[^\"]*\"|[\d.]+")
_NUMBERED = re.compile(r"(?P<word>row|line) (?P<number>\d+)(?P<after>.*)")


class ExitCode(IntEnum):
    """What the command line returns; `meaning` is what the help says of it."""

    meaning: str

    DONE = 0, "done"
    FILES = 1, "results could not be written"
    USAGE = 2, "usage: an unknown option, or a panel, table or null that the study lacks"
    SPECIFICATION = 10, "bad specification: a model, recipe or study that is wrong or not there"
    DATA = 11, "bad data: a panel, store or file of figures that is wrong or not there"
    GATE = 12, "the convergence gate refused a fit"
    CALIBRATION = 13, "a calibration check failed"
    INTERRUPTED = 130, "interrupted"
    PIPE_CLOSED = 141, "whoever read the output has left"

    def __new__(cls, code: int, meaning: str) -> Self:
        """Return a plain number that knows its meaning."""
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with an input: where it is, what was found there and what to do."""

    place: str
    found: str
    remedy: str

    def __str__(self) -> str:
        """Return the fault as one line."""
        return f"{self.place}: {self.found}; {self.remedy}"


class BorderError(Exception):
    """Base of the errors a user can mend; `exit_code` is what the command line returns."""

    exit_code = ExitCode.FILES


class UsageError(BorderError):
    """The request names something that does not exist or cannot be combined."""

    exit_code = ExitCode.USAGE


class _FaultyInputError(BorderError):
    def __init__(self, source: str, faults: Sequence[Fault]) -> None:
        """Collect every fault of one input under the name of its source."""
        self.source = source
        self.faults = tuple(faults)
        count = "1 fault" if len(self.faults) == 1 else f"{len(self.faults)} faults"
        super().__init__("\n".join([f"{source}: {count}", *(f"  {line}" for line in _lines(self.faults))]))

    @property
    def summary(self) -> str:
        """Return the faults alone, in one line."""
        return "; ".join(str(fault) for fault in self.faults)


def _lines(faults: Sequence[Fault]) -> Iterator[str]:
    """Yield a line a fault; of many that differ in names and numbers alone the first, and where the others are."""
    kinds: dict[tuple[str, ...], list[Fault]] = {}
    for fault in faults:
        # Of the place what stands first varies, a row or a unit; a column that follows does not.
        first, _, column = fault.place.partition(",")
        varying = (_VARYING.sub("", text) for text in (first, fault.found, fault.remedy))
        kinds.setdefault((*varying, column), []).append(fault)
    for alike in kinds.values():
        shown = alike if len(alike) <= _SHOWN + 1 else alike[:_SHOWN]
        yield from map(str, shown)
        if rest := alike[len(shown) :]:
            yield f"and {len(rest)} more of the same kind: {_places([fault.place for fault in rest])}"


def _places(places: Sequence[str]) -> str:
    """Return places as a list; `row 4`, `row 5` and `row 6` of one column become `rows 4-6`."""
    parts = [_NUMBERED.fullmatch(place) for place in places]
    numbered = [part for part in parts if part is not None]
    if len(numbered) < len(places) or len({part["after"] for part in numbered}) > 1:
        return ", ".join(places)
    numbers = in_runs((int(part["number"]) for part in numbered), most=_RUNS)
    return f"{numbered[0]['word']}s {numbers}{numbered[0]['after']}"


def first_of(names: Sequence[str], most: int) -> str:
    """Return the first `most` names and how many more there are: `a, b, 3 more`."""
    more = len(names) - most
    return ", ".join([*names[:most], *([f"{more} more"] if more > 0 else [])])


def in_runs(numbers: Iterable[int], *, most: int | None = None) -> str:
    """Return numbers in order, neighbours joined: `2-4, 7`; of more than `most` runs the first, and the last."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    words = [str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs]
    return ", ".join(words if most is None or len(words) <= most else [*words[: most - 1], "...", words[-1]])


class SpecificationError(_FaultyInputError):
    """A model, recipe or study file asks for something that has no meaning."""

    exit_code = ExitCode.SPECIFICATION


class DataError(_FaultyInputError):
    """A panel or a table of figures cannot be used as it stands."""

    exit_code = ExitCode.DATA


class GateError(BorderError):
    """A fit did not pass the convergence gate and may not be shown as a result."""

    exit_code = ExitCode.GATE
