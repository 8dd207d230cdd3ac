"""Is the store at this place the one of this run, and if there is none, how is it begun?"""

from __future__ import annotations

import errno
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import zarr

from bayes_border.checks.simulations import Simulations
from bayes_border.errors import DataError, Fault
from bayes_border.store.arrays import UNREADABLE, create, first_line, require_described
from bayes_border.store.atomic import usual_mode
from bayes_border.store.lock import locked
from bayes_border.store.place import is_free
from bayes_border.store.refusals import writing
from bayes_border.store.runs import BESIDE, METADATA, RunStore

#: Attribute that tells our stores from others; its value is the version of their form.
MARK: Final = "bayes_border_run"
_FORM: Final = 1

#: What is done where the description of the whole is damaged: each simulation is in files of its own.
_COPY: Final = (
    "no simulation beside it is lost: begin the same run with another --output, and copy that store's zarr.json here"
)


@contextmanager
def open_run(path: Path | None, task: Simulations, simulations: int) -> Iterator[RunStore]:
    """Yield the store of a run with room for so many simulations, begun where there is none; no other run has it.

    What a run is, its settings say; how many simulations it has is no part of that, so a later run may
    ask for more. A store keeps the batch it was begun with.

    Parameters
    ----------
    path
        Folder of the store; None keeps it in memory.
    task
        The loop.
    simulations
        How many there must be room for.

    Raises
    ------
    DataError
        If there is something else at this place, another run's store, one that another run is writing in or
        whose description is damaged, or no permission to write.
    """
    if path is None:
        yield RunStore.in_memory(task.layout, task.batch, simulations)
        return
    if is_free(path):
        _begin(path, task, simulations)
    _require_same(path, task)
    with locked(path):
        group = zarr.open_group(path, mode="r+", zarr_format=3)
        chunk = require_described(path, group, task, simulations)
        store = RunStore.on_disk(path, group, task.layout, chunk)
        store.grow(simulations)
        yield store


def require_settings(path: Path, settings: Mapping[str, object], *, but: Sequence[str]) -> None:
    """Refuse a store of other settings before everything about a run is known; where there is none, all is well.

    Parameters
    ----------
    path
        Where the run is to be kept.
    settings, but
        Those of the run, and the names of the ones that are not known yet.

    Raises
    ------
    DataError
        With the differences. What else may be wrong with a store, `open_run` says.
    """
    try:
        stored = dict(zarr.open_group(path, mode="r", zarr_format=3).attrs).get("settings")
    except UNREADABLE:
        return
    if isinstance(stored, dict):
        kept, asked = ({name: each[name] for name in each if name not in but} for each in (stored, dict(settings)))
        if kept != asked:
            raise DataError(str(path), _differences(kept, asked))


def run_digest(task: Simulations) -> str:
    """Return a SHA-256 of a run's settings and layout, 16 hexadecimal digits."""
    content = json.dumps([dict(task.settings()), asdict(task.layout)], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def _require_same(path: Path, task: Simulations) -> None:
    """Raise DataError unless there is a store of this run at a path, as far as its own description says."""
    try:
        attributes = dict(zarr.open_group(path, mode="r", zarr_format=3).attrs)
    except UNREADABLE as error:
        raise DataError(str(path), [_no_description(path, task, first_line(error))]) from error
    if attributes.get(MARK) != _FORM:
        found = "is a Zarr store of something else, or of another version of this program"
        raise DataError(str(path), [Fault("folder", found, "give another --output")])
    if lacking := [name for name in ("digest", "settings") if name not in attributes]:
        raise DataError(str(path), [Fault(METADATA, f"lacks {' and '.join(lacking)}", _COPY)])
    if attributes["digest"] != run_digest(task):
        raise DataError(str(path), _differences(attributes["settings"], dict(task.settings())))


def _no_description(path: Path, task: Simulations, why: str) -> Fault:
    """Return what is wrong with a folder that Zarr does not open: a store of ours whose description is damaged?"""
    if not all((path / name).is_dir() for name in (*task.layout.variables, *BESIDE)):
        return Fault("folder", f"is no store of simulations ({why})", "give another --output")
    found = f"cannot be read ({why})" if (path / METADATA).is_file() else "is gone"
    return Fault(METADATA, found, _COPY)


def _differences(stored: object, asked: Mapping[str, object]) -> list[Fault]:
    kept = stored if isinstance(stored, dict) else {}
    remedy = "give another --output, or the settings of this store"
    differing = [
        Fault(f"setting {name}", f"is {kept.get(name)!r} in the store and {asked.get(name)!r} now", remedy)
        for name in dict.fromkeys((*kept, *asked))
        if kept.get(name) != asked.get(name)
    ]
    return differing or [Fault("layout", "has other quantities than this run", remedy)]


def _begin(path: Path, task: Simulations, simulations: int) -> None:
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}-"))
        try:
            # Made whole under another name first: a run that is killed here has begun nothing.
            _fill(zarr.create_group(temporary, zarr_format=3, overwrite=True), task, simulations)
            temporary.chmod(usual_mode(path, 0o777))
            temporary.rename(path)
        except OSError as error:
            # Another run has begun a store here in the meantime: whether it is this one's is seen next.
            if error.errno not in {errno.ENOTEMPTY, errno.EEXIST}:
                raise
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def _fill(group: zarr.Group, task: Simulations, simulations: int) -> None:
    for name in (*task.layout.variables, *BESIDE, *task.layout.labels):
        create(group, task.layout, name, simulations, task.batch)
    date = datetime.now(UTC).date().isoformat()
    about = {"digest": run_digest(task), "date": date, "settings": dict(task.settings())}
    group.update_attributes({MARK: _FORM, **about})
