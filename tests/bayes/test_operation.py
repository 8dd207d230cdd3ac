"""A compiled function among PyTensor's own: which function it is, its cotangents, and what it does not know."""

import numba
import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.gradient import DisconnectedInputError, NullTypeGradError

from bayes_border.bayes.operation import ValueAndDerivatives


@numba.njit
def squares(x, factor):
    return np.asarray(factor.item() * np.sum(x**2)), 2.0 * factor.item() * x


@numba.njit
def cubes(x, factor):
    return np.asarray(factor.item() * np.sum(x**3)), 3.0 * factor.item() * x**2


X, FACTOR = pt.dvector("x"), pt.dscalar("factor")
AT = np.array([1.0, -2.0, 0.5]), np.asarray(2.0)
SQUARES, CUBES = 2 * 5.25, 2 * (1 - 8 + 0.125)
SLOPE_OF_SQUARES, SLOPE_OF_CUBES = 4 * AT[0], 6 * AT[0] ** 2


def evaluate(*outputs):
    return pytensor.function([X, FACTOR], outputs, mode="FAST_COMPILE")(*AT)


def test_two_functions_in_one_graph_are_kept_apart():
    first, second = (ValueAndDerivatives(function, 1)(X, FACTOR)[0] for function in (squares, cubes))
    slope = pt.grad(first + second, X)
    found = evaluate(first, second, slope)
    for value, expected in zip(found, (SQUARES, CUBES, SLOPE_OF_SQUARES + SLOPE_OF_CUBES), strict=True):
        np.testing.assert_allclose(value, expected, rtol=1e-14)


def test_one_function_twice_in_a_graph_is_one_operation():
    assert ValueAndDerivatives(squares, 1) == ValueAndDerivatives(squares, 1)
    assert ValueAndDerivatives(squares, 1) != ValueAndDerivatives(cubes, 1)


def test_a_cotangent_multiplies_every_derivative():
    value = ValueAndDerivatives(squares, 1)(X, FACTOR)[0]
    found = evaluate(*(pt.grad(cost, X) for cost in (value, 3.0 * value, pt.exp(value / 9))))
    for slope, factor in zip(found, (1.0, 3.0, np.exp(SQUARES / 9) / 9), strict=True):
        np.testing.assert_allclose(slope, factor * SLOPE_OF_SQUARES, rtol=1e-14)


def test_second_derivatives_are_refused_even_where_first_ones_stand_beside_them():
    value, slope = ValueAndDerivatives(squares, 1)(X, FACTOR)
    for cost in (slope.sum(), value + slope.sum(), value + (pt.grad(value, X) ** 2).sum()):
        with pytest.raises(NullTypeGradError, match="Second derivatives are not known"):
            pt.grad(cost, X)


def test_what_is_no_parameter_has_no_derivative():
    with pytest.raises(DisconnectedInputError):
        pt.grad(ValueAndDerivatives(squares, 1)(X, FACTOR)[0], FACTOR)
