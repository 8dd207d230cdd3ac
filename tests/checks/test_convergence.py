"""The gate refuses what it should, whichever diagnostic falls short."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from bayes_border.bayes.convergence import Convergence, diagnose
from bayes_border.bayes.posterior import Posterior
from bayes_border.checks.check import CheckStatus
from bayes_border.checks.convergence import convergence, require_converged
from bayes_border.errors import GateError
from bayes_border.spec.reader import load_model

GOOD = Convergence(1.004, 900.0, 800.0, 0.0005, 0.7, 4, 1000)


def fit_of(draws, energy=None, diverging=None, design=None):
    chains, n = draws.shape
    rng = np.random.default_rng(0)
    stats = xr.Dataset(
        {
            "energy": (("chain", "draw"), rng.normal(size=(chains, n)) if energy is None else energy),
            "diverging": (("chain", "draw"), np.zeros((chains, n), bool) if diverging is None else diverging),
        }
    )
    posterior = xr.Dataset({"sigma": (("chain", "draw"), draws)})
    tree = xr.DataTree.from_dict({"posterior": posterior, "sample_stats": stats})
    return Posterior(load_model("coherent_break"), design, tree, "table1")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"rhat_max": 1.02}, "R-hat 1.020 > 1.01"),
        ({"ess_bulk_min": 399.0}, "bulk ESS 399 < 400"),
        ({"ess_tail_min": 12.0}, "tail ESS 12 < 400"),
        ({"divergent_share": 0.001}, "divergent transitions 0.10% >= 0.1%"),
        ({"ebfmi_min": 0.29}, "E-BFMI 0.29 < 0.3"),
        ({"rhat_max": float("nan")}, "R-hat nan > 1.01"),
    ],
)
def test_each_diagnostic_can_close_the_gate(change, words):
    assert GOOD.passed
    assert replace(GOOD, **change).faults == (words,)


def test_chains_that_disagree_fail_and_chains_that_agree_pass():
    rng = np.random.default_rng(1)
    agree = rng.normal(size=(4, 1000))
    assert convergence(fit_of(agree)).status is CheckStatus.PASSED
    apart = agree + np.arange(4)[:, None]
    check = convergence(fit_of(apart))
    assert check.status is CheckStatus.FAILED
    assert "R-hat" in check.observed


def test_a_chain_that_drifts_slowly_in_energy_fails():
    rng = np.random.default_rng(2)
    slow = np.cumsum(rng.normal(size=(4, 1000)), axis=1)
    found = diagnose(
        xr.Dataset({"a": (("chain", "draw"), rng.normal(size=(4, 1000)))}),
        xr.Dataset({"energy": (("chain", "draw"), slow), "diverging": (("chain", "draw"), slow > np.inf)}),
    )
    assert found.ebfmi_min < 0.3
    # Betancourt (2016): sum of squared steps over the sum of squared deviations, the worst chain's.
    steps, deviations = np.diff(slow, axis=1), slow - slow.mean(axis=1, keepdims=True)
    assert found.ebfmi_min == pytest.approx(np.min((steps**2).sum(axis=1) / (deviations**2).sum(axis=1)), rel=1e-10)


def test_the_gate_names_every_fit_it_refuses_and_lets_a_stamped_one_through():
    apart = np.random.default_rng(3).normal(size=(4, 1000)) + np.arange(4)[:, None]
    fits = [fit_of(apart), fit_of(apart)]
    with pytest.raises(GateError, match=r"(?s)(coherent_break \(table1\).*){2}--allow-unconverged"):
        require_converged(fits)
    require_converged(fits, allow_unconverged=True)
