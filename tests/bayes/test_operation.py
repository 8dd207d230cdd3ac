"""A compiled function among PyTensor's own: which function it is, its cotangents, and what it does not know."""

import importlib.util
import sys

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


def evaluate(*outputs, mode="FAST_COMPILE"):
    return pytensor.function([X, FACTOR], outputs, mode=mode)(*AT)


@pytest.mark.parametrize("mode", ["FAST_COMPILE", "NUMBA"])
def test_two_functions_in_one_graph_are_kept_apart(mode):
    first, second = (ValueAndDerivatives(function, 1)(X, FACTOR)[0] for function in (squares, cubes))
    slope = pt.grad(first + second, X)
    found = evaluate(first, second, slope, mode=mode)
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


SOURCE = """
import numba, numpy as np

@numba.njit
def inner(x):
    return {factor} * x

@numba.njit
def function(x, factor):
    return np.asarray(np.sum(inner(x))), inner(np.ones_like(x))
"""


def test_code_on_disk_is_not_taken_for_that_of_an_edited_function(monkeypatch, tmp_path):
    path, found = tmp_path / "edited.py", []
    for factor in (2, 5, 2):
        # What is edited stands beside the function, whose own lines are the same in both cases.
        path.write_text(SOURCE.format(factor=factor), encoding="utf-8")
        spec = importlib.util.spec_from_file_location("edited", path)
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, "edited", module)
        spec.loader.exec_module(module)
        value = ValueAndDerivatives(module.function, 1)(X, FACTOR)[0]
        compiled = pytensor.function([X, FACTOR], [value, pt.grad(value, X)], mode="NUMBA", on_unused_input="ignore")
        found.append(float(compiled(*AT)[0]))
    assert found == [2 * -0.5, 5 * -0.5, 2 * -0.5]
    assert list(tmp_path.rglob("*function*.nbc"))


def test_second_derivatives_are_refused_even_where_first_ones_stand_beside_them():
    value, slope = ValueAndDerivatives(squares, 1)(X, FACTOR)
    for cost in (slope.sum(), value + slope.sum(), value + (pt.grad(value, X) ** 2).sum()):
        with pytest.raises(NullTypeGradError, match="Second derivatives are not known"):
            pt.grad(cost, X)


def test_what_is_no_parameter_has_no_derivative():
    with pytest.raises(DisconnectedInputError):
        pt.grad(ValueAndDerivatives(squares, 1)(X, FACTOR)[0], FACTOR)
