"""Prior draws, and outcomes drawn from parameters, whatever the design leaves unobserved."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from bayes_border.bayes.family import scales
from bayes_border.design import build_design
from bayes_border.errors import UsageError
from bayes_border.panel.official import official_panel
from bayes_border.project import models_folder
from bayes_border.simulate import prior
from bayes_border.simulate.prior import draw_prior
from bayes_border.simulate.reduced_form import simulate
from bayes_border.spec.breaks import Break
from bayes_border.spec.model import Intercept, Pooling, Regimes
from bayes_border.spec.reader import load_model
from bayes_border.vocabulary import Outcome

TERMS = ("dlnFAI", "dIS", "dBO")
MODELS = sorted(path.stem for path in models_folder().glob("*.toml"))


@pytest.fixture(scope="module")
def design():
    return build_design(official_panel("balanced"), TERMS, Break.read("count", 2014))


@pytest.fixture(scope="module")
def table3():
    """The design of relative income, which nobody knows for 2020."""
    return build_design(official_panel("balanced"), TERMS, Break.read("count", 2014), outcome=Outcome.RELATIVE_INCOME)


@pytest.fixture
def draw():
    def drawn(spec, design, draws=200):
        return draw_prior(spec, design, draws=draws, rng=np.random.default_rng(1))

    return drawn


def test_an_outcome_drawn_without_the_unobserved_year_s_shock_is_a_number_everywhere(table3, draw):
    parameters = draw(load_model("coherent_break"), table3)
    unknown = table3.data["year"].values == 2020
    as_reported = parameters.sel(year=[year for year in table3.years if year != 2020])
    drawn = (simulate(each, table3, np.random.default_rng(2)) for each in (parameters, as_reported))
    whole, part = (each.transpose("draw", "row").values for each in drawn)
    assert (~table3.observed == unknown).all()
    assert (part[:, unknown] == 0).all()
    np.testing.assert_array_equal(part, whole)


def test_the_last_batch_allowed_may_be_the_one_that_suffices(design, draw, monkeypatch):
    monkeypatch.setattr(prior, "_MAX_PROPOSED", 2000)
    assert draw(load_model("no_interactions"), design, draws=2000).sizes["draw"] == 2000


def test_a_barrier_that_keeps_next_to_nothing_is_refused(design, draw, monkeypatch):
    monkeypatch.setattr(prior, "_MAX_PROPOSED", 2000)
    spec = load_model("coherent_break")
    far = replace(spec, priors=replace(spec.priors, gamma=50.0, omega_gamma=50.0))
    with pytest.raises(UsageError, match=r"kept \d+ of 2000 prior draws: choose tighter gamma priors"):
        draw(far, design)


def test_a_draw_by_itself_is_like_one_of_many(design):
    """A single draw is sought among fewer proposals, again and again where the barrier keeps none of them."""
    spec, rng = load_model("coherent_break"), np.random.default_rng(5)
    alone = xr.concat([draw_prior(spec, design, draws=1, rng=rng) for _ in range(60)], "draw")
    many = draw_prior(spec, design, draws=4000, rng=rng)
    for name in ("gamma", "omega_gamma", "sigma_tau"):
        values = (np.ravel(each[name].max([dim for dim in each[name].dims if dim != "draw"])) for each in (alone, many))
        # Seeded; a false alarm of 1 in 1,000 when they are alike.
        assert stats.ks_2samp(*values).pvalue > 1e-3


def implied_sd(spec, design):
    """Return the sd of every quantity that the sampler's scales imply, each per unit as a posterior is."""
    s, units = scales(spec), design.scale
    single = spec.structure.regimes is Regimes.SINGLE
    found = {"intercept": s["scale_intercept"], "kappa": s["scale_kappa"] / units}
    # A product of a half-normal scale and a standard normal has second moment scale^2.
    found |= {"alpha": s["scale_sigma_alpha"], "tau": s["scale_sigma_tau"], "log_sigma": s["sigma_log_sd"]}
    half = np.sqrt(1 - 2 / np.pi)
    found |= {f"sigma_{name}": half * s[f"scale_sigma_{name}"] for name in ("alpha", "tau")}
    for name in ("beta", "gamma"):
        gap = np.hypot(s[f"scale_omega_{name}"], s[f"fixed_delta_{name}"])
        found[name] = np.hypot(s[f"scale_{name}"], 0.0 if single else gap / 2) / units
        found[f"delta_{name}"] = gap / units
        found[f"omega_{name}"] = half * s[f"scale_omega_{name}"]
    return found


@pytest.mark.parametrize("name", MODELS)
def test_the_sampler_s_scales_are_the_sds_of_the_simulator_s_draws(design, draw, name):
    spec = replace(load_model(name), barrier=None)
    drawn = draw(spec, design, draws=20_000).assign(log_sigma=lambda d: np.log(d["sigma"]))
    implied = implied_sd(spec, design)
    compared = [str(quantity) for quantity in drawn.data_vars if quantity != "sigma"]
    # 20,000 draws: a normal's sd to 0.5 %, that of a product with a half-normal to 1.1 %: four errors.
    for quantity in compared:
        found = drawn[quantity].std("draw").values
        np.testing.assert_allclose(found / implied[quantity], 1, atol=0.045, err_msg=quantity)
    np.testing.assert_allclose(drawn["log_sigma"].mean("draw"), scales(spec)["sigma_log_median"], atol=0.02)
    lacking = {"kappa": not spec.structure.skedastic, "gamma": not spec.structure.interactions}
    lacking |= {"alpha": not spec.structure.province_effects, "tau": not spec.structure.year_shocks}
    lacking["omega_beta"] = spec.structure.pooling is Pooling.NONE or spec.structure.regimes is Regimes.SINGLE
    for quantity, absent in lacking.items():
        assert absent == (quantity not in drawn)
        assert not absent or np.all(np.asarray(implied[quantity]) == 0), quantity
    assert ("intercept" in drawn) == (spec.structure.intercept is not Intercept.NONE)
