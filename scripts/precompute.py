"""Run the calibrations that take minutes and store them with digest and date.

They are written to `data/precomputed/<study>/`; reports show them, and mark them stale once the model, its
priors or the design have changed. `sbc` calibrates the flagship by simulation, for the first table's
outcome. `placebo` puts the flagship and its counterpart for the full window through every null of the
study, for every table's outcome; `power` and `resolution` are those of the same two models, for the first table's.
Each run is kept in a store under `--runs` while it goes, so the same command goes on after a kill.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from bayes_border.checks.own_placebo import ModelEstimator
from bayes_border.checks.placebo import PlaceboRun
from bayes_border.checks.power import PowerRun
from bayes_border.checks.resolution import COARSE, ResolutionRun
from bayes_border.checks.simulations import Simulations
from bayes_border.cli.parser import positive, seed
from bayes_border.cli.progress import StreamProgress
from bayes_border.compare.counterparts import VERDICT_NULL
from bayes_border.errors import BorderError, ExitCode
from bayes_border.simulate.nulls import NullPanels
from bayes_border.spec.reader import load_model
from bayes_border.spec.sampling import SamplerSettings
from bayes_border.store.calibrations import (
    Calibration,
    calibration_digest,
    calibration_name,
    calibration_path,
    write_calibration,
)
from bayes_border.store.open_run import run_digest
from bayes_border.vocabulary import DEFAULT_SEED, DEFAULT_STUDY, Null, TruthSource
from bayes_border.workflow import sizes
from bayes_border.workflow.calibrate import Calibrated
from bayes_border.workflow.executors import open_executor
from bayes_border.workflow.inputs import Inputs, load_inputs
from bayes_border.workflow.loop import run_loop
from bayes_border.workflow.own_models import coherent_models
from bayes_border.workflow.request import Request
from bayes_border.workflow.sbc import sbc_run
from bayes_border.workflow.truths import Truths

#: Ends of 90 % intervals of two thousand draws, at half the cost: a placebo needs many fits.
PLACEBO_SETTINGS = SamplerSettings(draws=500, tune=500)
#: Power and resolution need more fits still.
POWER_SETTINGS = SamplerSettings(draws=225, tune=175, chains=2, target_accept=0.9)
#: Simulations where none are named.
SIMULATIONS = {
    Calibration.SBC: sizes.OF_CALIBRATION[TruthSource.PRIOR],
    Calibration.POSTERIOR_SBC: sizes.OF_CALIBRATION[TruthSource.POSTERIOR],
    Calibration.PLACEBO: sizes.OF_MODEL,
    Calibration.POWER: sizes.POWER,
    Calibration.RESOLUTION: sizes.MODEL_RESOLUTION,
}


@dataclass(frozen=True)
class Job:
    """What is asked for, where the stores of its runs lie, and on what they run."""

    request: Request
    inputs: Inputs
    runs: Path
    executor: Executor

    def run(self, task: Simulations, kind: Calibration, called: str) -> xr.Dataset:
        """Return the results of a run, going on from what its store holds; one of other settings has another store."""
        data = run_loop(
            task,
            self.request.simulations or SIMULATIONS[kind],
            executor=self.executor,
            path=self.runs / f"{kind}_{called}_{run_digest(task)}.zarr",
            progress=self.request.progress,
        )
        # How long each took is the machine's affair, not the calibration's.
        return data.drop_vars("seconds")

    def keep(self, kind: Calibration, called: str, data: xr.Dataset, digest: str) -> None:
        """Write a calibration where reports look for it."""
        write_calibration(calibration_path(kind, self.inputs.study.name, called), data, digest)


def main(argv: Sequence[str]) -> int:
    """Run one kind of calibration and store it; return an exit code of the command line's."""
    arguments = read_arguments(argv)
    kinds = {"sbc": run_sbc, "placebo": run_placebo, "power": run_power, "resolution": run_resolution}
    try:
        with open_executor(arguments.workers) as executor, StreamProgress(sys.stderr) as progress:
            given = {name: value for name, value in vars(arguments).items() if name in Request.__slots__}
            request = Request(**given, progress=progress)
            kinds[arguments.kind](Job(request, load_inputs(request), arguments.runs, executor))
    except BorderError as error:
        sys.stderr.write(f"precompute: {error}\n")
        return error.exit_code
    except KeyboardInterrupt as interrupt:
        sys.stderr.write(f"precompute: {interrupt}\n")
        return ExitCode.INTERRUPTED
    return ExitCode.DONE


def read_arguments(argv: Sequence[str]) -> argparse.Namespace:
    """Return the command line's options: each kind has its own."""
    usual = "\n".join(f"  {kind:<14} {number}" for kind, number in SIMULATIONS.items())
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=f"simulations where none are named:\n{usual}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    kinds = parser.add_subparsers(dest="kind", metavar="KIND", required=True)
    sbc, placebo, *others = (kinds.add_parser(kind) for kind in ("sbc", "placebo", "power", "resolution"))
    sbc.add_argument("--posterior", action="store_true", help="truths from the posterior, not the prior")
    placebo.add_argument("--table", metavar="NAME", help="one published table's outcome (all)")
    for kind in (sbc, placebo, *others):
        kind.add_argument("--study", default=DEFAULT_STUDY, metavar="NAME", help="study, or a TOML file (%(default)s)")
        kind.add_argument("--simulations", type=positive, metavar="N", help="simulations (as many as each kind needs)")
        kind.add_argument("--seed", type=seed, default=DEFAULT_SEED, metavar="N", help="random seed (%(default)s)")
        kind.add_argument("--workers", type=positive, metavar="N", help="threads (one more than cores)")
        where = Path("build/calibrations")
        kind.add_argument("--runs", type=Path, default=where, metavar="FOLDER", help="stores of the runs (%(default)s)")
    return parser.parse_args(argv)


def run_sbc(job: Job) -> None:
    """Store a simulation-based calibration of the flagship, and say what it found."""
    task = sbc_run(job.request, job.inputs)
    called = calibration_name(task.table, task.spec.name)
    kind = Calibration.POSTERIOR_SBC if job.request.posterior else Calibration.SBC
    data = job.run(task, kind, called)
    job.keep(kind, called, single_precision(data), calibration_digest(task.spec, task.design))
    print(Calibrated(data).verdict.summary)


def run_placebo(job: Job) -> None:
    """Store what the flagship, and its counterpart for the full window, find under each null."""
    inputs, number, spec = job.inputs, job.request.seed, job.inputs.study.spec
    truths = Truths(inputs, job.request)
    for table, null, name in itertools.product(inputs.tables, spec.nulls, coherent_models(inputs)):
        model, rows, called = load_model(name), inputs.design(table), calibration_name(table, name, null)
        draws = truths.draws(spec.null_model, table) if null is Null.FITTED else None
        estimator = ModelEstimator(model, rows, PLACEBO_SETTINGS, number)
        task = PlaceboRun(estimator, NullPanels(null, rows, number, draws), table)
        data = job.run(task, Calibration.PLACEBO, called)
        job.keep(Calibration.PLACEBO, called, data, calibration_digest(model, rows))


def run_power(job: Job) -> None:
    """Store how the intervals of the flagship, and of its counterpart, do on panels from their own posteriors."""
    inputs, number, truths = job.inputs, job.request.seed, Truths(job.inputs, job.request)
    models, table = coherent_models(inputs), inputs.tables[0]
    draws = tuple(truths.draws(name, table) for name in models)
    for name in models:
        model, rows, called = load_model(name), inputs.design(table), calibration_name(table, name)
        task = PowerRun(ModelEstimator(model, rows, POWER_SETTINGS, number), draws, number, table)
        data = job.run(task, Calibration.POWER, called)
        job.keep(Calibration.POWER, called, data, calibration_digest(model, rows))


def run_resolution(job: Job) -> None:
    """Store the smallest effects that the flagship, and its counterpart, tell from zero, the rest being noise."""
    inputs, number, table = job.inputs, job.request.seed, job.inputs.tables[0]
    for name in coherent_models(inputs):
        model, rows, called = load_model(name), inputs.design(table), calibration_name(table, name, VERDICT_NULL)
        estimator = ModelEstimator(model, rows, POWER_SETTINGS, number)
        task = ResolutionRun(estimator, NullPanels(VERDICT_NULL, rows, number), table, COARSE)
        data = job.run(task, Calibration.RESOLUTION, called).assign(effect=task.labelled_effects())
        job.keep(Calibration.RESOLUTION, called, data, calibration_digest(model, rows))


def single_precision(data: xr.Dataset) -> xr.Dataset:
    """Return a run in half the size.

    A place among some hundred draws is kept to 1e-7, far below the percentiles that a verdict looks at.
    """
    wide = [name for name, values in data.data_vars.items() if values.dtype == np.float64]
    return data.assign({name: data[name].astype(np.float32) for name in wide})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
