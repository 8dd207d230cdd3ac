"""What is the joint density of the whole family? One PyMC model, every variant of it a set of data.

The density is that of equation (3) with its Jacobian, its linear coefficients integrated out (`bayes.density`).
Outcome, rows, prior scales and the switches between variants are `pm.Data`, so that one compilation serves every
model, panel and placebo of the same number of regressors, provinces and years.
"""

from __future__ import annotations

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from bayes_border.bayes.density import DATA, PARAMETERS, SCALES, log_density
from bayes_border.bayes.operation import ValueAndDerivatives
from bayes_border.bayes.shape import REGIMES, Shape

_LOG_DENSITY = ValueAndDerivatives(log_density, len(PARAMETERS))


def build_model(shape: Shape) -> pm.Model:
    """Return the family's joint density for panels of one shape.

    Every free parameter is standard normal or half-normal; the data say what it stands for. A part that a
    variant lacks has scale 0: its parameter then has its prior as posterior and touches nothing.
    """
    with pm.Model() as model:
        data, parameters = declare_data(shape), declare_parameters(shape)
        pm.Potential(
            "log_density", _LOG_DENSITY(*(parameters[name] for name in PARAMETERS), *(data[name] for name in DATA))[0]
        )
    return model


def declare_data(shape: Shape) -> dict[str, pt.TensorVariable]:
    """Declare every data container in the model at hand, with placeholders of the right rank and of any row number."""
    n, k = 2, shape.regressors
    indices = dict.fromkeys(("narrow", "wide", "regime", "barrier_regime"), np.zeros(n, dtype=np.int64))
    sizes = {
        "y": (n,),
        "weight": (n,),
        "x": (n, k),
        "barrier_x": (n, k),
        "columns": (n, sum(shape.columns.values())),
        "contrast": (REGIMES,),
        "dense": (REGIMES, n, n),
        "coupling": (REGIMES, n, n),
        "diagonal": (REGIMES, n),
        "scales": (len(SCALES),),
    }
    arrays = {name: np.zeros(size) for name, size in sizes.items()}
    return {name: pm.Data(name, value) for name, value in {**arrays, **indices}.items()}


def declare_parameters(shape: Shape) -> dict[str, pt.TensorVariable]:
    """Declare every free parameter in the model at hand."""
    sizes = {
        "gamma_mean": shape.regressors,
        "delta_gamma": shape.regressors,
        "log_sigma": REGIMES,
        "kappa": shape.regressors,
    }
    return {name: pm.Normal(name, shape=sizes[name]) if name in sizes else pm.HalfNormal(name) for name in PARAMETERS}
