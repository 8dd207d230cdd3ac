"""The simulators' plain arrays against a loop over labelled rows, however the parameters are laid out."""

import math

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from bayes_border.bayes.effects import marginal_effects
from bayes_border.simulate.reduced_form import log_density, reduced_form, simulate
from bayes_border.vocabulary import Window

SAMPLE = {"chain": [0, 1], "draw": [10, 20, 30]}
UNKNOWN_YEAR = 2007
#: The imaginary part of a function at x + i h is h times its slope, without a difference's rounding.
STEP = 1e-30

#: Every order of dims, and sample dims that some parameters lack.
DIMS = {
    "sigma": ("draw", "regime"),
    "beta": ("regressor", "chain", "regime", "draw"),
    "gamma": ("draw", "regime", "regressor", "chain"),
    "intercept": ("regime", "chain"),
    "alpha": ("province", "draw"),
    "tau": ("chain", "year", "draw"),
    "kappa": ("regressor",),
}


def laid_out(design, *, regimes=("pre", "post"), without=(), unknown=UNKNOWN_YEAR, **dims):
    """Return parameters of a design, labels in another order than its own; `dims` replaces those of a parameter."""
    rng = np.random.default_rng(21)
    labels = {
        **SAMPLE,
        "regime": list(regimes),
        "regressor": list(design.terms[::-1]),
        "province": list(design.provinces[3:] + design.provinces[:3]),
        "year": [year for year in design.years[::-1] if year != unknown],
    }
    arrays = {}
    for name, order in {**DIMS, **dims}.items():
        if name in without:
            continue
        values = rng.normal(size=[len(labels[dim]) for dim in order])
        # Interactions strong enough for m < 0 on some rows.
        values = np.exp(values / 4) if name == "sigma" else 3.0 * values if name == "gamma" else values
        arrays[name] = xr.DataArray(values, {dim: labels[dim] for dim in order}, order)
    return xr.Dataset(arrays)


class Loop:
    """One draw's equation, row by row, every number looked up by its labels."""

    def __init__(self, parameters, design, sample):
        self.design, self.regimes = design, [str(label) for label in parameters["regime"].values]
        self.tables = {}
        for name, array in parameters.data_vars.items():
            here = array.sel({dim: label for dim, label in sample.items() if dim in array.dims})
            self.tables[name] = {
                frozenset((dim, here[dim].values[i]) for dim, i in zip(here.dims, index, strict=True)): float(value)
                for index, value in np.ndenumerate(here.values)
            }

    def at(self, name, **labels):
        """Return 0 of a parameter that the model lacks, NaN where a label has no value."""
        return self.tables[name].get(frozenset(labels.items()), math.nan) if name in self.tables else 0.0

    def row(self, i, moved=None, by=0.0):
        """Return m, mu and sigma of a row, one regressor moved."""
        labels = {dim: self.design.data[dim].values[i] for dim in ("province", "year")}
        place = int(self.design.data["regime_index"].values[i])
        regime = "full" if self.regimes == ["full"] else ("pre", "post")[place]
        mu = self.at("intercept", regime=regime)
        mu += self.at("alpha", province=labels["province"]) + self.at("tau", year=labels["year"])
        m, log_factor = 1.0, 0.0
        for k, term in enumerate(self.design.terms):
            x = self.design.x[i, k] + by * (term == moved)
            m -= x * self.at("gamma", regime=regime, regressor=term)
            mu += x * self.at("beta", regime=regime, regressor=term)
            log_factor += x * self.at("kappa", regressor=term)
        return m, mu, self.at("sigma", regime=regime) * np.exp(log_factor)

    def effects(self, regime, term):
        """Return the slope of the conditional mean at each observed row of a regime."""
        rows = np.flatnonzero(self.design.rows_of(Window(regime)))
        means = [mu / m for m, mu, _ in (self.row(i, term, 1j * STEP) for i in rows)]
        return np.imag(means) / STEP


LAYOUTS = {
    "everything": {},
    "one regime": {"regimes": ("full",)},
    "post before pre": {"regimes": ("post", "pre")},
    "no interactions": {"without": ("gamma", "kappa")},
    "slopes alone": {"without": ("intercept", "alpha", "tau", "kappa")},
    "slopes of other draws": {"beta": ("regime", "draw", "regressor"), "gamma": ("regressor", "regime", "chain")},
    "slopes without draws": {"beta": ("regressor", "regime"), "gamma": ("regime", "regressor")},
    "scales without draws": {"sigma": ("regime",), "without": ("intercept", "alpha")},
}


def labelled(part, parameters):
    """Return a part of the reduced form with the parameters' labels of its sample dims."""
    return xr.DataArray(part, {dim: parameters[dim] for dim in part.dims if dim in parameters.coords})


def some_draws(parameters, design):
    for chain, draw in ((0, 10), (1, 20), (1, 30)):
        sample = {"chain": chain, "draw": draw}
        yield sample, Loop(parameters, design, sample)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_row_is_the_loop_s(design, layout):
    parameters = laid_out(design, **LAYOUTS[layout])
    form = reduced_form(parameters, design)
    negative = False
    for part in (form.m, form.mu, form.sigma):
        assert part.dims[0] == "row"
        assert set(part.dims) == {"row", "chain", "draw"}
    for sample, loop in some_draws(parameters, design):
        m, mu, sigma = np.transpose([loop.row(i) for i in range(design.y.size)])
        pairs = (form.m, m), (form.mu, mu), (form.sigma, sigma), (form.mean, mu / m), (form.sd, sigma / np.abs(m))
        for found, expected in pairs:
            np.testing.assert_allclose(labelled(found, parameters).sel(sample), expected, rtol=1e-9, atol=1e-12)
        negative |= bool((m < 0).any())
    assert negative == ("gamma" in parameters)
    unknown = design.data["year"].values == UNKNOWN_YEAR
    assert np.isnan(form.mu.values[unknown]).all() == ("tau" in parameters)
    assert np.isfinite(form.mu.values[~unknown]).all()


def test_parameters_without_sample_dims_have_rows_alone(design):
    parameters = laid_out(design).isel(chain=1, draw=2)
    form, loop = reduced_form(parameters, design), Loop(parameters, design, {})
    assert form.mu.dims == ("row",)
    np.testing.assert_allclose(form.mu, [loop.row(i)[1] for i in range(design.y.size)], rtol=1e-9)


def test_draws_of_all_chains_in_one_dim_are_a_sample_dim_too(design):
    parameters = laid_out(design)
    both = parameters.stack(s=("chain", "draw")), parameters
    stacked, apart = (labelled(reduced_form(each, design).mu, each).sel(chain=1, draw=20) for each in both)
    np.testing.assert_array_equal(stacked, apart)


def test_parameters_without_labels_are_taken_in_the_design_s_order(design):
    whole = laid_out(design, unknown=None)
    own = {"regime": ["pre", "post"], "regressor": list(design.terms), "province": list(design.provinces)}
    ordered = whole.sel({**own, "year": list(design.years)})
    without = ordered.drop_vars([*own, "year"])
    found, expected = (reduced_form(each, design) for each in (without, whole))
    xr.testing.assert_identical(found.mu, expected.mu)
    xr.testing.assert_identical(found.m, expected.m)
    xr.testing.assert_identical(log_density(without, design), log_density(whole, design))
    assert set(log_density(whole, design).coords) == set(SAMPLE)
    assert set(log_density(whole.drop_vars("draw"), design).coords) == {"chain"}


def test_regimes_that_are_not_the_design_s_are_refused(design):
    parameters = laid_out(design).assign_coords(regime=["early", "late"])
    with pytest.raises(ValueError, match="not in list"):
        reduced_form(parameters, design)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_marginal_effect_is_the_loop_s_slope(design, layout):
    parameters = laid_out(design, unknown=None, **LAYOUTS[layout])
    effects = marginal_effects(parameters, design)
    assert set(effects["effect_mean"].dims) == {"regime", "regressor", "chain", "draw"}
    assert list(effects["regime"].values) == list(parameters["regime"].values)
    assert list(effects["regressor"].values) == list(design.terms)
    for sample, loop in some_draws(parameters, design):
        for regime in loop.regimes:
            for term in design.terms:
                slopes = loop.effects(regime, term)
                here = effects.sel(sample | {"regime": regime, "regressor": term})
                # Where m is next to 0 the effect is what rounding leaves of 1 / m^2.
                assert float(here["effect_mean"]) == pytest.approx(slopes.mean(), rel=1e-9)
                assert float(here["effect_median"]) == pytest.approx(np.median(slopes), rel=1e-9)


def test_an_effect_of_rows_with_an_unknown_shock_is_unknown(design):
    effects = marginal_effects(laid_out(design), design)
    assert np.isnan(effects["effect_mean"].sel(regime="pre")).all()
    assert np.isfinite(effects["effect_mean"].sel(regime="post")).all()


def test_the_density_of_an_outcome_is_the_normal_s_of_the_loop_s_mean_and_sd(design):
    parameters = laid_out(design, unknown=None)
    density = log_density(parameters, design)
    for sample, loop in some_draws(parameters, design):
        m, mu, sigma = np.transpose([loop.row(i) for i in range(design.y.size)])
        expected = stats.norm.logpdf(design.y, mu / m, sigma / np.abs(m))
        np.testing.assert_allclose(density.sel(sample), expected, rtol=1e-8)


def test_outcomes_have_the_loop_s_mean_and_sd(design):
    one = laid_out(design, unknown=None).isel(chain=0, draw=[0])
    many = one.isel(draw=np.zeros(4000, int)).assign_coords(draw=np.arange(4000))
    drawn = simulate(many, design, np.random.default_rng(23)).transpose("draw", "row").values[:, design.observed]
    loop = Loop(one, design, {"draw": 10})
    m, mu, sigma = np.transpose([loop.row(i) for i in np.flatnonzero(design.observed)])
    z = (drawn - mu / m) / (sigma / np.abs(m))
    # 4,000 draws of 171 rows: five errors of each row's mean and sd, four of both over all of them.
    np.testing.assert_allclose(z.mean(axis=0), 0, atol=5 / np.sqrt(4000))
    np.testing.assert_allclose(z.std(axis=0), 1, atol=5 / np.sqrt(2 * 4000))
    assert abs(z.mean()) < 4 / np.sqrt(z.size)
    # Rows are drawn independently of one another.
    assert np.abs(np.corrcoef(z[:, :20].T)[np.triu_indices(20, 1)]).max() < 5 / np.sqrt(4000)
