"""What is asked of the frequentist engine: one recipe, as its TOML file declares it."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Final, Literal, Self

from pydantic import Field, field_validator, model_validator
from pydantic.dataclasses import dataclass
from pydantic_core import PydanticCustomError

from bayes_border.spec.instruments import LagInstruments, Weights
from bayes_border.spec.model import STRICT


class Estimator(StrEnum):
    """Family of estimators that a recipe belongs to."""

    POOLED_OLS = "pooled_ols"
    WITHIN = "within"
    DIFFERENCE_GMM = "difference_gmm"
    IV_2SLS = "iv_2sls"
    IV_LIML = "iv_liml"
    IV_GMM = "iv_gmm"
    IV_CUE = "iv_cue"


class Interaction(StrEnum):
    """How the products of outcome and regressors enter.

    `cumulated_products` become Δg·ΔX after differencing, equation (3) as printed; `level_products` g·X
    become Δ(g·X), the exact difference of equation (2); `none`: the equation has no products.
    """

    CUMULATED_PRODUCTS = "cumulated_products"
    LEVEL_PRODUCTS = "level_products"
    NONE = "none"


class StandardErrors(StrEnum):
    """Account of the errors that standard errors and critical values rest on."""

    CLUSTER_UNIT = "cluster_unit"
    CLUSTER_PERIOD = "cluster_period"
    TWO_WAY = "two_way"
    HAC = "hac"
    CR2 = "cr2"
    CR3 = "cr3"
    WILD_BOOTSTRAP = "wild_bootstrap"


#: What each family has no use for, and why.
_WITHOUT_INSTRUMENTS: Final = (
    "steps",
    "lags",
    "outcome_instruments",
    "lagged_differences",
    "instrument_products",
    "standard",
    "standard_regressors",
    "weights",
)
#: What those keys hold where nobody set them, if not None.
_UNUSED: Final = {
    "steps": 1,
    "standard": True,
    "standard_regressors": (),
    "lagged_differences": 0,
    "instrument_products": False,
    "intercept": False,
}
_MEANINGLESS: Final[dict[Estimator, tuple[tuple[str, ...], str]]] = {
    Estimator.POOLED_OLS: (_WITHOUT_INSTRUMENTS, "which has one step and no instruments"),
    Estimator.WITHIN: ((*_WITHOUT_INSTRUMENTS, "intercept"), "which has unit effects, one step and no instruments"),
    Estimator.DIFFERENCE_GMM: (("weights",), "whose weights are clustered by unit"),
    Estimator.IV_2SLS: (("steps", "weights"), "which has one step and the weight (Z'Z)^-1"),
    Estimator.IV_LIML: (("steps", "weights"), "which has one step and no weight matrix"),
    Estimator.IV_GMM: ((), ""),
    Estimator.IV_CUE: (("steps",), "which chooses estimate and weight at once"),
}


@dataclass(frozen=True, config=STRICT, kw_only=True)
class RecipeSpec:
    """One recipe of the replication module: an estimator, its equation and its instruments.

    Parameters
    ----------
    name, meaning
        The file's name, and in one sentence what it estimates.
    estimator, steps
        Family; for GMM also 1, 2 or `iterated` until the estimate no longer moves.
    interaction
        How the products of outcome and regressors enter, if they do.
    outcome_lags, regressor_lags
        How many lagged outcomes stand among the regressors, and how many lags of which regressor.
    intercept, year_effects
        A constant in the equation as it is estimated (after differencing: a unit's trend); year dummies.
    standard, standard_regressors
        The regressors, lags included, instrument themselves: all of them, or those named alone.
    lags, outcome_instruments
        Lagged levels of regressors, or of the outcome, as instruments.
    lagged_differences
        How many lagged differences of each regressor are instruments, one column each, 0 where not known.
    instrument_products
        Squares and cross products of the differenced regressors are instruments.
    weights
        The weight matrix of `iv_gmm` and `iv_cue`.
    standard_errors
        The account of the errors that estimates are shown with; where none is named the family's own: CR1
        by unit for least squares and two-stage estimates, Windmeijer's for difference GMM, the weight's for IV-GMM.
    """

    name: str
    meaning: str
    estimator: Estimator
    steps: Literal[1, 2, "iterated"] = 1
    interaction: Interaction = Interaction.CUMULATED_PRODUCTS
    outcome_lags: int = Field(default=0, ge=0)
    regressor_lags: dict[str, int] = Field(default_factory=dict)
    intercept: bool = False
    year_effects: bool = False
    standard: bool = True
    standard_regressors: tuple[str, ...] = ()
    lags: LagInstruments | None = None
    outcome_instruments: LagInstruments | None = None
    lagged_differences: int = Field(default=0, ge=0)
    instrument_products: bool = False
    weights: Weights | None = None
    standard_errors: StandardErrors | None = None

    @property
    def in_levels(self) -> bool:
        """Return whether the equation is estimated in levels, equations (1) and (2), not differenced."""
        return self.estimator is Estimator.WITHIN

    @property
    def linear(self) -> bool:
        """Return whether the estimate is reached in a known number of linear steps, so that many go at once."""
        return self.estimator is not Estimator.IV_CUE and self.steps != "iterated"

    @field_validator("regressor_lags")
    @classmethod
    def _lags_count(cls, lags: dict[str, int]) -> dict[str, int]:
        for name, count in lags.items():
            if count < 0:
                message = "{count} lags of {name}: give 0 or more"
                raise PydanticCustomError("regressor_lags", message, {"count": count, "name": name})
        return lags

    @model_validator(mode="after")
    def _has_a_meaning(self) -> Self:
        for message in self._contradictions():
            raise ValueError(message)
        return self

    def _contradictions(self) -> Iterator[str]:
        keys, reason = _MEANINGLESS[self.estimator]
        for key in keys:
            if getattr(self, key) != _UNUSED.get(key):
                yield f"{key} set for {self.estimator}, {reason}; remove it"
        yield from self._contradictory_equation()
        if self.estimator not in {Estimator.POOLED_OLS, Estimator.WITHIN}:
            yield from self._contradictory_instruments()

    def _contradictory_equation(self) -> Iterator[str]:
        if self.in_levels and self.interaction is Interaction.CUMULATED_PRODUCTS:
            yield (
                "interaction cumulated_products (the default) with within, whose equation (2) has products of levels; "
                'set interaction = "level_products" or "none"'
            )
        if self.intercept and self.year_effects:
            yield "intercept beside year_effects, which hold it already; remove one"
        if self.estimator is Estimator.IV_GMM and self.steps == 1:
            yield 'iv_gmm with one step is two-stage least squares; set steps = 2, or estimator = "iv_2sls"'
        if self.estimator in {Estimator.IV_GMM, Estimator.IV_CUE} and self.weights is None:
            yield f"{self.estimator} without weights; add [weights] with a kind"

    def _contradictory_instruments(self) -> Iterator[str]:
        if self.standard_regressors and not self.standard:
            yield "standard_regressors named although standard = false; remove one"
        if self.outcome_instruments is not None and self.outcome_instruments.regressors:
            yield "regressors named in outcome_instruments, which are lags of the outcome; name them in [lags]"
        others = (self.lags, self.outcome_instruments, self.lagged_differences, self.instrument_products)
        if not self.standard and not any(others):
            yield "no instrument is left; set standard = true or add [lags]"
