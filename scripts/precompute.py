"""Run the calibrations that take minutes and store them with digest and date.

    python scripts/precompute.py sbc             [--simulations 1000] [--seed 2026]
    python scripts/precompute.py sbc --posterior [--simulations 200]  [--seed 2026]
    python scripts/precompute.py placebo         [--simulations 100]  [--seed 2026]
    python scripts/precompute.py power           [--simulations 300]  [--seed 2026]
    python scripts/precompute.py resolution      [--simulations 30]   [--seed 2026]

They are written to `data/precomputed/`; reports show them, and mark them stale once the model, its
priors or the design have changed. The first two calibrate the flagship by simulation, for the first table's
outcome. The placebo puts the flagship and its counterpart for the full window through every null of the
study, for every table's outcome; power and resolution are those of the same two models, for the first table's.
Each run is kept in a store under `--runs` while it goes, so the same command goes on after a kill.
"""

from __future__ import annotations

import argparse
import itertools
import os
import sys
from concurrent.futures import Executor
from importlib.metadata import version
from pathlib import Path

import numpy as np
import xarray as xr

from bayes_border.checks.own_placebo import ModelEstimator
from bayes_border.checks.placebo import PlaceboRun
from bayes_border.checks.power import PowerRun
from bayes_border.checks.resolution import COARSE, ResolutionRun
from bayes_border.checks.sbc import SBC_SETTINGS
from bayes_border.checks.simulations import Simulations
from bayes_border.cli.progress import StreamProgress
from bayes_border.compare.counterparts import VERDICT_NULL
from bayes_border.design import Design
from bayes_border.simulate.nulls import NullPanels
from bayes_border.spec.model import ModelSpec
from bayes_border.spec.reader import load_model
from bayes_border.spec.sampling import SamplerSettings
from bayes_border.store.calibrations import (
    Calibration,
    calibration_digest,
    calibration_path,
    placebo_name,
    power_name,
    write_calibration,
)
from bayes_border.store.open_run import run_digest
from bayes_border.vocabulary import Null, TruthSource
from bayes_border.workflow.calibrate import SIMULATIONS as SIMULATIONS_OF_SBC
from bayes_border.workflow.calibrate import Calibrated
from bayes_border.workflow.executors import open_executor
from bayes_border.workflow.inputs import load_inputs
from bayes_border.workflow.loop import run_loop
from bayes_border.workflow.own_models import coherent_models
from bayes_border.workflow.placebo import MODEL_RESOLUTION_SIMULATIONS
from bayes_border.workflow.request import Request
from bayes_border.workflow.sbc import sbc_run
from bayes_border.workflow.truths import Truths

#: Ends of 90 % intervals of two thousand draws, at half the cost: a placebo needs many fits.
PLACEBO_SETTINGS = SamplerSettings(draws=500, tune=500)
#: Simulations where none are named.
SIMULATIONS = {
    Calibration.SBC: SIMULATIONS_OF_SBC[TruthSource.PRIOR],
    Calibration.POSTERIOR_SBC: SIMULATIONS_OF_SBC[TruthSource.POSTERIOR],
    Calibration.PLACEBO: 100,
    Calibration.POWER: 300,
    Calibration.RESOLUTION: MODEL_RESOLUTION_SIMULATIONS,
}


def main() -> None:
    """Run one kind of calibration and store it."""
    arguments = read_arguments()
    kinds = {"sbc": run_sbc, "placebo": run_placebo, "power": run_power, "resolution": run_resolution}
    run = kinds[arguments.kind]
    with open_executor(arguments.workers) as executor:
        run(arguments, executor)


def read_arguments() -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=["sbc", "placebo", "power", "resolution"])
    parser.add_argument("--posterior", action="store_true", help="sbc: truths from the posterior, not the prior")
    parser.add_argument("--study", default="li_shi_border")
    parser.add_argument("--table", help="placebo of one published table's outcome (all)")
    parser.add_argument("--simulations", type=int, help="simulations (as many as above)")
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="threads (one a core)")
    parser.add_argument(
        "--runs", type=Path, default=Path("build/calibrations"), help="stores of the runs (%(default)s)"
    )
    return parser.parse_args()


def run_sbc(arguments: argparse.Namespace, executor: Executor) -> None:
    """Store a simulation-based calibration of the flagship, and say what it found."""
    request = Request(
        study=arguments.study,
        seed=arguments.seed,
        posterior=arguments.posterior,
        simulations=arguments.simulations,
        progress=StreamProgress(sys.stderr),
    )
    task = sbc_run(request, load_inputs(request))
    kind = Calibration.POSTERIOR_SBC if arguments.posterior else Calibration.SBC
    data = run(task, kind, task.spec.name, arguments, executor)
    keep(kind, task.spec.name, task.spec, task.design, single_precision(data))
    print(Calibrated(data).verdict.summary)


def run_placebo(arguments: argparse.Namespace, executor: Executor) -> None:
    """Store what the flagship, and its counterpart for the full window, find under each null."""
    request = Request(study=arguments.study, seed=arguments.seed, table=arguments.table)
    inputs = load_inputs(request)
    truths = Truths(inputs, request)
    spec = inputs.study.spec
    for table, null, name in itertools.product(inputs.tables, spec.nulls, coherent_models(inputs)):
        model, rows, called = load_model(name), inputs.design(table), placebo_name(table, name, null)
        draws = truths.draws(spec.null_model, table) if null is Null.FITTED else None
        estimator = ModelEstimator(model, rows, PLACEBO_SETTINGS, arguments.seed)
        task = PlaceboRun(estimator, NullPanels(null, rows, arguments.seed, draws), table)
        keep(Calibration.PLACEBO, called, model, rows, run(task, Calibration.PLACEBO, called, arguments, executor))


def run_power(arguments: argparse.Namespace, executor: Executor) -> None:
    """Store how the intervals of the flagship, and of its counterpart, do on panels from their own posteriors."""
    request = Request(study=arguments.study, seed=arguments.seed)
    inputs = load_inputs(request)
    models, table, truths = coherent_models(inputs), inputs.tables[0], Truths(inputs, request)
    draws = tuple(truths.draws(name, table) for name in models)
    for name in models:
        model, rows, called = load_model(name), inputs.design(table), power_name(table, name)
        task = PowerRun(ModelEstimator(model, rows, SBC_SETTINGS, arguments.seed), draws, arguments.seed, table)
        keep(Calibration.POWER, called, model, rows, run(task, Calibration.POWER, called, arguments, executor))


def run_resolution(arguments: argparse.Namespace, executor: Executor) -> None:
    """Store the smallest effects that the flagship, and its counterpart, tell from zero, the rest being noise."""
    inputs = load_inputs(Request(study=arguments.study, seed=arguments.seed))
    table = inputs.tables[0]
    for name in coherent_models(inputs):
        model, rows, called = load_model(name), inputs.design(table), placebo_name(table, name, VERDICT_NULL)
        estimator = ModelEstimator(model, rows, SBC_SETTINGS, arguments.seed)
        task = ResolutionRun(estimator, NullPanels(VERDICT_NULL, rows, arguments.seed), table, COARSE)
        found = run(task, Calibration.RESOLUTION, called, arguments, executor)
        keep(Calibration.RESOLUTION, called, model, rows, found.assign(effect=task.labelled_effects()))


def run(
    task: Simulations, kind: Calibration, called: str, arguments: argparse.Namespace, executor: Executor
) -> xr.Dataset:
    """Return the results of a run, going on from what its store holds; a run of other settings has another store."""
    data = run_loop(
        task,
        arguments.simulations or SIMULATIONS[kind],
        executor=executor,
        path=arguments.runs / f"{kind}_{called}_{run_digest(task)}.zarr",
        progress=StreamProgress(sys.stderr),
    )
    # How long each took is the machine's affair, not the calibration's.
    return data.drop_vars("seconds")


def single_precision(data: xr.Dataset) -> xr.Dataset:
    """Return a run in half the size.

    A place among some hundred draws is kept to 1e-7, far below the percentiles that a verdict looks at.
    """
    wide = [name for name, values in data.data_vars.items() if values.dtype == np.float64]
    return data.assign({name: data[name].astype(np.float32) for name in wide})


def keep(kind: Calibration, name: str, spec: ModelSpec, design: Design, data: xr.Dataset) -> None:
    """Write a calibration where reports look for it, with what is needed to repeat it."""
    versions = {package: version(package) for package in ("nutpie", "pymc")}
    write_calibration(calibration_path(kind, name), data.assign_attrs(versions), calibration_digest(spec, design))


if __name__ == "__main__":
    main()
