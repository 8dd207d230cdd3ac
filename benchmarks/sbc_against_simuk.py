"""How many more fits a second does simulation-based calibration make here than with simuk, on the same model?

    python benchmarks/sbc_against_simuk.py [--simuk N] [--ours N] [--gamma SD]

Needs simuk (`pip install simuk`, or the dependency group `benchmark`). The model is the flagship's equation with its
priors and parametrisation, but without the barrier: simuk draws truths by PyMC's prior predictive, which takes no
factor of the joint prior into account. Draws, chains and sampler (nutpie) are the same, and each runs in a process of
its own, ours before and after simuk. Both may use every core; but simuk fits one panel after the other, and with one
chain a fit it uses one core, so that the ratio of processor time says what the program itself does for it. A first fit
of each is left out. Seconds of a fit, with and without what is compiled, and their ratio are written to
`benchmarks/results/sbc_against_simuk_<date>.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, replace
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any
from unittest.mock import patch

import numpy as np
import pymc as pm
import pytensor.tensor as pt
import record

from bayes_border.bayes.family import Scales, scales
from bayes_border.bayes.parameters import to_parameters
from bayes_border.checks.sbc import SbcRun
from bayes_border.design import Design
from bayes_border.simulate.reduced_form import log_density
from bayes_border.spec.model import ModelSpec
from bayes_border.spec.reader import load_model
from bayes_border.spec.sampling import SBC_SETTINGS
from bayes_border.store.runs import RunStatus
from bayes_border.vocabulary import DEFAULT_SEED
from bayes_border.workflow.inputs import load_inputs
from bayes_border.workflow.loop import run_loop
from bayes_border.workflow.request import Request

#: Fits among which a compilation is shared where it is counted in: the run that the aim is about.
SHARED = 1000
#: Of the two models' log-likelihoods at one point, relatively; a disagreement would void the ratio.
AGREEMENT = 1e-9
CLOCKS = ("wall", "processor")
#: Parts of a run of simuk: functions that it calls, directly or through PyMC.
PARTS = {"truths": "pymc.sample_prior_predictive", "compile": "nutpie.compile_pymc_model", "sampling": "nutpie.sample"}
#: Both start next to no interactions: see `bayes.engine`.
START = 0.02


def main() -> None:
    """Measure both programs and write the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--simuk", type=int, default=15, help="fits of simuk, each compiled anew (15)")
    parser.add_argument("--ours", type=int, default=50, help="fits of this package, before simuk and again after (50)")
    parser.add_argument("--gamma", type=float, help="prior sd of the interactions (the flagship's)")
    parser.add_argument("--inside", choices=MEASURES, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if find_spec("simuk") is None:
        sys.exit("simuk was not found: install it with `pip install simuk`")
    if arguments.inside:
        print(json.dumps(MEASURES[arguments.inside](arguments)))
        return
    load = os.getloadavg()[0]
    before, theirs, after = (inside(name, arguments) for name in ("ours", "simuk", "ours"))
    content = {
        "prior_sd_of_interactions": arguments.gamma or "the flagship's",
        **summarise([before, after], theirs),
    }
    path = record.keep("sbc_against_simuk", content, load=load, also={"simuk": version("simuk")})
    print(json.dumps({name: content[name] for name in ("ratios", "seconds_a_fit")}, indent=1))
    print(f"written: {path}")


def inside(name: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """Return what a process of its own measures."""
    command = [sys.executable, __file__, "--inside", name]
    command += ["--ours", str(arguments.ours), "--simuk", str(arguments.simuk)]
    command += [] if arguments.gamma is None else ["--gamma", str(arguments.gamma)]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    ran = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, env=environment)  # noqa: S603
    if ran.returncode != 0:
        sys.exit(f"the process that measures {name} failed")
    found: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return found


def shared_model(gamma: float | None) -> tuple[ModelSpec, Design]:
    """Return the flagship without its barrier, and the rows of the study's panel.

    Far out, where the barrier would not let a truth be, posteriors are hard to sample and fits differ much in
    length. With an sd of 0.05 nearly all prior draws lie inside it, and both programs do the work of everyday.
    """
    inputs = load_inputs(Request())
    spec = load_model(inputs.study.spec.flagship)
    if gamma is not None:
        spec = replace(spec, priors=replace(spec.priors, gamma=gamma, omega_gamma=gamma / 2))
    return replace(spec, barrier=None), inputs.design(inputs.tables[0])


def measure_ours(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return seconds of the first fit, which compiles, and of the others on a thread a core."""
    task = SbcRun(*shared_model(arguments.gamma), DEFAULT_SEED)
    start = clocks()
    task([0])
    compiled = clocks()
    with ThreadPoolExecutor(os.cpu_count()) as executor:
        found = run_loop(replace(task, seed=DEFAULT_SEED + 1), arguments.ours, executor=executor)
    if (failed := int((found["status"] != RunStatus.DONE).sum())) > 0:
        sys.exit(f"{failed} of {arguments.ours} fits failed: their time would not count")
    return {"n": arguments.ours, "first": since(start, compiled), "run": since(compiled, clocks())}


def measure_simuk(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return seconds of a run of simuk, and how many of them each of the functions that it calls takes."""
    spec, design = shared_model(arguments.gamma)
    model = pymc_model(spec, design)
    refuse_disagreement(model, spec, design)
    run_simuk(model, 1)
    found: dict[str, Any] = {"n": arguments.simuk}
    with ExitStack() as stack:
        for part, function in PARTS.items():
            stack.enter_context(timed(function, part, found))
        start = clocks()
        run_simuk(model, arguments.simuk)
    return {**found, "run": since(start, clocks())}


def run_simuk(model: pm.Model, simulations: int) -> None:
    """Run simuk with the sampler that it was fastest with, PyMC's own having been slower; one chain a core."""
    from simuk import SBC  # noqa: PLC0415 -- its absence has a message of its own

    start = {name: np.full(model[name].shape.eval(), START) for name in ("gamma_mean_z", "delta_gamma_z")}
    settings = {**asdict(SBC_SETTINGS), "nuts_sampler": "nutpie", "cores": os.cpu_count(), "initvals": start}
    sbc = SBC(model, num_simulations=simulations, sample_kwargs=settings, seed=DEFAULT_SEED, progress_bar=False)
    sbc.run_simulations()
    if sbc._simulations_complete < simulations:  # noqa: SLF001 -- simuk logs a failure and goes on
        sys.exit(f"simuk completed {sbc._simulations_complete} of {simulations} simulations")  # noqa: SLF001


def pymc_model(spec: ModelSpec, design: Design) -> pm.Model:
    """Return the same model as a user of simuk writes it: standardised parameters, the outcome observed.

    Written out rather than taken from `bayes.build`, whose density is one operation that nothing can be drawn from.
    """
    scale, x = scales(spec), design.x_scaled
    regime, province, year = (design.data[f"{name}_index"].values for name in ("regime", "province", "year"))
    contrast = regime[:, None] - 0.5
    with pm.Model() as model:
        beta, gamma = (_slopes(name, scale, contrast, x.shape[1]) for name in ("beta", "gamma"))
        intercept = scale["scale_intercept"] * pm.Normal("intercept_z", shape=2)
        alpha = (
            scale["scale_sigma_alpha"]
            * pm.HalfNormal("sigma_alpha_z")
            * pm.Normal("alpha_z", shape=len(design.provinces))
        )
        tau = scale["scale_sigma_tau"] * pm.HalfNormal("sigma_tau_z") * pm.Normal("tau_z", shape=len(design.years))
        sigma = pt.exp(scale["sigma_log_median"] + scale["sigma_log_sd"] * pm.Normal("log_sigma_z", shape=2))
        m = 1.0 - (x * gamma).sum(axis=1)
        mu = intercept[regime] + alpha[province] + tau[year] + (x * beta).sum(axis=1)
        pm.Normal("y", mu / m, sigma[regime] / abs(m), observed=design.y)
    return model


def _slopes(name: str, scale: Scales, contrast: np.ndarray, regressors: int) -> pt.TensorVariable:
    mean = scale[f"scale_{name}"] * pm.Normal(f"{name}_mean_z", shape=regressors)
    omega = scale[f"scale_omega_{name}"] * pm.HalfNormal(f"omega_{name}_z")
    return mean + contrast * omega * pm.Normal(f"delta_{name}_z", shape=regressors)


def refuse_disagreement(model: pm.Model, spec: ModelSpec, design: Design) -> None:
    """Leave when the two models do not have the same likelihood at some point."""
    rng, scale = np.random.default_rng(DEFAULT_SEED), scales(spec)
    z = {str(rv.name): abs(rng.normal(size=rv.shape.eval())) * 0.3 for rv in model.free_RVs}
    values = {}
    for name, value in ((name.removesuffix("_z"), value) for name, value in z.items()):
        match name.split("_")[0]:
            case "delta" | "alpha" | "tau":
                sd = {"alpha": "sigma_alpha", "tau": "sigma_tau"}.get(name, name.replace("delta", "omega"))
                values[name] = scale[f"scale_{sd}"] * z[f"{sd}_z"] * value
            case "log":
                values[name] = scale["sigma_log_median"] + scale["sigma_log_sd"] * value
            case _:
                values[name] = scale[f"scale_{name.removesuffix('_mean')}"] * value
    draws = {name: np.asarray(value)[None, None] for name, value in values.items()}
    ours = float(log_density(to_parameters(draws, spec, design), design).sum())
    theirs = float(pm.logp(model["y"], design.y).sum().eval({model[name]: value for name, value in z.items()}))
    if abs(ours / theirs - 1) > AGREEMENT:
        sys.exit(f"the models disagree: log-likelihoods {ours} and {theirs}; no ratio is given")


@contextmanager
def timed(name: str, part: str, found: dict[str, Any]) -> Iterator[None]:
    """Add up the seconds that are spent inside a function."""
    module, function_name = name.split(".")
    function = getattr(import_module(module), function_name)
    found[part] = dict.fromkeys(CLOCKS, 0.0)

    def call(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 -- whatever the function takes
        start = clocks()
        result = function(*args, **kwargs)
        found[part] = {clock: found[part][clock] + spent for clock, spent in since(start, clocks()).items()}
        return result

    with patch(name, call):
        yield


def clocks() -> dict[str, float]:
    """Return the time now, by wall-clock and by this process's processor time."""
    return dict(zip(CLOCKS, (time.perf_counter(), time.process_time()), strict=True))


def since(start: dict[str, float], end: dict[str, float]) -> dict[str, float]:
    """Return the seconds between two times."""
    return {clock: end[clock] - start[clock] for clock in CLOCKS}


def summarise(ours: list[dict[str, Any]], theirs: dict[str, Any]) -> dict[str, Any]:
    """Return seconds of a fit, by wall-clock and by processor time, and the ratios of fits a second."""
    n = sum(each["n"] for each in ours)
    seconds = {}
    for clock in CLOCKS:
        ours_fit = sum(each["run"][clock] for each in ours) / n
        parts = {part: theirs[part][clock] / theirs["n"] for part in PARTS}
        # Truths are drawn once a run, which a short run would charge to few fits.
        simuk_fit = theirs["run"][clock] / theirs["n"] - parts.pop("truths")
        seconds[clock] = {
            "ours": ours_fit,
            "ours_compile": sum(each["first"][clock] for each in ours) / len(ours) - ours_fit,
            "simuk": simuk_fit,
            **{f"simuk_{part}": spent for part, spent in parts.items()},
        }
    return {
        "what": "simulation-based calibration of the flagship's equation without its barrier, truths from the prior",
        "meaning": f"seconds are a fit's, {SBC_SETTINGS.chains} x ({SBC_SETTINGS.tune} + {SBC_SETTINGS.draws}) draws; "
        "simuk's include a compile each, ours_compile is once a process. Ratios are of fits a second: fits, ours after "
        f"the compile; run_of_{SHARED}, ours with the compile; without_compile, simuk as if it had not to compile",
        "settings": {**asdict(SBC_SETTINGS), "fits_ours": n, "fits_simuk": theirs["n"], "sampler_of_simuk": "nutpie"},
        "ratios": {clock: ratios(seconds[clock]) for clock in CLOCKS},
        "seconds_a_fit": seconds,
        "measured": {"ours": ours, "simuk": theirs},
    }


def ratios(seconds: dict[str, float]) -> dict[str, float]:
    """Return how many times more fits a second are made here, after the compile, with it, and if neither compiled."""
    return {
        "fits": seconds["simuk"] / seconds["ours"],
        f"run_of_{SHARED}": seconds["simuk"] / (seconds["ours"] + seconds["ours_compile"] / SHARED),
        "without_compile": (seconds["simuk"] - seconds["simuk_compile"]) / seconds["ours"],
    }


MEASURES = {"ours": measure_ours, "simuk": measure_simuk}

if __name__ == "__main__":
    main()
