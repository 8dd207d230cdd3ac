"""How do time, memory and the barrier's acceptance grow with the number of units?

    python benchmarks/growth.py [UNITS ...] [--short-from 2800]

The flagship on 28 years of so many units (9, 31, 300 and 2,800 unless named); regressors are drawn with the means, sds
and correlations of the study's panel, the outcome from fixed parameters in its reduced form. Each size runs in a
process of its own, whose peak of resident memory is its own. From `--short-from` units on a fit is a shorter one than
that of a calibration, which the table says. Where the barrier keeps next to nothing the refusal's own words stand in
its column. Written to `benchmarks/results/growth_<date>.json` and `.md`.
"""

from __future__ import annotations

import os

# The matrices are small: threads of the linear algebra only wait for one another. Read when NumPy is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import json
import resource
import subprocess
import sys
import time
from dataclasses import asdict, replace
from typing import Any
from unittest.mock import patch

import numba
import numpy as np
import record
import xarray as xr

from bayes_border.bayes.engine import Engine, engine_for
from bayes_border.bayes.family import DataArrays, model_data
from bayes_border.bayes.pilot import LinearMap, Pilot
from bayes_border.bayes.shape import Shape
from bayes_border.design import Design, build_design
from bayes_border.errors import UsageError
from bayes_border.panel.panel import Panel
from bayes_border.simulate import prior
from bayes_border.spec.model import ModelSpec
from bayes_border.spec.reader import load_model
from bayes_border.spec.sampling import SBC_SETTINGS
from bayes_border.store.atomic import write_text
from bayes_border.vocabulary import DEFAULT_SEED
from bayes_border.workflow.inputs import load_inputs
from bayes_border.workflow.request import Request

UNITS, YEARS = (9, 31, 300, 2800), range(1993, 2021)
SHORT = replace(SBC_SETTINGS, draws=100)
GRADIENTS, PRIOR_DRAWS = 2000, 100
#: Rows of all proposals made at once: 80 MB an array, of which there are several.
PROPOSED_ROWS = 10_000_000
COLUMNS = ("units", "rows", "gradient_us", "compile_s", "fit_s", "draws", "steps", "peak_mib", "acceptance")


def main() -> None:
    """Measure each size in a process of its own and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("units", nargs="*", type=int, default=UNITS)
    parser.add_argument("--short-from", type=int, default=UNITS[-1], help="units from which a fit is shorter (2800)")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.inside:
        print(json.dumps(measure(arguments.units[0], arguments.short_from)))
        return
    load = os.getloadavg()[0]
    rows = [inside(units, arguments.short_from) for units in arguments.units]
    content = {
        "years": len(YEARS),
        "settings": asdict(SBC_SETTINGS),
        "rows": rows,
    }
    text = markdown(rows, load)
    path = record.keep("growth", content, load=load)
    write_text(path.with_suffix(".md"), text)
    print(f"{text}\nwritten: {path}")


def inside(units: int, short_from: int) -> dict[str, Any]:
    """Return what a process of its own measures."""
    command = [sys.executable, __file__, str(units), "--short-from", str(short_from), "--inside"]
    ran = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603
    if ran.returncode != 0:
        sys.exit(f"the process of {units} units left with code {ran.returncode}")
    found: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return found


def measure(units: int, short_from: int) -> dict[str, Any]:
    """Return one row of the table."""
    inputs = load_inputs(Request())
    spec = load_model(inputs.study.spec.flagship)
    design = synthetic(units, inputs.design(inputs.tables[0]))
    start = time.perf_counter()
    engine, data = engine_for(Shape.of(design)), model_data(spec, design)
    compiled = time.perf_counter()
    settings = SHORT if units >= short_from else SBC_SETTINGS
    _, stats = engine.sample(data, settings=settings, seed=DEFAULT_SEED, pilot=Pilot.START)
    fitted = time.perf_counter()
    return {
        "units": units,
        "rows": design.data.sizes["row"],
        "gradient_us": gradient(engine, data),
        "compile_s": compiled - start,
        "fit_s": fitted - compiled,
        "draws": f"{settings.chains} x ({settings.tune} + {settings.draws})",
        "steps": float(stats["n_steps"].mean()),
        # Before the prior draws, whose proposals need memory of their own. Linux counts in KiB.
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "acceptance": acceptance(spec, design),
    }


def synthetic(units: int, like: Design) -> Design:
    """Return rows whose regressors have the moments of a real design's, and an outcome of small interactions."""
    rng, terms = np.random.default_rng([DEFAULT_SEED, units]), like.terms
    shape = (units, len(YEARS))
    x = rng.multivariate_normal(like.x.mean(axis=0), np.cov(like.x.T), size=shape)
    scaled = x / like.scale
    m = np.maximum(1.0 - 0.05 * scaled.sum(axis=-1), 0.5)
    shocks = rng.normal(size=(1, len(YEARS))) + 2.0 * rng.normal(size=shape)
    series = {term: (("province", "year"), x[..., k]) for k, term in enumerate(terms)}
    series["dg"] = (("province", "year"), (0.5 * scaled.sum(axis=-1) + shocks) / m)
    coords = {"province": [f"unit {k + 1:04}" for k in range(units)], "year": list(YEARS)}
    panel = Panel(f"synthetic_{units}", xr.Dataset(series, coords), YEARS[0], YEARS[-1], "simulated")
    return build_design(panel, terms, like.break_)


def gradient(engine: Engine, data: DataArrays) -> float:
    """Return the microseconds of one density with its gradient, in a compiled loop over many, on one core."""
    compiled = engine.compiled.with_data(**data, **asdict(LinearMap.identity(engine.shape.places)))
    evaluate, size, table = compiled.compiled_logp_func, compiled.n_dim, compiled.user_data

    @numba.njit
    def repeat(place: np.ndarray, derivatives: np.ndarray, value: np.ndarray, table: np.ndarray, times: int) -> int:
        failures = 0
        for _ in range(times):
            code = evaluate(np.uint64(size), place.ctypes, derivatives.ctypes, value.ctypes, table.ctypes)
            failures += code != 0
        return failures

    arguments = (np.full(size, 0.1), np.zeros(size), np.zeros(1), table)
    repeat(*arguments, 1)
    start = time.perf_counter()
    repeat(*arguments, GRADIENTS)
    return (time.perf_counter() - start) / GRADIENTS * 1e6


def acceptance(spec: ModelSpec, design: Design) -> float | str:
    """Return the share of prior draws that the barrier keeps, or why nothing can be drawn."""
    # Proposals of many rows fill the memory: fewer at once, and fewer before giving up.
    batch = min(2000, PROPOSED_ROWS // design.data.sizes["row"])
    rng = np.random.default_rng(DEFAULT_SEED)
    try:
        with patch.multiple(prior, _BATCH=batch, _MAX_PROPOSED=50 * batch):
            return float(prior.draw_prior(spec, design, draws=PRIOR_DRAWS, rng=rng).attrs["acceptance"])
    except UsageError as refusal:
        return str(refusal)


def markdown(rows: list[dict[str, Any]], load: float) -> str:
    """Return the table, and the load that it was measured under."""
    shown = [[shorten(row[name]) for name in COLUMNS] for row in rows]
    lines = [COLUMNS, ["---"] * len(COLUMNS), *shown]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + f"\n\nLoad before: {load:.1f}.\n"


def shorten(value: object) -> str:
    """Return a cell of the table."""
    return f"{value:.3g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
