"""Loops that cost little, for tests of what runs and keeps a loop; workers in other processes import them from here."""

from __future__ import annotations

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from uuid import uuid4

import numpy as np
import xarray as xr

from bayes_border.checks.simulations import Layout, stream
from bayes_border.simulate.prior import draw_prior
from bayes_border.spec.reader import load_model
from bayes_border.spec.sampling import SamplerSettings
from bayes_border.workflow.loop import run_loop


@dataclass(frozen=True)
class Draws:
    """A fast loop: three normals a simulation; some fail, one slowly."""

    seed: int = 1
    fails: tuple[int, ...] = ()
    error: type[BaseException] = np.linalg.LinAlgError
    pause: float = 0.0
    batch: int = 5

    @property
    def layout(self):
        return Layout({"value": ("term",), "total": ()}, {"term": ("a", "b", "c")})

    @property
    def stage(self):
        return "draws"

    def count(self, asked):
        return asked

    def settings(self):
        return {"recipe": "draws", "seed": self.seed}

    def prepare(self):
        """Need nothing."""

    def __call__(self, numbers):
        time.sleep(self.pause)
        if set(numbers) & set(self.fails):
            message = "singular matrix"
            raise self.error(message)
        value = np.stack([np.random.default_rng(stream(self.seed, k)).normal(size=3) for k in numbers])
        return {"value": value, "total": value.sum(axis=1)}


class Dies(Draws):
    """A loop whose worker process is killed."""

    def __call__(self, _numbers):
        os.kill(os.getpid(), signal.SIGKILL)


def fit_from_prior(spec, design, *, settings, seed):
    """Return prior draws in a posterior's place: no density is compiled."""
    rng = np.random.default_rng(seed)
    chains, n = settings.chains, settings.draws
    draws = draw_prior(spec, design, draws=chains * n, rng=rng)
    parts = [draws.isel(draw=slice(k * n, (k + 1) * n)).assign_coords(draw=np.arange(n)) for k in range(chains)]
    dims = ("chain", "draw")
    stats = {"energy": (dims, rng.normal(size=(chains, n))), "diverging": (dims, rng.random((chains, n)) < 0.1)}
    return xr.concat(parts, "chain").assign_coords(chain=np.arange(chains)), xr.Dataset(stats)


def calibration(**changed):
    """Return a run of simulation-based calibration whose fits take a moment."""
    from bayes_border.checks.sbc import SbcRun  # noqa: PLC0415 -- the sampler takes seconds to import

    few = SamplerSettings(draws=20, tune=1, chains=2)
    kept = {"seed": 3, "sampler": few, "fit": fit_from_prior, "batch": 1, **changed}
    return SbcRun(load_model("coherent_break"), rows(), **kept)


@cache
def rows():
    """Return the rows of the study's panel."""
    from bayes_border.api import design  # noqa: PLC0415 -- neither do loops that need no rows wait for it

    return design("balanced")


def run(task, path=None, n=23, *, workers=2, **asked):
    """Run a loop on threads."""
    with ThreadPoolExecutor(workers) as executor:
        return run_loop(task, n, executor=executor, path=path, **asked)


def same(found, expected):
    """Compare everything but the seconds."""
    xr.testing.assert_identical(found.drop_vars("seconds"), expected.drop_vars("seconds"))


@dataclass(frozen=True)
class Noted(Draws):
    """A loop that notes in a folder which process made a copy of it, and what ran which simulations how often."""

    folder: Path = Path()

    def __setstate__(self, state):
        vars(self).update(state)
        self._note("copies")

    def __call__(self, numbers):
        self._note("runs")
        return super().__call__(numbers)

    def noted(self, what):
        """Return the processes of every note of a kind."""
        return [int(note.name.split("-")[1]) for note in self.folder.glob(f"{what}-*")]

    def _note(self, what):
        (self.folder / f"{what}-{os.getpid()}-{uuid4()}").touch()


def fit_and_compile(spec, design, *, settings, seed):
    """Ask for the compiled density, which takes a moment here, and say in place of divergences how many there are."""
    from bayes_border.bayes import engine  # noqa: PLC0415 -- the sampler takes seconds to import
    from bayes_border.bayes.shape import Shape  # noqa: PLC0415

    with _PATCHING:
        if not isinstance(engine.CompiledDensity, Counting):
            engine.CompiledDensity = Counting()
    engine.engine_for(Shape.of(design))
    draws, stats = fit_from_prior(spec, design, settings=settings, seed=seed)
    return draws, stats.assign(diverging=xr.full_like(stats["diverging"], len(engine.CompiledDensity.compiled), float))


_PATCHING = threading.Lock()


class Counting:
    """Stands in the compiled density's place and counts how often it is compiled."""

    def __init__(self):
        self.compiled = []

    def of(self, *_):
        """Take a moment, in which other threads could begin the same."""
        time.sleep(0.3)
        self.compiled.append(1)
