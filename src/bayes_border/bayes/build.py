"""What is the joint density of the whole family? One PyMC model, every variant of it a set of data.

The density is that of equation (3) with its Jacobian, its linear coefficients integrated out (`bayes.density`).
Outcome, rows, prior scales, the switches between variants and the sampler's linear map are `pm.Data`. It states what
is sampled and the tests hold the sampler to it; the sampler itself calls the density without it (`bayes.compiled`).
"""

from __future__ import annotations

import pymc as pm
import pytensor.tensor as pt

from bayes_border.bayes.arrays import parts, placeholders
from bayes_border.bayes.density import COORDINATES, DATA, PLACES, log_posterior
from bayes_border.bayes.operation import ValueAndDerivatives
from bayes_border.bayes.shape import Shape

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
    return {name: pm.Data(name, value) for name, value in placeholders(shape).items()}


def declare_places(shape: Shape) -> dict[str, pt.TensorVariable]:
    """Declare the sampler's coordinates in the model at hand; their prior is the density's."""
    return {name: pm.Flat(name, shape=size) for name, size in parts(shape).items()}
