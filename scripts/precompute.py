"""Run the calibrations that take minutes and store them with digest and date.

    python scripts/precompute.py coverage [--simulations 200] [--seed 2026]
    python scripts/precompute.py placebo  [--simulations 100] [--seed 2026]

They are written to `data/precomputed/`; reports show them, and mark them stale once the model, its
priors or the design have changed.
"""

from __future__ import annotations

import argparse
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import asdict
from functools import partial
from importlib.metadata import version

import xarray as xr
from tqdm import tqdm

from bayes_border.bayes.engine import engine_for, shape_of
from bayes_border.checks.coverage import coverage
from bayes_border.checks.own_placebo import model_estimator
from bayes_border.checks.placebo import calibrate
from bayes_border.design import Design, build_design
from bayes_border.spec.breaks import Break
from bayes_border.spec.model import ModelSpec
from bayes_border.spec.reader import load_model
from bayes_border.spec.sampling import SamplerSettings
from bayes_border.store.calibrations import Calibration, calibration_digest, calibration_path, write_calibration
from bayes_border.study import Study, load_study
from bayes_border.vocabulary import Null

SETTINGS = SamplerSettings()


def main() -> None:
    """Run one kind of calibration and store it."""
    arguments = read_arguments()
    study = load_study(arguments.study)
    reading = Break.read(study.spec.default_break, study.spec.crossing)
    design = build_design(study.panel(), study.spec.terms, reading)
    # Compiled once, before threads could each begin to.
    engine_for(shape_of(design))
    run = {Calibration.COVERAGE: run_coverage, Calibration.PLACEBO: run_placebo}[Calibration(arguments.kind)]
    with ThreadPoolExecutor(arguments.workers) as executor:
        run(study, design, arguments, executor)


def read_arguments() -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=[str(kind) for kind in Calibration])
    parser.add_argument("--study", default="li_shi_border")
    parser.add_argument("--simulations", type=int, default=200)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--workers", type=int, default=2)
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
    keep(Calibration.COVERAGE, spec.name, spec, design, data.assign_attrs(model=spec.name, seed=arguments.seed))


def run_placebo(study: Study, design: Design, arguments: argparse.Namespace, executor: Executor) -> None:
    """Store what the flagship, and its counterpart for the full window, find under each null."""
    n, seed = arguments.simulations, arguments.seed
    for name in (study.spec.flagship, study.spec.full_window):
        spec = load_model(name)
        for null in map(Null, study.spec.nulls):
            progress = partial(tqdm, total=n, unit="fit", desc=f"{name}, {null}")
            estimator = model_estimator(spec, settings=SETTINGS, seed=seed, executor=executor, progress=progress)
            found = calibrate(name, estimator, design, null, simulations=n, seed=seed)
            keep(Calibration.PLACEBO, f"{name}_{null}", spec, design, found.data)


def keep(kind: Calibration, name: str, spec: ModelSpec, design: Design, data: xr.Dataset) -> None:
    """Write a calibration where reports look for it, with what is needed to repeat it."""
    facts = {**asdict(SETTINGS), "nutpie": version("nutpie"), "pymc": version("pymc")}
    write_calibration(calibration_path(kind, name), data.assign_attrs(facts), calibration_digest(spec, design))


if __name__ == "__main__":
    main()
