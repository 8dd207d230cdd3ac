"""Run the calibrations that take minutes and store them with digest and date.

    python scripts/precompute.py coverage [--simulations 200] [--seed 2026]
    python scripts/precompute.py placebo  [--simulations 100] [--seed 2026]
    python scripts/precompute.py power      --simulations 300 [--seed 2026]
    python scripts/precompute.py resolution --simulations 30  [--seed 2026]

They are written to `data/precomputed/`; reports show them, and mark them stale once the model, its
priors or the design have changed. The placebo puts the flagship and its counterpart for the full window
through every null of the study, for every table's outcome; power and resolution are those of the same two
models for the first table's. Each run is kept in a store under `--runs` while it goes, so the same command
goes on after a kill.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import asdict
from functools import partial
from importlib.metadata import version
from pathlib import Path

import xarray as xr
from tqdm import tqdm

from bayes_border.checks.coverage import coverage
from bayes_border.checks.own_placebo import ModelEstimator
from bayes_border.checks.placebo import PlaceboRun
from bayes_border.checks.power import PowerRun
from bayes_border.checks.resolution import COARSE, ResolutionRun
from bayes_border.checks.sbc import SBC_SETTINGS
from bayes_border.cli.progress import StreamProgress
from bayes_border.compare.counterparts import VERDICT_NULL
from bayes_border.design import Design, build_design
from bayes_border.simulate.nulls import NullPanels
from bayes_border.spec.breaks import Break
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
from bayes_border.study import Study, load_study
from bayes_border.vocabulary import Null
from bayes_border.workflow.inputs import load_inputs
from bayes_border.workflow.loop import run_loop
from bayes_border.workflow.own_models import coherent_models
from bayes_border.workflow.request import Request
from bayes_border.workflow.truths import Truths

SETTINGS = SamplerSettings()
#: Ends of 90 % intervals of two thousand draws, at half the cost: a placebo needs many fits.
PLACEBO_SETTINGS = SamplerSettings(draws=500, tune=500)


def main() -> None:
    """Run one kind of calibration and store it."""
    arguments = read_arguments()
    study = load_study(arguments.study)
    reading = Break.read(study.spec.default_break, study.spec.crossing)
    design = build_design(study.panel(), study.spec.terms, reading)
    kinds = {
        Calibration.COVERAGE: run_coverage,
        Calibration.PLACEBO: run_placebo,
        Calibration.POWER: run_power,
        Calibration.RESOLUTION: run_resolution,
    }
    run = kinds[Calibration(arguments.kind)]
    with ThreadPoolExecutor(arguments.workers) as executor:
        run(study, design, arguments, executor)


def read_arguments() -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=[str(kind) for kind in Calibration])
    parser.add_argument("--study", default="li_shi_border")
    parser.add_argument("--table", help="placebo of one published table's outcome (all)")
    parser.add_argument("--simulations", type=int, default=200)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument(
        "--runs", type=Path, default=Path("build/calibrations"), help="stores of the runs (%(default)s)"
    )
    return parser.parse_args()


def run_coverage(study: Study, design: Design, arguments: argparse.Namespace, executor: Executor) -> None:
    """Store the coverage of the flagship's intervals over panels drawn from its prior."""
    spec, n = load_model(study.spec.flagship), arguments.simulations
    found = coverage(
        spec,
        design,
        simulations=n,
        seed=arguments.seed,
        executor=executor,
        settings=SETTINGS,
        progress=partial(tqdm, total=n, unit="fit"),
    )
    data = xr.Dataset({"ranks": found.ranks, "converged": found.converged})
    facts = {"model": spec.name, "seed": arguments.seed, **asdict(SETTINGS)}
    keep(Calibration.COVERAGE, spec.name, spec, design, data.assign_attrs(facts))


def run_placebo(study: Study, design: Design, arguments: argparse.Namespace, executor: Executor) -> None:
    """Store what the flagship, and its counterpart for the full window, find under each null."""
    del design  # every table's, not the first one's
    request = Request(study=arguments.study, seed=arguments.seed, table=arguments.table)
    inputs = load_inputs(request)
    truths = Truths(inputs, request)
    spec = study.spec
    for table, null, name in itertools.product(inputs.tables, spec.nulls, (spec.flagship, spec.full_window)):
        model, rows, called = load_model(name), inputs.design(table), placebo_name(table, name, null)
        draws = truths.draws(spec.null_model, table) if null is Null.FITTED else None
        estimator = ModelEstimator(model, rows, PLACEBO_SETTINGS, arguments.seed)
        data = run_loop(
            PlaceboRun(estimator, NullPanels(null, rows, arguments.seed, draws), table),
            arguments.simulations,
            executor=executor,
            # After a change of model or design a run begins anew instead of being refused.
            path=arguments.runs / f"{called}_{calibration_digest(model, rows)}.zarr",
            progress=StreamProgress(sys.stderr),
        )
        # How long each took is the machine's affair, not the calibration's.
        keep(Calibration.PLACEBO, called, model, rows, data.drop_vars("seconds"))


def run_power(study: Study, design: Design, arguments: argparse.Namespace, executor: Executor) -> None:
    """Store how the intervals of the flagship, and of its counterpart, do on panels from their own posteriors."""
    del study  # the inputs have it
    request = Request(study=arguments.study, seed=arguments.seed)
    inputs = load_inputs(request)
    models, table, truths = coherent_models(inputs), inputs.tables[0], Truths(inputs, request)
    draws = tuple(truths.draws(name, table) for name in models)
    for name in models:
        model, called = load_model(name), power_name(table, name)
        task = PowerRun(ModelEstimator(model, design, SBC_SETTINGS, arguments.seed), draws, arguments.seed, table)
        data = run_loop(
            task,
            arguments.simulations,
            executor=executor,
            path=arguments.runs / f"power_{called}_{calibration_digest(model, design)}.zarr",
            progress=StreamProgress(sys.stderr),
        )
        keep(Calibration.POWER, called, model, design, data.drop_vars("seconds"))


def run_resolution(study: Study, design: Design, arguments: argparse.Namespace, executor: Executor) -> None:
    """Store the smallest effects that the flagship, and its counterpart, tell from zero, the rest being noise."""
    del study  # the inputs have it
    inputs = load_inputs(Request(study=arguments.study, seed=arguments.seed))
    table = inputs.tables[0]
    for name in coherent_models(inputs):
        model, called = load_model(name), placebo_name(table, name, VERDICT_NULL)
        estimator = ModelEstimator(model, design, SBC_SETTINGS, arguments.seed)
        task = ResolutionRun(estimator, NullPanels(VERDICT_NULL, design, arguments.seed), table, COARSE)
        data = run_loop(
            task,
            arguments.simulations,
            executor=executor,
            path=arguments.runs / f"resolution_{called}_{calibration_digest(model, design)}.zarr",
            progress=StreamProgress(sys.stderr),
        )
        found = data.drop_vars("seconds").assign(effect=task.labelled_effects())
        keep(Calibration.RESOLUTION, called, model, design, found)


def keep(kind: Calibration, name: str, spec: ModelSpec, design: Design, data: xr.Dataset) -> None:
    """Write a calibration where reports look for it, with what is needed to repeat it."""
    versions = {package: version(package) for package in ("nutpie", "pymc")}
    write_calibration(calibration_path(kind, name), data.assign_attrs(versions), calibration_digest(spec, design))


if __name__ == "__main__":
    main()
