"""How does PyTensor see the density without its linear part: one operation with its own gradient."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numba
import numpy as np
import pytensor.tensor as pt
from pytensor.gradient import disconnected_type
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.op import Op
from pytensor.link.numba.dispatch.basic import register_funcify_default_op_cache_key

from bayes_border.bayes.linear_part import Rows, Scales, log_density


@numba.njit(cache=True, nogil=True)
def _evaluate(  # noqa: PLR0913, PLR0917 -- the operation's inputs, one by one
    r: np.ndarray,
    log_sigma: np.ndarray,
    sd_fixed: np.ndarray,
    sd_province: np.ndarray,
    sd_year: np.ndarray,
    fixed: np.ndarray,
    province: np.ndarray,
    year: np.ndarray,
    sizes: np.ndarray,
    weight: np.ndarray,
) -> tuple[np.ndarray, ...]:
    """Return the log density and its derivatives by the first five arguments; the larger group is eliminated."""
    provinces, years = sizes[0], sizes[1]
    if provinces >= years:
        scales = Scales(sd_fixed, sd_province.item(), sd_year.item())
        rows = Rows(fixed, province, year, weight)
        value, by_r, by_sigma, by_fixed, by_province, by_year = log_density(
            r, log_sigma, rows, scales, (provinces, years)
        )
    else:
        scales = Scales(sd_fixed, sd_year.item(), sd_province.item())
        rows = Rows(fixed, year, province, weight)
        value, by_r, by_sigma, by_fixed, by_year, by_province = log_density(
            r, log_sigma, rows, scales, (years, provinces)
        )
    return np.asarray(value), by_r, by_sigma, by_fixed, np.asarray(by_province), np.asarray(by_year)


class CollapsedLogDensity(Op):  # type: ignore[misc]
    """`log_density` of `linear_part`, beside which its derivatives are outputs of the same pass over the rows."""

    __props__ = ()

    #: Inputs that have a derivative come first.
    differentiable: Final = 5

    def make_node(self, *inputs: Any) -> Apply:  # noqa: ANN401 -- PyTensor's own signature
        """Return the node: the log density, then its derivative by each differentiable input."""
        tensors = [pt.as_tensor_variable(value) for value in inputs]
        return Apply(self, tensors, [pt.dscalar(), *(tensor.type() for tensor in tensors[: self.differentiable])])

    def perform(self, node: Apply, inputs: Sequence[np.ndarray], outputs: list[list[np.ndarray]]) -> None:
        """Evaluate outside numba's graphs."""
        del node
        for place, value in zip(outputs, _evaluate(*map(np.ascontiguousarray, inputs)), strict=True):
            place[0] = np.asarray(value)

    def pullback(
        self, inputs: Sequence[Variable], outputs: Sequence[Variable], cotangents: Sequence[Variable]
    ) -> list[Variable]:
        """Return the cotangent of each input; the derivatives themselves are not differentiated again."""
        n = self.differentiable
        known = [cotangents[0] * outputs[1 + i] for i in range(n)]
        return known + [disconnected_type() for _ in inputs[n:]]

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        """Return for each input which outputs move with it: the log density alone is ever differentiated."""
        beside = [False] * self.differentiable
        return [[i < self.differentiable, *beside] for i in range(len(node.inputs))]


@register_funcify_default_op_cache_key(CollapsedLogDensity)  # type: ignore[untyped-decorator]
def _in_numba(op: CollapsedLogDensity, **_: Any) -> Callable[..., Any]:  # noqa: ANN401
    del op
    return _evaluate


def collapsed_log_density(  # noqa: PLR0913 -- the parts of a linear model
    r: Variable,
    log_sigma: Variable,
    *,
    fixed: Variable,
    groups: tuple[Variable, Variable, Variable],
    weight: Variable,
    scales: tuple[Variable, Variable, Variable],
) -> Variable:
    """Return log p(r) with the linear part integrated out.

    Parameters
    ----------
    r, log_sigma
        Transformed outcome and log error sd of each row, shape `(row,)`.
    fixed
        Columns of slopes and intercepts, shape `(row, p)`.
    groups
        Province and year of each row, and how many there are of both.
    weight
        1 for a row that counts and 0 for one that does not.
    scales
        Prior sds of the fixed columns `(p,)`, of the province effects and of the year shocks.
    """
    value: Variable = CollapsedLogDensity()(r, log_sigma, *scales, fixed, *groups, weight)[0]
    return value
