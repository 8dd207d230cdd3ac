"""Which Zarr arrays hold a run, and what if one has lost its description?"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import zarr
from zarr.codecs import ZstdCodec

from bayes_border.checks.simulations import Layout, Simulations
from bayes_border.errors import DataError, Fault
from bayes_border.store.refusals import writing
from bayes_border.store.runs import BESIDE, METADATA

#: What opening raises where such a file is cut short, empty or lacks something: Zarr has no error of its own for it.
UNREADABLE = (OSError, ValueError, KeyError, TypeError)

_REMOVE: Final = "remove this file and run the same command again: it is written anew, and no simulation is lost"


def create(group: zarr.Group, layout: Layout, name: str, simulations: int, chunk: int) -> None:
    """Make one array of a store with room for so many simulations; chunks of it that are there are its content."""
    if name in layout.labels:
        labels = layout.labels[name]
        kind = "str" if isinstance(labels[0], str) else "float64"
        values = np.array(labels, object if kind == "str" else float)
        group.create_array(name, shape=values.shape, dtype=kind, dimension_names=(name,))[:] = values
        return
    kind, dims = (BESIDE[name], ()) if name in BESIDE else ("float64", layout.variables[name])
    rest = () if name in BESIDE else layout.shape(name)
    group.create_array(
        name,
        shape=(simulations, *rest),
        chunks=(chunk, *rest),
        dtype=kind,
        fill_value=float("nan") if kind == "float64" else None,
        # The checksum tells a damaged chunk from a good one.
        compressors=ZstdCodec(level=1, checksum=True),
        dimension_names=("simulation", *dims),
    )


def require_described(path: Path, group: zarr.Group, task: Simulations, simulations: int) -> int:
    """Return how many simulations a chunk of a store has; an array that has lost its description gets it again.

    Raises
    ------
    DataError
        Naming each description that is there and cannot be read.
    """
    layout = task.layout
    every = (*layout.variables, *BESIDE, *layout.labels)
    lost = [name for name in every if not (path / name / METADATA).is_file()]
    found, faults = {}, []
    for name in (name for name in every if name not in lost):
        try:
            found[name] = zarr.open_array(path / name, mode="r", zarr_format=3)
        except UNREADABLE as error:
            faults.append(Fault(f"{name}/{METADATA}", f"cannot be read ({first_line(error)})", _REMOVE))
    if faults:
        raise DataError(str(path), faults)
    kept = [array for name, array in found.items() if name not in layout.labels]
    room, chunk = max([simulations, *(array.shape[0] for array in kept)]), next((a.chunks[0] for a in kept), task.batch)
    with writing(path):
        for name in lost:
            create(group, layout, name, room, chunk)
    return chunk


def first_line(error: Exception) -> str:
    """Return what an error says, without what follows in further lines."""
    return (str(error).splitlines() or [type(error).__name__])[0]
