"""What is asked of the frequentist engine: one recipe, as its TOML file declares it."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field, ValidationInfo, field_validator
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

    @field_validator("steps")
    @classmethod
    def _least_squares_has_one_step(cls, steps: int, info: ValidationInfo) -> int:
        if steps > 1 and info.data.get("estimator") is Estimator.POOLED_OLS:
            raise PydanticCustomError("steps", "pooled_ols has one step: remove steps or use difference_gmm")
        return steps

    @field_validator("lags")
    @classmethod
    def _least_squares_has_no_instruments(
        cls, lags: LagInstruments | None, info: ValidationInfo
    ) -> LagInstruments | None:
        if lags is not None and info.data.get("estimator") is Estimator.POOLED_OLS:
            raise PydanticCustomError("lags", "pooled_ols has no instruments: remove [lags] or use difference_gmm")
        return lags

    @field_validator("standard")
    @classmethod
    def _something_must_instrument(cls, standard: bool, info: ValidationInfo) -> bool:  # noqa: FBT001
        gmm = info.data.get("estimator") is Estimator.DIFFERENCE_GMM
        if gmm and not standard and info.data.get("lags", True) is None:
            raise PydanticCustomError("standard", "no instrument is left: set standard = true or add [lags]")
        return standard
