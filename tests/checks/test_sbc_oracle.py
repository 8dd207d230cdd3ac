"""Does a calibration pass exact posteriors and fail wrong ones, and does the sampler find the exact posterior?

The exact posteriors are the oracle's (`checks.oracle`), which needs no sampler.
"""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from checks.oracle import Exact, Oracle, fit_exactly
from scipy import stats

from bayes_border.bayes.fit import sample
from bayes_border.checks.mixing import effective_sizes
from bayes_border.checks.ranks import flatten
from bayes_border.checks.sbc import SbcRun
from bayes_border.design import build_design
from bayes_border.panel.panel import Panel
from bayes_border.simulate.prior import draw_prior
from bayes_border.simulate.reduced_form import log_density, simulate
from bayes_border.spec.breaks import Break
from bayes_border.spec.model import Intercept, Pooling, Regimes, Structure
from bayes_border.spec.reader import load_model
from bayes_border.spec.sampling import SamplerSettings
from bayes_border.workflow.calibrate import calibrate

#: Prior scales and barrier are the flagship's.
SHARED = replace(
    load_model("coherent_break"),
    name="one regime, provinces",
    structure=Structure(regimes=Regimes.SINGLE, intercept=Intercept.BY_REGIME, year_shocks=False),
)
APART = replace(
    SHARED,
    name="two regimes, no provinces",
    structure=Structure(
        regimes=Regimes.BREAK,
        intercept=Intercept.BY_REGIME,
        pooling=Pooling.NONE,
        province_effects=False,
        year_shocks=False,
    ),
)
MODELS = pytest.mark.parametrize("spec", [SHARED, APART], ids=lambda spec: spec.name)
#: Independent draws: each counts.
EXACT = SamplerSettings(draws=100, tune=0, chains=2)


@pytest.fixture(scope="module")
def rows():
    """Three provinces, eight years, one outcome missing; the regressor leaves the barrier something to do."""
    rng = np.random.default_rng(1)
    years, provinces = np.arange(2001, 2009), ["A", "B", "C"]
    x, y = rng.normal(0.3, 1.5, (3, 8)), rng.normal(0.0, 2.0, (3, 8))
    y[1, 3] = np.nan
    dims = ("province", "year")
    data = xr.Dataset({"dx": (dims, x), "dg": (dims, y)}, {"province": provinces, "year": years})
    return build_design(Panel("small", data, 2001, 2008, "drawn"), ("dx",), Break.read("count", 2004))


@pytest.fixture(scope="module")
def around(rows):
    """Return draws of the exact posterior of a panel from the prior."""
    truth = draw_prior(SHARED, rows, draws=1, rng=np.random.default_rng(7)).isel(draw=0, drop=True)
    panel = rows.with_outcome(simulate(truth, rows, np.random.default_rng(8)).values)
    return panel, Oracle(SHARED, panel).draw(1, 4000, np.random.default_rng(9))


def simulated(spec, rows, number):
    """Return one panel of a model, from a stream that made neither rows nor truth."""
    run = SbcRun(spec, rows, 3, fit=fit_exactly)
    return rows.with_outcome(simulate(run.truth(number), rows, np.random.default_rng([number, 2])).values)


def faults(verdict):
    """Return the quantities that a verdict finds at fault."""
    return {each.quantity for each in verdict.quantities if not each.passed}


# --- the oracle itself


def joint(spec, rows, parameters):
    """Return prior times likelihood of one regime, written with SciPy and the simulator's density; unnormalised."""
    prior, scale = spec.priors, rows.scale[0]
    one = parameters.isel(draw=0)
    gamma, beta = (float(one[name].squeeze()) * scale for name in ("gamma", "beta"))
    m = 1.0 - rows.x_scaled[rows.data["reference"].values, 0] * gamma
    beyond = np.minimum(m - spec.barrier.location, 0.0) / spec.barrier.width
    effects = stats.norm.logpdf(one["alpha"].values, scale=float(one["sigma_alpha"])).sum()
    return (
        float(log_density(parameters, rows).isel(row=np.flatnonzero(rows.observed)).sum())
        - 0.5 * (beyond**2).sum()
        + stats.norm.logpdf(gamma, scale=prior.gamma)
        + stats.norm.logpdf(beta, scale=prior.beta)
        + stats.norm.logpdf(float(one["intercept"].squeeze()), scale=prior.intercept)
        + stats.norm.logpdf(np.log(float(one["sigma"].squeeze())), np.log(prior.sigma_median), prior.sigma_log_sd)
        + stats.halfnorm.logpdf(float(one["sigma_alpha"]), scale=prior.sigma_alpha)
        + effects
    )


def oracle_density(spec, rows, parameters):
    """Return the oracle's density of the same point: of gamma and the scales, then of the coefficients given them."""
    one, scale = parameters.isel(draw=0), rows.scale[0]
    gamma = float(one["gamma"].squeeze()) * scale
    sigma, sigma_alpha = float(one["sigma"].squeeze()), float(one["sigma_alpha"])
    (exact,) = Oracle(spec, rows).parts.values()
    point = Exact(spec, exact.regression, tuple(np.array([v]) for v in (gamma, np.log(sigma), sigma_alpha)))
    prior_sd = point._prior_sd(np.array([sigma_alpha]))
    root, w_a, w_b = exact.regression.solved(np.array([sigma]), prior_sd)
    back = prior_sd[0][:, None] * np.linalg.inv(root[0]).T
    values = [float(one["intercept"].squeeze()), float(one["beta"].squeeze()) * scale, *one["alpha"].values]
    given = stats.multivariate_normal.logpdf(values, back @ (w_a - gamma * w_b)[0], back @ back.T)
    return (point._log_likelihood() + point._log_prior()).item() + given


def test_the_oracle_s_density_is_prior_times_likelihood_up_to_a_constant(rows):
    panel = simulated(SHARED, rows, 0)
    points = draw_prior(SHARED, rows, draws=40, rng=np.random.default_rng(4))
    each = [points.isel(draw=[k]) for k in range(40)]
    difference = [joint(SHARED, panel, one) - oracle_density(SHARED, panel, one) for one in each]
    np.testing.assert_allclose(difference, difference[0], atol=1e-7)


@MODELS
def test_the_oracle_s_draws_have_its_distribution_functions_and_moments(spec, rows):
    oracle = Oracle(spec, simulated(spec, rows, 1))
    n = 20_000
    flat = flatten(oracle.draw(1, n, np.random.default_rng(5)).isel(chain=0, drop=True), ("draw",))
    for label, marginal in oracle.marginals.items():
        values = flat.at((label,))[:, 0]
        mean, sd = marginal.moments()
        assert abs(marginal.standard(values).mean() - mean) < 4.5 * sd / np.sqrt(n), label
        # A kurtosis of 9, heavier than any here, gives the sd of a sample's sd as 2 / n under the root.
        assert abs(marginal.standard(values).std() / sd - 1.0) < 4.5 * np.sqrt(2.0 / n), label
        for p in (0.05, 0.25, 0.5, 0.75, 0.95):
            found = float(marginal.cdf(np.quantile(values, p)))
            assert abs(found - p) < 4.5 * np.sqrt(p * (1 - p) / n), (label, p)


# --- the calibration's code, on exact posteriors


def test_the_exact_posterior_passes_a_thousand_simulations(rows):
    verdict = calibrate(SbcRun(SHARED, rows, 11, sampler=EXACT, fit=fit_exactly), 1000).verdict
    assert verdict.passed, verdict.summary
    assert (verdict.simulations, verdict.failed) == (1000, 0)
    assert len(verdict.quantities) == 11


def test_the_exact_posterior_of_two_regimes_passes_with_the_break_s_contrasts(rows):
    verdict = calibrate(SbcRun(APART, rows, 12, sampler=EXACT, fit=fit_exactly), 200).verdict
    assert verdict.passed, verdict.summary
    assert {"delta_beta[dx]", "delta_gamma[dx]"} <= {each.quantity for each in verdict.quantities}


@MODELS
def test_each_simulation_s_pit_is_the_exact_distribution_function_at_its_truth(spec, rows):
    """With L independent draws the rank's standard deviation about it is sqrt(p (1 - p) / L)."""
    n = 20
    run = SbcRun(spec, rows, 13, sampler=EXACT, fit=fit_exactly)
    found = calibrate(run, n).data
    for number in range(n):
        truth = flatten(run.truth(number))
        outcome = run_outcome(run, number)
        for label, marginal in Oracle(spec, rows.with_outcome(outcome)).marginals.items():
            exact = float(marginal.cdf(truth.at((label,))[0]))
            here = found.sel(quantity=label).isel(simulation=number)
            kept = float(here["ess"])
            allowed = 5.0 * np.sqrt(exact * (1 - exact) / kept) + 2.0 / kept
            assert abs(float(here["pit"]) - exact) < allowed, (number, label)


def run_outcome(run, number):
    """Return the outcome that a run fits in one simulation."""
    seen = {}

    def look(spec, design, *, settings, seed):
        seen["y"] = design.y
        return fit_exactly(spec, design, settings=settings, seed=seed)

    replace(run, fit=look)([number])
    return seen["y"]


def distorted(spec, design, *, settings, seed):
    """Return exact draws of which three parameters are at fault: moved by 0.4 sd, too wide, too narrow."""
    posterior, statistics = fit_exactly(spec, design, settings=settings, seed=seed)
    mean, sd = posterior.mean(("chain", "draw")), posterior.std(("chain", "draw"))
    moved = {
        "beta": posterior["beta"] + 0.4 * sd["beta"],
        "intercept": mean["intercept"] + 1.45 * (posterior["intercept"] - mean["intercept"]),
        "sigma": mean["sigma"] + 0.7 * (posterior["sigma"] - mean["sigma"]),
    }
    return posterior.assign(moved), statistics


def test_a_bias_and_wrong_standard_deviations_are_found_where_they_are(rows):
    """Each is larger than the smallest that 300 fits find four times in five."""
    verdict = calibrate(SbcRun(SHARED, rows, 14, sampler=EXACT, fit=distorted), 300).verdict
    assert verdict.detectable.bias < 0.3
    assert verdict.detectable.narrow > 0.75
    assert verdict.detectable.wide < 1.4
    found = faults(verdict)
    assert {"beta[full, dx]", "intercept[full]", "sigma[full]"} <= found
    untouched = {"gamma[full, dx]", "sigma_alpha", *(f"alpha[{name}]" for name in "ABC")}
    assert not untouched & found


def test_a_posterior_without_the_jacobian_is_found(rows):
    dropped = replace(SHARED, structure=replace(SHARED.structure, jacobian=False))
    run = SbcRun(dropped, rows, 15, sampler=EXACT, generator=SHARED, fit=fit_exactly)
    assert "gamma[full, dx]" in faults(calibrate(run, 120).verdict)


# --- around a posterior


def test_around_a_posterior_the_exact_posterior_of_panel_and_copy_passes(around):
    panel, draws = around
    verdict = calibrate(SbcRun(SHARED, panel, 16, sampler=EXACT, around=draws, fit=fit_exactly), 300).verdict
    assert verdict.passed, verdict.summary


def copy_alone(spec, design, *, settings, seed):
    """Fit the copy's rows without the panel's."""
    weight = design.data["weight"].values * ~design.data["reference"].values
    return fit_exactly(spec, design.with_weight(weight), settings=settings, seed=seed)


def effects_apart(spec, design, *, settings, seed):
    """Fit with provinces of the copy that are not the panel's, and report the panel's."""
    n = len(design.provinces)
    below = ~design.data["reference"].values & (np.arange(len(design.y)) >= len(design.y) // 2)
    index = design.data["province_index"].values + n * below
    twice = replace(
        design,
        data=design.data.assign(province_index=("row", index)),
        provinces=(*design.provinces, *(f"copy of {name}" for name in design.provinces)),
    )
    posterior, statistics = fit_exactly(spec, twice, settings=settings, seed=seed)
    return posterior.isel(province=slice(n)), statistics


@pytest.mark.parametrize(("fit", "n"), [(copy_alone, 40), (effects_apart, 200)])
def test_around_a_posterior_a_fit_that_forgets_the_panel_or_its_effects_is_found(fit, n, around):
    panel, draws = around
    run = SbcRun(SHARED, panel, 17, sampler=EXACT, around=draws, fit=fit)
    assert not calibrate(run, n).verdict.passed


# --- the sampler against the oracle


@MODELS
def test_the_sampler_s_posterior_is_the_exact_one(spec, rows):
    """Means, standard deviations and quantiles of five panels, within 4.5 standard errors of dependent draws."""
    for number in range(5):
        panel = simulated(spec, rows, number)
        posterior, _ = sample(spec, panel, settings=SamplerSettings(), seed=number)
        flat = flatten(posterior, ("chain", "draw"))
        for label, marginal in Oracle(spec, panel).marginals.items():
            values = flat.at((label,))
            standard = marginal.standard(values[..., 0])
            mean, sd = marginal.moments()
            n, spread = (effective_sizes(each)[0] for each in (values, np.abs(values - np.median(values))))
            assert abs(standard.mean() - mean) < 4.5 * sd / np.sqrt(n), (number, label)
            assert abs(standard.std() / sd - 1.0) < 4.5 * np.sqrt(2.0 / spread), (number, label)
            for p in (0.05, 0.25, 0.5, 0.75, 0.95):
                cut = np.quantile(values, p)
                size = effective_sizes((values <= cut).astype(float))[0]
                assert abs(float(marginal.cdf(cut)) - p) < 4.5 * np.sqrt(p * (1 - p) / size), (number, label, p)


def test_the_sampler_s_calibration_is_the_oracle_s(rows):
    """Sixty panels, the same truths: each PIT within the error of its rank."""
    sampler = SamplerSettings(draws=300, tune=300, chains=2, target_accept=0.9)
    run = SbcRun(SHARED, rows, 18, sampler=sampler)
    found = calibrate(run, 60)
    exact = calibrate(replace(run, fit=fit_exactly), 60)
    assert found.verdict.passed, found.verdict.summary
    kept = np.minimum(found.data["ess"], exact.data["ess"])
    difference = (found.data["pit"] - exact.data["pit"]) * np.sqrt(kept)
    p = exact.data["pit"].clip(0.02, 0.98)
    assert (abs(difference) < 5.0 * np.sqrt(2.0 * p * (1 - p)) + 2.0 / np.sqrt(kept)).all()
    for label in found.data["quantity"].values:
        both = [each.data["pit"].sel(quantity=label).values for each in (found, exact)]
        assert np.corrcoef(both)[0, 1] > 0.97, label
