"""What is the joint density of the whole family? One PyMC model, every variant of it a set of data.

The density is equation (3) with its Jacobian: with ``m = 1 - x'gamma`` a row has
``log|m| - log sigma - ((m y - mu) / sigma)^2 / 2``. Outcome, rows, prior scales and the switches
between variants are `pm.Data`, so that one compilation serves every model, panel and placebo of
the same number of regressors, provinces and years.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from bayes_border.bayes.operation import ValueAndDerivatives
from bayes_border.bayes.rows import (
    BARRIER_DATA,
    BARRIER_PARAMETERS,
    LIKELIHOOD_DATA,
    LIKELIHOOD_PARAMETERS,
    barrier,
    likelihood,
)

_LIKELIHOOD = ValueAndDerivatives(likelihood, len(LIKELIHOOD_PARAMETERS))
_BARRIER = ValueAndDerivatives(barrier, len(BARRIER_PARAMETERS))
_N_REGIMES = 2


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes that are compiled in."""

    regressors: int
    provinces: int
    years: int


def build_model(shape: Shape) -> pm.Model:
    """Return the family's joint density for panels of one shape.

    Every free parameter is standard normal or half-normal; `pm.Data` carries the scale that turns it
    into the quantity of the equation. A part that a variant lacks has scale 0: its parameter then has
    its prior as posterior and touches nothing.
    """
    with pm.Model() as model:
        data = _declare_data(shape)
        part = _declare_parameters(shape, data)
        values = {**part, **data}
        pm.Potential("likelihood", _LIKELIHOOD(*(values[name] for name in LIKELIHOOD_PARAMETERS + LIKELIHOOD_DATA))[0])
        pm.Potential("barrier", _BARRIER(*(values[name] for name in BARRIER_PARAMETERS + BARRIER_DATA))[0])
    return model


def _declare_data(shape: Shape) -> dict[str, pt.TensorVariable]:
    """Declare every data container with a placeholder of the right rank and of any number of rows."""
    n, k = 2, shape.regressors
    rows = {name: np.zeros(n) for name in ("y", "weight", "contrast", "barrier_contrast")}
    indices = {name: np.zeros(n, dtype=np.int64) for name in ("province", "year", "sigma_index")}
    matrices = {
        "x": np.zeros((n, k)),
        "barrier_x": np.zeros((n, k)),
        "intercept_map": np.zeros((n, _N_REGIMES)),
    }
    scalars = {name: np.float64(1.0) for name in SCALARS}
    return {name: pm.Data(name, value) for name, value in {**rows, **indices, **matrices, **scalars}.items()}


#: Prior scales and switches. A scale of 0 removes the part; `use_*` is 0 or 1.
SCALARS = (
    "scale_beta",
    "scale_gamma",
    "scale_omega_beta",
    "scale_omega_gamma",
    "fixed_delta_beta",
    "fixed_delta_gamma",
    "scale_intercept",
    "scale_sigma_alpha",
    "scale_sigma_tau",
    "sigma_log_median",
    "sigma_log_sd",
    "scale_kappa",
    "use_jacobian",
    "use_barrier",
    "barrier_location",
    "barrier_width",
)


def _declare_parameters(shape: Shape, data: dict[str, pt.TensorVariable]) -> dict[str, pt.TensorVariable]:
    k = shape.regressors
    z = {
        name: pm.Normal(f"{name}_z", shape=size)
        for name, size in {
            "beta_mean": k,
            "gamma_mean": k,
            "delta_beta": k,
            "delta_gamma": k,
            "intercept": _N_REGIMES,
            "alpha": shape.provinces,
            "tau": shape.years,
            "log_sigma": _N_REGIMES,
            "kappa": k,
        }.items()
    }
    spread = {name: pm.HalfNormal(f"{name}_z") for name in ("omega_beta", "omega_gamma", "sigma_alpha", "sigma_tau")}
    # Pooling none: the break's scale is known (fixed_delta) and omega's scale is 0.
    omega_beta = data["scale_omega_beta"] * spread["omega_beta"] + data["fixed_delta_beta"]
    omega_gamma = data["scale_omega_gamma"] * spread["omega_gamma"] + data["fixed_delta_gamma"]
    return {
        "beta_mean": data["scale_beta"] * z["beta_mean"],
        "gamma_mean": data["scale_gamma"] * z["gamma_mean"],
        "delta_beta": omega_beta * z["delta_beta"],
        "delta_gamma": omega_gamma * z["delta_gamma"],
        "intercept": data["scale_intercept"] * z["intercept"],
        "alpha": data["scale_sigma_alpha"] * spread["sigma_alpha"] * z["alpha"],
        "tau": data["scale_sigma_tau"] * spread["sigma_tau"] * z["tau"],
        "log_sigma": data["sigma_log_median"] + data["sigma_log_sd"] * z["log_sigma"],
        "kappa": data["scale_kappa"] * z["kappa"],
    }
