"""Is the difference-in-Hansen statistic that of the formulae, and does it say where it cannot be read?"""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bayes_border.errors import SpecificationError
from bayes_border.gmm.difference import difference_gmm
from bayes_border.gmm.difference_in_hansen import between_two_fits, difference_in_hansen
from bayes_border.gmm.stacked import Stacked


def first_step_moments(stacked):
    u = stacked.y - stacked.X @ difference_gmm(stacked, steps=1).coefficients
    return stacked.by_unit(stacked.Z * u[:, None])


def last(stacked, n):
    return np.arange(stacked.Z.shape[1]) >= stacked.Z.shape[1] - n


def test_statistic_equals_the_formula_with_a_block_of_one_matrix(random_panel):
    stacked = random_panel(41, units=30)
    suspect = last(stacked, 2)
    G = first_step_moments(stacked)
    S = G.T @ G

    def smallest(kept):
        Z = stacked.Z[:, kept]
        W = np.linalg.inv(S[np.ix_(kept, kept)])
        b = np.linalg.solve(stacked.X.T @ Z @ W @ Z.T @ stacked.X, stacked.X.T @ Z @ W @ Z.T @ stacked.y)
        g = Z.T @ (stacked.y - stacked.X @ b)
        return g @ W @ g

    expected = smallest(np.ones(7, bool)) - smallest(~suspect)
    (test,) = difference_in_hansen(stacked, G, {"two": suspect})

    np.testing.assert_allclose(test.statistic, expected, rtol=1e-8)
    np.testing.assert_allclose(test.p_value, stats.chi2.sf(expected, 2), rtol=1e-8)
    assert (test.df, test.df_by_rank, test.df_without) == (2, 2, 2)
    assert "two (2 instruments): C =" in test.sentence


def test_a_group_that_leaves_exact_identification_carries_all_of_j(random_panel):
    stacked = random_panel(42, units=30)
    full = difference_gmm(stacked, steps=2).hansen
    (test,) = difference_in_hansen(stacked, first_step_moments(stacked), {"all but 3": last(stacked, 4)})

    np.testing.assert_allclose(test.statistic, full.j, rtol=1e-8)
    assert test.df == full.df


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    units=st.integers(8, 30),
    group=st.integers(1, 4),
    invalid=st.floats(0, 3),
)
def test_it_lies_between_zero_and_j_where_the_weight_is_regular(seed, units, group, invalid):
    rng = np.random.default_rng(seed)
    n = units * 5
    Z = rng.normal(size=(n, 6))
    X = Z[:, :2] + rng.normal(size=(n, 2))
    y = X.sum(axis=1) + rng.standard_t(3, size=n) + invalid * Z[:, -1]
    stacked = Stacked(y, X, Z, np.repeat(np.arange(units), 5), np.tile(np.arange(5), units))
    full = difference_gmm(stacked, steps=2).hansen
    (test,) = difference_in_hansen(stacked, first_step_moments(stacked), {"last": last(stacked, group)})

    assert -1e-7 * full.j <= test.statistic <= full.j * (1 + 1e-7) + 1e-9
    assert test.bound == units


def test_two_fits_subtract_their_own_js_and_may_be_negative(random_panel):
    signs = set()
    for seed in range(30):
        stacked = random_panel(seed, units=12)
        full = difference_gmm(stacked, steps=2).hansen
        without = difference_gmm(replace(stacked, Z=stacked.Z[:, ~last(stacked, 1)]), steps=2).hansen
        test = between_two_fits(full, without, "last")
        assert test.statistic == full.j - without.j
        assert (test.p_value is None) == (test.statistic < 0)
        assert ("negative" in test.sentence) == (test.statistic < 0)
        signs.add(test.statistic < 0)

    assert signs == {True, False}


def test_a_singular_weight_sees_no_added_restriction(random_panel):
    stacked = random_panel(43, instruments=40)
    (test,) = difference_in_hansen(stacked, first_step_moments(stacked), {"ten": last(stacked, 10)})

    assert test.df_by_rank == 0
    assert test.p_value is None
    assert "the weight has rank 9 with the group and without it (of 40 instruments on 9 clusters)" in test.sentence


def test_the_bound_makes_a_large_group_vacuous(random_panel):
    stacked = random_panel(44, units=25, instruments=24)
    (test,) = difference_in_hansen(stacked, first_step_moments(stacked), {"most": last(stacked, 20)})

    assert test.vacuous
    assert "vacuous: C cannot exceed 25" in test.sentence


def test_an_invalid_instrument_is_found_and_its_test_has_the_right_size():
    draws, found, false = 200, 0, 0
    for seed in range(draws):
        rng = np.random.default_rng([3, seed])
        units = 200
        Z = rng.normal(size=(2 * units, 4))
        X = Z.sum(axis=1, keepdims=True) + rng.normal(size=(2 * units, 1))
        u = rng.normal(size=2 * units)
        for invalid in (0.0, 0.5):
            y = X[:, 0] + u + invalid * Z[:, 3]
            stacked = Stacked(y, X, Z, np.repeat(np.arange(units), 2), np.tile([0, 1], units))
            (test,) = difference_in_hansen(stacked, first_step_moments(stacked), {"x": last(stacked, 1)})
            found += invalid > 0 and test.p_value < 0.1
            false += invalid == 0 and test.p_value < 0.1

    # Three binomial standard errors about 10 %.
    assert abs(false / draws - 0.1) < 3 * np.sqrt(0.09 / draws)
    assert found / draws > 0.95


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (np.zeros(7, bool), "g: no instrument belongs to it"),
        (np.arange(7) > 1, "7 - 5 = 2 instruments would be left for 3 coefficients"),
        (np.ones(6, bool), "a mask of (6,) for 7 instruments"),
        (np.ones(7), "a mask of (7,) for 7 instruments"),
    ],
)
def test_an_impossible_group_is_refused_with_the_arithmetic(mask, message, random_panel):
    stacked = random_panel(45)
    with pytest.raises(SpecificationError) as refusal:
        difference_in_hansen(stacked, first_step_moments(stacked), {"g": mask})
    assert message in str(refusal.value)
