"""How does PyTensor see a function that is compiled already and returns its own derivatives?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor.gradient import disconnected_type
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.op import Op
from pytensor.link.numba.dispatch.basic import register_funcify_default_op_cache_key

type Compiled = Callable[..., tuple[np.ndarray, ...]]


class ValueAndDerivatives(Op):  # type: ignore[misc]
    """A scalar function of arrays; its derivatives by the first `parameters` inputs are outputs of the same pass.

    Parameters
    ----------
    name
        Of the function, which tells operations from one another.
    function
        Compiled by numba; returns the value as an array of no dimension, then the derivatives.
    parameters
        Number of inputs, the first ones, that it returns derivatives by.
    """

    __props__ = ("name", "parameters")

    def __init__(self, name: str, function: Compiled, parameters: int) -> None:
        """Take a compiled function."""
        self.name, self.function, self.parameters = name, function, parameters

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
        """Return the cotangent of each input; the derivatives themselves are not differentiated again."""
        known = [cotangents[0] * outputs[1 + k] for k in range(self.parameters)]
        return known + [disconnected_type() for _ in inputs[self.parameters :]]

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        """Return for each input which outputs move with it: the value alone is ever differentiated."""
        beside = [False] * self.parameters
        return [[k < self.parameters, *beside] for k in range(len(node.inputs))]


@register_funcify_default_op_cache_key(ValueAndDerivatives)  # type: ignore[untyped-decorator]
def _in_numba(op: ValueAndDerivatives, **_: Any) -> Compiled:  # noqa: ANN401
    return op.function
