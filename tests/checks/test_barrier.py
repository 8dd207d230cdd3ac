"""The rows nearest to incoherence, and the answer without them."""

from dataclasses import asdict, replace

import numpy as np
import pytest
import xarray as xr

from bayes_border import criteria
from bayes_border.bayes.convergence import diagnose
from bayes_border.bayes.fit import sample
from bayes_border.checks.barrier import smallest_m, without_each
from bayes_border.spec.sampling import SamplerSettings


def test_the_smallest_m_are_those_of_the_posterior(posterior):
    table = smallest_m(posterior)
    gamma = posterior.tree["posterior"].to_dataset()["gamma"].transpose("chain", "draw", "regime", "regressor").values
    design = posterior.design
    m = 1 - np.einsum("cdrk,rk->cdr", gamma[:, :, design.data["regime_index"].values], design.x)
    mean = m.mean(axis=(0, 1))
    assert list(table["row"]) == list(np.argsort(mean)[:10])
    assert table["m"].to_numpy() == pytest.approx(np.sort(mean)[:10])
    assert table["m_lower"].iloc[0] == pytest.approx(np.quantile(m[:, :, table["row"].iloc[0]], 0.05))
    first = table.iloc[0]
    assert design.data["province"].values[first["row"]] == first["province"]


def fitted_with(posterior, settings):
    """Return the posterior as if it had been fitted with other settings."""
    tree = posterior.tree.copy()
    tree.attrs.update(asdict(settings))
    return replace(posterior, tree=tree)


@pytest.fixture
def nothing_carries(monkeypatch):
    """No weights are good enough: every row is left out by a fit."""
    monkeypatch.setattr(criteria, "pareto_k_max", lambda _: -np.inf)


@pytest.mark.usefixtures("nothing_carries")
def test_leaving_a_row_out_is_a_fit_without_it_with_the_settings_of_the_whole(posterior):
    settings = SamplerSettings(draws=1200, target_accept=0.99)
    whole = fitted_with(posterior, settings)
    table = without_each(whole, smallest_m(posterior).iloc[:1].assign(row=[5]), seed=2)
    weight = np.ones(posterior.design.y.size)
    weight[5] = 0
    by_hand, stats = sample(whole.spec, whole.design.with_weight(weight), settings=settings, seed=2)
    found = table.iloc[0]
    assert diagnose(by_hand, stats).passed
    assert found["converged"]
    assert found["sampled_anew"]
    assert found["post:dg_dIS"] == by_hand["gamma"].sel(regime="post", regressor="dIS").mean()
    terms = [column for column in table if ":" in column]
    assert len(terms) == 12
    draws = {column: posterior.draws(*column.split(":")) for column in terms}
    shifts = [abs(found[column] - draws[column].mean()) / draws[column].std(ddof=1) for column in terms]
    assert found["largest_shift"] == pytest.approx(max(shifts))


def test_reweighted_draws_say_what_a_fit_without_the_row_says(posterior, monkeypatch):
    rows = smallest_m(posterior)
    reweighted = without_each(posterior, rows, seed=3)
    # Up to a k of 1/2 the weights' variance is finite, and with it the error of what they carry.
    chosen = reweighted[reweighted["pareto_k"] <= 0.5].nlargest(1, "pareto_k").index
    monkeypatch.setattr(criteria, "pareto_k_max", lambda _: -np.inf)
    fitted = without_each(posterior, rows.loc[chosen].reset_index(drop=True), seed=3)
    assert fitted["converged"].all()
    terms = [column for column in fitted if ":" in column]
    sd = {column: posterior.draws(*column.split(":")).std(ddof=1) for column in terms}
    apart = [abs(reweighted.loc[chosen[0], column] - fitted.loc[0, column]) / sd[column] for column in terms]
    # Three standard errors of a mean of some four hundred independent draws, which the gate asks for, on either side.
    assert max(apart) < 3 * np.sqrt(2 / 400)
    assert reweighted.loc[chosen[0], "largest_shift"] > 3 * np.sqrt(2 / 400)


def test_a_row_that_the_draws_cannot_do_without_is_left_out_by_a_fit(posterior):
    tree = posterior.tree.copy()
    of_rows = tree["log_likelihood"]["dg"].copy()
    of_rows[0, 0, 7] = -60  # this draw alone would carry the answer
    tree["log_likelihood"] = xr.DataTree(xr.Dataset({"dg": of_rows}))
    table = without_each(replace(posterior, tree=tree), smallest_m(posterior).iloc[:2].assign(row=[7, 8]), seed=1)
    assert list(table["sampled_anew"]) == [True, False]
    assert table["pareto_k"].iloc[0] > 0.7


@pytest.mark.parametrize("draws", [slice(6), [0] * 400], ids=["few", "equal"])
def test_draws_whose_tail_has_no_shape_are_not_weighted(posterior, draws):
    tree = posterior.tree.copy()
    tree["log_likelihood"] = xr.DataTree(tree["log_likelihood"].to_dataset().isel(draw=draws))
    table = without_each(replace(posterior, tree=tree), smallest_m(posterior).iloc[:1], seed=1)
    assert table["sampled_anew"].all()
    assert np.isinf(table["pareto_k"]).all()


def test_how_many_draws_a_tail_needs():
    assert criteria.pareto_k_max(4000) == 0.7
    assert criteria.pareto_k_max(100) == pytest.approx(0.5)
    assert criteria.pareto_k_max(0) == -np.inf


@pytest.mark.usefixtures("nothing_carries")
def test_no_number_comes_from_a_fit_without_a_row_that_the_gate_refuses(posterior):
    whole = fitted_with(posterior, SamplerSettings(draws=20, tune=50, chains=2))
    table = without_each(whole, smallest_m(posterior).iloc[:1], seed=1)
    assert not table["converged"].iloc[0]
    assert table[["pre:dlnFAI", "post:dg_dBO", "largest_shift"]].isna().all(axis=None)
    assert table[["m", "m_lower"]].notna().all(axis=None)
