"""How often does a right posterior fail a calibration whose truths are draws of a chain, not independent ones?

A closed form: theta given the panel is standard normal, and the copy's outcome is normal about theta with variance 1.
So theta given both is normal with mean y / 2 and variance 1 / 2, and every place of a truth is exact: what is wrong
can only be the pool that the truths come from.
"""

import numpy as np
import pytest
from scipy import signal, stats

from bayes_border import criteria
from bayes_border.checks.mixing import effective_sizes
from bayes_border.checks.uniformity import p_value

SIMULATIONS = 200
#: A stationary AR(1): N of its draws are worth N (1 - rho) / (1 + rho).
RHO = 0.6


def pool(rng, effective):
    """Return four chains of standard normal draws that are worth so many independent ones."""
    shape = (4, round(effective * (1 + RHO) / (1 - RHO) / 4), 1)
    noise, start = rng.normal(size=shape) * np.sqrt(1 - RHO**2), RHO * rng.normal(size=(4, 1, 1))
    return signal.lfilter([1.0], [1.0, -RHO], noise, axis=1, zi=start)[0]


def failures(effective, calibrations):
    """Return the share of so many calibrations that fail, and the mean effective size of their pools."""
    rng, p_values, sizes = np.random.default_rng(51), [], []
    for _ in range(calibrations):
        draws = pool(rng, effective)
        sizes.append(effective_sizes(draws)[0])
        truth = rng.choice(draws.ravel(), SIMULATIONS)
        copy = truth + rng.normal(size=SIMULATIONS)
        p_values.append(p_value(stats.norm.cdf(truth, copy / 2, np.sqrt(1 / 2))))
    return np.mean(np.array(p_values) <= criteria.CALIBRATION_LEVEL), np.mean(sizes)


def test_the_smallest_pool_that_is_allowed_keeps_the_level():
    """Of 1,000 calibrations, each of which fails with a probability of 1 %, 21 or more fail once in 600 times."""
    share, size = failures(criteria.POOL_SIZE_PER_SIMULATION * SIMULATIONS, 1000)
    assert size == pytest.approx(criteria.POOL_SIZE_PER_SIMULATION * SIMULATIONS, rel=0.05)
    assert share < 0.021


def test_a_pool_of_fewer_draws_than_half_the_simulations_does_not():
    share, size = failures(0.4 * SIMULATIONS, 400)
    assert size < 0.5 * SIMULATIONS
    assert share > 0.04
