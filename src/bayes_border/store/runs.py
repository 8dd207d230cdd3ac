"""How are the results of a long loop kept while it runs, so that it can be killed and go on?

One Zarr store (format 3) a run, which xarray opens: each quantity an array `(simulation, ...)`, and for
each simulation `status` (0 to do, 1 done, 2 failed), `reason` and `seconds`. A chunk holds a batch of
simulations and its file is replaced whole; a simulation's status is written after everything else of it.
So whatever is killed leaves simulations that are done or to do, and nothing between.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import xarray as xr
import zarr

from bayes_border.checks.simulations import Arrays, Layout
from bayes_border.errors import DataError, Fault
from bayes_border.store.refusals import writing

#: File in which Zarr describes a group or an array.
METADATA: Final = "zarr.json"
#: What is kept of a simulation beside its quantities, in the order of writing: the status last.
BESIDE: Final = {"seconds": "float64", "reason": "str", "status": "uint8"}

#: Chunks are small files: more of them are asked for at once than Zarr would, which takes a third less time.
_READING: Final = {"async.concurrency": 64}
#: What reading raises where a file is cut short or damaged: Zarr has no error of its own for it.
_UNREADABLE = (OSError, RuntimeError, ValueError)


class RunStatus(IntEnum):
    """How far a simulation has come."""

    TODO = 0
    DONE = 1
    FAILED = 2


@dataclass(frozen=True)
class Batch:
    """What came of some simulations of one chunk: arrays, and for each a reason (empty: it worked) and seconds."""

    numbers: tuple[int, ...]
    arrays: Arrays
    reasons: tuple[str, ...]
    seconds: tuple[float, ...]

    def columns(self) -> dict[str, np.ndarray]:
        """Return everything that is kept, by name."""
        failed = [RunStatus.FAILED if reason else RunStatus.DONE for reason in self.reasons]
        beside = (np.array(self.seconds), np.array(self.reasons, object), np.array(failed, "uint8"))
        return {**self.arrays, **dict(zip(BESIDE, beside, strict=True))}


@dataclass(frozen=True)
class RunStore:
    """An open store of `layout` in chunks of so many simulations: Zarr's arrays, or plain ones if `path` is None."""

    path: Path | None
    arrays: Mapping[str, Any]
    layout: Layout
    chunk: int

    @classmethod
    def on_disk(cls, path: Path, group: zarr.Group, layout: Layout, chunk: int) -> Self:
        """Return the store in a Zarr group. Its arrays are opened once: a group reads a description each time."""
        # A chunk of nothing but NaN is written like any other: only what is not done has no file.
        how = {"write_empty_chunks": True}
        arrays: dict[str, Any] = {name: group[name] for name in (*layout.variables, *BESIDE)}
        return cls(path, {name: array.with_config(how) for name, array in arrays.items()}, layout, chunk)

    @classmethod
    def in_memory(cls, layout: Layout, chunk: int, simulations: int) -> Self:
        """Return an empty store of plain arrays: for hundreds of short loops Zarr would take as long as they do."""
        # Zeros: a status of 0 is one to do, and nothing else of such a simulation is looked at.
        beside = {name: np.zeros(simulations, object if kind == "str" else kind) for name, kind in BESIDE.items()}
        return cls(None, {**layout.nothing(simulations), **beside}, layout, chunk)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the arrays that have a value a simulation, in the order of writing."""
        return (*self.layout.variables, *BESIDE)

    def todo(self, simulations: int) -> list[tuple[int, ...]]:
        """Return the numbers below `simulations` that are still to do, a tuple a chunk.

        What has failed is to do again, for what it lacked may be there by now, and its random numbers are the same.
        So is what holds nothing but NaN: without a lock, another run's chunk may have taken the place of its own.

        Raises
        ------
        DataError
            Naming each file that cannot be read. One that is gone is no fault: its simulations are to do.
        """
        chunk = np.arange(simulations) // self.chunk
        numbers = np.arange(simulations)
        if self._begun():  # to read what is not there takes as long as to read what is
            data = self.dataset(simulations)
            missing = np.isin(chunk, [place for place in np.unique(chunk) if not self._complete(int(place))])
            done = data["status"].values == RunStatus.DONE
            given = [data[name].notnull().any(dims).values for name, dims in self.layout.variables.items()]
            numbers = np.flatnonzero(~done | ~np.any(given, axis=0) | missing)
        parts = np.split(numbers, np.flatnonzero(np.diff(chunk[numbers])) + 1)
        return [tuple(part.tolist()) for part in parts if len(part)]

    def write(self, batch: Batch) -> None:
        """Keep a batch.

        Raises
        ------
        DataError
            If the disk is full, the store cannot be written, or it is no longer there; what was kept before stays.
        """
        # Zarr would make the folders anew, and nothing could open what was kept in them.
        if self.path is not None and not (self.path / METADATA).is_file():
            found = "has gone while the run was writing in it"
            raise DataError(str(self.path), [Fault(METADATA, found, "put the folder back, or give another --output")])
        first, last = batch.numbers[0], batch.numbers[-1] + 1
        places = np.array(batch.numbers) - first
        with writing(self.path):
            for name, values in batch.columns().items():
                array = self.arrays[name]
                content = values
                if len(places) < last - first:  # simulations between them are done already and stay
                    content = np.array(array[first:last])
                    content[places] = values
                array[first:last] = content

    def dataset(self, simulations: int) -> xr.Dataset:
        """Return the first simulations' quantities with `seconds`, `reason` and `status`; failed ones are NaN.

        Of a store in memory they are its own arrays, not copies.

        Raises
        ------
        DataError
            Naming each file that cannot be read.
        """
        faults: list[Fault] = []
        found: dict[str, np.ndarray] = {}
        with zarr.config.set(_READING):
            for name in self.names:
                try:
                    found[name] = np.asarray(self.arrays[name][:simulations])
                except _UNREADABLE:
                    faults += self._damaged(name, simulations)
        if faults:
            raise DataError(str(self.path), faults)
        found["reason"] = found["reason"].astype(object)  # which every array file can hold
        return self.layout.dataset(found).assign({name: ("simulation", found[name]) for name in BESIDE})

    def grow(self, simulations: int) -> None:
        """Make room on disk for so many simulations; where there is room for more, it stays."""
        with writing(self.path):
            for name in self.names:
                array = self.arrays[name]
                if array.shape[0] < simulations:
                    array.resize((simulations, *array.shape[1:]))

    def _damaged(self, name: str, simulations: int) -> list[Fault]:
        faults = []
        for start in range(0, simulations, self.chunk):
            try:
                _ = self.arrays[name][start : min(start + self.chunk, simulations)]
            except _UNREADABLE as error:
                remedy = "remove this file and run the same command again: its simulations alone are done anew"
                faults.append(Fault(self._file(name, start // self.chunk), f"cannot be read ({error})", remedy))
        return faults

    def _begun(self) -> bool:
        """Return whether there is a chunk of anything."""
        return self.path is None or any((self.path / name / "c").exists() for name in self.names)

    def _complete(self, place: int) -> bool:
        """Return whether every file of a chunk is there; one that is not would be read as NaN, not as a fault."""
        return self.path is None or all((self.path / self._file(name, place)).is_file() for name in self.names)

    def _file(self, name: str, place: int) -> str:
        return "/".join([name, "c", str(place), *("0" for _ in self.layout.variables.get(name, ()))])
