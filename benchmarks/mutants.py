"""Which faults does a calibration find, with how many fits, and which does it not?

    PYTHONPATH=tests python benchmarks/mutants.py [MUTANT ...] [--simulations 200] [--seed 2026] [--workers N]

Every mutant of `tests/checks/mutants.py`, wrong priors and the flagship itself, on the same panels.
The smallest adjusted p-value, the quantities at fault and the fewest fits that found any are written to
`benchmarks/results/mutants_<date>.json`. The exit code is 1 if a mutant was not found or the
flagship did not pass; wrong priors may be too small a fault, and do not count.
"""

from __future__ import annotations

import os

# The matrices are small: threads of the linear algebra only wait for one another. Read when NumPy is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import record
import xarray as xr
from checks.mutants import FLAGSHIP, MUTANTS, WRONG_PRIORS, Mutant

from bayes_border.checks.sbc_verdict import judge
from bayes_border.vocabulary import DEFAULT_SEED, DEFAULT_STUDY
from bayes_border.workflow.calibrate import calibrate
from bayes_border.workflow.inputs import load_inputs
from bayes_border.workflow.request import Request

#: A verdict is asked for after every so many fits.
STEP = 20

#: What must pass; wrong priors are measured, whatever comes of them.
SOUND = {FLAGSHIP.name: Mutant("nothing")}
EVERY = {**MUTANTS, **WRONG_PRIORS, **SOUND}


def main() -> None:
    """Run what was asked for, write what was found and leave with a code that says whether it should be."""
    arguments, load = read_arguments(), os.getloadavg()[0]
    inputs = load_inputs(Request(study=DEFAULT_STUDY))
    design, rows = inputs.design(inputs.tables[0]), []
    with ThreadPoolExecutor(arguments.workers) as executor:
        for name in arguments.mutant or EVERY:
            start = time.perf_counter()
            task = EVERY[name].run(design, seed=arguments.seed)
            found = calibrate(task, arguments.simulations, executor=executor).data
            rows.append({"mutant": name, **summary(name, found), "seconds": time.perf_counter() - start})
            print("{mutant:32} {fewest!s:>5} fits   p {p_adjusted:8.2g}   {first}".format(**rows[-1]), flush=True)
    content = {
        "seed": arguments.seed,
        "design_digest": design.digest,
        "measured": rows,
    }
    print(f"written: {record.keep('mutants', content, load=load)}")
    sys.exit(any(row["passed"] is (row["mutant"] in MUTANTS) for row in rows if row["mutant"] not in WRONG_PRIORS))


def read_arguments() -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mutant", nargs="*", choices=[[], *EVERY], help="some of them (all)")
    parser.add_argument("--simulations", type=int, default=200)
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    return parser.parse_args()


def summary(name: str, data: xr.Dataset) -> dict[str, object]:
    """Return what a run says of a mutant, and after how many fits it first said so."""
    verdict = judge(data, model=name)
    table = verdict.table().sort_values("p_value")
    n = data.sizes["simulation"]
    steps = [*range(STEP, n, STEP), n]
    failing = [k for k in steps if not judge(data.isel(simulation=slice(k)), model=name).passed]
    return {
        "meaning": EVERY[name].meaning,
        "fits": n,
        "passed": verdict.passed,
        "fewest": failing[0] if failing else None,
        "p_adjusted": float(table["p_adjusted"].iloc[0]),
        "first": str(table["quantity"].iloc[0]),
        "at_fault": [str(quantity) for quantity in table["quantity"][~table["passed"]]],
        "failed_fits": verdict.failed,
        "unconverged": verdict.unconverged,
        "says": verdict.summary,
    }


if __name__ == "__main__":
    main()
