"""How long do help, the main job and the flagship take, and how much memory?

    python benchmarks/first_column.py [help] [main-job] [flagship] [--runs N]

Whole processes are timed, from start to exit; the flagship also without its compile. Medians of
several runs are written to `benchmarks/results/<date>.json` with versions and machine.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from bayes_border.store.rows import write_json

RESULTS = Path(__file__).parent / "results"
COMMAND = str(Path(sys.executable).parent / "bayes-border")

FLAGSHIP = """
import json, time
import bayes_border as bb
from bayes_border.bayes.fit import sample
from bayes_border.spec.reader import load_model
from bayes_border.spec.sampling import SamplerSettings
study = bb.load_study("li_shi_border")
spec, design = load_model(study.spec.flagship), bb.design(study.panel())
sample(spec, design, settings=SamplerSettings(draws=1, tune=1), seed=0)  # compiles
seconds = {}
for accept in (0.95, SamplerSettings().target_accept):
    seconds[accept] = []
    for seed in range(3):
        start = time.perf_counter()
        sample(spec, design, settings=SamplerSettings(target_accept=accept), seed=seed)
        seconds[accept].append(time.perf_counter() - start)
print(json.dumps(seconds))
"""


@dataclass(frozen=True)
class Measured:
    """Runs of one thing: seconds of each, their median, and the largest resident memory of any process."""

    what: str
    command: str
    seconds: tuple[float, ...]
    median_seconds: float
    peak_mebibytes: float


def main() -> None:
    """Measure what was asked for and write the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", help=f"any of {', '.join(MEASURES)} (all)")
    parser.add_argument("--runs", type=int, help="runs of each (help 20, main job 3, flagship 3)")
    arguments = parser.parse_args()
    unknown = set(arguments.what) - set(MEASURES)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    measured = [row for name in arguments.what or MEASURES for row in MEASURES[name](arguments.runs)]
    now = datetime.now(UTC)
    content = {
        "date": now.isoformat(timespec="seconds"),
        "machine": {"processor": platform.machine(), "cores": os.cpu_count(), "system": platform.system()},
        "load_before": os.getloadavg()[0],
        "versions": _versions(),
        "measured": [asdict(row) for row in measured],
    }
    path = write_json(RESULTS / f"first_column_{now:%Y-%m-%dT%H%M%S}.json", content)
    for row in measured:
        print(f"{row.what:32} {row.median_seconds:9.3f} s   {row.peak_mebibytes:7.0f} MiB   {len(row.seconds)} runs")
    print(f"written: {path}")


def measure_help(runs: int | None) -> list[Measured]:
    """Return the time of `bayes-border --help`."""
    return [_processes("help", [COMMAND, "--help"], runs or 20)]


def measure_main_job(runs: int | None) -> list[Measured]:
    """Return the time of the main job, environment in place, compile caches cold: a fresh folder each run."""
    with tempfile.TemporaryDirectory() as folder:
        command = [COMMAND, "reanalyse", "--quiet", "--format", "json", "--output", f"{folder}/report"]
        return [_processes("main job, caches cold", command, runs or 3, cold=Path(folder))]


def measure_flagship(runs: int | None) -> list[Measured]:
    """Return the time of the flagship's 4 x 1000 draws: the process with its compile, then draws alone."""
    command = [sys.executable, "-c", FLAGSHIP]
    outputs: list[str] = []
    process = _processes("flagship, process of six fits", command, runs or 3, outputs=outputs)
    found = [json.loads(output.splitlines()[-1]) for output in outputs]
    draws = []
    for accept in found[0]:
        after = tuple(seconds for each in found for seconds in each[accept])
        what = f"flagship, draws at {accept}"
        draws.append(Measured(what, "sample", after, statistics.median(after), process.peak_mebibytes))
    return [process, *draws]


def _versions() -> dict[str, str]:
    # In a process of its own: Linux counts the parent's memory at the fork as the child's, so this one stays small.
    code = "import json; from bayes_border.workflow.provenance import versions; print(json.dumps(versions()))"
    found: dict[str, str] = json.loads(subprocess.check_output([sys.executable, "-c", code]))  # noqa: S603
    return found


def _processes(
    what: str, command: list[str], runs: int, *, cold: Path | None = None, outputs: list[str] | None = None
) -> Measured:
    seconds, peaks = [], []
    for run in range(runs):
        environment = dict(os.environ)
        if cold is not None:
            environment |= {
                "PYTENSOR_FLAGS": f"base_compiledir={cold}/pytensor{run}",
                "NUMBA_CACHE_DIR": f"{cold}/n{run}",
            }
        with tempfile.TemporaryFile("w+") as output:
            start = time.perf_counter()
            # wait4 gives the memory of this child alone, unlike RUSAGE_CHILDREN, which keeps the largest of all.
            child = subprocess.Popen(command, stdout=output, stderr=subprocess.DEVNULL, env=environment)  # noqa: S603
            _, status, usage = os.wait4(child.pid, 0)
            seconds.append(time.perf_counter() - start)
            child.returncode = os.waitstatus_to_exitcode(status)
            if child.returncode != 0:
                sys.exit(f"{' '.join(command)} left with code {child.returncode}")
            output.seek(0)
            if outputs is not None:
                outputs.append(output.read())
        peaks.append(usage.ru_maxrss / 1024)
    shown = " ".join([Path(command[0]).name, *command[1:2]])
    return Measured(what, shown, tuple(seconds), statistics.median(seconds), max(peaks))


MEASURES: dict[str, Callable[[int | None], list[Measured]]] = {
    "help": measure_help,
    "main-job": measure_main_job,
    "flagship": measure_flagship,
}

if __name__ == "__main__":
    main()
