"""What does a user do when results cannot be written?"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bayes_border.errors import DataError, Fault

_FULL = {errno.ENOSPC, errno.EDQUOT}
#: What the system says where somebody may not write.
FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


@contextmanager
def writing(path: Path | None) -> Iterator[None]:
    """Turn the system's refusal to write at `path` into a DataError that says what to do."""
    try:
        yield
    except OSError as error:
        raise DataError(str(path), [_fault(error)]) from error


def _fault(error: OSError) -> Fault:
    said = error.strerror or str(error)
    if error.errno in _FULL:
        remedy = "free some space and run the same command again: what was done before is kept and not done anew"
        return Fault("disk", f"is full ({said})", remedy)
    if error.errno in FORBIDDEN:
        return Fault("folder", f"may not be written to ({said})", "give another --output, or ask for the permission")
    return Fault("folder", f"cannot be written to ({said})", "give another --output")
