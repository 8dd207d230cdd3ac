"""How does PyTensor see a function that is compiled already and returns its own derivatives?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numba
import numpy as np
import pytensor.tensor as pt
from numba.core import types
from numba.extending import overload
from pytensor.gradient import DisconnectedType, disconnected_type, grad_not_implemented
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.op import Op
from pytensor.link.numba.dispatch.basic import numba_funcify

type Compiled = Callable[..., tuple[np.ndarray, ...]]


class ValueAndDerivatives(Op):  # type: ignore[misc]
    """A scalar function of arrays; its derivatives by the first `parameters` inputs are outputs of the same pass.

    Parameters
    ----------
    function
        Compiled by numba; returns the value as an array of no dimension, then the derivatives. Whatever it
        calls stands in its own module or in a library.
    parameters
        Number of inputs, the first ones, that it returns derivatives by.
    """

    __props__ = ("function", "parameters")

    def __init__(self, function: Compiled, parameters: int) -> None:
        """Take a compiled function."""
        self.function, self.parameters = function, parameters

    def make_node(self, *inputs: Any) -> Apply:  # noqa: ANN401 -- PyTensor's own signature
        """Return the node: the value, then its derivative by each parameter."""
        tensors = [pt.as_tensor_variable(value) for value in inputs]
        return Apply(self, tensors, [pt.dscalar(), *(tensor.type() for tensor in tensors[: self.parameters])])

    def perform(self, node: Apply, inputs: Sequence[np.ndarray], outputs: list[list[np.ndarray]]) -> None:
        """Evaluate outside numba's graphs."""
        del node
        for place, value in zip(outputs, self.function(*inputs), strict=True):
            place[0] = np.asarray(value)

    def pullback(
        self, inputs: Sequence[Variable], outputs: Sequence[Variable], cotangents: Sequence[Variable]
    ) -> list[Variable]:
        """Return the cotangent of each input; that of a derivative is refused by PyTensor, which nobody computes."""
        if all(isinstance(cotangent.type, DisconnectedType) for cotangent in cotangents[1:]):
            known = [cotangents[0] * outputs[1 + k] for k in range(self.parameters)]
        else:
            comment = "Second derivatives are not known."
            known = [grad_not_implemented(self, k, inputs[k], comment) for k in range(self.parameters)]
        return known + [disconnected_type() for _ in inputs[self.parameters :]]

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        """Return for each input which outputs move with it: all of them with a parameter, none with data."""
        return [[k < self.parameters] * len(node.outputs) for k in range(len(node.inputs))]


@numba_funcify.register(ValueAndDerivatives)  # type: ignore[untyped-decorator]
def _in_numba(op: ValueAndDerivatives, **_: Any) -> Compiled:  # noqa: ANN401
    """Return what calls the function by its address.

    Linked in, as numba does by itself, it would be optimised and translated anew in each function around it.
    """
    function: Any = op.function

    def call(*inputs: Any) -> tuple[np.ndarray, ...]:  # noqa: ANN401
        found: tuple[np.ndarray, ...] = function(*inputs)
        return found

    def for_types(*inputs: Any) -> Compiled:  # noqa: ANN401 -- of arrays, or one of a tuple of them
        taken: Any = inputs[0] if isinstance(inputs[0], types.BaseTuple) else inputs
        dimensions = (0, *(each.ndim for each in list(taken)[: op.parameters]))
        derivatives: Any = (types.Array(types.float64, ndim, "C") for ndim in dimensions)
        returned = types.Tuple(tuple(derivatives))  # type: ignore[no-untyped-call]
        by_address: Compiled = numba.cfunc(returned(*taken), **function.targetoptions, cache=True)(function.py_func)
        return lambda *inputs: by_address(*inputs)  # noqa: PLW0108 -- numba wants a function of Python's

    overload(call, strict=False)(for_types)
    return call
