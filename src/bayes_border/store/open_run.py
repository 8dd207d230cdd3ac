"""Is the store at this place the one of this run, and if there is none, how is it begun?"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
import zarr
from zarr.codecs import ZstdCodec
from zarr.storage import MemoryStore

from bayes_border.checks.simulations import Simulations
from bayes_border.errors import DataError, Fault
from bayes_border.store.refusals import writing
from bayes_border.store.runs import BESIDE, RunStore

#: Attribute that tells our stores from others; its value is the version of their form.
MARK: Final = "bayes_border_run"
_FORM: Final = 1


def open_run(path: Path | None, task: Simulations, simulations: int) -> RunStore:
    """Return the store of a run with room for so many simulations, begun where there is none.

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
        If there is something else at this place, another run's store, or no permission to write.
    """
    with writing(path):
        there = path is not None and path.exists() and not (path.is_dir() and not any(path.iterdir()))
    group = _open(path, task) if path is not None and there else _begin(path, task, simulations)
    store = RunStore(path, group, task.layout, _chunk(group))
    store.grow(simulations)
    return store


def run_digest(task: Simulations) -> str:
    """Return a SHA-256 of a run's settings and layout, 16 hexadecimal digits."""
    content = json.dumps([dict(task.settings()), asdict(task.layout)], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def _chunk(group: zarr.Group) -> int:
    chunk = group.attrs["chunk"]
    assert isinstance(chunk, int)  # noqa: S101 -- `_begin` wrote it
    return chunk


def _open(path: Path, task: Simulations) -> zarr.Group:
    try:
        group = zarr.open_group(path, mode="r+", zarr_format=3)
        attributes = dict(group.attrs)
    except (OSError, ValueError, KeyError) as error:
        fault = Fault("folder", f"is no store of simulations ({_first_line(error)})", "give another --output")
        raise DataError(str(path), [fault]) from error
    if attributes.get(MARK) != _FORM:
        found = "is a Zarr store of something else, or of another version of this program"
        raise DataError(str(path), [Fault("folder", found, "give another --output")])
    if attributes["digest"] != run_digest(task):
        raise DataError(str(path), _differences(attributes["settings"], dict(task.settings())))
    return group


def _differences(stored: object, asked: Mapping[str, object]) -> list[Fault]:
    kept = stored if isinstance(stored, dict) else {}
    remedy = "give another --output, or the settings of this store"
    differing = [
        Fault(f"setting {name}", f"is {kept.get(name)!r} in the store and {asked.get(name)!r} now", remedy)
        for name in dict.fromkeys((*kept, *asked))
        if kept.get(name) != asked.get(name)
    ]
    return differing or [Fault("layout", "has other quantities than this run", remedy)]


def _begin(path: Path | None, task: Simulations, simulations: int) -> zarr.Group:
    if path is None:
        return _fill(zarr.create_group(MemoryStore(), zarr_format=3), task, simulations)
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}-"))
        try:
            # Made whole under another name first: a run that is killed here has begun nothing.
            _fill(zarr.create_group(temporary, zarr_format=3, overwrite=True), task, simulations)
            temporary.chmod(0o755)
            temporary.rename(path)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        return zarr.open_group(path, mode="r+", zarr_format=3)


def _fill(group: zarr.Group, task: Simulations, simulations: int) -> zarr.Group:
    layout, chunk = task.layout, task.batch
    for name, dims in layout.variables.items():
        _array(group, name, (simulations, *layout.shape(name)), "float64", dims=dims, chunk=chunk)
    for name, kind in BESIDE.items():
        _array(group, name, (simulations,), kind, dims=(), chunk=chunk)
    for dim, labels in layout.labels.items():
        values = np.array(labels, object if isinstance(labels[0], str) else float)
        kind = "str" if isinstance(labels[0], str) else "float64"
        group.create_array(dim, shape=values.shape, dtype=kind, dimension_names=(dim,))[:] = values
    date = datetime.now(UTC).date().isoformat()
    about = {"digest": run_digest(task), "date": date, "chunk": chunk, "settings": dict(task.settings())}
    group.update_attributes({MARK: _FORM, **about})
    return group


def _array(  # noqa: PLR0913 -- what a Zarr array is
    group: zarr.Group, name: str, shape: tuple[int, ...], kind: str, *, dims: tuple[str, ...], chunk: int
) -> None:
    group.create_array(
        name,
        shape=shape,
        chunks=(chunk, *shape[1:]),
        dtype=kind,
        fill_value=float("nan") if kind == "float64" else None,
        # The checksum tells a damaged chunk from a good one.
        compressors=ZstdCodec(level=1, checksum=True),
        dimension_names=("simulation", *dims),
    )


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
