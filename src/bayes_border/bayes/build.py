"""What is the joint density of the whole family? One PyMC model, every variant of it a set of data.

The density is equation (3) with its Jacobian: with ``m = 1 - x'gamma`` a row has
``log|m| - log sigma - ((m y - mu) / sigma)^2 / 2``. Outcome, rows, prior scales and the switches
between variants are `pm.Data`, so that one compilation serves every model, panel and placebo.

The same density has two forms. `build_model` states it plainly, with every parameter free. In
`build_collapsed`, which is what is sampled, slopes, intercepts, province effects and year shocks are
integrated out exactly (`linear_part`): a dozen parameters are left, whatever the size of the panel.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from bayes_border.bayes.collapsed import collapsed_log_density

_LOG_2PI = float(np.log(2.0 * np.pi))
N_REGIMES = 2

type _Tensors = dict[str, pt.TensorVariable]


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes that the plain form is compiled for."""

    regressors: int
    provinces: int
    years: int


def build_model(shape: Shape) -> pm.Model:
    """Return the family's joint density for panels of one shape, every parameter free.

    Every free parameter is standard normal or half-normal; `pm.Data` carries the scale that turns it
    into the quantity of the equation. A part that a variant lacks has scale 0: its parameter then has
    its prior as posterior and touches nothing.
    """
    k = shape.regressors
    with pm.Model() as model:
        data = _declare_data(k)
        curved = _declare_curved(k, data)
        z = {
            name: pm.Normal(f"{name}_z", shape=size)
            for name, size in {
                "beta_mean": k,
                "delta_beta": k,
                "intercept": N_REGIMES,
                "alpha": shape.provinces,
                "tau": shape.years,
            }.items()
        }
        m = _interaction_factor(data["x"], data["contrast"], curved)
        mu = (
            data["scale_intercept"] * pt.sum(data["intercept_map"] * z["intercept"], axis=1)
            + curved["sigma_alpha"] * z["alpha"][data["province"]]
            + curved["sigma_tau"] * z["tau"][data["year"]]
            + data["scale_beta"] * (data["x"] @ z["beta_mean"])
            + curved["omega_beta"] * data["contrast"] * (data["x"] @ z["delta_beta"])
        )
        log_sigma = _log_sigma(data, curved)
        residual = (m * data["y"] - mu) * pt.exp(-log_sigma)
        row = data["use_jacobian"] * pt.log(pt.abs(m)) - log_sigma - 0.5 * residual**2 - 0.5 * _LOG_2PI
        # Named for whoever wants the rows one by one.
        pm.Deterministic("log_density", row)
        pm.Potential("likelihood", pt.sum(data["weight"] * row))
        _declare_barrier(data, curved)
    return model


def build_collapsed(regressors: int) -> pm.Model:
    """Return the same density without its linear part, for panels of any size."""
    with pm.Model() as model:
        data = _declare_data(regressors) | {"sizes": pm.Data("sizes", np.ones(2, dtype=np.int64))}
        curved = _declare_curved(regressors, data)
        m = _interaction_factor(data["x"], data["contrast"], curved)
        contrasts = data["contrast"][:, None] * data["x"]
        linear = collapsed_log_density(
            m * data["y"],
            _log_sigma(data, curved),
            fixed=pt.concatenate([data["x"], contrasts, data["intercept_map"]], axis=1),
            groups=(data["province"], data["year"], data["sizes"]),
            weight=data["weight"],
            scales=(_fixed_scales(regressors, data, curved), curved["sigma_alpha"], curved["sigma_tau"]),
        )
        jacobian = data["use_jacobian"] * pt.sum(data["weight"] * pt.log(pt.abs(m)))
        pm.Potential("likelihood", linear + jacobian)
        _declare_barrier(data, curved)
    return model


def _fixed_scales(k: int, data: _Tensors, curved: _Tensors) -> pt.TensorVariable:
    """Return the prior sds of `beta_mean`, `delta_beta` and `intercept`, the columns of `fixed`."""
    each = ((data["scale_beta"], k), (curved["omega_beta"], k), (data["scale_intercept"], N_REGIMES))
    return pt.concatenate([scale * pt.ones(size) for scale, size in each])


def _log_sigma(data: _Tensors, curved: _Tensors) -> pt.TensorVariable:
    return curved["log_sigma"][data["sigma_index"]] + data["x"] @ curved["kappa"]


def _interaction_factor(x: pt.TensorVariable, contrast: pt.TensorVariable, curved: _Tensors) -> pt.TensorVariable:
    return 1.0 - x @ curved["gamma_mean"] - contrast * (x @ curved["delta_gamma"])


def _declare_barrier(data: _Tensors, curved: _Tensors) -> None:
    m = _interaction_factor(data["barrier_x"], data["barrier_contrast"], curved)
    beyond = pt.minimum(m - data["barrier_location"], 0.0) / data["barrier_width"]
    pm.Potential("barrier", -0.5 * data["use_barrier"] * pt.sum(beyond**2))


def _declare_data(k: int) -> _Tensors:
    """Declare every data container with a placeholder of the right rank and of any number of rows."""
    n = 2
    rows = {name: np.zeros(n) for name in ("y", "weight", "contrast", "barrier_contrast")}
    indices = {name: np.zeros(n, dtype=np.int64) for name in ("province", "year", "sigma_index")}
    matrices = {
        "x": np.zeros((n, k)),
        "barrier_x": np.zeros((n, k)),
        "intercept_map": np.zeros((n, N_REGIMES)),
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


def _declare_curved(k: int, data: _Tensors) -> _Tensors:
    """Declare the parameters that the density is not Gaussian in: interactions and scales."""
    sizes = {"gamma_mean": k, "delta_gamma": k, "log_sigma": N_REGIMES, "kappa": k}
    z = {name: pm.Normal(f"{name}_z", shape=size) for name, size in sizes.items()}
    spread = {name: pm.HalfNormal(f"{name}_z") for name in ("omega_beta", "omega_gamma", "sigma_alpha", "sigma_tau")}
    # Pooling none: the break's scale is known (fixed_delta) and omega's scale is 0.
    omega_gamma = data["scale_omega_gamma"] * spread["omega_gamma"] + data["fixed_delta_gamma"]
    return {
        "gamma_mean": data["scale_gamma"] * z["gamma_mean"],
        "delta_gamma": omega_gamma * z["delta_gamma"],
        "omega_beta": data["scale_omega_beta"] * spread["omega_beta"] + data["fixed_delta_beta"],
        "sigma_alpha": data["scale_sigma_alpha"] * spread["sigma_alpha"],
        "sigma_tau": data["scale_sigma_tau"] * spread["sigma_tau"],
        "log_sigma": data["sigma_log_median"] + data["sigma_log_sd"] * z["log_sigma"],
        "kappa": data["scale_kappa"] * z["kappa"],
    }
