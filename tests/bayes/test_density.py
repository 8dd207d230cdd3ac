"""The compiled density against the plain model, the simulator, dense linear algebra, differences and integrals."""

import ctypes
from dataclasses import replace
from functools import cache

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from numba.core.dispatcher import Dispatcher
from plain_model import build_plain_model
from scipy import special
from scipy.integrate import quad, trapezoid
from scipy.stats import halfnorm, norm

from bayes_border.bayes import density
from bayes_border.bayes.build import build_model
from bayes_border.bayes.coefficients import with_coefficients
from bayes_border.bayes.density import (
    DATA,
    PARAMETERS,
    SCALES,
    bessel,
    draw_coefficients,
    log_density,
    moments,
    parameters_at,
    scaled,
)
from bayes_border.bayes.engine import engine_for
from bayes_border.bayes.family import model_data, products
from bayes_border.bayes.parameters import to_parameters
from bayes_border.bayes.shape import Shape
from bayes_border.design import build_design
from bayes_border.panel.official import official_panel
from bayes_border.project import models_folder
from bayes_border.simulate import reduced_form as simulator
from bayes_border.simulate.prior import draw_prior
from bayes_border.spec.breaks import Break
from bayes_border.spec.reader import load_model
from bayes_border.vocabulary import Outcome

CONTRAST = np.array([-0.5, 0.5])
TERMS = ("dlnFAI", "dIS", "dBO")
MODELS = sorted(path.stem for path in models_folder().glob("*.toml"))
COHERENT = (
    "coherent_break",
    "coherent_break_unpooled",
    "as_printed",
    "no_break",
    "no_interactions",
    "coherent_skedastic",
)
# Nobody knows relative income for 2020, and reading `split` puts 2014 in neither regime: rows of weight 0.
DESIGNS = {
    "balanced, count": ("balanced", "count", Outcome.GROWTH),
    "balanced, split": ("balanced", "split", Outcome.GROWTH),
    "extended, label": ("extended", "label", Outcome.RELATIVE_INCOME),
    "extended, split": ("extended", "split", Outcome.RELATIVE_INCOME),
}
EXTENDED = Shape(regressors=3, provinces=9, years=22)


@cache
def design_of(label):
    panel, reading, outcome = DESIGNS[label]
    return build_design(official_panel(panel), TERMS, Break.read(reading, 2014), outcome=outcome)


class Density:
    """A model's log density and gradient, the row factors m beside them, at points as the sampler orders them."""

    def __init__(self, model):
        self.model, values = model, [model.rvs_to_values[rv] for rv in model.free_RVs]
        value, wanted = model.logp(), model.replace_rvs_by_values([model["m"]] if "m" in model.named_vars else [])
        outputs = [value, *wanted, *pt.grad(value, values)]
        self.function = pytensor.function(values, outputs, mode="FAST_COMPILE", on_unused_input="ignore")
        self.shapes = [rv.shape.eval() for rv in model.free_RVs]
        self.names = np.repeat([rv.name for rv in model.free_RVs], [int(np.prod(shape)) for shape in self.shapes])

    def point(self, rng):
        """Return standard normals, the interactions' twice as wide, so that m is negative on some rows."""
        return rng.standard_normal(len(self.names)) * np.where(self.names == "interactions", 2.0, 1.0)

    def __call__(self, data, point):
        for name, value in data.items():
            self.model[name].set_value(np.asarray(value, dtype=self.model[name].get_value().dtype))
        ends = np.cumsum([int(np.prod(shape)) for shape in self.shapes])[:-1]
        parts = [part.reshape(shape) for part, shape in zip(np.split(point, ends), self.shapes, strict=True)]
        value, *rest = self.function(*parts)
        gradient = np.concatenate([np.ravel(part) for part in rest[-len(parts) :]])
        return (float(value), gradient, *rest[: -len(parts)])


@cache
def plain(shape):
    return Density(build_plain_model(shape))


@pytest.fixture(scope="module")
def fast():
    return Density(build_model(EXTENDED))


@pytest.fixture(scope="module")
def sampler(design):
    """The function that the sampler calls, with the data that it is given."""
    compiled = engine_for(Shape.of(design)).compiled
    function = compiled.compiled_logp_func.ctypes

    def evaluate(data, point):
        holder = compiled.with_data(**data)
        places = [np.array(point), np.full(len(point), np.nan), np.full(1, np.nan)]
        pointers = [place.ctypes.data_as(ctypes.POINTER(ctypes.c_double)) for place in places]
        code = function(len(point), *pointers, holder.user_data.ctypes.data)
        return float(places[2][0]), places[1], code

    return evaluate


def with_map(data, shape, rng):
    """Return the data with a linear map that mixes all of the sampler's coordinates."""
    n = shape.places
    return data | {"center": 0.1 * rng.standard_normal(n), "root": np.eye(n) + 0.1 * rng.standard_normal((n, n))}


def without_map(data, shape):
    return data | {"center": np.zeros(shape.places), "root": np.eye(shape.places)}


def assert_same(found, expected):
    (value, gradient), (plain_value, plain_gradient) = found[:2], expected[:2]
    np.testing.assert_allclose(value, plain_value, rtol=1e-9)
    # Sums over rows are taken in another order: rounding of the largest part shows in the smallest.
    np.testing.assert_allclose(gradient, plain_gradient, rtol=1e-8, atol=1e-10 * np.abs(plain_gradient).max())


@pytest.mark.parametrize("label", DESIGNS)
@pytest.mark.parametrize("name", MODELS)
def test_value_and_gradient_are_the_plain_model_s(fast, name, label):
    spec, design, rng = load_model(name), design_of(label), np.random.default_rng(11)
    data = with_map(model_data(spec, design), EXTENDED, rng)
    assert (0 in data["weight"]) == (label != "balanced, count")
    signs = set()
    for _ in range(3):
        point = fast.point(rng)
        expected = plain(EXTENDED)(data, point)
        assert_same(fast(data, point), expected)
        signs |= set(np.sign(expected[2]))
    assert signs == ({-1.0, 1.0} if spec.structure.interactions else {1.0})


@pytest.mark.parametrize("label", ["balanced, count", "balanced, split"])
@pytest.mark.parametrize("name", MODELS)
def test_the_sampler_s_own_function_is_the_plain_model_s(sampler, name, label):
    design, rng = design_of(label), np.random.default_rng(12)
    reference = plain(Shape.of(design))
    for prior_only in (False, True):
        data, point = model_data(load_model(name), design, prior_only=prior_only), reference.point(rng)
        data = with_map(data, Shape.of(design), rng)
        found = sampler(data, point)
        assert found[2] == 0
        assert_same(found, reference(data, point))


@pytest.mark.parametrize("label", ["balanced, count", "balanced, split"])
@pytest.mark.parametrize("name", COHERENT)
def test_density_and_coefficients_together_are_the_simulator_s_joint_density(name, label):
    # For every u: log p(y) = log p(y | u) + log p(u) - log p(u | y), and the right side is the simulator's density of
    # the outcome, the coefficients' prior, and the distribution that u has been drawn from.
    spec, design, shape = load_model(name), design_of(label), Shape.of(design_of(label))
    data, rng = model_data(spec, design), np.random.default_rng(3)
    for _ in range(3):
        raw = {name: 0.3 * rng.standard_normal(size) for name, size in sizes(shape).items()}
        raw |= {name: abs(value) for name, value in raw.items() if value.ndim == 0}
        seed = int(rng.integers(2**32))
        one = {name: np.asarray(value)[None, None] for name, value in raw.items()}
        draws = with_coefficients(one, data, shape, np.random.default_rng(seed))
        parameters = to_parameters(draws, spec, design).isel(chain=0, draw=0)
        rows = simulator.log_density(parameters, design)
        system = Dense(shape, data, raw)
        u = np.concatenate([draws[name].ravel() for name in shape.coefficients])
        there = system.sd > 0
        noise = np.random.default_rng(seed).standard_normal(len(u))
        z = np.where(there, u / np.where(there, system.sd, 1.0), noise)
        expected = float(rows.isel(row=np.flatnonzero(design.observed)).sum())
        expected += -z @ z / 2 + noise @ noise / 2 - np.linalg.slogdet(system.a)[1] / 2
        found, barrier = called(data, raw)[0], called(without_rows(data), raw)[0]
        assert found - barrier == pytest.approx(expected, rel=1e-9)


def sizes(shape):
    """Return the dimensions of each of the sampler's parameters."""
    assert tuple(shape.parameters) == PARAMETERS
    return shape.parameters


def without_rows(data):
    """Return the density's data with no row in the likelihood: what is left is the barrier."""
    nothing = {name: np.zeros_like(data[name]) for name in ("weight", "dense", "folded", "share", "members")}
    return {**data, **nothing}


class Dense:
    """The normal equations of all coefficients at once, weights of the rows included."""

    def __init__(self, shape, data, raw):
        scale = dict(zip(SCALES, data["scales"], strict=True))
        values = dict(zip(PARAMETERS, scaled.py_func(*(raw[name] for name in PARAMETERS), data["scales"]), strict=True))
        groups = shape.narrow_and_wide((shape.provinces, "sigma_alpha"), (shape.years, "sigma_tau"))
        one_hot = [np.eye(size)[data[name]] for name, (size, _) in zip(("narrow", "wide"), groups, strict=True)]
        k, x = shape.regressors, x_of(data, shape)
        self.columns = np.hstack([data["lines"][1 + 2 * k :].T, *one_hot])
        slopes = [scale["scale_beta"], values["omega_beta"] + scale["fixed_delta_beta"]]
        column_sd = np.r_[np.full(2, scale["scale_intercept"]), np.repeat(slopes, shape.regressors)]
        self.sd = np.r_[column_sd, *(np.full(size, values[name]) for size, name in groups)]
        log_sd = values["log_sigma"][data["regime"]] + x @ values["kappa"]
        self.precision = data["weight"] * np.exp(-2 * log_sd)
        contrast = CONTRAST[data["regime"]]
        self.m = 1 - x @ values["gamma_mean"] - contrast * (x @ values["delta_gamma"])
        w = self.columns * self.sd
        self.a = np.eye(len(self.sd)) + w.T @ (self.precision[:, None] * w)
        self.mean = np.linalg.solve(self.a, w.T @ (self.precision * self.m * data["lines"][0]))
        residual = self.m * data["lines"][0] - w @ self.mean
        squares = self.precision @ residual**2 + self.mean @ self.mean
        of_errors = -data["weight"] @ (log_sd + np.log(2 * np.pi) / 2)
        jacobian = scale["use_jacobian"] * (data["weight"] @ np.log(np.abs(self.m)))
        self.log_likelihood = of_errors + jacobian - squares / 2 - np.linalg.slogdet(self.a)[1] / 2


def arguments(rng, provinces, years, *, kappa, jacobian=1.0):
    """Return a shape, every argument of the density by name, and the standardised parameters by name."""
    shape = Shape(3, provinces, years)
    rows = 40
    regime, x = rng.integers(0, 2, rows), rng.normal(size=(rows, 3))
    narrow, wide = shape.narrow_and_wide(rng.integers(0, provinces, rows), rng.integers(0, years, rows))
    by_row = {
        "lines": lines_of(2.0 * rng.normal(size=rows), rng.normal(size=(rows, 2)), x, regime),
        "weight": rng.choice([0.0, 1.0, 0.5], rows),
        "narrow": narrow,
        "wide": wide,
        "regime": regime,
    }
    values = dict.fromkeys(SCALES, 0.7) | {"use_jacobian": jacobian, "use_barrier": 1.0, "scale_kappa": kappa}
    values |= {"barrier_location": 0.2, "barrier_width": 0.5, "wide_is_province": float(provinces > years)}
    raw = {name: 0.7 * rng.normal(size=size) for name, size in sizes(shape).items()}
    raw |= {name: abs(value) + 0.3 for name, value in raw.items() if value.ndim == 0}
    data = {
        **by_row,
        **products(by_row, shape),
        "reference": slopes_of(rng.normal(size=(20, 3)), rng.integers(0, 2, 20)),
        "scales": np.array([values[name] for name in SCALES]),
    }
    return shape, data, {name: np.asarray(value) for name, value in raw.items()}


def slopes_of(x, regime):
    return np.hstack([x, CONTRAST[regime, None] * x]).T


def lines_of(y, intercepts, x, regime):
    slopes = slopes_of(x, regime)
    return np.ascontiguousarray(np.vstack([y, y * slopes, intercepts.T, slopes]))


def x_of(data, shape):
    return data["lines"][-2 * shape.regressors : -shape.regressors].T


def called(data, raw):
    values = np.concatenate([np.ravel(raw[name]) for name in PARAMETERS])
    derivatives, ends = np.full_like(values, np.nan), np.cumsum([np.size(raw[name]) for name in PARAMETERS])
    value = log_density(values, derivatives, *(data[name] for name in DATA))
    parts = np.split(derivatives, ends[:-1])
    return value, {name: part.reshape(np.shape(raw[name])) for name, part in zip(PARAMETERS, parts, strict=True)}


def plain_barrier(data, raw):
    scale = dict(zip(SCALES, data["scales"], strict=True))
    omega = scale["scale_omega_gamma"] + scale["fixed_delta_gamma"]
    gamma = np.r_[scale["scale_gamma"] * raw["gamma_mean"], omega * raw["delta_gamma"]]
    beyond = np.minimum(1 - gamma @ data["reference"] - scale["barrier_location"], 0.0)
    return -0.5 * scale["use_barrier"] * np.sum((beyond / scale["barrier_width"]) ** 2)


SIZES = {"years eliminated": (4, 7), "provinces eliminated": (7, 4)}


@pytest.mark.parametrize("kappa", [0.0, 0.7])
@pytest.mark.parametrize("jacobian", [0.0, 1.0])
@pytest.mark.parametrize("size", SIZES)
def test_value_and_derivatives_are_those_of_dense_algebra(size, jacobian, kappa):
    shape, data, raw = arguments(np.random.default_rng(13), *SIZES[size], kappa=kappa, jacobian=jacobian)
    value, derivatives = called(data, raw)

    def dense(raw):
        return Dense(shape, data, raw).log_likelihood + plain_barrier(data, raw)

    assert value == pytest.approx(dense(raw), rel=1e-11)
    assert plain_barrier(data, raw) < -0.1
    for name in PARAMETERS:
        expected = by_differences(dense, raw, name)
        assert (np.abs(expected).min() > 1e-3) == (name != "kappa" or kappa > 0), name
        np.testing.assert_allclose(derivatives[name], expected, rtol=1e-5, atol=1e-6, err_msg=name)


def by_differences(function, raw, name, step=1e-5):
    found = np.empty_like(raw[name])
    for place in np.ndindex(found.shape):
        up, down = raw[name].copy(), raw[name].copy()
        up[place] += step
        down[place] -= step
        found[place] = (function(raw | {name: up}) - function(raw | {name: down})) / (2 * step)
    return found


@pytest.mark.parametrize("kappa", [0.0, 0.7])
@pytest.mark.parametrize("size", SIZES)
def test_drawn_coefficients_have_the_mean_and_covariance_of_dense_algebra(size, kappa):
    shape, data, raw = arguments(np.random.default_rng(14), *SIZES[size], kappa=kappa)
    dense = Dense(shape, data, raw)
    n = len(dense.sd)
    # Without noise a draw is the mean; with unit noise in one place after another, the columns of a covariance's root.
    noise = np.vstack([np.zeros(n), np.eye(n)])
    many = {name: np.repeat(value[..., None], n + 1, axis=-1) for name, value in raw.items()}
    values = dict(zip(PARAMETERS, scaled.py_func(*(many[name] for name in PARAMETERS), data["scales"]), strict=True))
    rows = [data[name] for name in ("lines", "weight", "narrow", "wide", "regime")]
    products_of_rows = moments(*rows, *shape.narrow_and_wide(shape.provinces, shape.years))
    found = draw_coefficients(*values.values(), *products_of_rows, *rows, data["scales"], noise)
    root = found[1:] - found[0]
    np.testing.assert_allclose(found[0], dense.sd * dense.mean, rtol=1e-9, atol=1e-12)
    covariance = dense.sd[:, None] * np.linalg.inv(dense.a) * dense.sd
    np.testing.assert_allclose(root.T @ root, covariance, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ["coherent_break", "coherent_skedastic", "as_estimated"])
def test_a_row_s_density_integrates_to_one_with_the_jacobian_and_to_one_over_m_without(design, name):
    spec, shape = load_model(name), Shape.of(design)
    rng = np.random.default_rng(4)
    raw = {name: 0.3 * np.asarray(rng.standard_normal(size)) for name, size in sizes(shape).items()}
    raw |= {name: abs(value) for name, value in raw.items() if value.ndim == 0}
    found, m = [], []
    for row in (0, 50, 100, 179):
        alone = design.with_weight(np.arange(design.y.size) == row)
        dense = Dense(shape, model_data(spec, alone), raw)
        # The trapezoidal rule is as good as exact for a normal density once steps are half a sd.
        spread = np.sqrt(dense.columns[row] ** 2 @ dense.sd**2 + 1 / dense.precision[row]) / abs(dense.m[row])
        grid = spread * np.linspace(-9.0, 9.0, 37)
        data = [model_data(spec, alone.with_outcome(np.full(design.y.size, y))) for y in grid]
        barrier = called(without_rows(data[0]), raw)[0]
        found.append(trapezoid(np.exp([called(each, raw)[0] - barrier for each in data]), grid))
        m.append(dense.m[row])
    assert np.ptp(m) > 0.1
    expected = 1.0 if spec.structure.jacobian else 1.0 / np.abs(m)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_the_barrier_does_not_touch_rows_above_its_location():
    _, data, raw = arguments(np.random.default_rng(15), 4, 7, kappa=0.0)
    place, use = SCALES.index("barrier_location"), SCALES.index("use_barrier")
    below, off = data["scales"].copy(), data["scales"].copy()
    below[place], off[use] = -1e3, 0.0
    (value, derivatives), (expected, without) = (called(data | {"scales": each}, raw) for each in (below, off))
    assert value == expected != called(data, raw)[0]
    for name in PARAMETERS:
        np.testing.assert_array_equal(derivatives[name], without[name])


@pytest.mark.parametrize("kappa", [0.0, 0.7])
def test_a_row_of_weight_zero_changes_nothing(kappa):
    shape, data, raw = arguments(np.random.default_rng(16), 4, 7, kappa=kappa)
    data["weight"] = (np.arange(40) % 3 > 0).astype(float)
    gone, by_row = data["weight"] == 0, ("lines", "weight", "narrow", "wide", "regime")
    kept = {name: data[name][..., ~gone] for name in by_row}
    # Whatever stands there: another outcome, and regressors that make m negative and large.
    y, x = np.where(gone, 1e6, data["lines"][0]), np.where(gone[:, None], -5.0, x_of(data, shape))
    wild = kept | {name: data[name] for name in by_row} | {"lines": lines_of(y, np.ones((40, 2)), x, data["regime"])}
    wild["lines"][7:9, ~gone] = data["lines"][7:9, ~gone]
    both = (data | rows | products(rows, shape) for rows in (wild, kept))
    (value, derivatives), (expected, alone) = (called(each, raw) for each in both)
    assert value == pytest.approx(expected, rel=1e-13)
    for name in PARAMETERS:
        np.testing.assert_allclose(derivatives[name], alone[name], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", ["coherent_break", "coherent_skedastic"])
def test_what_stands_in_a_row_outside_the_likelihood_may_be_no_number(design, name):
    outside, data = np.arange(design.y.size) == 7, design.data.copy(deep=True)
    data["reference"][outside] = False
    alone = replace(design, data=data).with_weight(~outside)
    blank = alone.data.copy(deep=True)
    blank["dg"][outside], blank["x"][outside] = np.nan, np.nan
    both = [model_data(load_model(name), each) for each in (alone, replace(alone, data=blank))]
    raw = {name: 0.3 * np.ones(size) for name, size in sizes(Shape.of(design)).items()}
    (value, derivatives), (expected, kept) = (called(each, raw) for each in both)
    assert np.isfinite(value)
    assert value == expected
    for each in PARAMETERS:
        np.testing.assert_array_equal(derivatives[each], kept[each])


def test_a_row_whose_m_is_exactly_zero_is_impossible(design, sampler):
    data = without_map(model_data(load_model("coherent_break"), design), Shape.of(design))
    data["lines"][-6:, 0] = (1.0, 0.0, 0.0, -0.5, 0.0, 0.0)
    point = np.where(np.arange(Shape.of(design).places) < 3, 4.0, 0.0)
    scale = dict(zip(SCALES, data["scales"], strict=True))
    assert 1.0 - data["lines"][-6:-3, 0] @ (scale["scale_gamma"] * point[:3]) == 0.0
    value, _, code = sampler(data, point)
    assert value == -np.inf
    # Of nutpie's codes 1 is an exception, which ends the chain; 3 and 4 are a divergence.
    assert code in {3, 4}
    off = data["scales"] * (np.array(SCALES) != "use_jacobian")
    assert np.isfinite(sampler({**data, "scales": off}, point)[0])


@pytest.mark.parametrize("nu", [0.0, 0.5, 1.0, 2.5])
def test_bessel_is_scipy_s(nu):
    for rho in np.geomspace(1e-18, 300.0, 90):
        log_bessel, ratio = bessel(nu, rho)
        assert log_bessel == pytest.approx(np.log(special.kve(nu, rho)) - rho, rel=1e-9, abs=1e-9)
        assert ratio == pytest.approx(special.kve(nu + 1, rho) / special.kve(nu, rho), rel=1e-9)
    assert np.isnan(bessel(nu, 0.0)).all()
    assert np.isnan(bessel(nu, np.nan)).all()


@pytest.mark.parametrize("regressors", [1, 2, 3, 5])
def test_the_coordinates_prior_is_the_parameters_and_the_map_s_volume(regressors):
    # By differences of the map, whose volume no formula is then needed for, and a hierarchy integrated numerically.
    shape, rng = Shape(regressors, 4, 7), np.random.default_rng(17)
    values = dict.fromkeys(SCALES, 0.3) | {"fixed_delta_gamma": 0.0, "use_barrier": 0.0}
    mean_x = 0.3 * rng.normal(size=(2, regressors))
    of_map = (slopes_of(mean_x, np.arange(2)).T, np.array([*values.values()]))

    def expected(z):
        parameters = parameters_at(z, *of_map)
        ends = np.cumsum([int(np.prod(size)) for size in shape.parameters.values()])[:-1]
        part = dict(zip(shape.parameters, np.split(parameters, ends), strict=True))
        breaks = part.pop("delta_gamma")

        def joint(log_sd):
            sd = np.exp(log_sd)
            return np.exp(norm.logpdf(breaks, 0, sd).sum() + halfnorm.logpdf(sd) + log_sd)

        of_breaks = quad(joint, -25, 6, points=[-12, -6, -3, -1, 0, 1], epsabs=0, epsrel=1e-11, limit=400)[0]
        columns = [(parameters_at(z + step, *of_map) - parameters_at(z - step, *of_map)) / 2e-5 for step in steps]
        volume = np.linalg.slogdet(np.array(columns))[1]
        return np.log(of_breaks) - sum(np.sum(value**2) / 2 for value in part.values()) + volume

    steps = 1e-5 * np.eye(shape.places)
    places = [scale * rng.standard_normal(shape.places) for scale in (0.2, 0.7, 1.0, 2.0)]
    found = [prior_of(z, *of_map) for z in places]
    constants = [value - expected(z) for (value, _), z in zip(found, places, strict=True)]
    np.testing.assert_allclose(constants, constants[0], atol=1e-7)
    for (_, derivatives), z in zip(found, places, strict=True):
        differences = [(prior_of(z + step, *of_map)[0] - prior_of(z - step, *of_map)[0]) / 2e-5 for step in steps]
        np.testing.assert_allclose(derivatives, differences, rtol=1e-6, atol=1e-6)


def prior_of(z, *of_map):
    derivatives = np.zeros(len(z))
    return density._prior(z, parameters_at(z, *of_map), *of_map, derivatives), derivatives


def test_rows_of_weight_zero_leave_the_likelihood_but_not_the_barrier(design):
    spec, keep = load_model("coherent_break"), np.arange(design.y.size) % 2
    data = model_data(spec, design.with_weight(keep))
    assert np.array_equal(data["weight"], keep)
    assert data["reference"].shape[1] == design.y.size


def test_prior_draws_keep_the_barrier(design):
    spec = load_model("coherent_break")
    tight = replace(spec, barrier=replace(spec.barrier, width=1e-6))
    draws = draw_prior(tight, design, draws=200, rng=np.random.default_rng(1))
    assert float(simulator.reduced_form(draws, design).m.min()) >= spec.barrier.location - 1e-4


def test_compiled_functions_share_no_code():
    # Shared code differs in its last digits between the process that compiles it and one that loads it from disk, and
    # with it the draws of one seed: a run that is resumed would not be the one that was begun.
    compiled = {name: each for name, each in vars(density).items() if isinstance(each, Dispatcher)}
    called = set().union(*(each.py_func.__code__.co_names for each in compiled.values())) & set(compiled)
    assert {"log_density", "_products", "_root"} <= called
    assert {name for name in called if compiled[name].targetoptions.get("inline") != "always"} == set()
