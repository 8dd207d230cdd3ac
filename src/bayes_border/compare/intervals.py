"""What does a printed estimate with its standard error claim, and how much prior doubt would undo it?"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy import stats


@dataclass(frozen=True, slots=True)
class Interval:
    """An interval between two numbers."""

    lower: float
    upper: float

    def meets(self, other: Interval) -> bool:
        """Return whether two intervals have a point in common."""
        return self.lower <= other.upper and other.lower <= self.upper

    def inside(self, bound: float) -> bool:
        """Return whether the interval lies within (-bound, bound)."""
        return -bound < self.lower and self.upper < bound


@dataclass(frozen=True, slots=True)
class DesignAnalysis:
    """What a significant estimate would be worth if the effect were as assumed (Gelman and Carlin 2014).

    `power`: probability of significance; `sign_error`: probability that a significant estimate has the
    wrong sign (type S); `exaggeration`: expected size of a significant estimate over the effect's (type M).
    """

    power: float
    sign_error: float
    exaggeration: float


def interval(value: float, se: float, *, level: float, degrees_of_freedom: int | None = None) -> Interval:
    """Return the two-sided interval under the normal (None) or a t distribution."""
    tail = 0.5 + level / 2.0
    quantile = stats.norm.ppf(tail) if degrees_of_freedom is None else stats.t.ppf(tail, degrees_of_freedom)
    return Interval(value - float(quantile) * se, value + float(quantile) * se)


def design_analysis(effect: float, se: float, *, significance: float) -> DesignAnalysis:
    """Return power, sign-error rate and exaggeration ratio of a normal estimate, in closed form.

    With lambda = |effect| / se and z the critical value, E[|estimate|; significant] / se is
    phi(z - lambda) + phi(z + lambda) + lambda (Phi(lambda - z) - Phi(-lambda - z)) (Gelman and Carlin
    2014; Lu, Qiu and Deng 2019). An effect of zero has sign-error rate one half and no finite exaggeration.
    """
    z = float(stats.norm.isf(significance / 2.0))
    ratio = abs(effect) / se
    right, wrong = float(stats.norm.sf(z - ratio)), float(stats.norm.sf(z + ratio))
    power = right + wrong
    size = float(stats.norm.pdf(z - ratio) + stats.norm.pdf(z + ratio)) + ratio * (right - wrong)
    return DesignAnalysis(power, wrong / power, size / (power * ratio) if ratio > 0.0 else math.inf)


def sceptical_prior_sd(value: float, se: float, *, significance: float) -> float | None:
    """Return the sd of the normal prior at zero that makes a significant estimate just not credible.

    tau^2 = se^2 / (z^2 / z_a^2 - 1) (Matthews 2001; Held 2019): a doubter whose prior is any tighter is
    not convinced. None where the estimate is not significant.
    """
    critical = float(stats.norm.isf(significance / 2.0))
    excess = (value / se / critical) ** 2 - 1.0
    return se / math.sqrt(excess) if excess > 0.0 else None
