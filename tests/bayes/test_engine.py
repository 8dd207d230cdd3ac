"""A process compiles a shape once."""

import time
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import numpy as np
import nutpie
import pyarrow as pa
import pytest

from bayes_border.bayes import engine
from bayes_border.bayes.density import PARAMETERS, PLACES, parameters_at
from bayes_border.bayes.family import model_data
from bayes_border.bayes.fit import sample
from bayes_border.bayes.pilot import LinearMap
from bayes_border.bayes.shape import Shape
from bayes_border.spec.reader import load_model
from bayes_border.spec.sampling import SamplerSettings


@pytest.fixture
def compiled(monkeypatch):
    """Count compilations, each of which takes long enough for other threads to begin one."""
    found = []

    def compile_slowly(model, **_):
        found.append(model)
        time.sleep(0.2)
        return model

    monkeypatch.setattr(engine.nutpie, "compile_pymc_model", compile_slowly)
    # A cache of the test's own: the session's compiled models stay where they are.
    monkeypatch.setattr(engine, "_compile", lru_cache(engine._compile.__wrapped__))
    return found


def test_threads_that_begin_together_share_one_compilation(compiled):
    with ThreadPoolExecutor(4) as executor:
        engines = list(executor.map(engine.engine_for, [Shape(2, 3, 4)] * 4))
    assert len(compiled) == 1
    assert all(each is engines[0] for each in engines)


def test_draws_and_statistics_are_those_of_the_sampler_s_own_conversion(design):
    shape, settings = Shape.of(design), SamplerSettings(draws=30, tune=40, chains=2)
    data, compiled = model_data(load_model("coherent_break"), design), engine.engine_for(shape)
    draws, stats = compiled.sample(data, settings=settings, seed=4)
    how = {"draws": 30, "tune": 40, "chains": 2, "target_accept": settings.target_accept, "seed": 4}
    identity = LinearMap.identity(shape.places)
    holder = compiled.compiled.with_data(**data, center=identity.center, root=identity.root)
    expected = nutpie.sample(holder, **how, save_warmup=False, progress_bar=False)
    assert tuple(draws.data_vars) == PARAMETERS
    places = np.concatenate([expected["posterior"][name].values for name in PLACES], axis=-1)
    of_map = [data[name] for name in ("mean_slopes", "scales")]
    own = np.array([[parameters_at(place, *of_map) for place in chain] for chain in places])
    found = np.concatenate([draws[name].values.reshape((2, 30, -1)) for name in PARAMETERS], axis=-1)
    np.testing.assert_array_equal(found, own)
    for name in stats.data_vars:
        np.testing.assert_array_equal(stats[name], expected["sample_stats"][name], err_msg=name)
        assert stats[name].dtype == expected["sample_stats"][name].dtype
    assert {"diverging", "energy"} < set(stats.data_vars)


def test_one_regressor_is_a_vector_of_one():
    data = pa.RecordBatch.from_pydict({"one": pa.array([[1.0], [2.0]], pa.large_list(pa.float64()))})
    np.testing.assert_array_equal(engine._numbers(data, "one"), [[1.0], [2.0]])


def test_a_fit_keeps_the_numbers_of_its_chains_and_draws(design):
    settings = SamplerSettings(draws=6, tune=20, chains=3)
    posterior, stats = sample(load_model("no_break"), design, settings=settings, seed=1)
    for found in (posterior, stats):
        assert found["chain"].values.tolist() == [0, 1, 2]
        assert found["draw"].values.tolist() == list(range(6))
