"""Are the smallest statistics really the smallest, where there are many local ones?"""

import numpy as np
import pytest

from bayes_border.gmm.inference.clusters import Grouping
from bayes_border.gmm.inference.moments import InstrumentedEquation, moments_of
from bayes_border.gmm.inference.profile import profile_of


@pytest.mark.parametrize("seed", [1, 4])
def test_random_starts_find_nothing_smaller(seed):
    rng = np.random.default_rng(seed)
    unit, period = np.repeat(np.arange(9), 20), np.tile(np.arange(20), 9)
    Z = rng.normal(size=(180, 8)) + rng.normal(size=(20, 8))[period]
    u = rng.normal(size=180) + rng.normal(size=20)[period]
    exogenous = rng.normal(size=(180, 1))
    X = Z @ rng.normal(size=(8, 3)) + rng.normal(size=(180, 3)) + 0.7 * u[:, None]
    X = np.column_stack([exogenous, X])
    equation = InstrumentedEquation(X.sum(axis=1) + u, X, Z, np.array([False, True, True, True]), unit, period)
    profile = profile_of(moments_of(equation, 0, Grouping.PERIOD))
    angles = np.linspace(-np.pi / 2, np.pi / 2, 61)

    shares, w = profile.along(angles)

    some = np.array([1, 13, 25, 37, 49, 60])
    bases = profile._bases(angles[some])
    for _ in range(30):
        starts = bases @ rng.normal(size=(len(some), 4, 1))
        assert (profile._search(bases, starts[..., 0])[0] > shares[some] - 1e-9).all()
    np.testing.assert_allclose(profile.moments.shares(w)[0], shares, rtol=1e-9)


def test_gradients_are_those_of_the_shares():
    rng = np.random.default_rng(3)
    unit, period = np.repeat(np.arange(5), 12), np.tile(np.arange(12), 5)
    X, Z = rng.normal(size=(60, 2)), rng.normal(size=(60, 4))
    equation = InstrumentedEquation(rng.normal(size=60), X, Z, np.full(2, fill_value=True), unit, period)
    for by in (None, Grouping.PERIOD):
        moments = moments_of(equation, 0, by)
        w = rng.normal(size=(1, 3))
        aside = np.array(
            [moments.shares(w + 1e-6 * step)[0] - moments.shares(w - 1e-6 * step)[0] for step in np.eye(3)]
        )
        np.testing.assert_allclose(moments.shares(w)[1][0], aside[:, 0] / 2e-6, rtol=1e-5, atol=1e-8)
