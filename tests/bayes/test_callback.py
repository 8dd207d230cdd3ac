"""What the sampler calls by address: what it reads and writes, what it returns, and when it is compiled anew."""

import ctypes
import importlib.util
import sys

import numba
import numpy as np
import pytest

from bayes_border.bayes.callback import density_of, expansion, function_of, kinds_of, table_of

DOUBLES = ctypes.POINTER(ctypes.c_double)
PLACE = np.array([1.0, -2.0, 0.5])


@numba.njit(cache=True)
def powers(first, second, table, rows, cube):
    """A function of two parts whose value and derivatives show where each argument was read."""
    # Of a column numba reads the strides, of a whole array the lengths.
    value = first.sum() + 10.0 * second.sum() + 100.0 * table[:, 2][1] + 1000.0 * rows[-1] + 1e4 * cube[:, 0][1, 1]
    return np.asarray(value), 2.0 * first, 3.0 * second


ARRAYS = np.arange(6.0).reshape(2, 3), np.array([4, 5]), np.arange(8.0).reshape(2, 2, 2)


def call(function, arrays, place=PLACE, parts=(1, 2), size=3):
    code, values, derivatives = call_at_places(function, arrays, place, parts, size)
    return code, values[0], derivatives.tolist()


def call_at_places(function, arrays, places, parts, size):
    kinds = kinds_of(arrays)
    table = table_of(function_of(function, len(parts), kinds), parts, arrays)
    derivatives, values = np.full(places.shape, np.nan), np.full(places.size // sum(parts), np.nan)
    pointers = [each.ctypes.data_as(DOUBLES) for each in (places, derivatives, values)]
    code = density_of(len(parts), kinds).ctypes(size, *pointers, table.ctypes.data)
    return code, values, derivatives


def test_a_function_is_given_the_place_in_parts_and_every_array():
    expected = 1.0 + 10.0 * -1.5 + 100.0 * 5.0 + 1000.0 * 5 + 1e4 * 5.0
    assert call(powers, ARRAYS) == (0, expected, [2.0, -6.0, 1.5])


def test_lengths_are_not_compiled_in():
    longer = np.arange(8.0).reshape(2, 4), np.array([4, 5, 6]), np.arange(12.0).reshape(2, 2, 3)
    expected = -1.0 + 10.0 * 0.5 + 100.0 * 6.0 + 1000.0 * 6 + 1e4 * 7.0
    assert call(powers, longer, parts=(2, 1)) == (0, expected, [2.0, -4.0, 1.5])


@pytest.mark.parametrize(
    ("place", "code"), [([1.0, np.nan, 0.5], 3), ([np.inf, 0.0, 0.0], 3), ([1e308, 1e308, 0.0], 3)]
)
def test_derivatives_that_are_no_numbers_are_refused(place, code):
    assert call(powers, ARRAYS, place=np.array(place))[0] == code


def test_a_value_that_is_no_number_is_refused():
    assert call(powers, (np.full((2, 3), -np.inf), *ARRAYS[1:]))[0] == 4


def test_a_place_of_another_size_is_refused():
    assert call(powers, ARRAYS, size=2)[0] == -1


def test_several_places_are_each_what_one_is():
    places = np.array([PLACE, 2.0 * PLACE, PLACE - 1.0])
    code, values, derivatives = call_at_places(powers, ARRAYS, places, (1, 2), 9)
    expected = [call(powers, ARRAYS, place) for place in places]
    assert (code, [*values], derivatives.tolist()) == (0, [one[1] for one in expected], [one[2] for one in expected])


@pytest.mark.parametrize(("bad", "code"), [([np.inf, 0.0, 0.0], 3), ([5e307, 5e307, 0.0], 4)])
def test_several_places_are_as_good_as_the_worst(bad, code):
    places = np.array([PLACE, bad, PLACE])
    found, values, derivatives = call_at_places(powers, ARRAYS, places, (1, 2), 9)
    assert found == code
    assert [values[0], values[2]] == [call(powers, ARRAYS)[1]] * 2
    assert derivatives[[0, 2]].tolist() == [call(powers, ARRAYS)[2]] * 2


def test_a_part_of_another_place_is_refused():
    places = np.array([PLACE, PLACE, PLACE])
    code, values, derivatives = call_at_places(powers, ARRAYS, places, (1, 2), 8)
    assert code == -1
    # Nothing is read or written past what was given.
    assert np.isnan(values[2])
    assert np.isnan(derivatives[2]).all()


def test_a_draw_is_the_place():
    draw = np.zeros(3)
    pointers = [each.ctypes.data_as(DOUBLES) for each in (PLACE, draw)]
    assert expansion().ctypes(3, 3, *pointers, None) == 0
    np.testing.assert_array_equal(draw, PLACE)
    assert expansion().ctypes(2, 3, *pointers, None) == -1


def test_what_was_compiled_once_is_loaded_from_disk():
    kinds = kinds_of(ARRAYS)
    for compiled in (lambda: function_of.__wrapped__(powers, 2, kinds), lambda: density_of.__wrapped__(2, kinds)):
        compiled()
        assert compiled().cache_hits == 1


def test_other_types_are_compiled_for_themselves():
    whole = np.arange(6).reshape(2, 3), *ARRAYS[1:]
    assert kinds_of(whole) != kinds_of(ARRAYS)
    assert call(powers, whole) == call(powers, ARRAYS)


SOURCE = """
import numba, numpy as np

@numba.njit
def inner(x):
    return {factor} * x

@numba.njit
def function(x):
    return np.asarray(np.sum(inner(x))), inner(np.ones_like(x))
"""


def test_code_on_disk_is_not_taken_for_that_of_an_edited_function(monkeypatch, tmp_path):
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    path, found = tmp_path / "edited.py", []
    for factor in (2, 5, 2):
        # What is edited stands beside the function, whose own lines are the same in both cases.
        path.write_text(SOURCE.format(factor=factor), encoding="utf-8")
        spec = importlib.util.spec_from_file_location("edited", path)
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, "edited", module)
        spec.loader.exec_module(module)
        found.append(call(module.function, (), parts=(3,))[1])
    assert found == [2 * -0.5, 5 * -0.5, 2 * -0.5]
    assert list(tmp_path.rglob("*function*.nbc"))
