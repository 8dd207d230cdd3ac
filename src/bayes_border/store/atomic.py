"""How is a file written so that a reader sees the old content or the new, never a part?"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path in the same folder, which takes the place of `path` when the block succeeds.

    A block that fails, or is interrupted, leaves the old file as it was and no temporary one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # The suffix stays last: writers that choose a format by it must see the real one.
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix)
    os.close(descriptor)
    temporary = Path(name)
    try:
        yield temporary
        _flush(temporary)
        temporary.chmod(usual_mode(path, 0o666))
        temporary.replace(path)
        flush_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> Path:
    """Write UTF-8 text with line feeds, and return the path."""
    return write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> Path:
    """Write bytes, and return the path."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)
    return path


def _flush(path: Path) -> None:
    with path.open("rb") as stream:
        os.fsync(stream.fileno())


def flush_folder(folder: Path) -> None:
    """See that the names in a folder are on the disk."""
    # Not every file system lets a folder be opened or flushed; the rename itself has already happened.
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def usual_mode(path: Path, wanted: int) -> int:
    """Return the permissions that a file or folder has, or those that a new one would get of the wanted ones."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return wanted & ~mask
