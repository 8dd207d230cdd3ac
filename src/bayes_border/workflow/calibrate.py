"""What does a run of simulation-based calibration leave behind: its numbers, and the verdict on them?"""

from __future__ import annotations

from concurrent.futures import Executor
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import xarray as xr

from bayes_border.checks.sbc_verdict import Verdict, judge
from bayes_border.checks.simulations import Simulations
from bayes_border.spec.model import ModelSpec, Regimes
from bayes_border.spec.reader import load_model
from bayes_border.spec.study import StudySpec
from bayes_border.store.calibrations import Stored
from bayes_border.workflow.executors import open_executor
from bayes_border.workflow.loop import run_loop
from bayes_border.workflow.request import Progress, silent


@dataclass(frozen=True)
class Calibrated:
    """A finished run.

    Parameters
    ----------
    data
        `pit`, `sd`, `z`, `contraction` and `ess`, dims `(simulation, quantity)`, and each fit's diagnostics,
        dim `simulation`; the run's settings and digest in its attributes.
    """

    data: xr.Dataset

    @cached_property
    def verdict(self) -> Verdict:
        """Return whether the model is calibrated, as far as this run can tell."""
        return judge(self.data, model=str(self.data.attrs["model"]))


@dataclass(frozen=True)
class StoredRun(Stored, Calibrated):
    """A finished run as it was kept."""


def generator_of(spec: ModelSpec, named: str | ModelSpec | None, study: StudySpec) -> ModelSpec:
    """Return the model that truths are drawn from: the one named, or the fitted one if it is a density.

    One that is none has a coherent counterpart in the study, with as many regimes.
    """
    if isinstance(named, ModelSpec):
        return named
    if named is not None:
        return load_model(named)
    if spec.structure.jacobian:
        return spec
    return load_model(study.full_window if spec.structure.regimes is Regimes.SINGLE else study.flagship)


def calibrate(
    task: Simulations,
    simulations: int,
    *,
    executor: Executor | None = None,
    path: Path | None = None,
    progress: Progress = silent,
) -> Calibrated:
    """Run a calibration on an executor, by default threads, going on from what its store holds.

    Raises
    ------
    DataError, KeyboardInterrupt, BorderError
        As `workflow.loop.run_loop` raises them.
    """
    with open_executor() if executor is None else nullcontext(executor) as chosen:
        return Calibrated(run_loop(task, simulations, executor=chosen, path=path, progress=progress))
