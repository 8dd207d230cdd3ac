"""The compiled likelihood and barrier against the plain model, against differences, and where m is 0."""

import ctypes
from functools import cache

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from plain_model import build_plain_model

from bayes_border.bayes.build import Shape, build_model
from bayes_border.bayes.engine import engine_for, shape_of
from bayes_border.bayes.family import model_data
from bayes_border.bayes.rows import (
    BARRIER_DATA,
    BARRIER_PARAMETERS,
    LIKELIHOOD_DATA,
    LIKELIHOOD_PARAMETERS,
    barrier,
    likelihood,
)
from bayes_border.design import build_design
from bayes_border.panel.official import official_panel
from bayes_border.project import models_folder
from bayes_border.spec.breaks import Break
from bayes_border.spec.reader import load_model
from bayes_border.vocabulary import Outcome

TERMS = ("dlnFAI", "dIS", "dBO")
MODELS = sorted(path.stem for path in models_folder().glob("*.toml"))
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
        """Return standard normals, the interactions' thrice as wide, so that m is negative on some rows."""
        return rng.standard_normal(len(self.names)) * np.where(np.char.find(self.names, "gamma") < 0, 1.0, 3.0)

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
    compiled = engine_for(shape_of(design)).compiled
    function = compiled.compiled_logp_func.ctypes

    def evaluate(data, point):
        holder = compiled.with_data(**data)
        places = [np.array(point), np.full(len(point), np.nan), np.full(1, np.nan)]
        pointers = [place.ctypes.data_as(ctypes.POINTER(ctypes.c_double)) for place in places]
        code = function(len(point), *pointers, holder.user_data.ctypes.data)
        return float(places[2][0]), places[1], code

    return evaluate


def assert_same(found, expected):
    (value, gradient), (plain_value, plain_gradient) = found[:2], expected[:2]
    np.testing.assert_allclose(value, plain_value, rtol=1e-10)
    # Sums over rows are taken in another order: rounding of the largest part shows in the smallest.
    np.testing.assert_allclose(gradient, plain_gradient, rtol=1e-9, atol=1e-11 * np.abs(plain_gradient).max())


@pytest.mark.parametrize("label", DESIGNS)
@pytest.mark.parametrize("name", MODELS)
def test_value_and_gradient_are_the_plain_model_s(fast, name, label):
    spec, design, rng = load_model(name), design_of(label), np.random.default_rng(11)
    data = model_data(spec, design)
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
    reference = plain(shape_of(design))
    for prior_only in (False, True):
        data, point = model_data(load_model(name), design, prior_only=prior_only), reference.point(rng)
        found = sampler(data, point)
        assert found[2] == 0
        assert_same(found, reference(data, point))


def row_arguments(rng, rows=30):
    """Return every argument of `likelihood`, and those of `barrier` that it lacks, by name."""
    regime = rng.integers(0, 2, rows)
    return {
        **{name: rng.normal(size=3) for name in ("beta_mean", "delta_beta")},
        **{name: 0.5 * rng.normal(size=3) for name in ("gamma_mean", "delta_gamma", "kappa")},
        **{
            name: rng.normal(size=size) for name, size in {"intercept": 2, "alpha": 4, "tau": 5, "log_sigma": 2}.items()
        },
        "y": 2.0 * rng.normal(size=rows),
        "weight": rng.choice([0.0, 1.0, 0.5], rows),
        "x": rng.normal(size=(rows, 3)),
        "contrast": regime - 0.5,
        "province": rng.integers(0, 4, rows),
        "year": rng.integers(0, 5, rows),
        "sigma_index": regime,
        "intercept_map": rng.normal(size=(rows, 2)),
        "use_jacobian": np.asarray(1.0),
        "barrier_x": rng.normal(size=(20, 3)),
        "barrier_contrast": rng.choice([-0.5, 0.5], 20),
        "barrier_location": np.asarray(0.2),
        "barrier_width": np.asarray(0.5),
        "use_barrier": np.asarray(1.0),
    }


def called(function, names, arguments):
    value, *derivatives = function(*(arguments[name] for name in names))
    return float(value), derivatives


def likelihood_of(arguments):
    return called(likelihood, LIKELIHOOD_PARAMETERS + LIKELIHOOD_DATA, arguments)


def barrier_of(arguments):
    return called(barrier, BARRIER_PARAMETERS + BARRIER_DATA, arguments)


def plain_likelihood(a):
    """Return the weighted sum of log densities, row by row as equation (3) has it."""
    total = 0.0
    for i, x in enumerate(a["x"]):
        m = 1.0 - x @ (a["gamma_mean"] + a["contrast"][i] * a["delta_gamma"])
        mu = a["intercept_map"][i] @ a["intercept"] + a["alpha"][a["province"][i]] + a["tau"][a["year"][i]]
        mu += x @ (a["beta_mean"] + a["contrast"][i] * a["delta_beta"])
        sigma = np.exp(a["log_sigma"][a["sigma_index"][i]] + x @ a["kappa"])
        normal = -0.5 * ((m * a["y"][i] - mu) / sigma) ** 2 - np.log(sigma * np.sqrt(2 * np.pi))
        total += a["weight"][i] * (a["use_jacobian"] * np.log(np.abs(m)) + normal)
    return total


def plain_barrier(a):
    m = 1.0 - np.sum(a["barrier_x"] * (a["gamma_mean"] + np.outer(a["barrier_contrast"], a["delta_gamma"])), axis=1)
    return -0.5 * a["use_barrier"] * np.sum(np.minimum((m - a["barrier_location"]) / a["barrier_width"], 0.0) ** 2)


def by_differences(function, arguments, name, step=1e-5):
    found = np.empty_like(arguments[name])
    for k in range(found.size):
        here = step * (np.arange(found.size) == k)
        up, down = (function(arguments | {name: arguments[name] + sign * here}) for sign in (1, -1))
        found[k] = (up - down) / (2 * step)
    return found


@pytest.mark.parametrize("changes", [{}, {"kappa": np.zeros(3)}, {"use_jacobian": np.asarray(0.0)}])
def test_each_derivative_of_the_likelihood_is_a_central_difference(changes):
    arguments = row_arguments(np.random.default_rng(13)) | changes
    value, derivatives = likelihood_of(arguments)
    assert value == pytest.approx(plain_likelihood(arguments), rel=1e-12)
    for name, derivative in zip(LIKELIHOOD_PARAMETERS, derivatives, strict=True):
        expected = by_differences(plain_likelihood, arguments, name)
        assert np.abs(expected).min() > 1e-3, name
        np.testing.assert_allclose(derivative, expected, rtol=1e-5, atol=1e-6, err_msg=name)


@pytest.mark.parametrize("use", [0.0, 1.0])
def test_each_derivative_of_the_barrier_is_a_central_difference(use):
    arguments = row_arguments(np.random.default_rng(14)) | {"use_barrier": np.asarray(use)}
    value, derivatives = barrier_of(arguments)
    assert value == pytest.approx(plain_barrier(arguments), rel=1e-12)
    assert (value == 0) == (use == 0)
    for name, derivative in zip(BARRIER_PARAMETERS, derivatives, strict=True):
        np.testing.assert_allclose(derivative, by_differences(plain_barrier, arguments, name), rtol=1e-6, atol=1e-8)


def test_the_barrier_does_not_touch_rows_above_its_location():
    arguments = row_arguments(np.random.default_rng(15)) | {"barrier_location": np.asarray(-1e3)}
    value, derivatives = barrier_of(arguments)
    assert value == 0
    assert not np.any(derivatives)


def test_a_row_of_weight_zero_changes_nothing():
    arguments = row_arguments(np.random.default_rng(16))
    arguments["weight"] = (np.arange(30) % 3 > 0).astype(float)
    kept = {name: arguments[name][arguments["weight"] > 0] for name in LIKELIHOOD_DATA if name != "use_jacobian"}
    # Whatever stands there: another outcome, and regressors that make m negative and large.
    gone = arguments["weight"] == 0
    wild = {"y": np.where(gone, 1e6, arguments["y"]), "x": np.where(gone[:, None], -50.0, arguments["x"])}
    (value, derivatives), (expected, expected_derivatives) = map(likelihood_of, (arguments | wild, arguments | kept))
    assert value == pytest.approx(expected, rel=1e-13)
    for found, alone in zip(derivatives, expected_derivatives, strict=True):
        np.testing.assert_allclose(found, alone, rtol=1e-11)


def test_a_row_whose_m_is_exactly_zero_is_impossible(design, sampler):
    data = model_data(load_model("coherent_break"), design)
    data["x"][0] = (1.0, 0.0, 0.0)
    reference = plain(shape_of(design))
    point = np.where(reference.names == "gamma_mean_z", 4.0, 0.0) * (np.arange(len(reference.names)) < 4)
    gamma = data["scale_gamma"] * point[reference.names == "gamma_mean_z"]
    assert 1.0 - data["x"][0] @ gamma == 0.0
    value, _, code = sampler(data, point)
    assert value == -np.inf
    # Of nutpie's codes 1 is an exception, which ends the chain; 3 and 4 are a divergence.
    assert code in {3, 4}
    assert np.isfinite(sampler({**data, "use_jacobian": 0.0}, point)[0])
