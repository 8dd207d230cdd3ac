"""A process compiles a shape once."""

import time
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import pytest

from bayes_border.bayes import engine
from bayes_border.bayes.shape import Shape


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
