"""How small a fault of a posterior does the test of uniformity find?

Let the right posterior of a quantity be normal with mean m and standard deviation s, so that its truth is
theta = m + s Z with Z standard normal. A sampler or model at fault reports N(m + b s, (r s)^2). Then the
probability integral transform of the truth is

    U = Phi((theta - m - b s) / (r s)) = Phi((Z - b) / r),

and P(U <= u) = Phi(b + r Phi^-1(u)). `checks.crossing` needs no more than this function, so the power
against a bias b or a ratio r of the standard deviations is exact. The test of location, which each quantity has
beside it, finds some biases that are smaller.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from bayes_border import criteria
from bayes_border.checks.uniformity import POINTS, simultaneous_band

#: Tests of each quantity, which share its level: of uniformity, and of location.
TESTS = 2

#: Beyond these a posterior is as wrong as it can be: another standard deviation changes no count.
_LARGEST_BIAS = 20.0
_LARGEST_RATIO = 1e6


@dataclass(frozen=True)
class Detectable:
    """The smallest faults of one quantity that a run finds with a power of `criteria.POWER_WANTED`.

    Parameters
    ----------
    n
        Number of fits.
    level
        Level of the quantity's test.
    bias
        Smallest distance of the reported mean from the right one, of either sign, in right posterior
        standard deviations; infinite where no bias is found.
    narrow, wide
        Largest ratio below 1, and smallest above, of the reported standard deviation to the right one;
        0 and infinite where none is found.
    """

    n: int
    level: float
    bias: float
    narrow: float
    wide: float

    @property
    def words(self) -> str:
        """Return what would be found, in words."""
        ratios = [f"{ratio:.2f}" for ratio in (self.narrow, self.wide) if 0.0 < ratio < math.inf]
        parts = [f"a bias of {self.bias:.2g} posterior sd"] if math.isfinite(self.bias) else []
        parts += [f"a posterior sd {' or '.join(ratios)} times the right one"] if ratios else []
        found = ", or ".join(parts)
        return f"{found}; smaller faults may pass unseen" if found else "no bias and no wrong sd, however large"


def smallest_detectable(n: int, *, quantities: int) -> Detectable:
    """Return the smallest faults that `n` fits find in one of so many quantities.

    The test of uniformity has the level that Holm's procedure asks of the smallest p-value, the hardest to pass.
    """
    level = criteria.CALIBRATION_LEVEL / (TESTS * quantities)

    def smallest(at: Callable[[float], float], largest: float) -> float:
        """Return the first size of a fault with the power wanted; infinite where the largest has less."""

        def lacking(size: float) -> float:
            return at(size) - criteria.POWER_WANTED

        return float(brentq(lacking, 0.0, largest, xtol=1e-4)) if lacking(largest) >= 0.0 else math.inf

    log_ratio = math.log(_LARGEST_RATIO)
    return Detectable(
        n,
        level,
        bias=smallest(lambda b: power(n, level, bias=b), _LARGEST_BIAS),
        narrow=math.exp(-smallest(lambda x: power(n, level, ratio=math.exp(-x)), log_ratio)),
        wide=math.exp(smallest(lambda x: power(n, level, ratio=math.exp(x)), log_ratio)),
    )


def power(n: int, level: float, *, bias: float = 0.0, ratio: float = 1.0) -> float:
    """Return the probability that the test of one quantity finds a fault.

    Parameters
    ----------
    n
        Number of fits.
    level
        Level of the test.
    bias
        Reported mean less the right one, in right posterior standard deviations.
    ratio
        Reported standard deviation over the right one.
    """
    return simultaneous_band(n, level).crossing(faulty_cdf(bias, ratio))


def faulty_cdf(bias: float, ratio: float) -> np.ndarray:
    """Return P(U <= u) = Phi(b + r Phi^-1(u)) at `POINTS`, `(point,)`."""
    return np.asarray(ndtr(bias + ratio * ndtri(POINTS)))
