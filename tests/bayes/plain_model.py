"""What is the family's joint density, stated once more in PyTensor, which finds the derivatives itself?

The sampler's coordinates and data are declared by `bayes.build`. What they stand for, their prior, the likelihood and
the barrier are written out here with none of the shortcuts that make the compiled operation fast: the linear
coefficients are integrated out by the covariance of all rows at once, the sd of the breaks by a fine grid.
"""

import math

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from bayes_border.bayes.build import declare_data, declare_places
from bayes_border.bayes.density import SCALES
from bayes_border.bayes.shape import REGIMES


def build_plain_model(shape):
    with pm.Model() as model:
        data, places = declare_data(shape), declare_places(shape)
        scale = {name: data["scales"][k] for k, name in enumerate(SCALES)}
        z, log_prior = standardised(
            data["center"] + data["root"] @ pt.concatenate([*places.values()]), data, scale, shape
        )
        part = in_units_of_the_density(z, scale)
        pm.Potential("prior", log_prior)
        of_rows = interaction_factor(rows_of(data, shape)["slopes"], part)
        pm.Deterministic("m", of_rows)
        pm.Potential("likelihood", log_likelihood(of_rows, part, data, shape))
        pm.Potential("barrier", log_barrier(part, data))
    return model


def standardised(coordinates, data, scale, shape):
    """Return the standardised parameters at mapped coordinates, and the coordinates' log prior density.

    That is the parameters' density, less constants, and the logarithm of each map's derivative.
    """
    k = shape.regressors
    ends = np.cumsum([math.prod(size) for size in shape.parameters.values()])
    pieces = {
        name: coordinates[end - math.prod(size) : end] if size else coordinates[end - 1]
        for (name, size), end in zip(shape.parameters.items(), ends, strict=True)
    }
    r = pt.sqrt(pt.sum(pieces["delta_gamma"] ** 2))
    near = k * math.gamma((k - 1) / 2) * 2 ** (k / 2 - 1) / math.sqrt(math.pi)
    rho = 1 / pt.sqrt((near / r**k) ** 2 + (2 / r**2) ** 2)
    pooled = pt.gt(scale["scale_omega_gamma"], 0)
    log_omega = np.linspace(-30.0, 8.0, 4001)
    exponents = (1 - k) * log_omega - rho**2 * np.exp(-2 * log_omega) / 2 - np.exp(2 * log_omega) / 2
    step = log_omega[1] - log_omega[0]
    of_breaks = pt.logsumexp(exponents) + np.log(step) + pt.log(pt.grad(rho, r)) + (k - 1) * pt.log(rho / r)
    z = pieces | {"delta_gamma": pt.switch(pooled, rho / r, 1.0) * pieces["delta_gamma"]}
    z |= {name: pt.softplus(pieces[name]) for name in ("omega_beta", "sigma_alpha", "sigma_tau")}
    gamma = scale["scale_gamma"] * z["gamma_mean"]
    delta = (scale["scale_omega_gamma"] + scale["fixed_delta_gamma"]) * z["delta_gamma"]
    for place in range(REGIMES):
        m = 1 - pt.dot(data["mean_slopes"][place], pt.concatenate([gamma, delta]))
        shift = scale["use_jacobian"] * pt.log(pt.abs(m)) / scale["sigma_log_sd"]
        z["log_sigma"] = pt.inc_subtensor(z["log_sigma"][place], shift)
    log_prior = pt.switch(pooled, of_breaks, -pt.sum(pieces["delta_gamma"] ** 2) / 2)
    log_prior -= sum(pt.sum(value**2) / 2 for name, value in z.items() if name != "delta_gamma")
    return z, log_prior + sum(pt.log(pt.sigmoid(pieces[name])) for name in ("omega_beta", "sigma_alpha", "sigma_tau"))


def in_units_of_the_density(z, scale):
    """Return what the standardised parameters stand for, and the scales themselves."""
    omega_beta = scale["scale_omega_beta"] * z["omega_beta"]
    return {
        **scale,
        "gamma_mean": scale["scale_gamma"] * z["gamma_mean"],
        "delta_gamma": (scale["scale_omega_gamma"] + scale["fixed_delta_gamma"]) * z["delta_gamma"],
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
    kept, k, rows = data["weight"], shape.regressors, rows_of(data, shape)
    narrow_sd, wide_sd = shape.narrow_and_wide(part["sigma_alpha"], part["sigma_tau"])
    narrow, wide = shape.narrow_and_wide(shape.provinces, shape.years)
    columns = [
        rows["intercepts"] * part["scale_intercept"],
        rows["slopes"][:, :k] * part["scale_beta"],
        rows["slopes"][:, k:] * part["sd_delta_beta"],
        pt.eye(narrow)[data["narrow"]] * narrow_sd,
        pt.eye(wide)[data["wide"]] * wide_sd,
    ]
    scaled = pt.concatenate(columns, axis=1) * kept[:, None]
    log_sd = part["log_sigma"][data["regime"]] + rows["slopes"][:, :k] @ part["kappa"]
    covariance = scaled @ scaled.T + pt.diag(pt.where(kept > 0, pt.exp(2 * log_sd), 1.0))
    outcome = kept * m * rows["y"]
    normal = -pt.linalg.slogdet(covariance)[1] / 2 - outcome @ pt.linalg.solve(covariance, outcome) / 2
    return normal + pt.sum(kept) * -np.log(2 * np.pi) / 2 + part["use_jacobian"] * pt.sum(kept * pt.log(pt.abs(m)))


def log_barrier(part, data):
    m = interaction_factor(data["reference"].T, part)
    beyond = pt.minimum(m - part["barrier_location"], 0.0) / part["barrier_width"]
    return -part["use_barrier"] * pt.sum(beyond**2) / 2


def interaction_factor(slopes, part):
    return 1.0 - slopes @ pt.concatenate([part["gamma_mean"], part["delta_gamma"]])


def rows_of(data, shape):
    """Return the outcome, and, one line a row, the intercepts' columns and the regressors, plain and contrasted."""
    rows, slopes = data["lines"].T, 2 * shape.regressors
    return {"y": rows[:, 0], "intercepts": rows[:, -slopes - REGIMES : -slopes], "slopes": rows[:, -slopes:]}
