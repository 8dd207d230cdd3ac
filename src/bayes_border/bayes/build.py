"""What is the joint density of the whole family? One PyMC model, every variant of it a set of data.

The density is that of equation (3) with its Jacobian, its linear coefficients integrated out (`bayes.density`).
Outcome, rows, prior scales, the switches between variants and the sampler's linear map are `pm.Data`, so that one
compilation serves every model, panel and placebo of the same number of regressors, provinces and years.
"""

from __future__ import annotations

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from bayes_border.bayes.density import COORDINATES, DATA, PAIRS, PLACES, SCALES, log_posterior
from bayes_border.bayes.operation import ValueAndDerivatives
from bayes_border.bayes.shape import REGIMES, Shape

_LOG_DENSITY = ValueAndDerivatives(log_posterior, len(PLACES))


def build_model(shape: Shape) -> pm.Model:
    """Return the family's joint density for panels of one shape.

    The free variables are the sampler's coordinates; the density says what they stand for. A part that a
    variant lacks has scale 0: its parameter then has its prior as posterior and touches nothing.
    """
    with pm.Model() as model:
        data, places = declare_data(shape), declare_places(shape)
        inputs = [*(places[name] for name in PLACES), *(data[name] for name in (*COORDINATES, *DATA))]
        pm.Potential("log_posterior", _LOG_DENSITY(*inputs)[0])
    return model


def declare_data(shape: Shape) -> dict[str, pt.TensorVariable]:
    """Declare every data container in the model at hand, with placeholders of the right rank and of any row number."""
    n, k, places = 2, shape.regressors, shape.places
    indices = dict.fromkeys(("narrow", "wide", "regime"), np.zeros(n, dtype=np.int64))
    sizes = {
        "center": (places,),
        "root": (places, places),
        "mean_slopes": (REGIMES, 2 * k),
        "lines": (n, n),
        "weight": (n,),
        "reference": (2 * k, n),
        "dense": (REGIMES, n, n),
        "folded": (n, len(PAIRS), n, n),
        "share": (n, REGIMES),
        "members": (n,),
        "scales": (len(SCALES),),
    }
    arrays = {name: np.zeros(size) for name, size in sizes.items()}
    return {name: pm.Data(name, value) for name, value in {**arrays, **indices}.items()}


def declare_places(shape: Shape) -> dict[str, pt.TensorVariable]:
    """Declare the sampler's coordinates in the model at hand; their prior is the density's."""
    interactions = 2 * shape.regressors
    return {
        name: pm.Flat(name, shape=size)
        for name, size in zip(PLACES, (interactions, shape.places - interactions), strict=True)
    }
