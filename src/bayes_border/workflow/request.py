"""What did the user ask for, once the command line is read?"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from bayes_border.vocabulary import DEFAULT_SEED, DEFAULT_STUDY


class Progress(Protocol):
    """Told how far long work has come."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Note that `done` of `total` steps of a stage are behind us."""


def silent(stage: str, done: int, total: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """What the user said about sampling; None leaves the engine's default."""

    draws: int | None = None
    tune: int | None = None
    chains: int | None = None
    allow_unconverged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One verb's options; a verb reads those that concern it.

    Parameters
    ----------
    study, panel
        Names, or paths of files; panel None is the study's default.
    seed
        Root of every random stream.
    break_
        Reading of the break; None is the study's default.
    model, recipe, null, window, table
        Names that choose what is done; None is all of the study's.
    sampling
        Sampler options.
    simulations
        Simulated panels; None is the check's default.
    estimates, draws
        Another program's estimates, draws of an earlier fit.
    fits
        Folder of an earlier reanalysis' draws, to be read in place of fitting.
    power, resolution
        Whether to measure these in place of a placebo.
    posterior, generator
        Whether truths come from the posterior in place of the prior, and the model that they come from.
    workers, scheduler
        Threads, None being one more than cores; address of a Dask scheduler whose workers are used in place of threads.
    output
        File or folder to write to; None is the verb's default.
    errors, tests
        Whether estimates stand under every account of their errors, and with their specification tests.
    progress
        Told how far long work has come.
    """

    study: str = DEFAULT_STUDY
    panel: str | None = None
    seed: int = DEFAULT_SEED
    break_: str | None = None
    model: str | None = None
    recipe: str | None = None
    null: str | None = None
    window: str | None = None
    table: str | None = None
    sampling: Sampling = field(default_factory=Sampling)
    simulations: int | None = None
    estimates: Path | None = None
    draws: Path | None = None
    fits: Path | None = None
    power: bool = False
    resolution: bool = False
    posterior: bool = False
    generator: str | None = None
    workers: int | None = None
    scheduler: str | None = None
    output: Path | None = None
    errors: bool = False
    tests: bool = False
    progress: Progress = silent
