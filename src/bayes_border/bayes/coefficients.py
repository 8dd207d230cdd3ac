"""What do the sampler's parameters stand for, and which linear coefficients belong to each draw of them?"""

from __future__ import annotations

from typing import Any

import numpy as np

from bayes_border.bayes.break_scale import draw_scales
from bayes_border.bayes.density import PARAMETERS, ROWS, SCALES, draw_coefficients, moments, scaled
from bayes_border.bayes.family import DataArrays
from bayes_border.bayes.shape import Shape
from bayes_border.simulate.quantities import Quantities

_OMEGA_GAMMA = SCALES.index("scale_omega_gamma")


def with_coefficients(draws: Quantities, data: DataArrays, shape: Shape, rng: np.random.Generator) -> Quantities:
    """Return parameters in the units of the density, and what it integrates out, arrays `(chain, draw, ...)`.

    The latter is `intercept`, `beta_mean`, `delta_beta`, `alpha` and `tau`, and the sd `omega_gamma` of pooled breaks.

    Parameters
    ----------
    draws
        Standardised parameters (`bayes.density.PARAMETERS`), arrays `(chain, draw, ...)`.
    data, shape
        What the sampler was given.
    rng
        Each draw has one draw of the coefficients, from their normal distribution given it and the outcome, and one
        of the sd, from its distribution given the breaks.
    """
    chains, n = draws[PARAMETERS[0]].shape[:2]
    standardised = {name: _draws_last(draws[name]) for name in PARAMETERS}
    arguments: list[Any] = [*standardised.values(), data["scales"]]
    values = dict(zip(PARAMETERS, scaled.py_func(*arguments), strict=True))
    noise = rng.standard_normal((chains * n, sum(shape.coefficients.values())))
    rows = [data[name] for name in ROWS]
    arguments = [*rows, *shape.narrow_and_wide(shape.provinces, shape.years)]
    arguments = [*values.values(), *moments(*arguments), *rows, data["scales"], noise]
    found = draw_coefficients(*arguments)
    values |= {name: found[:, place].T for name, place in shape.coefficient_spans()}
    if (scale := data["scales"][_OMEGA_GAMMA]) > 0.0:
        values["omega_gamma"] = scale * draw_scales(standardised["delta_gamma"].T, rng)
    return {name: np.moveaxis(value, -1, 0).reshape((chains, n, *value.shape[:-1])) for name, value in values.items()}


def _draws_last(values: np.ndarray) -> np.ndarray:
    """Return an array `(chain, draw, ...)` with one trailing dimension for both."""
    joined = values.reshape((-1, *values.shape[2:]))
    return np.ascontiguousarray(np.moveaxis(joined, 0, -1))
