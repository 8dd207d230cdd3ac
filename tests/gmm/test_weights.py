"""Are the weights those of the formulae, whatever the shape of their factor?"""

import numpy as np
import pytest

from bayes_border.gmm.stacked import Stacked
from bayes_border.gmm.weights import differenced_factor, first_weight, inverse


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


def test_first_weights_that_are_kept_are_each_that_of_its_own_instruments():
    rng = np.random.default_rng(3)
    continues = np.array([False, True, True, False, True, True, True, False, True, True])
    sets = [rng.normal(size=(10, 4)) for _ in range(3)]
    sets += [sets[0].T.copy().T, sets[0][:, :2], sets[0].reshape(4, 10).T]
    for Z in sets + sets:
        weight = first_weight(Z, continues)
        np.testing.assert_array_equal(weight.factor, inverse(differenced_factor(Z, continues)).factor)


def test_with_fewer_rows_than_moments_the_inverse_is_moore_and_penrose_s():
    F = np.random.default_rng(2).normal(size=(4, 8))
    F[:, 7] = F[:, 0] - 2 * F[:, 1]

    weight = inverse(F)

    np.testing.assert_allclose(weight.factor @ weight.factor.T, np.linalg.pinv(F.T @ F, rcond=1e-9), atol=1e-10)
    assert weight.rank == 4
    assert weight.singular


@pytest.mark.parametrize("spread", [0, 1])
def test_collinear_moments_change_nothing_in_units_of_one_order(spread):
    rng = np.random.default_rng(2)
    F = rng.normal(size=(20, 7))
    both = np.column_stack([F, F[:, 0] - 2 * F[:, 1], np.zeros(20)]) * 10.0 ** rng.uniform(-spread, spread, size=9)

    weight = inverse(both)

    assert weight.rank == 7
    assert weight.singular
    rotated = weight.rotate(both.T)
    np.testing.assert_allclose(rotated.T @ rotated, F @ np.linalg.inv(F.T @ F) @ F.T, atol=1e-9)


def test_rank_is_not_decided_by_units():
    F = np.random.default_rng(3).normal(size=(20, 3))
    units = np.array([1e6, 1.0, 1e-6])

    weight = inverse(F * units)

    assert weight.rank == 3
    scaled = weight.factor * units[:, None]
    np.testing.assert_allclose(scaled @ scaled.T, np.linalg.inv(F.T @ F), rtol=1e-10)
