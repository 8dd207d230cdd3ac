"""The verdict on a calibration, on posteriors known in closed form, right and at fault."""

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from bayes_border import criteria
from bayes_border.checks.sbc_verdict import holm, judge
from bayes_border.errors import DataError

NAMES = [f"beta[{k}]" for k in range(8)]


def run_of(n, seed, *, bias=0.0, ratio=1.0):
    """Return a run of normal means: prior N(0, 1), one observation N(theta, 1/3); the last quantity is at fault."""
    rng = np.random.default_rng(seed)
    truth = rng.standard_normal((n, len(NAMES)))
    y = truth + rng.standard_normal(truth.shape) / np.sqrt(3)
    mean, sd = 0.75 * y, np.full_like(y, 0.5)
    mean[:, -1] += bias * 0.5
    sd[:, -1] *= ratio
    dims = ("simulation", "quantity")
    values = {
        "pit": (dims, stats.norm.cdf(truth, mean, sd)),
        "sd": (dims, sd),
        "z": (dims, (mean - truth) / sd),
        "contraction": (dims, 1 - sd**2),
        "rhat_max": ("simulation", np.ones(n)),
    }
    return xr.Dataset(values, {"quantity": NAMES})


def test_exact_posteriors_pass():
    verdict = judge(run_of(1000, 1), model="m")
    assert verdict.passed
    assert verdict.table()["passed"].all()
    assert verdict.summary.startswith("None of 8 quantities departs from uniform at a family-wise level of 1 %")


@pytest.mark.parametrize("fault", [{"bias": 0.5}, {"bias": -0.5}, {"ratio": 0.7}, {"ratio": 1.4}])
def test_one_quantity_at_fault_among_eight_is_found_and_named(fault):
    verdict = judge(run_of(400, 2, **fault), model="m")
    assert not verdict.passed
    table = verdict.table().set_index("quantity")
    assert table.index[~table["passed"]].tolist() == ["beta[7]"]
    assert "1 of 8 quantities depart from uniform" in verdict.summary
    assert "beta[7]" in verdict.summary


def test_a_wrong_prior_that_no_place_alone_shows_is_found_by_the_wide_posteriors():
    data = run_of(200, 2)
    wide = np.arange(200) % 10 == 0
    data["sd"][:] = np.where(wide, 2.0, 0.02)[:, None]
    pit = data["pit"].values[wide, -1]
    data["pit"][np.flatnonzero(wide), -1] = stats.norm.cdf(stats.norm.ppf(pit) + 1.5)
    row = judge(data, model="m").table().iloc[-1]
    assert row["p_location"] < 1e-4
    assert row["p_uniform"] > 1e-2
    assert row["p_value"] == pytest.approx(2 * row["p_location"])
    assert not row["passed"]
    # A posterior without an sd has no weight, and one quantity's weights are no other's.
    data["sd"][np.flatnonzero(wide), -1] = np.nan
    assert judge(data, model="m").table()["p_location"].iloc[-1] > 1e-2


def test_a_family_of_exact_posteriors_fails_at_most_as_often_as_the_level():
    """At level 1 % and 400 families: 4 expected at most; 13 or more have a probability below 1e-3."""
    rng = np.random.default_rng(4)
    failed = 0
    for _ in range(400):
        data = run_of(50, rng.integers(2**32)).isel(quantity=slice(0, 3))
        failed += not judge(data, model="m").passed
    assert failed < 13


def test_the_table_says_what_the_simulations_hold():
    n = 4000
    table = judge(run_of(n, 3, bias=0.5), model="m").table().set_index("quantity")
    assert table["n"].eq(n).all()
    fine, faulty = table.iloc[0], table.iloc[-1]
    assert fine["contraction"] == pytest.approx(0.75)
    assert fine["mean_z"] == pytest.approx(0, abs=4 / np.sqrt(n))
    assert faulty["mean_z"] == pytest.approx(0.5, abs=4 / np.sqrt(n))
    assert (fine["lower_z"], fine["upper_z"]) == pytest.approx((-1.645, 1.645), abs=0.12)
    assert fine["coverage"] == pytest.approx(0.9, abs=4 * 0.3 / np.sqrt(n))
    assert fine["inside"]
    expected = stats.norm.cdf(1.645 - 0.5) - stats.norm.cdf(-1.645 - 0.5)
    assert faulty["coverage"] == pytest.approx(expected, abs=4 * 0.4 / np.sqrt(n))
    assert not faulty["inside"]


def test_one_fit_without_a_variance_does_not_rule_the_contraction():
    data = run_of(51, 3)
    data["contraction"][0] = -1e6
    assert judge(data, model="m").table()["contraction"].tolist() == pytest.approx([0.75] * len(NAMES))


def test_failed_fits_are_left_out_and_counted_and_unconverged_ones_stay_in():
    data = run_of(50, 5)
    data["pit"][:10] = np.nan
    data["z"][:10] = np.nan
    data["rhat_max"][:14] = [np.nan] * 10 + [1.051, 2.0, np.nan, 1.05]
    verdict = judge(data, model="m")
    assert (verdict.simulations, verdict.failed, verdict.unconverged) == (50, 10, 3)
    assert verdict.table()["n"].eq(40).all()
    assert verdict.detectable.n == 40
    assert "10 of 50 fits failed and are left out; 3 of the other 40 (7.5 %) did not converge" in verdict.summary
    same = judge(data.isel(simulation=slice(10, None)), model="m")
    assert same.table().equals(verdict.table())


def test_a_quantity_without_a_fit_has_not_passed_and_takes_no_share_of_the_level():
    data = run_of(200, 6)
    data["pit"][:, 0] = np.nan
    verdict = judge(data, model="m")
    assert not verdict.passed
    assert verdict.failed == 0
    assert "No fit gave a value of beta[0]: the run has not passed." in verdict.summary
    rest = judge(data.isel(quantity=slice(1, None)), model="m")
    assert rest.passed
    assert verdict.table()["p_adjusted"].iloc[1:].tolist() == rest.table()["p_adjusted"].tolist()
    assert verdict.detectable.level == pytest.approx(0.01 / (2 * 7))


@pytest.mark.parametrize("n", [0, 3])
def test_a_run_without_a_fit_has_not_passed(n):
    data = run_of(n, 7)
    verdict = judge(data.where(data["rhat_max"] < 0), model="m")
    assert not verdict.passed
    assert verdict.detectable is None
    assert f"{n} of {n} fits failed" in verdict.summary


def test_one_fit_says_that_it_could_find_nothing():
    verdict = judge(run_of(1, 8), model="m")
    assert verdict.passed
    assert (
        "With n = 1 and a power of 80 %, one quantity would show no bias and no wrong sd, however large."
        in verdict.summary
    )


def test_every_quantity_that_is_no_probability_is_named():
    data = run_of(5, 9)
    data["pit"][0, 2], data["pit"][1, 4] = 1.5, np.inf
    with pytest.raises(DataError, match=r"(?s)m: 2 faults.*beta\[2\].*1.5.*beta\[4\].*inf"):
        judge(data, model="m")


def test_a_run_of_no_quantity_is_refused():
    with pytest.raises(DataError, match="quantity"):
        judge(run_of(5, 9).isel(quantity=slice(0, 0)), model="m")


def test_holm_s_steps_are_those_of_the_definition():
    p = np.array([0.01, 0.04, 0.03, 0.005])
    assert holm(p) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm(np.array([0.5, 0.6])).tolist() == [1.0, 1.0]
    assert holm(np.array([np.nan, 0.02, 0.3])) == pytest.approx([np.nan, 0.04, 0.3], nan_ok=True)


def test_the_order_of_dims_does_not_matter():
    data = run_of(30, 10)
    assert judge(data.transpose("quantity", "simulation"), model="m") == judge(data, model="m")


def test_which_fits_have_not_converged_is_judged_by_the_threshold_of_today(monkeypatch):
    data = run_of(20, 10)
    data["rhat_max"][:4] = 1.02
    assert judge(data, model="m").unconverged == 0
    monkeypatch.setattr(criteria, "CALIBRATION_RHAT_MAX", 1.01)
    assert judge(data, model="m").unconverged == 4
