"""Does a 90 % interval hold the truth nine times in ten, when the truth comes from the prior?

Truths are drawn from the joint prior (barrier included), outcomes from the reduced form, and the
model is fitted to each (Cook, Gelman and Rubin 2006; Talts et al. 2018).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from bayes_border.bayes.convergence import diagnose
from bayes_border.bayes.effects import marginal_effects
from bayes_border.bayes.fit import sample
from bayes_border.checks.interval_coverage import binomial_band, share_held
from bayes_border.design import Design
from bayes_border.errors import UsageError
from bayes_border.simulate.prior import draw_prior
from bayes_border.simulate.reduced_form import simulate
from bayes_border.spec.model import ModelSpec
from bayes_border.spec.sampling import SamplerSettings

type Progress = Callable[[Iterable[tuple[xr.DataArray, bool]]], Iterable[tuple[xr.DataArray, bool]]]


@dataclass(frozen=True)
class Coverage:
    """The calibration of one model's intervals.

    Parameters
    ----------
    model
        Name of the model.
    ranks
        Dims `(simulation, quantity)`: share of posterior draws below the truth, in [0, 1].
    converged
        Dim `(simulation)`: whether the fit passed the gate. Fits that did not stay in.
    """

    model: str
    ranks: xr.DataArray
    converged: xr.DataArray

    def table(self) -> pd.DataFrame:
        """Return coverage and its binomial band, one row a quantity."""
        ranks = self.ranks.transpose("quantity", "simulation")
        n = ranks.sizes["simulation"]
        lower, upper = binomial_band(n)
        frame = pd.DataFrame({"quantity": ranks["quantity"].values, "coverage": list(map(share_held, ranks.values))})
        frame["lower_band"], frame["upper_band"], frame["n"] = lower, upper, n
        frame["inside"] = frame["coverage"].between(lower, upper)
        return frame[["quantity", "coverage", "lower_band", "upper_band", "n", "inside"]]


def coverage(  # noqa: PLR0913 -- one keyword each for how often, from where and by whom
    spec: ModelSpec,
    design: Design,
    *,
    simulations: int,
    seed: int,
    executor: Executor,
    settings: SamplerSettings,
    progress: Progress = iter,
) -> Coverage:
    """Return the calibration of a model's intervals over `simulations` panels drawn from its prior.

    Raises
    ------
    UsageError
        If the model is no density of the outcome and so cannot be simulated from.
    """
    if not spec.structure.jacobian:
        message = f"{spec.name} has no Jacobian: it is no density of the outcome and nothing can be drawn from it"
        raise UsageError(message)
    rng = np.random.default_rng([seed, 0])
    truths = draw_prior(spec, design, draws=simulations, rng=rng)
    seeds = np.random.SeedSequence(seed).spawn(simulations)

    def one(k: int) -> tuple[xr.DataArray, bool]:
        return _rank_one(spec, design, truths.isel(draw=k, drop=True), seeds[k], settings)

    ranks, passed = zip(*progress(executor.map(one, range(simulations))), strict=True)
    return Coverage(spec.name, xr.concat(ranks, "simulation"), xr.DataArray(list(passed), dims="simulation"))


def _rank_one(
    spec: ModelSpec, design: Design, truth: xr.Dataset, seed: np.random.SeedSequence, settings: SamplerSettings
) -> tuple[xr.DataArray, bool]:
    y = simulate(truth, design, np.random.default_rng(seed))
    panel = design.with_outcome(y.values)
    # One core a fit: the executor runs several fits at once, which wastes less than split chains.
    posterior, stats = sample(spec, panel, settings=settings, seed=int(seed.generate_state(1)[0]), cores=1)
    passed = diagnose(posterior, stats).passed
    quantities, wanted = (data.merge(marginal_effects(data, panel)) for data in (posterior, truth))
    below = {name: (quantities[name] < wanted[name]).mean(("chain", "draw")) for name in quantities.data_vars}
    return flatten(xr.Dataset(below)), passed


def flatten(dataset: xr.Dataset) -> xr.DataArray:
    """Return every scalar of a dataset along one dim `quantity`, labelled `beta[pre, dlnFAI]`."""
    labels, values = [], []
    for name in sorted(str(name) for name in dataset.data_vars):
        array = dataset[name]
        for index in np.ndindex(array.shape):
            where = ", ".join(str(array[dim].values[i]) for dim, i in zip(array.dims, index, strict=True))
            labels.append(f"{name}[{where}]" if where else name)
            values.append(float(array.values[index]))
    return xr.DataArray(values, dims="quantity", coords={"quantity": labels})
