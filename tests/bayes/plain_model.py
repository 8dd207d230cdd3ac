"""What is the family's joint density, stated once more in PyTensor, which finds the derivatives itself?

Parameters and data are declared by `bayes.build`. What they stand for, the likelihood and the barrier are written out
here with none of the shortcuts that make the compiled operation fast: the linear coefficients are integrated out by
the covariance of all rows at once.
"""

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from bayes_border.bayes.build import declare_data, declare_parameters
from bayes_border.bayes.density import SCALES


def build_plain_model(shape):
    with pm.Model() as model:
        data, parameters = declare_data(shape), declare_parameters(shape)
        part = in_units_of_the_density(parameters, {name: data["scales"][k] for k, name in enumerate(SCALES)})
        of_rows = interaction_factor(data["x"], data["regime"], data["contrast"], part)
        pm.Deterministic("m", of_rows)
        pm.Potential("likelihood", log_likelihood(of_rows, part, data, shape))
        pm.Potential("barrier", log_barrier(part, data))
    return model


def in_units_of_the_density(z, scale):
    """Return what the standardised parameters stand for, and the scales themselves."""
    omega_beta, omega_gamma = (scale[f"scale_{name}"] * z[name] for name in ("omega_beta", "omega_gamma"))
    return {
        **scale,
        "gamma_mean": scale["scale_gamma"] * z["gamma_mean"],
        "delta_gamma": (omega_gamma + scale["fixed_delta_gamma"]) * z["delta_gamma"],
        "sd_delta_beta": omega_beta + scale["fixed_delta_beta"],
        "sigma_alpha": scale["scale_sigma_alpha"] * z["sigma_alpha"],
        "sigma_tau": scale["scale_sigma_tau"] * z["sigma_tau"],
        "log_sigma": scale["sigma_log_median"] + scale["sigma_log_sd"] * z["log_sigma"],
        "kappa": scale["scale_kappa"] * z["kappa"],
    }


def log_likelihood(m, part, data, shape):
    """Return the log density of ``m y``, normal around 0 with ``W S^2 W' + D``, and the Jacobian's log.

    A row of weight 0 is made a standard normal of its own that is 0; others have weight 1.
    """
    kept, k = data["weight"], shape.regressors
    narrow_sd, wide_sd = shape.narrow_and_wide(part["sigma_alpha"], part["sigma_tau"])
    narrow, wide = shape.narrow_and_wide(shape.provinces, shape.years)
    columns = [
        data["columns"][:, :2] * part["scale_intercept"],
        data["columns"][:, 2 : 2 + k] * part["scale_beta"],
        data["columns"][:, 2 + k :] * part["sd_delta_beta"],
        pt.eye(narrow)[data["narrow"]] * narrow_sd,
        pt.eye(wide)[data["wide"]] * wide_sd,
    ]
    scaled = pt.concatenate(columns, axis=1) * kept[:, None]
    log_sd = part["log_sigma"][data["regime"]] + data["x"] @ part["kappa"]
    covariance = scaled @ scaled.T + pt.diag(pt.where(kept > 0, pt.exp(2 * log_sd), 1.0))
    outcome = kept * m * data["y"]
    normal = -pt.linalg.slogdet(covariance)[1] / 2 - outcome @ pt.linalg.solve(covariance, outcome) / 2
    return normal + pt.sum(kept) * -np.log(2 * np.pi) / 2 + part["use_jacobian"] * pt.sum(kept * pt.log(pt.abs(m)))


def log_barrier(part, data):
    m = interaction_factor(data["barrier_x"], data["barrier_regime"], data["contrast"], part)
    beyond = pt.minimum(m - part["barrier_location"], 0.0) / part["barrier_width"]
    return -part["use_barrier"] * pt.sum(beyond**2) / 2


def interaction_factor(x, regime, contrast, part):
    return 1.0 - x @ part["gamma_mean"] - contrast[regime] * (x @ part["delta_gamma"])
