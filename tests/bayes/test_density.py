"""The likelihood in PyMC against the simulator's density, and both against numerical integration."""

from dataclasses import replace

import numpy as np
import pytensor
import pytest
import xarray as xr
from scipy.integrate import trapezoid

from bayes_border.bayes.build import build_model
from bayes_border.bayes.engine import shape_of
from bayes_border.bayes.family import model_data
from bayes_border.bayes.parameters import to_parameters
from bayes_border.simulate.prior import draw_prior
from bayes_border.simulate.reduced_form import log_density, reduced_form
from bayes_border.spec.reader import load_model
from bayes_border.vocabulary import Window

COHERENT = ("coherent_break", "as_printed", "no_break", "no_interactions", "coherent_skedastic")


class RowDensity:
    """The likelihood that the sampler sees, row by row: all weight on one of them."""

    def __init__(self, design):
        self.model = build_model(shape_of(design))
        free = self.model.free_RVs
        self.sizes = {rv.name: tuple(rv.shape.eval()) for rv in free}
        self.function = pytensor.function(
            free, self.model["likelihood"], on_unused_input="ignore", mode="FAST_COMPILE", trust_input=True
        )

    def draw(self, rng):
        raw = {name: np.asarray(rng.standard_normal(size)) for name, size in self.sizes.items()}
        return {
            name: np.abs(value) if value.ndim == 0 else 0.3 * value if "gamma" in name else value
            for name, value in raw.items()
        }

    def __call__(self, spec, design, raw, y):
        for name, value in {**model_data(spec, design), "y": y}.items():
            self.model[name].set_value(np.asarray(value, dtype=self.model[name].get_value().dtype))
        arguments = [raw[name] for name in self.sizes]
        rows = np.empty(len(y))
        for row, weight in enumerate(np.eye(len(y))):
            self.model["weight"].set_value(weight)
            rows[row] = self.function(*arguments)
        return rows


@pytest.fixture(scope="module")
def rows(design):
    return RowDensity(design)


def parameters_of(raw, spec, design):
    dims = {name: ("chain", "draw", *[f"{name}_{i}" for i in range(value.ndim)]) for name, value in raw.items()}
    dataset = xr.Dataset({name: (dims[name], value[None, None]) for name, value in raw.items()})
    return to_parameters(dataset, spec, design).isel(chain=0, draw=0)


@pytest.mark.parametrize("name", COHERENT)
def test_the_models_row_density_is_the_simulators(rows, design, name):
    spec, rng = load_model(name), np.random.default_rng(3)
    for _ in range(5):
        raw, y = rows.draw(rng), rng.normal(0, 3, design.y.size)
        parameters = parameters_of(raw, spec, design)
        expected = log_density(parameters, design.with_outcome(y))
        np.testing.assert_allclose(rows(spec, design, raw, y), expected, rtol=1e-9, atol=1e-9)


def integrate(rows, spec, design, raw):
    """Integrate every row's density over its outcome, on a grid centred where the row puts its mass."""
    form = reduced_form(parameters_of(raw, spec, design), design)
    # The trapezoidal rule is as good as exact for a normal density once steps are half a sd.
    z = np.linspace(-9.0, 9.0, 37)
    mean, sd = form.mean.values, form.sd.values
    density = np.exp([rows(spec, design, raw, mean + sd * step) for step in z])
    return trapezoid(density, z, axis=0) * sd, form.m.values


@pytest.mark.parametrize("name", ["coherent_break", "coherent_skedastic", "no_break"])
def test_a_coherent_rows_density_integrates_to_one(rows, design, name):
    rng = np.random.default_rng(4)
    for _ in range(2):
        total, m = integrate(rows, load_model(name), design, rows.draw(rng))
        assert np.ptp(m) > 0.2
        np.testing.assert_allclose(total, 1.0, rtol=1e-6)


def test_the_equation_taken_as_a_regression_integrates_to_one_over_m(rows, design):
    rng = np.random.default_rng(5)
    total, m = integrate(rows, load_model("as_estimated"), design, rows.draw(rng))
    np.testing.assert_allclose(total, 1.0 / np.abs(m), rtol=1e-6)
    assert np.abs(total - 1.0).max() > 0.1


@pytest.mark.parametrize("name", ["coherent_break", "coherent_break_unpooled"])
def test_the_break_contrasts_are_the_post_minus_pre_of_the_density_itself(rows, design, name):
    # A row's log density is quadratic in y: its second difference is -(m / sigma)^2, its slope at 0 is
    # m mu / sigma^2. So each regime's beta and gamma are read off the density by least squares.
    spec, raw = load_model(name), rows.draw(np.random.default_rng(8))
    nothing = {f"{part}_z": np.zeros(rows.sizes[f"{part}_z"]) for part in ("log_sigma", "intercept", "alpha", "tau")}
    raw = {key: value / 3 if "gamma" in key else value for key, value in raw.items()} | nothing
    sigma, one = spec.priors.sigma_median, np.ones(design.y.size)
    at = {y: rows(spec, design, raw, y * one) for y in (-1.0, 0.0, 1.0)}
    m = sigma * np.sqrt(2 * at[0.0] - at[1.0] - at[-1.0])
    m_mu = (at[1.0] - at[-1.0]) * sigma**2 / 2
    parameters = parameters_of(raw, spec, design)
    assert (reduced_form(parameters, design).m > 0).all()
    for quantity, implied in (("delta_gamma", 1 - m), ("delta_beta", m_mu / m)):
        pre, post = (
            np.linalg.lstsq(design.x[here], implied[here])[0] for here in map(design.rows_of, (Window.PRE, Window.POST))
        )
        np.testing.assert_allclose(parameters[quantity], post - pre, rtol=1e-6)


def test_rows_of_weight_zero_leave_the_likelihood_but_not_the_barrier(design):
    spec, keep = load_model("coherent_break"), np.arange(design.y.size) % 2
    data = model_data(spec, design.with_weight(keep))
    assert np.array_equal(data["weight"], keep)
    assert len(data["barrier_x"]) == design.y.size


def test_prior_draws_keep_the_barrier(design):
    spec = load_model("coherent_break")
    tight = replace(spec, barrier=replace(spec.barrier, width=1e-6))
    draws = draw_prior(tight, design, draws=200, rng=np.random.default_rng(1))
    assert float(reduced_form(draws, design).m.min()) >= spec.barrier.location - 1e-4
