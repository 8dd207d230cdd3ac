"""Where does the time of one simulation of a calibration go?

    python benchmarks/sbc_profile.py [--simulations 30] [--model NAME]

Processor time of one thread, after the compile, results kept in a Zarr store. Each part is a function that is timed
while it runs, less the parts inside it. Sampling divides into warm-up and draws as the gradients do that each takes;
to count them warm-up is kept, which makes the conversion somewhat dearer than it is. The table is printed and written
to `benchmarks/results/sbc_profile_<date>.json` with versions and machine.
"""

from __future__ import annotations

import os

# The matrices are small: threads of the linear algebra only wait for one another. Read when NumPy is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import nutpie
import record

from bayes_border.bayes import engine, fit, pilot
from bayes_border.bayes.compiled import CompiledDensity
from bayes_border.checks import sbc
from bayes_border.spec.reader import load_model
from bayes_border.store.runs import RunStore
from bayes_border.vocabulary import DEFAULT_SEED, DEFAULT_STUDY
from bayes_border.workflow.executors import AtOnce
from bayes_border.workflow.inputs import load_inputs
from bayes_border.workflow.loop import run_loop
from bayes_border.workflow.request import Request

#: Which functions are which part, by the place where they are looked up.
PARTS = (
    ("truth", sbc, "draw_prior"),
    ("outcome", sbc, "simulate"),
    ("data exchange", fit, "model_data"),
    ("data exchange", engine, "check_shapes"),
    ("data exchange", CompiledDensity, "with_data"),
    ("pilot", pilot.LinearMap, "of"),
    ("sampling", nutpie, "sample"),
    ("conversion", engine, "_stacked"),
    ("coefficients", fit, "with_coefficients"),
    ("units", fit, "to_parameters"),
    ("quantities", sbc, "_quantities"),
    ("sizes, R-hat", sbc, "sizes_and_rhats"),
    ("ranks", sbc, "thinned_pit"),
    ("store write", RunStore, "write"),
)


@dataclass
class Clock:
    """Processor seconds spent in each part, less those of the parts inside it."""

    seconds: dict[str, float] = field(default_factory=dict)
    _inner: list[float] = field(default_factory=lambda: [0.0])

    def timed(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that adds what it takes to a part."""

        def call(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 -- whatever the function takes
            start = time.process_time()
            self._inner.append(0.0)
            result = function(*args, **kwargs)
            spent = time.process_time() - start
            self.seconds[part] = self.seconds.get(part, 0.0) + spent - self._inner.pop()
            self._inner[-1] += spent
            return result

        return call


def main() -> None:
    """Time the parts and write them."""
    arguments = read_arguments()
    inputs = load_inputs(Request(study=arguments.study))
    spec = load_model(arguments.model or inputs.study.spec.flagship)
    task = sbc.SbcRun(spec, inputs.design(inputs.tables[0]), DEFAULT_SEED)
    load = os.getloadavg()[0]
    task([0])  # compiles
    rows = profile(replace(task, seed=DEFAULT_SEED + 1), arguments.simulations)
    content = {
        "model": spec.name,
        "simulations": arguments.simulations,
        "settings": asdict(task.sampler),
        "parts": rows,
    }
    path = record.keep("sbc_profile", content, load=load)
    for row in rows:
        print(f"{row['part']:18} {row['milliseconds']:9.2f} ms {row['share']:7.1%}")
    print(f"written: {path}")


def read_arguments() -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--study", default=DEFAULT_STUDY)
    parser.add_argument("--model", help="the study's flagship unless named")
    parser.add_argument("--simulations", type=int, default=30)
    return parser.parse_args()


def profile(task: sbc.SbcRun, simulations: int) -> list[dict[str, Any]]:
    """Return each part's processor time a simulation and its share, the longest first, then the whole."""
    clock, steps = Clock(), {"warm-up": 0.0, "draws": 0.0}
    with ExitStack() as stack, tempfile.TemporaryDirectory() as folder:
        for part, owner, name in PARTS:
            stack.enter_context(patch.object(owner, name, clock.timed(part, getattr(owner, name))))
        stack.enter_context(patch.object(nutpie, "sample", counting(nutpie.sample, steps)))
        start = time.process_time()
        run_loop(task, simulations, executor=AtOnce(), path=Path(folder) / "store")
        whole = time.process_time() - start
    sampling, gradients = clock.seconds.pop("sampling"), sum(steps.values())
    seconds = clock.seconds | {part: sampling * count / gradients for part, count in steps.items()}
    seconds["everything else"] = whole - sum(seconds.values())
    rows = [*sorted(seconds.items(), key=lambda row: -row[1]), ("one simulation", whole)]
    return [{"part": part, "milliseconds": 1e3 * s / simulations, "share": s / whole} for part, s in rows]


def counting(sample: Callable[..., Any], steps: dict[str, float]) -> Callable[..., Any]:
    """Return nutpie's function, which also counts the gradients of warm-up and of draws."""

    def call(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 -- whatever the function takes
        trace = sample(*args, **kwargs)
        for stats in trace.get_arrow_trace()[1]:
            tuning, n_steps = (np.asarray(stats.column(name)) for name in ("tuning", "n_steps"))
            steps["warm-up"] += float(n_steps[tuning].sum())
            steps["draws"] += float(n_steps[~tuning].sum())
        return trace

    return call


if __name__ == "__main__":
    main()
