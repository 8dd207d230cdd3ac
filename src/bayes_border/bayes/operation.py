"""How does PyTensor see a function that is compiled already and returns its own derivatives?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor.gradient import DisconnectedType, disconnected_type, grad_not_implemented
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.op import Op

from bayes_border.bayes.callback import Compiled


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
