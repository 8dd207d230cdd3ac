"""How does a folder of results take the place of an older one as a whole, the user's own files in it kept?"""

from __future__ import annotations

import ctypes
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from bayes_border.errors import DataError, Fault, UsageError
from bayes_border.store.atomic import flush_folder, usual_mode, write_text

#: Lists the files that were written here, one relative path a line: whatever else lies in the folder is the user's.
WRITTEN: Final = ".written"
#: How the names of folders begin that are not finished, or no longer wanted: what a kill leaves of them is nobody's.
_TEMPORARY: Final = ".bayes_border-"

# linux/fs.h and fcntl.h
_RENAME_EXCHANGE: Final = 2
_AT_FDCWD: Final = -100


@contextmanager
def replacing_folder(folder: Path) -> Iterator[Path]:
    """Yield an empty folder beside, which takes the place of `folder` when the block succeeds.

    What `folder` holds and this program did not write is in both before they are exchanged, and so survives
    whenever the program ends. A block that fails, or is interrupted, leaves the old folder as it was.

    Raises
    ------
    UsageError
        If the folder cannot be exchanged (`require_replaceable`).
    DataError
        If the empty folder has gone meanwhile, as when another run exchanges one that holds both.
    """
    require_replaceable(folder)
    place = folder.resolve()
    aside = place.with_name(f"{_TEMPORARY}{place.name}")
    made = [parent for parent in place.parents if not parent.exists()]
    if aside.exists() and not place.exists():
        aside.rename(place)  # killed between the two renames of `_exchange`
    temporary = None
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=place.parent, prefix=_TEMPORARY))
        begun = temporary.stat().st_ino
        yield temporary
        _require_same(temporary, begun, folder)
        ours = sorted(path.relative_to(temporary).as_posix() for path in temporary.rglob("*") if path.is_file())
        write_text(temporary / WRITTEN, "".join(f"{name}\n" for name in (*ours, WRITTEN)))
        temporary.chmod(usual_mode(place, 0o777))
        if place.exists():
            _carry(place, temporary)
            _exchange(temporary, place, aside)
            _carry(temporary, place)  # what came in the meantime
        else:
            temporary.rename(place)
        flush_folder(place.parent)
    finally:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)
        for parent in made:
            with suppress(OSError):  # which holds something now
                parent.rmdir()


def require_replaceable(folder: Path) -> None:
    """Refuse a folder that cannot be exchanged for another: the current one or one above it, or a mount.

    Raises
    ------
    UsageError
        Saying which of these it is.
    """
    place = folder.resolve()
    holds = Path.cwd().is_relative_to(place)
    if holds or place.is_mount():
        what = "is or holds the current folder" if holds else "is where a file system is mounted"
        message = f"{folder} {what}, and a report replaces its folder as a whole: give --output a folder inside it"
        raise UsageError(message)
    if place.exists() and not place.is_dir():
        message = f"{folder} is a file, and a report is a folder: give another --output"
        raise UsageError(message)


def _require_same(temporary: Path, begun: int, folder: Path) -> None:
    # Whoever writes a file makes the folders that it lacks, so one of this name says nothing.
    if not temporary.is_dir() or temporary.stat().st_ino != begun:
        found = "was being filled when another run exchanged the folder that it stands in"
        raise DataError(str(folder), [Fault("folder", found, "run it again, or give another --output")])


def _carry(old: Path, new: Path) -> None:
    """Give the new folder what the old one holds, the new one lacks and this program did not write."""
    written = set(_written(old))
    ours = written | {parent.as_posix() for name in written for parent in Path(name).parents}
    for folder, folders, files in os.walk(old):
        folders[:] = [name for name in folders if not name.startswith(_TEMPORARY)]
        here = Path(folder).relative_to(old)
        for name in (*folders, *files):
            source, target = old / here / name, new / here / name
            if os.path.lexists(target) or (here / name).as_posix() in ours:
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir() and not source.is_symlink():
                target.mkdir()
                shutil.copymode(source, target)
            else:
                _link(source, target)


def _written(folder: Path) -> list[str]:
    listed = folder / WRITTEN
    return listed.read_text(encoding="utf-8").splitlines() if listed.is_file() else []


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:  # a file system without links, or another one
        shutil.copy2(source, target, follow_symlinks=False)


def _exchange(new: Path, old: Path, aside: Path) -> None:
    """Exchange two folders at once where the system can, and otherwise by renames that the next run can end."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename and rename(_AT_FDCWD, os.fsencode(new), _AT_FDCWD, os.fsencode(old), _RENAME_EXCHANGE) == 0:
        return
    old.rename(aside)
    try:
        new.rename(old)
    except BaseException:
        aside.rename(old)
        raise
    aside.rename(new)
