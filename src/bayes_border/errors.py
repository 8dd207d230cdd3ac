"""What can go wrong, said so that a user can act on it, with the exit code each kind carries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Self


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
        super().__init__("\n".join([f"{source}: {count}", *(f"  {fault}" for fault in self.faults)]))

    @property
    def summary(self) -> str:
        """Return the faults alone, in one line."""
        return "; ".join(str(fault) for fault in self.faults)


class SpecificationError(_FaultyInputError):
    """A model, recipe or study file asks for something that has no meaning."""

    exit_code = ExitCode.SPECIFICATION


class DataError(_FaultyInputError):
    """A panel or a table of figures cannot be used as it stands."""

    exit_code = ExitCode.DATA


class GateError(BorderError):
    """A fit did not pass the convergence gate and may not be shown as a result."""

    exit_code = ExitCode.GATE


class CalibrationError(BorderError):
    """A calibration check failed."""

    exit_code = ExitCode.CALIBRATION
