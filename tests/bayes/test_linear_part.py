"""The integrated density against the multivariate normal's, finite differences, and the plain form of the model."""

import numpy as np
import pytensor
import pytest
import xarray as xr
from scipy.stats import kstest, multivariate_normal

from bayes_border.bayes.build import Shape, build_collapsed, build_model
from bayes_border.bayes.collapsed import CollapsedLogDensity
from bayes_border.bayes.family import model_data
from bayes_border.bayes.linear_draws import linear_draws
from bayes_border.bayes.linear_part import Rows, Scales, draw
from bayes_border.spec.reader import load_model

GROUPS = [(9, 4), (4, 9), (1, 6), (6, 1)]


def a_case(provinces, years, seed=1):
    """Return arguments of the operation for a panel with a tenth of its rows left out and one scale of zero."""
    rng = np.random.default_rng(seed)
    n = provinces * years
    province, year = np.repeat(np.arange(provinces), years), np.tile(np.arange(years), provinces)
    fixed, weight = rng.normal(size=(n, 4)), (rng.random(n) > 0.1).astype(float)
    r, log_sigma = 2 * rng.normal(size=n), rng.normal(0, 0.3, n)
    scales = (np.array([0.9, 0.0, 0.3, 1.4]), np.array(0.5), np.array(1.3))
    return [r, log_sigma, *scales, fixed, province, year, np.array([provinces, years]), weight]


def evaluate(arguments):
    outputs = [[None] for _ in range(6)]
    CollapsedLogDensity().perform(None, arguments, outputs)
    return [output[0] for output in outputs]


def covariance(arguments):
    _, log_sigma, sd_fixed, sd_province, sd_year, fixed, province, year, sizes, _ = arguments
    features = [fixed * sd_fixed, sd_province * np.eye(sizes[0])[province], sd_year * np.eye(sizes[1])[year]]
    z = np.column_stack(features)
    return z, z @ z.T + np.diag(np.exp(2 * log_sigma))


@pytest.mark.parametrize(("provinces", "years"), GROUPS)
def test_the_density_is_the_multivariate_normals(provinces, years):
    arguments = a_case(provinces, years)
    keep = arguments[-1] > 0
    _, full = covariance(arguments)
    expected = multivariate_normal(np.zeros(keep.sum()), full[np.ix_(keep, keep)]).logpdf(arguments[0][keep])
    assert evaluate(arguments)[0] == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize(("provinces", "years"), GROUPS)
@pytest.mark.parametrize("which", range(5))
def test_each_derivative_is_the_difference_quotient(provinces, years, which):
    arguments, step = a_case(provinces, years), 1e-5
    found = evaluate(arguments)[1 + which]
    for place in np.ndindex(found.shape):
        values = []
        for sign in (1, -1):
            moved = [np.array(value, copy=True) for value in arguments]
            moved[which][place] += sign * step
            values.append(float(evaluate(moved)[0]))
        assert found[place] == pytest.approx((values[0] - values[1]) / (2 * step), abs=1e-6)


def test_values_beyond_the_largest_number_have_no_density_rather_than_an_error():
    arguments = a_case(9, 4)
    arguments[1] = np.full(36, -400.0)
    assert evaluate(arguments)[0] == -np.inf


def test_draws_have_the_conditional_mean_and_covariance():
    arguments = a_case(9, 4)
    r, log_sigma, sd_fixed, sd_province, sd_year, fixed, province, year, _sizes, weight = arguments
    z, _ = covariance(arguments)
    # In the order of `draw`: fixed columns, the smaller group (years), the larger one.
    z = np.column_stack([z[:, :4], z[:, 13:], z[:, 4:13]])
    precision = np.eye(17) + (z * (weight * np.exp(-2 * log_sigma))[:, None]).T @ z
    inverse = np.linalg.inv(precision)
    mean = inverse @ (z * (weight * np.exp(-2 * log_sigma))[:, None]).T @ r
    rows, scales = Rows(fixed, province, year, weight), Scales(sd_fixed, float(sd_province), float(sd_year))
    rng = np.random.default_rng(3)
    draws = np.array([draw(r, log_sigma, rows, scales, (9, 4), rng.standard_normal(17)) for _ in range(20_000)])
    standard = np.linalg.solve(np.linalg.cholesky(inverse), (draws - mean).T)
    np.testing.assert_allclose(np.cov(standard), np.eye(17), atol=0.05)
    for row in standard:
        assert kstest(row, "norm").pvalue > 1e-4


@pytest.mark.parametrize("name", ["coherent_break", "coherent_skedastic", "as_estimated", "coherent_break_unpooled"])
def test_integrated_density_times_conditional_density_is_the_plain_models(design, name):
    # p(y | curved) p(linear | y, curved) = p(y, linear | curved): so log plain - log conditional must not
    # depend on the linear parameters, and is the integrated density.
    spec, rng = load_model(name), np.random.default_rng(6)
    data = model_data(spec, design)
    plain = build_model(Shape(3, 9, 20))
    integrated = build_collapsed(3)
    for model in (plain, integrated):
        for key, value in data.items():
            if key in model.named_vars:
                model[key].set_value(np.asarray(value, dtype=model[key].get_value().dtype))
    curved = [rv.name for rv in integrated.free_RVs]
    joint = {
        model: pytensor.function(
            model.free_RVs, [model["likelihood"], model["barrier"]], on_unused_input="ignore", mode="FAST_COMPILE"
        )
        for model in (plain, integrated)
    }
    shape = {rv.name: tuple(rv.shape.eval()) for rv in plain.free_RVs}
    for _ in range(3):
        raw = {key: np.asarray(0.3 * rng.standard_normal(size)) for key, size in shape.items()}
        raw = {key: np.abs(value) if value.ndim == 0 else value for key, value in raw.items()}
        linear = ["beta_mean_z", "delta_beta_z", "intercept_z", "tau_z", "alpha_z"]
        at_curved, barrier = joint[integrated](*[raw[key] for key in curved])
        both, same_barrier = joint[plain](*[raw[rv.name] for rv in plain.free_RVs])
        w = np.concatenate([raw[key] for key in linear])
        prior = multivariate_normal(np.zeros(w.size), np.eye(w.size)).logpdf(w)
        conditional = conditional_log_density(raw, data, w)
        assert barrier == pytest.approx(same_barrier)
        assert at_curved == pytest.approx(both + prior - conditional, rel=1e-9)


def conditional_log_density(raw, data, w):
    """log N(w; mu, A^-1) of the linear parameters, written out for the rows of `data`."""
    x, contrast = data["x"], data["contrast"][:, None]
    gamma = data["scale_gamma"] * raw["gamma_mean_z"]
    omega_gamma = data["scale_omega_gamma"] * raw["omega_gamma_z"] + data["fixed_delta_gamma"]
    m = 1 - x @ gamma - (contrast * x) @ (omega_gamma * raw["delta_gamma_z"])
    log_sd = data["sigma_log_median"] + data["sigma_log_sd"] * raw["log_sigma_z"][data["sigma_index"]]
    sd = np.exp(log_sd + x @ (data["scale_kappa"] * raw["kappa_z"]))
    omega_beta = data["scale_omega_beta"] * raw["omega_beta_z"] + data["fixed_delta_beta"]
    z = np.column_stack(
        [
            data["scale_beta"] * x,
            omega_beta * contrast * x,
            data["scale_intercept"] * data["intercept_map"],
            data["scale_sigma_tau"] * raw["sigma_tau_z"] * np.eye(20)[data["year"]],
            data["scale_sigma_alpha"] * raw["sigma_alpha_z"] * np.eye(9)[data["province"]],
        ]
    ) / sd[:, None]  # fmt: skip
    precision = np.eye(z.shape[1]) + z.T @ z
    mean = np.linalg.solve(precision, z.T @ (m * data["y"] / sd))
    gap = w - mean
    return 0.5 * (np.linalg.slogdet(precision)[1] - gap @ precision @ gap - w.size * np.log(2 * np.pi))


@pytest.mark.parametrize("years", [20, 6])
def test_every_draw_is_given_its_own_linear_part(design, years):
    # With an error sd near zero the linear part is known: its fitted values are m y, draw by draw.
    first = design.data["year_index"].values < years
    spec = load_model("coherent_break")
    data = model_data(spec, design)
    data |= {key: np.asarray(value)[first] for key, value in data.items() if np.shape(value)[:1] == first.shape}
    data |= {"sizes": np.array([9, years]), "scale_intercept": 50.0, "scale_beta": 50.0}
    data |= {"sigma_log_median": -7.0, "sigma_log_sd": 0.0, "scale_kappa": 0.0}
    rng = np.random.default_rng(7)
    sizes = {"gamma_mean": (3,), "delta_gamma": (3,), "kappa": (3,), "log_sigma": (2,)}
    sizes |= dict.fromkeys(("omega_beta", "omega_gamma", "sigma_alpha", "sigma_tau"), ())
    curved = xr.Dataset(
        {
            f"{key}_z": (("chain", "draw", *[f"{key}_dim"] * len(size)), np.abs(rng.normal(size=(2, 3, *size))))
            for key, size in sizes.items()
        }
    )
    found = linear_draws(curved, data, rng)
    x, contrast = data["x"], data["contrast"][:, None]
    for chain, number in np.ndindex(2, 3):
        c, w = (dataset.isel(chain=chain, draw=number) for dataset in (curved, found))
        omega = {part: data[f"scale_omega_{part}"] * float(c[f"omega_{part}_z"]) for part in ("beta", "gamma")}
        gamma = data["scale_gamma"] * c["gamma_mean_z"].values + contrast * omega["gamma"] * c["delta_gamma_z"].values
        m = 1 - (x * gamma).sum(axis=1)
        beta = data["scale_beta"] * w["beta_mean_z"].values + contrast * omega["beta"] * w["delta_beta_z"].values
        effects = {
            key: data[f"scale_sigma_{key}"] * float(c[f"sigma_{key}_z"]) * w[f"{key}_z"].values[data[dim]]
            for key, dim in (("alpha", "province"), ("tau", "year"))
        }
        intercept = data["scale_intercept"] * data["intercept_map"] @ w["intercept_z"].values
        fitted = intercept + (x * beta).sum(axis=1) + effects["alpha"] + effects["tau"]
        residual = m * data["y"] - fitted
        rows = np.column_stack([x, contrast * x, data["intercept_map"], np.eye(9)[data["province"]]])
        rows = np.column_stack([rows, np.eye(years)[data["year"]]])
        # What no linear part explains is left, and nothing else.
        best = m * data["y"] - rows @ np.linalg.lstsq(rows, m * data["y"])[0]
        np.testing.assert_allclose(residual, best, atol=0.01)
