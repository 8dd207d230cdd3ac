"""Predictive statistics against plain loops, and against panels that break them on purpose."""

from dataclasses import replace

import numpy as np
import pytest

from bayes_border.checks import predictive
from bayes_border.checks.check import CheckStatus
from bayes_border.checks.predictive import pit, predictive_checks
from bayes_border.errors import UsageError


def with_observed(posterior, y):
    tree = posterior.tree.copy()
    tree["observed_data"] = tree["observed_data"].to_dataset().assign(dg=("row", y))
    return replace(posterior, tree=tree)


def check_named(posterior, name):
    return next(c for c in predictive_checks(posterior) if c.name.endswith(name))


def replicate(posterior, k=17):
    drawn = posterior.tree["posterior_predictive"].to_dataset()["dg"]
    return drawn.transpose("chain", "draw", "row").values[0, k].copy()


def test_a_panel_drawn_from_the_model_passes_every_check(posterior):
    statuses = {c.name: c.status for c in predictive_checks(with_observed(posterior, replicate(posterior)))}
    assert set(statuses.values()) == {CheckStatus.PASSED}
    assert len(statuses) == len(predictive.FAMILIES)


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("distribution", lambda y, _: y + 8),
        ("extremes", lambda y, _: np.where(np.arange(y.size) == 3, 60.0, y)),
        ("dispersion by province", lambda y, rows: np.where(rows.province == 2, y * 6, y)),
        ("dispersion by regime", lambda y, rows: np.where(rows.regime == 1, y * 5, y)),
        ("serial dependence", lambda y, rows: np.abs(y) * np.where(rows.year % 2, 1, -1)),
        ("cross-section dependence", lambda y, _: np.random.default_rng(0).permutation(y)),
        ("against the regressors", lambda y, rows: y * np.exp(0.9 * rows.x[:, 1])),
    ],
)
def test_a_spoilt_panel_fails_the_check_that_looks_at_it(posterior, name, spoil):
    spoilt = spoil(replicate(posterior), predictive._rows(posterior))
    assert check_named(with_observed(posterior, spoilt), name).status is CheckStatus.FAILED


def test_lag_one_autocorrelation_pairs_years_within_a_province_only(posterior):
    rows, y = predictive._rows(posterior), replicate(posterior)
    centred = y - y.mean()
    pairs = [
        centred[i] * centred[j]
        for i in range(y.size)
        for j in range(y.size)
        if rows.province[i] == rows.province[j] and rows.year[i] == rows.year[j] + 1
    ]
    assert len(pairs) == 9 * 19
    found = predictive._serial(y[None, :], rows)["lag-1 autocorrelation"][0]
    assert found == pytest.approx(np.mean(pairs) / np.mean(centred**2))


def test_the_pit_of_a_row_is_the_share_of_replicates_below_it(posterior):
    table = pit(posterior)
    replicated = posterior.tree["posterior_predictive"].to_dataset()["dg"].transpose(..., "row").values.reshape(-1, 180)
    observed = posterior.tree["observed_data"].to_dataset()["dg"].values
    assert table["pit"].iloc[5] == pytest.approx((replicated[:, 5] < observed[5]).mean())


def test_a_model_that_is_no_density_cannot_be_checked_by_replication(posterior):
    tree = posterior.tree.copy()
    del tree["posterior_predictive"]
    with pytest.raises(UsageError, match="no density of the outcome"):
        predictive_checks(replace(posterior, tree=tree))
