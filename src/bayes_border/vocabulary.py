"""The words that every layer shares: windows, regimes, readings of the break, statuses, names of terms."""

from __future__ import annotations

from enum import StrEnum

#: Term that carries an intercept where a recipe or a model has one.
INTERCEPT = "intercept"

#: The part in a comparison that the study's flagship plays.
COHERENT = "coherent"

#: Study and seed where none is named.
DEFAULT_STUDY = "li_shi_border"
DEFAULT_SEED = 20260101

#: The differenced outcome's name in designs, whatever the outcome is.
OUTCOME = "dg"


class Window(StrEnum):
    """Period that an estimate speaks of."""

    FULL = "full"
    PRE = "pre"
    POST = "post"


class Outcome(StrEnum):
    """Dependent variable: Table 1 explains growth, Table 3 relative income."""

    GROWTH = "growth"
    RELATIVE_INCOME = "relative_income"


class Engine(StrEnum):
    """Where an estimate comes from."""

    PUBLISHED = "published"
    GMM = "gmm"
    BAYES = "bayes"


class Status(StrEnum):
    """How a figure came to be, from an official statistic to none at all."""

    OFFICIAL = "official"
    OFFICIAL_GROWTH = "official growth"
    CHAINED = "chained"
    DERIVED = "derived"
    PROXY = "proxy"
    PRELIMINARY = "preliminary"
    FILLED = "filled"
    USER = "as supplied"
    MISSING = "missing"


class Null(StrEnum):
    """Data-generating process without interactions, under which estimators are calibrated (`simulate.nulls`)."""

    WHITE_NOISE = "white_noise"
    STUDENT_T = "student_t"
    SKEDASTIC = "skedastic"
    SD_BY_YEAR = "sd_by_year"
    FITTED = "fitted"
    COMMON_SHIFT = "common_shift"
    PROVINCE_SHIFT = "province_shift"


class TruthSource(StrEnum):
    """Where simulation-based calibration draws its truths from."""

    PRIOR = "prior"
    POSTERIOR = "posterior"


def interaction(term: str) -> str:
    """Return the name of the product of the outcome with `term`: `dlnFAI` -> `dg_dlnFAI`."""
    return f"{OUTCOME}_{term}"
