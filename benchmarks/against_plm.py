"""How much faster than R's plm is difference GMM with the full set of lags?

    python benchmarks/against_plm.py [--runs N] [--ours N]

Needs R with plm; another library is named by the environment variable R_LIBS. The panel has the paper's shape,
nine units and 29 years of random walks, the equation is (3) and every level lagged two years or more is an
instrument: 1,137 of them. Each program runs in a process of its own, with one thread, on the same file, ours
before and after plm. Medians of wall-clock and of processor time (which a busy machine disturbs less) and their
ratios are written to `benchmarks/results/against_plm_<date>.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bayes_border.gmm.difference import DifferenceFit, difference_gmm
from bayes_border.gmm.instruments import lag_instruments
from bayes_border.gmm.stacked import Stacked
from bayes_border.spec.recipe import LagInstruments
from bayes_border.store.rows import write_json

FOLDER = Path(__file__).parent
UNITS, YEARS, SEED = 9, 29, 20260101
XS = ["x1", "x2", "x3"]
#: Singular weights: both programs agree to about 1e-10 of these coefficients; a disagreement would void the ratio.
AGREEMENT = 1e-6
CLOCKS = ("wall", "processor")


def main() -> None:
    """Measure both programs and write the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3, help="runs of plm, some 20 to 60 seconds each (3)")
    parser.add_argument("--ours", type=int, default=20, help="runs of this package (20)")
    parser.add_argument("--inside", metavar="PANEL", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.inside:
        print(json.dumps(time_estimates(arguments.inside, arguments.ours)))
        return
    rscript = shutil.which("Rscript")
    if rscript is None:
        sys.exit("Rscript was not found: install R and its package plm (Debian: r-cran-plm)")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "panel.csv"
        simulate().to_csv(path, index=False)
        ours_again = [sys.executable, __file__, "--inside", str(path), "--ours", str(arguments.ours)]
        load, before = os.getloadavg()[0], run(ours_again)
        theirs = run([rscript, str(FOLDER / "against_plm.R"), str(path), str(arguments.runs)])
        after = run(ours_again)
    refuse_disagreement(after, theirs)
    ours = {clock: before[clock] + after[clock] for clock in CLOCKS}
    now = datetime.now(UTC)
    content = {"date": now.isoformat(timespec="seconds"), "load_before": load, **summarise(ours, theirs)}
    written = write_json(FOLDER / "results" / f"against_plm_{now:%Y-%m-%dT%H%M%S}.json", content)
    print(json.dumps(content, indent=1))
    print(f"written: {written}")


def simulate() -> pd.DataFrame:
    """Return levels of the paper's shape; `w1` to `w3` cumulate dy dx, so that their differences are products."""
    rng = np.random.default_rng(SEED)
    dx, dy = rng.normal(size=(UNITS, YEARS, 3)), rng.normal(size=(UNITS, YEARS))
    dx[:, 0], dy[:, 0] = rng.normal(size=(UNITS, 3)), rng.normal(size=UNITS)
    products = dy[..., None] * dx
    products[:, 0] = 0
    levels = np.concatenate([dy[..., None], dx, products], axis=2).cumsum(axis=1).reshape(-1, 7)
    frame = pd.DataFrame(levels, columns=["y", *XS, "w1", "w2", "w3"])
    frame.insert(0, "year", np.tile(np.arange(YEARS), UNITS))
    frame.insert(0, "unit", np.repeat(np.arange(1, UNITS + 1), YEARS))
    return frame


def estimate(panel: pd.DataFrame) -> DifferenceFit:
    """Return two-step difference GMM from the levels: differences, instruments, estimates, all tests."""
    differences = panel.groupby("unit")[["y", *XS, "w1", "w2", "w3"]].diff().to_numpy()
    # Like plm, without the first difference, which no lagged level instruments.
    rows = panel["year"].to_numpy() > 1
    unit, year = panel["unit"].to_numpy()[rows], panel["year"].to_numpy()[rows]
    lags = LagInstruments(first=2, last=99)
    lagged = lag_instruments(panel.set_index(["unit", "year"]), unit, year, columns=XS, lags=lags)
    kept = differences[rows]
    stacked = Stacked(kept[:, 0], kept[:, 1:], np.concatenate([lagged, kept[:, 1:4]], axis=1), unit, year)
    return difference_gmm(stacked, steps=2)


def time_estimates(path: Path, runs: int) -> dict[str, Any]:
    """Return the seconds of each run, the panel being read already and one estimate made, as in R."""
    panel = pd.read_csv(path)
    fit = estimate(panel)
    wall, processor = [], []
    for _ in range(runs):
        start = time.perf_counter(), time.process_time()
        estimate(panel)
        wall.append(time.perf_counter() - start[0])
        processor.append(time.process_time() - start[1])
    found = {"coefficients": fit.coefficients.tolist(), "j": fit.hansen.j, "n_instruments": fit.hansen.n_instruments}
    return {"wall": wall, "processor": processor, **found}


def run(command: list[str]) -> dict[str, Any]:
    """Return the JSON object that a process of one thread prints."""
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)  # noqa: S603
    if ran.returncode != 0:
        sys.exit(f"{Path(command[0]).name} failed (R needs the package plm):\n{ran.stderr}")
    found: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return found


def refuse_disagreement(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    """Leave when the programs do not estimate the same thing."""
    difference = np.abs(
        np.array([*ours["coefficients"], ours["j"]]) / np.array([*theirs["coefficients"], theirs["j"]]) - 1
    )
    if difference.max() > AGREEMENT or ours["n_instruments"] != theirs["n_instruments"]:
        sys.exit(f"the programs disagree: an estimate by {difference.max():.1e}, relatively; no ratio is given")


def summarise(ours: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    """Return medians, ratios and what they were measured on."""
    seconds = {f"ours_{clock}": ours[clock] for clock in CLOCKS}
    seconds |= {f"plm_{kind}_{clock}": theirs[f"{kind}_{clock}"] for kind in ("alone", "inferred") for clock in CLOCKS}
    medians = {name: statistics.median(runs) for name, runs in seconds.items()}
    ratios = {name[4:]: medians[name] / medians[f"ours_{name.split('_')[-1]}"] for name in medians if name[:3] == "plm"}
    return {
        "what": "two-step difference GMM, nine units, 29 years, every lag of three regressors; one thread each",
        "meaning": "ours: instruments, both steps, Windmeijer errors, J, m1 and m2. plm alone: pgmm. plm inferred: "
        "pgmm and what ours includes. Ratios are medians of plm over ours, by wall-clock and by processor time",
        "n_instruments": theirs["n_instruments"],
        "ratios": ratios,
        "medians": medians,
        "seconds": seconds,
        "machine": {"processor": platform.machine(), "cores": os.cpu_count(), "system": platform.system()},
        "versions": {"plm": theirs["versions"], "numpy": version("numpy"), "python": platform.python_version()},
    }


if __name__ == "__main__":
    main()
