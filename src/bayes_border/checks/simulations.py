"""What does a long loop of numbered simulations look like to whoever runs and keeps it?"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import xarray as xr

#: One number a quantity and simulation: the leading axis of each array is the simulation.
type Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Layout:
    """Which quantities a simulation gives: their dims, and the labels of those.

    Parameters
    ----------
    variables
        By name, the dims that follow `simulation`. Every quantity is a float64; NaN says that the
        simulation has none.
    labels
        By dim, its labels: all text or all numbers.
    """

    variables: Mapping[str, tuple[str, ...]]
    labels: Mapping[str, tuple[str, ...] | tuple[float, ...]]

    def shape(self, name: str) -> tuple[int, ...]:
        """Return a quantity's shape in one simulation."""
        return tuple(len(self.labels[dim]) for dim in self.variables[name])

    def nothing(self, simulations: int) -> dict[str, np.ndarray]:
        """Return arrays of NaN for so many simulations."""
        return {name: np.full((simulations, *self.shape(name)), np.nan) for name in self.variables}

    def dataset(self, arrays: Arrays) -> xr.Dataset:
        """Return labelled arrays, simulations numbered from 0."""
        variables = {name: (("simulation", *dims), arrays[name]) for name, dims in self.variables.items()}
        simulations = len(next(iter(arrays.values())))
        return xr.Dataset(
            variables, {"simulation": np.arange(simulations), **{k: list(v) for k, v in self.labels.items()}}
        )


class Simulations(Protocol):
    """A loop: a picklable function of simulations' numbers, so that any executor can run any part of it.

    Simulation k is the same in whatever company and order it is run: its random streams are spawned
    from the seed by its number (`stream`).
    """

    @property
    def layout(self) -> Layout:
        """Return what a simulation gives."""

    @property
    def stage(self) -> str:
        """Return what the loop is called while it runs."""

    @property
    def batch(self) -> int:
        """Return how many simulations are best run in one call, and kept in one chunk of a file."""

    def count(self, asked: int) -> int:
        """Return how many of the simulations asked for there are."""

    def settings(self) -> Mapping[str, object]:
        """Return everything that the results depend on, flat and in JSON's types."""

    def prepare(self) -> None:
        """Work out what every simulation needs: done once, before the loop is sent to whoever runs its parts."""

    def __call__(self, numbers: Sequence[int]) -> Arrays:
        """Return the results of these simulations."""


def stream(seed: int, number: int, *branch: int) -> np.random.SeedSequence:
    """Return the seed of one simulation: `SeedSequence(seed).spawn(...)[number]`, or a child of it."""
    return np.random.SeedSequence(seed, spawn_key=(number, *branch))


def draws_digest(draws: xr.Dataset | None) -> str:
    """Return a SHA-256 of every number and label of posterior draws, 16 hexadecimal digits; "" without."""
    if draws is None:
        return ""
    digest = hashlib.sha256()
    for name in sorted(str(name) for name in draws.variables):
        values = draws[name].values
        plain = values.astype(float).tobytes() if values.dtype.kind in "biuf" else json.dumps(values.tolist()).encode()
        digest.update(f"{name}{draws[name].dims}".encode() + plain)
    return digest.hexdigest()[:16]
