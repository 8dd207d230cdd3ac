"""How often would the best of all tests find that a model was fitted with a wrong prior?

    PYTHONPATH=tests python benchmarks/most_powerful.py [--fits 300] [--of 200] [--seed 777] [--workers N]

With a wrong prior the posterior is not p but q, proportional to p w, where w is the ratio of the two prior densities.
A calibration sees truths from p and takes them for draws from q. The most powerful test of the one against the other
that there is (Neyman and Pearson 1933) looks at the sum over fits of

    log p(theta*) / q(theta*) = log E_p[w] - log w(theta*),

and needs to know which prior was meant: no test that does not, the verdict's included, finds the fault more often.
Fits of the right model give p, hence the sum's distribution under both, by drawing truths from each. Powers at levels
of 1 and 5 %, for every wrong prior of `tests/checks/mutants.py`, are written to
`benchmarks/results/most_powerful_<date>.json`.
"""

from __future__ import annotations

import os

# The matrices are small: threads of the linear algebra only wait for one another. Read when NumPy is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import record
import xarray as xr
from checks.mutants import FLAGSHIP, WRONG_PRIORS, Mutant
from scipy.special import logsumexp, softmax

from bayes_border.checks.sbc import SbcRun
from bayes_border.design import Design
from bayes_border.simulate.reduced_form import simulate
from bayes_border.workflow.inputs import load_inputs
from bayes_border.workflow.request import Request

LEVELS = (0.01, 0.05)
#: Runs of a calibration whose sums are compared with those of as many others.
RUNS = 20_000


def main() -> None:
    """Fit, weigh and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fits", type=int, default=300, help="fits of the right model (300)")
    parser.add_argument("--of", type=int, default=200, help="fits of the calibration that is spoken of (200)")
    parser.add_argument("--seed", type=int, default=777)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    load, inputs = os.getloadavg()[0], load_inputs(Request())
    design = inputs.design(inputs.tables[0])
    task = SbcRun(FLAGSHIP, design, arguments.seed)
    with ThreadPoolExecutor(arguments.workers) as executor:
        fits = list(executor.map(lambda number: truth_and_posterior(task, number), range(arguments.fits)))
    rows = [
        {"mutant": name, "meaning": mutant.meaning, **powers(mutant, design, fits, arguments.of)}
        for name, mutant in WRONG_PRIORS.items()
    ]
    for row in rows:
        print(
            "{mutant:32} most powerful test of {of} fits: {power_at_1:.3f} at 1 %, {power_at_5:.3f} at 5 %".format(
                **row
            )
        )
    content = {"seed": arguments.seed, "fits": arguments.fits, "design_digest": design.digest, "measured": rows}
    print(f"written: {record.keep('most_powerful', content, load=load)}")


def truth_and_posterior(task: SbcRun, number: int) -> tuple[xr.Dataset, xr.Dataset]:
    """Return a truth from the prior and the right posterior's draws given an outcome that it simulates."""
    truth = task.truth(number)
    y = simulate(truth, task.design, np.random.default_rng([task.seed, number, 1])).values
    posterior, _ = task.fit(FLAGSHIP, task.design.with_outcome(y), settings=task.sampler, seed=number)
    return truth, posterior.stack(sample=("chain", "draw"))


def powers(mutant: Mutant, design: Design, fits: list[tuple[xr.Dataset, xr.Dataset]], of: int) -> dict[str, float]:
    """Return the power of the most powerful test of a calibration of so many fits, at each level."""
    rng = np.random.default_rng(1)
    at_truth = np.array([log_ratio(mutant, design, truth) for truth, _ in fits])
    at_draws = np.stack([log_ratio(mutant, design, draws) for _, draws in fits])
    log_mean = logsumexp(at_draws, axis=1) - np.log(at_draws.shape[1])
    seen = log_mean - at_truth
    # What the wrong model believes: a truth from q, one of p's draws by its weight.
    weights = softmax(at_draws, axis=1).cumsum(axis=1)
    drawn = np.array([np.searchsorted(each, rng.random(100) * each[-1]) for each in weights])
    believed = log_mean[:, None] - np.take_along_axis(at_draws, drawn, axis=1)
    which = rng.integers(0, len(fits), (RUNS, of))
    right = believed[which, rng.integers(0, believed.shape[1], which.shape)].sum(axis=1)
    wrong = seen[rng.integers(0, len(fits), (RUNS, of))].sum(axis=1)
    found = {
        f"power_at_{round(100 * level)}": float((wrong > np.quantile(right, 1 - level)).mean()) for level in LEVELS
    }
    return {"of": of, "divergence_a_fit": float(seen.mean()), **found}


def log_ratio(mutant: Mutant, design: Design, parameters: xr.Dataset) -> np.ndarray:
    """Return the log of the wrong prior's density over the right one's, but for a constant."""
    squares = {
        # The regimes' mean of a slope has the prior that is named after it, per standard deviation of a regressor.
        "beta": ((parameters["beta"].mean("regime") * design.data["scale"]) ** 2).sum("regressor"),
        "gamma": ((parameters["gamma"].mean("regime") * design.data["scale"]) ** 2).sum("regressor"),
        "sigma_alpha": parameters["sigma_alpha"] ** 2,
    }
    right, wrong = vars(FLAGSHIP.priors), vars(mutant.spec.priors)
    changed = [name for name in right if right[name] != wrong[name]]
    total = sum(squares[name] * (right[name] ** -2 - wrong[name] ** -2) / 2 for name in changed)
    return np.asarray(total)


if __name__ == "__main__":
    main()
