"""What is asked of the frequentist engine: one recipe, as its TOML file declares it."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field
from pydantic.dataclasses import dataclass

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
