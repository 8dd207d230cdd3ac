"""What is asked of the Bayesian engine: one model, as its TOML file declares it."""

from __future__ import annotations

from enum import StrEnum

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class Intercept(StrEnum):
    """Intercepts of the differenced equation."""

    BY_REGIME = "by_regime"
    COMMON = "common"
    NONE = "none"


class Regimes(StrEnum):
    """Does the equation change at the break?"""

    BREAK = "break"
    SINGLE = "single"


class Pooling(StrEnum):
    """How far the two regimes' coefficients are tied together."""

    PARTIAL = "partial"
    NONE = "none"


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Structure:
    """Which parts the equation ``m dg = c + alpha + tau + x'beta + e``, ``m = 1 - x'gamma``, has."""

    regimes: Regimes
    intercept: Intercept
    pooling: Pooling = Pooling.PARTIAL
    province_effects: bool = True
    year_shocks: bool = True
    interactions: bool = True
    jacobian: bool = True
    skedastic: bool = False


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Priors:
    """Prior scales, per standard deviation of a regressor; percentage points of growth where not said otherwise.

    `beta`, `intercept`: normal sd. `gamma`, `kappa`: normal sd (no unit). `omega_beta`,
    `omega_gamma`: half-normal scale of the break's sd. `sigma_alpha` (percentage points a year, each
    year), `sigma_tau`: half-normal scale. `sigma_median`, `sigma_log_sd`: log-normal error sd.
    """

    beta: float = Field(gt=0)
    gamma: float = Field(gt=0)
    omega_beta: float = Field(gt=0)
    omega_gamma: float = Field(gt=0)
    intercept: float = Field(gt=0)
    sigma_alpha: float = Field(gt=0)
    sigma_tau: float = Field(gt=0)
    sigma_median: float = Field(gt=0)
    sigma_log_sd: float = Field(gt=0)
    kappa: float = Field(gt=0)


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Barrier:
    """Smooth coherence barrier, a factor of the joint prior for each row of the reference design.

    1 where m >= location, exp(-((location - m) / width)^2 / 2) below. It must have closed at m = 0: behind
    log|m| = -inf lies a mode in which a chain gets stuck and the equation means nothing, and a logistic
    factor, which falls only exponentially, leaves it some per cent of the mass.
    """

    location: float = Field(gt=0, lt=1)
    width: float = Field(gt=0)


@dataclass(frozen=True, config=STRICT, kw_only=True)
class ModelSpec:
    """One model of the family: its parts, its priors and, where it must keep m above zero, its barrier."""

    name: str
    meaning: str
    structure: Structure
    priors: Priors
    barrier: Barrier | None = None
