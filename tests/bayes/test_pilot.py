"""Coordinates of the mode and of the curvature around it."""

import numpy as np
import pytest

from bayes_border.bayes.engine import engine_for
from bayes_border.bayes.family import model_data
from bayes_border.bayes.fit import sample
from bayes_border.bayes.pilot import LinearMap, Pilot
from bayes_border.bayes.shape import Shape
from bayes_border.spec.reader import load_model
from bayes_border.spec.sampling import SamplerSettings


def test_a_normal_density_becomes_standard():
    rng = np.random.default_rng(1)
    covariance = np.cov(rng.standard_normal((6, 40)) * np.array([[0.1, 0.3, 1, 1, 2, 0.5]]).T)
    covariance[0, 1] = covariance[1, 0] = 0.8 * np.sqrt(covariance[0, 0] * covariance[1, 1])
    mean, precision = rng.standard_normal(6), np.linalg.inv(covariance)

    def density(places):
        slopes = -(places - mean) @ precision
        return np.sum(slopes * (places - mean), axis=1) / 2, slopes

    found = LinearMap.of(density, 6)
    np.testing.assert_allclose(precision @ (found.center - mean), 0.0, atol=0.01)
    np.testing.assert_allclose(found.root.T @ precision @ found.root, np.eye(6), atol=1e-5)
    lengths = np.linalg.norm(found.root, axis=0)
    assert np.all(np.diff(lengths) <= 1e-9)


def test_a_wall_beside_the_mode_does_not_narrow_everything():
    def density(places):
        # The mode is just within the wall, where the sd is 0.01; without the wall it is 1.
        first, second = places.T
        beyond = np.minimum(first, 0.0)
        values = -(first**2 + second**2) / 2 - (beyond / 0.01) ** 2 / 2 - 0.5 * first
        return values, np.column_stack([-first - beyond / 1e-4 - 0.5, -second])

    found = LinearMap.of(density, 2)
    assert 0.02 < np.linalg.norm(found.root[0]) < 1.0


def test_a_density_that_is_no_number_leaves_the_coordinates():
    found = LinearMap.of(lambda places: (np.full(len(places), np.nan), np.full_like(places, np.nan)), 4)
    np.testing.assert_array_equal(np.abs(found.root), np.eye(4))


@pytest.mark.parametrize(("pilot", "tune", "most_steps"), [(Pilot.START, 50, 31), (Pilot.COORDINATES, 200, 1023)])
def test_the_posterior_is_the_same_with_a_pilot_and_a_short_warm_up(pilot, tune, most_steps, design, flagship):
    settings = SamplerSettings(draws=1500, tune=tune, chains=4, target_accept=0.95)
    draws, stats = sample(load_model("coherent_break"), design, settings=settings, seed=3, pilot=pilot)
    assert float(stats["diverging"].mean()) < 0.01
    assert 7 <= int(stats["n_steps"].max()) <= most_steps
    for name in ("beta", "gamma", "delta_gamma", "omega_gamma", "omega_beta", "sigma", "sigma_alpha", "sigma_tau"):
        expected = flagship.tree["posterior"].dataset[name]
        sample_dims = ["chain", "draw"]
        apart = (draws[name].mean(sample_dims) - expected.mean(sample_dims)) / expected.std(sample_dims)
        # Both have a thousand effective draws or more: 0.045 sd of their difference.
        assert float(np.abs(apart).max()) < 0.2, name
        spread = draws[name].std(sample_dims) / expected.std(sample_dims)
        np.testing.assert_allclose(spread.values, 1.0, atol=0.15, err_msg=name)


def test_a_map_takes_a_place_to_the_coordinates_that_it_was_found_for():
    rng = np.random.default_rng(2)
    linear_map = LinearMap(rng.standard_normal(5), rng.standard_normal((5, 5)))
    coordinates = rng.standard_normal(5)
    place = linear_map.place_of(coordinates)
    np.testing.assert_allclose(linear_map.center + linear_map.root @ place, coordinates, rtol=1e-10)


def test_chains_start_where_they_do_without_a_pilot(design, monkeypatch):
    """Beside the mode they could not tell of another one."""
    started = {}

    def note(compiled, **_):
        started[pilot] = compiled.initial_point_func(5)
        raise InterruptedError

    monkeypatch.setattr("nutpie.sample", note)
    for pilot in (Pilot.NONE, Pilot.COORDINATES, Pilot.START):
        with pytest.raises(InterruptedError):
            sample(load_model("coherent_break"), design, settings=SamplerSettings(), seed=3, pilot=pilot)
    data, shape = model_data(load_model("coherent_break"), design), Shape.of(design)
    engine = engine_for(shape)
    found = LinearMap.of(engine._density(data), shape.places)
    np.testing.assert_allclose(found.center + found.root @ started[Pilot.COORDINATES], started[Pilot.NONE], rtol=1e-8)
    np.testing.assert_array_equal(started[Pilot.START], started[Pilot.NONE])
    assert np.abs(started[Pilot.NONE]).max() > 0.5


def test_the_identity_changes_nothing():
    assert LinearMap.identity(3).center.tolist() == [0.0, 0.0, 0.0]
    assert LinearMap.identity(3).root == pytest.approx(np.eye(3))
