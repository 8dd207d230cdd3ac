"""What is the family's joint density, stated once more in PyTensor, which finds the derivatives itself?

Parameters, their priors and the data are declared by `bayes.build`; likelihood and barrier are written out here, row by
row, with none of the shortcuts that make the compiled operation fast.
"""

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from bayes_border.bayes import build


def build_plain_model(shape: build.Shape) -> pm.Model:
    with pm.Model() as model:
        data = build._declare_data(shape)
        part = build._declare_parameters(shape, data)
        pm.Deterministic("m", interaction_factor(data["x"], data["contrast"], part))
        pm.Potential("likelihood", pt.sum(data["weight"] * row_log_density(part, data)))
        pm.Potential("barrier", log_barrier(part, data))
    return model


def row_log_density(part, data):
    m = interaction_factor(data["x"], data["contrast"], part)
    mu = (
        pt.sum(data["intercept_map"] * part["intercept"], axis=1)
        + part["alpha"][data["province"]]
        + part["tau"][data["year"]]
        + data["x"] @ part["beta_mean"]
        + data["contrast"] * (data["x"] @ part["delta_beta"])
    )
    log_sigma = part["log_sigma"][data["sigma_index"]] + data["x"] @ part["kappa"]
    residual = (m * data["y"] - mu) / pt.exp(log_sigma)
    return data["use_jacobian"] * pt.log(pt.abs(m)) - log_sigma - residual**2 / 2 - np.log(2 * np.pi) / 2


def log_barrier(part, data):
    m = interaction_factor(data["barrier_x"], data["barrier_contrast"], part)
    beyond = pt.minimum(m - data["barrier_location"], 0.0) / data["barrier_width"]
    return -data["use_barrier"] * pt.sum(beyond**2) / 2


def interaction_factor(x, contrast, part):
    return 1.0 - x @ part["gamma_mean"] - contrast * (x @ part["delta_gamma"])
