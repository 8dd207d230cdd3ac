"""Does a calibration fail what is at fault, and say what it cannot have seen?

Each fault runs with few fits, to save time; `benchmarks/mutants.py` measures what 200 find of each.
"""

from dataclasses import replace

import numpy as np
import pytest
from checks.mutants import MUTANTS, WRONG_PRIORS, Mutant

from bayes_border.workflow.calibrate import calibrate

SEED = 7

#: Fits, and quantities that must be among those found: where the fault is made, or what sums up every row.
FOUND = {
    "as_estimated": (12, {"gamma[pre, dlnFAI]", "sigma[pre]", "log_likelihood"}),
    "jacobian_dropped": (12, {"gamma[pre, dlnFAI]", "sigma[pre]", "log_likelihood"}),
    "regimes_swapped": (25, {"sigma[pre]", "sigma[post]", "log_likelihood"}),
    "province_shifted": (60, {"log_likelihood"}),
    "variance_as_sd": (12, {"sigma[pre]", "sigma[post]", "log_likelihood"}),
    "sigma_alpha_prior_doubled": (130, {"sigma_alpha"}),
}


def verdict(mutant, design, n):
    return calibrate(mutant.run(design, seed=SEED), n).verdict


@pytest.mark.parametrize("name", FOUND)
def test_a_mutant_is_found_where_it_is_at_fault(name, design):
    n, where = FOUND[name]
    found = verdict(MUTANTS[name], design, n)
    assert not found.passed
    assert where <= {each.quantity for each in found.quantities if not each.passed}
    assert found.summary.startswith("Not calibrated")


def test_the_flagship_passes_what_finds_the_mutants(design):
    found = verdict(Mutant("nothing"), design, 60)
    assert found.passed, found.summary


def test_what_is_too_small_for_so_many_fits_passes_and_is_said_to_be(design):
    found = verdict(WRONG_PRIORS["beta_prior_half_as_large_again"], design, 40)
    assert found.passed
    assert f"With n = 40 and a power of 80 %, one quantity would show {found.detectable.words}." in found.summary
    assert found.summary.count("smaller faults may pass unseen") == 1


def test_every_mutant_is_fitted_to_the_panels_of_the_flagship(design):
    """What each is given under one seed: to the last digit what the flagship itself is."""

    class SeenError(Exception):
        """Ends a simulation before it is fitted."""

    def outcome(mutant):
        def look(_, rows, **__):
            raise SeenError(rows.y)

        with pytest.raises(SeenError) as caught:
            replace(mutant, fit=look).run(design, seed=SEED)([3])
        return caught.value.args[0]

    expected = outcome(Mutant("nothing"))
    for name, mutant in {**MUTANTS, **WRONG_PRIORS}.items():
        np.testing.assert_array_equal(outcome(mutant), expected, err_msg=name)


def test_what_regressions_share_with_the_flagship_is_judged_and_nothing_else(design):
    """No intercept and no year shocks: neither has a truth to be compared with."""
    quantities = MUTANTS["as_estimated"].run(design, seed=SEED).quantities
    assert {"gamma[pre, dlnFAI]", "sigma_alpha", "delta_beta[dIS]", "log_likelihood"} <= set(quantities)
    assert not [name for name in quantities if name.startswith(("tau", "sigma_tau", "intercept"))]
