"""How long does the placebo of every recipe take, and where does the time go?

    python benchmarks/placebo.py [--simulations 1000] [--null white_noise] [--workers N] [--profile]

Every recipe of the study on panels of one null, all three windows, results kept in memory. The time of
each recipe and window, and of the whole on so many threads, is written to
`benchmarks/results/placebo_<date>.json` with versions and machine; `--profile` also prints the functions
that take longest. The aim is 30 seconds for 1,000 panels, on two cores.
"""

from __future__ import annotations

import os

# The matrices are small: threads of the linear algebra only wait for one another. Read when NumPy is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import cProfile
import pstats
import time
from concurrent.futures import ThreadPoolExecutor

import record

from bayes_border.checks.estimator import LinearEstimator
from bayes_border.checks.placebo import PlaceboRun
from bayes_border.simulate.nulls import NullPanels
from bayes_border.spec.reader import load_recipe
from bayes_border.vocabulary import DEFAULT_SEED, DEFAULT_STUDY, Null
from bayes_border.workflow.inputs import Inputs, load_inputs
from bayes_border.workflow.loop import run_loop
from bayes_border.workflow.request import Request


def main() -> None:
    """Time the parts on one thread, then the whole on several, and write both."""
    arguments, load = read_arguments(), os.getloadavg()[0]
    inputs = load_inputs(Request(study=arguments.study))
    profile = cProfile.Profile()
    if arguments.profile:
        profile.enable()
    parts = [row for task in tasks(inputs, arguments.null) for row in windows(task, arguments.simulations)]
    profile.disable()
    whole = together(tasks(inputs, arguments.null), arguments.simulations, arguments.workers)
    content = {
        "simulations": arguments.simulations,
        "null": str(arguments.null),
        "one_thread": parts,
        "whole": {"workers": arguments.workers, "seconds": whole},
    }
    path = record.keep("placebo", content, load=load)
    for row in parts:
        print(f"{row['recipe']:28} {row['window']:5} {row['seconds']:8.2f} s   prepared in {row['prepared']:.2f} s")
    print(f"{'the whole':34} {whole:8.2f} s   on {arguments.workers} threads")
    print(f"written: {path}")
    if arguments.profile:
        pstats.Stats(profile).sort_stats("tottime").print_stats(20)


def read_arguments() -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--study", default=DEFAULT_STUDY)
    parser.add_argument("--simulations", type=int, default=1000)
    parser.add_argument("--null", type=Null, default=Null.WHITE_NOISE)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--profile", action="store_true")
    return parser.parse_args()


def tasks(inputs: Inputs, null: Null) -> list[PlaceboRun]:
    """Return the study's recipes on its first table, nothing prepared."""
    table, names = inputs.tables[0], inputs.study.spec.recipes
    design = inputs.design(table)
    estimators = [LinearEstimator(load_recipe(name), inputs.panel, design) for name in names]
    return [PlaceboRun(estimator, NullPanels(null, design, DEFAULT_SEED), table) for estimator in estimators]


def windows(task: PlaceboRun, simulations: int) -> list[dict[str, object]]:
    """Return the seconds of each window on one thread, and of what a recipe prepares once."""
    start = time.perf_counter()
    groups = task.estimator.groups
    prepared = time.perf_counter() - start
    rows = []
    for group in groups:
        start = time.perf_counter()
        for first in range(0, simulations, task.batch):
            numbers = range(first, min(first + task.batch, simulations))
            task.estimator.estimate(task.panels.draw(numbers, windows=group), group, numbers)
        seconds = time.perf_counter() - start
        rows.append({"recipe": task.estimator.name, "window": str(group[0]), "seconds": seconds, "prepared": prepared})
    return rows


def together(runs: list[PlaceboRun], simulations: int, workers: int) -> float:
    """Return the seconds of every recipe through the store's own loop, preparation included."""
    start = time.perf_counter()
    with ThreadPoolExecutor(workers) as executor:
        for task in runs:
            run_loop(task, simulations, executor=executor)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
