"""Which faults of a model or its program must a calibration find? Each is made here, none in `src`.

A mutant is fitted to panels that the flagship simulates. The first kind changes the model that is fitted, the second
what the sampler is given or what is made of its draws.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from bayes_border.checks.sbc import Fitter, SbcRun, fit_on_one_core
from bayes_border.design import Design
from bayes_border.spec.model import ModelSpec
from bayes_border.spec.reader import load_model

FLAGSHIP = load_model("coherent_break")


@dataclass(frozen=True)
class Mutant:
    """A model at fault, or a program.

    Parameters
    ----------
    meaning
        What is wrong.
    spec
        The model that is fitted.
    fit
        What fits it.
    """

    meaning: str
    spec: ModelSpec = FLAGSHIP
    fit: Fitter = fit_on_one_core

    def run(self, design: Design, *, seed: int) -> SbcRun:
        """Return its calibration on panels of the flagship; one seed gives every mutant the same panels."""
        return SbcRun(self.spec, design, seed, generator=FLAGSHIP, fit=self.fit)


def regimes_swapped(spec, design, *, settings, seed):
    """Fit with the rows before the break taken for those after it."""
    return fit_on_one_core(spec, _with(design, "regime_index", lambda index: 1 - index), settings=settings, seed=seed)


def province_shifted(spec, design, *, settings, seed):
    """Fit with each row counted to the next province."""
    following = _with(design, "province_index", lambda index: (index + 1) % len(design.provinces))
    return fit_on_one_core(spec, following, settings=settings, seed=seed)


def variance_as_sd(spec, design, *, settings, seed):
    """Fit with errors of standard deviation sigma^2, which is log-normal with twice the log sd, and return sigma."""
    prior = spec.priors
    squared = replace(prior, sigma_median=prior.sigma_median**2, sigma_log_sd=2.0 * prior.sigma_log_sd)
    posterior, stats = fit_on_one_core(replace(spec, priors=squared), design, settings=settings, seed=seed)
    return posterior.assign(sigma=np.sqrt(posterior["sigma"])), stats


def _with(design, index, changed):
    return replace(design, data=design.data.assign({index: ("row", changed(design.data[index].values))}))


def _prior(**factors):
    priors = {name: getattr(FLAGSHIP.priors, name) * factor for name, factor in factors.items()}
    return replace(FLAGSHIP, priors=replace(FLAGSHIP.priors, **priors))


#: The faults that a calibration is held to find.
MUTANTS: Mapping[str, Mutant] = {
    "as_estimated": Mutant("the equation taken as a regression", load_model("as_estimated")),
    "jacobian_dropped": Mutant(
        "the flagship without its Jacobian, barrier kept",
        replace(FLAGSHIP, structure=replace(FLAGSHIP.structure, jacobian=False)),
    ),
    "regimes_swapped": Mutant("rows before the break taken for those after it", fit=regimes_swapped),
    "province_shifted": Mutant("each row counted to the next province", fit=province_shifted),
    "variance_as_sd": Mutant("sigma^2 used as the errors' standard deviation", fit=variance_as_sd),
    "sigma_alpha_prior_doubled": Mutant("prior scale of sigma_alpha doubled", _prior(sigma_alpha=2.0)),
}

#: Wrong priors that 200 fits do not find; `benchmarks/most_powerful.py` says which of them no test would.
WRONG_PRIORS: Mapping[str, Mutant] = {
    "gamma_prior_doubled": Mutant("prior scale of gamma doubled", _prior(gamma=2.0)),
    "beta_prior_half_as_large_again": Mutant("prior scale of beta half as large again", _prior(beta=1.5)),
}
