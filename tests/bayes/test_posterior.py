"""The sampler's posterior against closed forms, and the prior it is given against the simulator's."""

import gc
import weakref
from dataclasses import replace

import arviz_stats as azs
import numpy as np
import pytest
from scipy import stats

from bayes_border.bayes.fit import sample
from bayes_border.simulate.prior import draw_prior
from bayes_border.simulate.reduced_form import log_density, reduced_form
from bayes_border.spec.model import Intercept, Pooling, Regimes
from bayes_border.spec.reader import load_model
from bayes_border.spec.sampling import SamplerSettings
from bayes_border.vocabulary import Window

SIGMA = 1.7


@pytest.fixture(scope="module")
def known_scales():
    """No interactions, no random effects, one regime and an error sd that its prior pins down."""
    spec = load_model("no_interactions")
    structure = replace(
        spec.structure,
        regimes=Regimes.SINGLE,
        intercept=Intercept.COMMON,
        pooling=Pooling.NONE,
        province_effects=False,
        year_shocks=False,
    )
    return replace(spec, structure=structure, priors=replace(spec.priors, sigma_median=SIGMA, sigma_log_sd=1e-6))


def gaussian_posterior(design, spec):
    """Conjugate normal regression, written out: precision X'X / sigma^2 + prior precision."""
    x = np.column_stack([np.ones(design.y.size), design.x])
    prior_sd = np.r_[spec.priors.intercept, spec.priors.beta / design.scale]
    covariance = np.linalg.inv(x.T @ x / SIGMA**2 + np.diag(prior_sd**-2.0))
    return covariance @ x.T @ design.y / SIGMA**2, covariance


def test_without_interactions_and_with_known_scales_beta_has_the_conjugate_gaussian_posterior(design, known_scales):
    mean, covariance = gaussian_posterior(design, known_scales)
    posterior, _ = sample(known_scales, design, settings=SamplerSettings(draws=2500), seed=1)
    draws = np.concatenate(
        [posterior["intercept"].values.reshape(-1, 1), posterior["beta"].values.reshape(-1, 3)], axis=1
    )
    sd = np.sqrt(np.diag(covariance))
    # 10,000 draws: means to 0.05 sd (about 4 Monte Carlo errors), sds to 4 %.
    np.testing.assert_allclose((draws.mean(axis=0) - mean) / sd, 0, atol=0.05)
    np.testing.assert_allclose(draws.std(axis=0) / sd, 1, atol=0.04)
    np.testing.assert_allclose(np.corrcoef(draws.T), covariance / np.outer(sd, sd), atol=0.05)


@pytest.mark.parametrize("name", ["coherent_break", "coherent_skedastic", "coherent_break_unpooled", "no_break"])
def test_the_barrier_prior_sampled_by_nuts_equals_the_simulators_draws(design, name):
    spec = load_model(name)
    by_nuts, _ = sample(spec, design, settings=SamplerSettings(draws=1000), seed=2, prior_only=True)
    drawn = draw_prior(spec, design, draws=8000, rng=np.random.default_rng(2))
    ess = azs.ess(by_nuts)
    assert set(by_nuts.data_vars) == set(drawn.data_vars)
    for quantity in by_nuts.data_vars:
        by_draw = by_nuts[quantity].stack(sample=("chain", "draw")).transpose(..., "sample")
        a = by_draw.values
        b = drawn[quantity].transpose(*by_draw.dims[:-1], "draw").values
        n = np.broadcast_to(ess[quantity].values, a.shape[:-1])
        for where in np.ndindex(a.shape[:-1]):
            x, y = a[where], b[where]
            se = np.sqrt(x.var() / n[where] + y.var() / y.size)
            assert abs(x.mean() - y.mean()) < 4.5 * se, (quantity, where)
            # Kolmogorov's statistic at the smaller effective size, p > 2e-5: some 60 quantities a model.
            size = n[where] * y.size / (n[where] + y.size)
            assert stats.ks_2samp(x, y).statistic * np.sqrt(size) < 2.4, (quantity, where)


def conditional_mean_of_beta(parameters, design):
    """E[beta | gamma, scales, y] with intercepts, effects and shocks integrated out: plain linear algebra."""
    regime = design.data["regime_index"].values
    m = 1.0 - np.sum(design.x * parameters["gamma"].values[regime], axis=1)
    one_hot = [np.eye(size)[design.data[f"{dim}_index"].values] for dim, size in (("province", 9), ("year", 20))]
    by_regime = [design.x * (regime == r)[:, None] for r in (0, 1)]
    features = np.column_stack([*by_regime, np.eye(2)[regime], *one_hot])
    s2, omega2 = design.scale**-2.0, float(parameters["omega_beta"]) ** 2
    same, cross = (1.0 + omega2 / 4) * s2, (1.0 - omega2 / 4) * s2
    prior = np.zeros((features.shape[1],) * 2)
    prior[:6, :6] = np.block([[np.diag(same), np.diag(cross)], [np.diag(cross), np.diag(same)]])
    sd_alpha, sd_tau = float(parameters["sigma_alpha"]), float(parameters["sigma_tau"])
    rest = np.r_[np.ones(2), np.repeat(sd_alpha, 9), np.repeat(sd_tau, 20)]
    prior[6:, 6:] = np.diag(rest**2)
    noise = parameters["sigma"].values[regime] ** 2
    covariance = features @ prior @ features.T + np.diag(noise)
    return (prior @ features.T @ np.linalg.solve(covariance, m * design.y))[:6].reshape(2, 3)


def test_averaging_the_exact_conditional_mean_of_beta_gives_its_posterior_mean(flagship, design):
    posterior = flagship.tree["posterior"].to_dataset()
    thinned = posterior.stack(sample=("chain", "draw")).isel(sample=slice(None, None, 10))
    exact = np.mean(
        [conditional_mean_of_beta(thinned.isel(sample=k), design) for k in range(thinned.sizes["sample"])], axis=0
    )
    sampled, sd = posterior["beta"].mean(("chain", "draw")), posterior["beta"].std(("chain", "draw"))
    np.testing.assert_allclose((sampled - exact) / sd, 0, atol=0.08)


def test_the_flagship_passes_the_gate_at_default_settings(flagship):
    assert flagship.convergence.faults == ()


def test_estimates_are_in_the_papers_units_with_prior_beside(flagship):
    estimate = flagship.estimates().at(table="table1", window=Window.PRE, term="dlnFAI")
    draws = flagship.tree["posterior"]["beta"].sel(regime="pre", regressor="dlnFAI").values
    assert estimate.value == pytest.approx(draws.mean())
    assert (estimate.lower, estimate.upper) == pytest.approx(tuple(np.quantile(draws, [0.05, 0.95])))
    assert estimate.n_obs == 9 * 14
    assert estimate.extra["prior_sd"] == pytest.approx(np.sqrt(1 + 0.5**2 / 4) / flagship.scale_of("dlnFAI"), rel=0.06)
    assert 0 < estimate.extra["contraction"] < 1


def test_the_marginal_effect_is_the_slope_of_the_conditional_mean(flagship, design):
    parameters = flagship.tree["posterior"].to_dataset().isel(chain=0, draw=[7])
    step = 1e-6
    for k, term in enumerate(design.terms):
        up, down = (design.data.assign(x=design.data["x"] + h * (np.arange(3) == k)) for h in (step, -step))
        high, low = (reduced_form(parameters, replace(design, data=data)).mean for data in (up, down))
        slope = ((high - low) / (2 * step)).isel(row=design.rows_of(Window.POST)).mean("row")
        effect = parameters["effect_mean"].sel(regime="post", regressor=term)
        np.testing.assert_allclose(effect, slope, rtol=1e-5)


def test_one_seed_gives_one_answer(design):
    spec, short = load_model("no_break"), SamplerSettings(draws=50, tune=100, chains=2)
    first, second = (sample(spec, design, settings=short, seed=9, cores=c)[0] for c in (1, 2))
    assert first.equals(second)


def test_a_plain_arviz_summary_opens_the_tree(flagship):
    table = azs.summary(flagship.tree, var_names=["gamma"])
    assert len(table) == 6


def test_a_fit_without_rows_says_the_same_of_everything_else_and_is_smaller_at_once(flagship):
    light = replace(flagship, tree=flagship.tree.copy(deep=True))
    rows = weakref.ref(light.tree["log_likelihood"]["dg"].variable.values)
    gc.disable()
    try:
        light.drop_rows()
        assert rows() is None
    finally:
        gc.enable()
    light.drop_rows()
    assert flagship.tree.children.keys() - light.tree.children.keys() == {
        "posterior_predictive", "prior_predictive", "log_likelihood",
    }  # fmt: skip
    assert all(light.tree[name].identical(flagship.tree[name]) for name in light.tree.children)
    assert light.tree.attrs == flagship.tree.attrs
    assert light.convergence == flagship.convergence
    assert light.estimates() == flagship.estimates()


def test_what_has_a_number_a_row_is_that_of_each_draw(flagship, design):
    # Worked out a chain after the other, so each chain's must stand at its own place.
    posterior, observed = flagship.tree["posterior"].to_dataset(), np.flatnonzero(design.observed)
    rows = flagship.tree["log_likelihood"]["dg"]
    assert rows.dims == ("chain", "draw", "row")
    assert rows.sizes == {"chain": 4, "draw": 1000, "row": len(observed)}
    for chain, draw in ((0, 3), (3, 999)):
        alone = log_density(posterior.isel(chain=chain, draw=draw), design)
        np.testing.assert_array_equal(rows[chain, draw], alone.values[observed])
    replicated = flagship.tree["posterior_predictive"]["dg"]
    assert replicated.dims == rows.dims
    form = reduced_form(posterior, design)
    mean, sd = (each.transpose("chain", "draw", "row").values[..., observed] for each in (form.mean, form.sd))
    noise = ((replicated.values - mean) / sd).reshape(4, -1)
    assert noise.std(axis=1) == pytest.approx(1.0, abs=0.02)
    np.testing.assert_allclose(np.corrcoef(noise), np.eye(4), atol=0.02)
