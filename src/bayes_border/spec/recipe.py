"""What is asked of the frequentist engine: one recipe, as its TOML file declares it."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import Field, ValidationInfo, field_validator, model_validator
from pydantic.dataclasses import dataclass
from pydantic_core import PydanticCustomError

from bayes_border.spec.model import STRICT


class Estimator(StrEnum):
    """Family of estimators that a recipe belongs to."""

    POOLED_OLS = "pooled_ols"
    DIFFERENCE_GMM = "difference_gmm"


@dataclass(frozen=True, config=STRICT, kw_only=True)
class LagInstruments:
    """Lagged levels of the regressors as GMM-style instruments, one column a lag and period unless collapsed."""

    first: int = Field(ge=1)
    last: int = Field(ge=1)
    collapse: bool = False

    @field_validator("last")
    @classmethod
    def _last_not_before_first(cls, last: int, info: ValidationInfo) -> int:
        first = info.data.get("first", last)
        if last < first:
            message = "the last lag must not come before the first, which is {first}: no lag lies between them"
            raise PydanticCustomError("lags", message, {"first": first})
        return last


@dataclass(frozen=True, config=STRICT, kw_only=True)
class RecipeSpec:
    """One recipe of the replication module (DESIGN section 2.3).

    `standard`: the differenced regressors also instrument themselves. `steps`: 1 or 2.
    """

    name: str
    meaning: str
    estimator: Estimator
    steps: int = Field(default=1, ge=1, le=2)
    lags: LagInstruments | None = None
    standard: bool = True

    @model_validator(mode="after")
    def _has_a_meaning(self) -> Self:
        if self.estimator is Estimator.POOLED_OLS and (self.steps > 1 or self.lags is not None):
            key = "steps" if self.steps > 1 else "lags"
            message = f"{key} set for pooled_ols, which has one step and no instruments; remove it"
            raise ValueError(message)
        if self.estimator is Estimator.DIFFERENCE_GMM and self.lags is None and not self.standard:
            message = "no instrument is left; set standard = true or add [lags]"
            raise ValueError(message)
        return self
