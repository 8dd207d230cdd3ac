"""Are the weights those of the formulae, whatever the shape of their factor?"""

import numpy as np
import pytest

from bayes_border.gmm.stacked import Stacked
from bayes_border.gmm.weights import differenced_factor, inverse


def dense_h(unit, period):
    adjacent = (np.abs(period[:, None] - period) == 1) & (unit[:, None] == unit)
    return 2.0 * np.eye(len(unit)) - adjacent


def test_first_weight_is_that_of_differenced_noise_even_across_gaps():
    rng = np.random.default_rng(1)
    unit = np.array([0, 0, 0, 0, 1, 1, 1, 1, 1, 2])
    period = np.array([1, 2, 4, 5, 1, 2, 3, 4, 6, 2])
    Z = rng.normal(size=(10, 4))
    continues = Stacked(unit, Z, Z, unit, period).continues

    F = differenced_factor(Z, continues)

    np.testing.assert_allclose(F.T @ F, Z.T @ dense_h(unit, period) @ Z, rtol=1e-12)


@pytest.mark.parametrize("rows", [4, 20])
def test_generalised_inverse_is_moore_and_penrose_s(rows):
    F = np.random.default_rng(2).normal(size=(rows, 8))
    F[:, 7] = F[:, 0] - 2 * F[:, 1]

    weight = inverse(F)

    np.testing.assert_allclose(weight.factor @ weight.factor.T, np.linalg.pinv(F.T @ F, rcond=1e-9), atol=1e-10)
    assert weight.rank == min(rows, 7)
    assert weight.singular


def test_rank_is_not_decided_by_units():
    F = np.random.default_rng(3).normal(size=(20, 3))
    units = np.array([1e6, 1.0, 1e-6])

    weight = inverse(F * units)

    assert weight.rank == 3
    scaled = weight.factor * units[:, None]
    np.testing.assert_allclose(scaled @ scaled.T, np.linalg.inv(F.T @ F), rtol=1e-10)
