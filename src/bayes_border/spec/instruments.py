"""Which lags and weight matrices may a recipe ask for?"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from pydantic import Field, ValidationInfo, ValidatorFunctionWrapHandler, field_validator, model_validator
from pydantic.dataclasses import dataclass
from pydantic_core import PydanticCustomError

from bayes_border.spec.model import STRICT


class WeightKind(StrEnum):
    """Which moments of which rows count together in a weight matrix."""

    ROBUST = "robust"
    CLUSTERED_BY_UNIT = "clustered_by_unit"
    CLUSTERED_BY_PERIOD = "clustered_by_period"
    BARTLETT = "bartlett"
    PARZEN = "parzen"
    QUADRATIC_SPECTRAL = "quadratic_spectral"

    @property
    def kernel(self) -> bool:
        """Return whether the rows are weighed as one series in time."""
        return self in {WeightKind.BARTLETT, WeightKind.PARZEN, WeightKind.QUADRATIC_SPECTRAL}


@dataclass(frozen=True, config=STRICT, kw_only=True)
class LagInstruments:
    """Lagged levels as GMM-style instruments, one column a lag and period unless collapsed.

    `regressors`: which of them; none named is all of them.
    """

    first: int = Field(ge=1)
    last: int = Field(ge=1)
    collapse: bool = False
    regressors: tuple[str, ...] = ()

    @field_validator("regressors")
    @classmethod
    def _named_once(cls, regressors: tuple[str, ...]) -> tuple[str, ...]:
        twice = sorted({name for name in regressors if regressors.count(name) > 1})
        if twice:
            raise PydanticCustomError("lags", "{name} stands twice: name it once", {"name": twice[0]})
        return regressors

    @field_validator("last")
    @classmethod
    def _last_not_before_first(cls, last: int, info: ValidationInfo) -> int:
        first = info.data.get("first", last)
        if last < first:
            message = "the last lag must not come before the first, which is {first}: no lag lies between them"
            raise PydanticCustomError("lags", message, {"first": first})
        return last


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Weights:
    """The weight matrix of stacked moments; `bandwidth` in rows or `automatic` (Newey and West 1994), kernels only.

    A whole bandwidth b of Bartlett's or Parzen's kernel gives the lags up to b a weight: R's `bw` is b + 1.
    """

    kind: WeightKind
    bandwidth: float | Literal["automatic"] | None = None

    @field_validator("bandwidth", mode="wrap")
    @classmethod
    def _number_or_word(cls, value: object, handler: ValidatorFunctionWrapHandler) -> object:
        number = isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
        if value is None or value == "automatic" or number:
            return handler(value)
        raise PydanticCustomError("bandwidth", 'it should be "automatic" or a number of rows, 0 or more')

    @model_validator(mode="after")
    def _bandwidth_where_it_belongs(self) -> Self:
        if self.kind.kernel and self.bandwidth is None:
            message = f'{self.kind} weights without a bandwidth; set bandwidth = "automatic" or a number of rows'
            raise ValueError(message)
        if not self.kind.kernel and self.bandwidth is not None:
            message = f"bandwidth set for {self.kind} weights, which weigh no lags; remove it"
            raise ValueError(message)
        lags = self.kind in {WeightKind.BARTLETT, WeightKind.PARZEN}
        if lags and isinstance(self.bandwidth, float) and not self.bandwidth.is_integer():
            message = f"bandwidth {self.bandwidth:g} of the {self.kind} kernel is no number of lags; give a whole one"
            raise ValueError(message)
        return self
