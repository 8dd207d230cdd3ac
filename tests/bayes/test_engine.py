"""A process compiles a shape once."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import numpy as np
import nutpie
import pyarrow as pa
import pytest
from pymc.initial_point import make_initial_point_fn

from bayes_border.bayes import engine
from bayes_border.bayes.build import build_model
from bayes_border.bayes.density import PARAMETERS, PLACES, parameters_at
from bayes_border.bayes.family import model_data
from bayes_border.bayes.fit import sample
from bayes_border.bayes.pilot import START, LinearMap
from bayes_border.bayes.shape import Shape
from bayes_border.spec.reader import load_model
from bayes_border.spec.sampling import SamplerSettings


@pytest.fixture
def compiled(monkeypatch):
    """Count compilations, each of which takes long enough for other threads to begin one."""
    found = []

    def compile_slowly(*arguments):
        found.append(arguments)
        time.sleep(0.2)

    monkeypatch.setattr(engine.CompiledDensity, "of", compile_slowly)
    # A cache of the test's own: the session's compiled models stay where they are.
    monkeypatch.setattr(engine, "_compile", lru_cache(engine._compile.__wrapped__))
    return found


def test_threads_that_begin_together_share_one_compilation(compiled):
    with ThreadPoolExecutor(4) as executor:
        engines = list(executor.map(engine.engine_for, [Shape(2, 3, 4)] * 4))
    assert len(compiled) == 1
    assert all(each is engines[0] for each in engines)


def test_neither_pymc_nor_pytensor_is_needed_to_sample():
    code = "import sys, bayes_border.bayes.fit; print(sorted({'numba', 'pymc', 'pytensor'} & sys.modules.keys()))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "['numba']"


@pytest.mark.parametrize("seed", [0, 7, 2**63])
def test_chains_start_where_pymc_has_them_start(design, seed):
    shape = Shape.of(design)
    model, near_zero = build_model(shape), {"interactions": np.full(2 * shape.regressors, START)}
    expected = make_initial_point_fn(model=model, overrides=near_zero, jitter_rvs={model["others"]})(seed)
    found = engine.engine_for(shape).compiled.initial_point_func(seed)
    np.testing.assert_array_equal(found, np.concatenate([expected[name] for name in PLACES]))


def test_data_of_another_rank_or_name_are_refused(design):
    compiled = engine.engine_for(Shape.of(design)).compiled
    with pytest.raises(ValueError, match="weight has rank 2, compiled for 1"):
        compiled.with_data(weight=np.zeros((3, 1)))
    with pytest.raises(KeyError, match="nothing"):
        compiled.with_data(nothing=np.zeros(3))


def test_data_are_kept_as_they_were_when_they_were_given(design):
    """The sampler reads them by their addresses."""
    shape = Shape.of(design)
    data = model_data(load_model("coherent_break"), design)
    mine = data | {"weight": data["weight"].copy()}
    compiled = engine.engine_for(shape).compiled.with_data(**mine)
    mine["weight"][:] = np.nan
    np.testing.assert_array_equal(compiled.shared_data["weight"], data["weight"])
    assert not compiled.shared_data["weight"].flags.writeable


def test_draws_and_statistics_are_those_of_the_sampler_s_own_conversion(design):
    shape, settings = Shape.of(design), SamplerSettings(draws=30, tune=40, chains=2)
    data, compiled = model_data(load_model("coherent_break"), design), engine.engine_for(shape)
    draws, stats = compiled.sample(data, settings=settings, seed=4)
    how = {"draws": 30, "tune": 40, "chains": 2, "target_accept": settings.target_accept, "seed": 4}
    identity = LinearMap.identity(shape.places)
    holder = compiled.compiled.with_data(**data, center=identity.center, root=identity.root)
    expected = nutpie.sample(holder, **how, save_warmup=False, progress_bar=False)
    assert tuple(draws) == PARAMETERS
    places = np.concatenate([expected["posterior"][name].values for name in PLACES], axis=-1)
    of_map = [data[name] for name in ("mean_slopes", "scales")]
    own = np.array([[parameters_at(place, *of_map) for place in chain] for chain in places])
    found = np.concatenate([draws[name].reshape((2, 30, -1)) for name in PARAMETERS], axis=-1)
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
