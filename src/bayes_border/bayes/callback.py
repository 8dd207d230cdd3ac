"""How does the sampler call a compiled function of arrays?

By address, as C: with a place, with room for the value and its derivatives there, and with the address of whatever it
was given beside the place. That is a table of words here: the address of the compiled function, then of each of its
arguments the address, unless it is a part of the place, and the lengths of its dimensions.

What the sampler calls reads the table and calls the function that stands in it. So neither is compiled for one shape
or for one set of data: both are kept on disk, each under the source of its own module, and a later process loads them.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Sequence
from functools import cache, reduce
from typing import Any

import numba
import numpy as np
from numba.core import cgutils, types
from numba.extending import intrinsic
from numba.np.arrayobj import make_array, populate_array

type Compiled = Callable[..., tuple[np.ndarray, ...]]

#: Types of arguments beside parts of the place, which are vectors of doubles: each its item and its dimensions.
type Kinds = str

_DOUBLES: Any = types.CPointer(types.float64)  # type: ignore[no-untyped-call]
#: Numba's functions, which have no types.
_proxy: Any = cgutils.create_struct_proxy
_at: Any = cgutils.gep_inbounds
_array_of: Any = make_array
_populate: Any = populate_array

#: As nutpie declares them. What is returned is 0, or above it where there is no density to go by, or below it.
_DENSITY = types.int64(types.uint64, _DOUBLES, _DOUBLES, _DOUBLES, types.voidptr)
_EXPANSION = types.int64(types.uint64, types.uint64, _DOUBLES, _DOUBLES, types.voidptr)
_FAILED, _NO_DERIVATIVES, _NO_VALUE, _OTHER_SIZE = 1, 3, 4, -1


def kinds_of(arrays: Iterable[np.ndarray]) -> Kinds:
    """Return the types of arrays by words, which a compiled function may read while it is compiled."""
    return " ".join(f"{array.dtype}:{array.ndim}" for array in arrays)


def table_of(function: Any, parts: Sequence[int], arrays: Iterable[np.ndarray]) -> np.ndarray:  # noqa: ANN401 -- numba's
    """Return the table of what `function_of` made, the lengths of the place's parts, and arrays that somebody keeps."""
    lengths = [word for array in arrays for word in (array.ctypes.data, *array.shape)]
    return np.array([function.address, *parts, *lengths], dtype=np.intp)


#: Typed so that what it makes can be called as numba calls it, without the context.
_intrinsic: Any = intrinsic(prefer_literal=True)


@cache
def function_of(function: Compiled, parts: int, kinds: Kinds) -> Any:  # noqa: ANN401 -- numba's
    """Return a compiled function once more, as one that stands by itself at an address.

    Parameters
    ----------
    function
        Compiled by numba; returns the value as an array of no dimension, then the derivatives by each of its first
        arguments, which are parts of the place. Whatever it calls stands in its own module or in a library.
    parts, kinds
        How many parts the place has, and what the other arguments are.
    """
    compiled: Any = function
    found = numba.cfunc(_signature(parts, kinds), **compiled.targetoptions, cache=True)(compiled.py_func)
    if found.cache_hits == 0:
        # What the compiler leaves refers to itself: hundreds of megabytes that the collector may never come to.
        gc.collect()
    return found


@cache
def density_of(parts: int, kinds: Kinds) -> Any:  # noqa: ANN401 -- numba's
    """Return what the sampler calls, for functions of so many parts of the place and of such arrays.

    Given several places' size, it takes them one after the other, and says of all of them what it says of the worst.
    """

    def density(size: Any, place: Any, derivatives: Any, value: Any, table: Any) -> int:  # noqa: ANN401
        at, which, finite, valued = 0, 0, True, True
        length = _place_in(table, parts)
        if length == 0 or size % length != 0:
            return _OTHER_SIZE
        try:
            evaluate = _function_in(table, parts, kinds)
            while at < size:
                found = evaluate(*_arguments_in(place, at, table, parts, kinds))
                value[which] = found[0].item()
                valued = valued and np.isfinite(value[which])
                for part in found[1:]:
                    for derivative in part:
                        derivatives[at] = derivative
                        finite = finite and np.isfinite(derivative)
                        at += 1
                which += 1
        except Exception:  # noqa: BLE001 -- the sampler is told, whatever it is
            return _FAILED
        if not finite:
            return _NO_DERIVATIVES
        return 0 if valued else _NO_VALUE

    return numba.cfunc(_DENSITY, cache=True)(density)


@cache
def expansion() -> Any:  # noqa: ANN401 -- numba's
    """Return what the sampler calls to make a draw of a place: it is kept as it is."""

    def expand(size: Any, expanded: Any, place: Any, draw: Any, _: Any) -> int:  # noqa: ANN401
        if size != expanded:
            return _OTHER_SIZE
        for i in range(size):
            draw[i] = place[i]
        return 0

    return numba.cfunc(_EXPANSION, cache=True)(expand)


def _signature(parts: int, kinds: Kinds) -> Any:  # noqa: ANN401 -- numba's
    part, value = types.Array(types.float64, 1, "C"), types.Array(types.float64, 0, "C")
    arguments = [part] * parts
    for word in kinds.split():
        item, dimensions = word.split(":")
        arguments.append(types.Array(getattr(types, item), int(dimensions), "C"))
    return types.Tuple((value, *[part] * parts))(*arguments)  # type: ignore[no-untyped-call]


@_intrinsic  # type: ignore[untyped-decorator]
def _function_in(_: Any, table: Any, parts: Any, kinds: Any) -> Any:  # noqa: ANN401
    """Return the function whose address stands first in a table."""
    function = types.FunctionType(_signature(parts.literal_value, kinds.literal_value))

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        words = _Words(context, builder, arguments[0])
        found = _proxy(signature.return_type)(context, builder)
        found.c_addr = builder.inttoptr(words.next(), found.c_addr.type)
        return found._getvalue()  # noqa: SLF001 -- numba's only way

    return function(table, parts, kinds), generate


@_intrinsic  # type: ignore[untyped-decorator]
def _place_in(_: Any, table: Any, parts: Any) -> Any:  # noqa: ANN401
    """Return the length of a place, all its parts."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        words = _Words(context, builder, arguments[0])
        words.next()
        lengths = [words.next() for _ in range(signature.args[1].literal_value)]
        return reduce(builder.add, lengths)

    return types.intp(table, parts), generate


@_intrinsic  # type: ignore[untyped-decorator]
def _arguments_in(_: Any, place: Any, at: Any, table: Any, parts: Any, kinds: Any) -> Any:  # noqa: ANN401
    """Return a function's arguments: the place that begins at a number, by parts, and the arrays of a table."""
    expected = _signature(parts.literal_value, kinds.literal_value).args

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        words, found = _Words(context, builder, arguments[2]), []
        data = builder.gep(arguments[0], [arguments[1]])
        words.next()
        for i, kind in enumerate(signature.return_type):
            if i < signature.args[3].literal_value:
                lengths = [words.next()]
                array = _array(context, builder, kind, data, lengths)
                data = builder.gep(data, lengths)
            else:
                address = builder.inttoptr(words.next(), context.get_data_type(kind.dtype).as_pointer())
                array = _array(context, builder, kind, address, [words.next() for _ in range(kind.ndim)])
            found.append(array)
        return context.make_tuple(builder, signature.return_type, found)

    return types.Tuple(expected)(place, types.unliteral(at), table, parts, kinds), generate  # type: ignore[no-untyped-call]


class _Words:
    """The words at an address, one after the other."""

    def __init__(self, context: Any, builder: Any, address: Any) -> None:  # noqa: ANN401
        self._builder, self._read = builder, 0
        self._table = builder.bitcast(address, context.get_value_type(types.intp).as_pointer())

    def next(self) -> Any:  # noqa: ANN401
        found = self._builder.load(_at(self._builder, self._table, self._read))
        self._read += 1
        return found


def _array(context: Any, builder: Any, kind: Any, data: Any, lengths: Sequence[Any]) -> Any:  # noqa: ANN401
    """Return an array of what stands at an address, row by row, which it does not own."""
    item = context.get_constant(types.intp, context.get_abi_sizeof(context.get_data_type(kind.dtype)))
    strides = [item]
    for length in lengths[:0:-1]:
        strides.insert(0, builder.mul(strides[0], length))
    array = _array_of(kind)(context, builder)
    layout = {"shape": lengths, "strides": strides[: kind.ndim], "itemsize": item}
    _populate(array, data=data, **layout, meminfo=None)
    return array._getvalue()  # noqa: SLF001 -- numba's only way
