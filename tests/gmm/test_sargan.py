"""Is Sargan's statistic what other programs print, and what can it say?"""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linearmodels.iv import IV2SLS

from bayes_border.gmm.difference import difference_gmm
from bayes_border.gmm.sargan import Errors, sargan
from bayes_border.gmm.stacked import Stacked


def two_stage(stacked):
    return IV2SLS(stacked.y, None, stacked.X, stacked.Z).fit(cov_type="unadjusted")


def test_arellano_and_bond_s_first_column_is_what_the_literature_prints(arellano_bond):
    stacked = arellano_bond("arellano_bond_a1")
    test = sargan(stacked, difference_gmm(stacked, steps=1).residuals, Errors.DIFFERENCED)

    # Roodman (2009, Stata Journal 9, 86-136) prints 67.59 for this column; Arellano and Bond (1991, Table 4,
    # column a1) 65.8, the Stata manual of xtabond 65.81806.
    assert test.df == 25
    assert round(test.statistic, 2) == 67.59
    assert round(test.statistic_by_df, 5) == 65.81805


@pytest.mark.parametrize(("name", "steps"), [("arellano_bond_a1", 1), ("arellano_bond_a2", 2), ("arellano_bond_b", 2)])
def test_unscaled_form_is_what_plm_prints(name, steps, arellano_bond, plm_specification):
    stacked = arellano_bond(name)
    test = sargan(stacked, difference_gmm(stacked, steps=steps).residuals, Errors.DIFFERENCED)

    np.testing.assert_allclose(test.statistic_unscaled, plm_specification[name]["sargan"], rtol=1e-9)


def test_white_errors_give_the_statistic_of_linearmodels(random_panel):
    stacked = random_panel(21)
    fit = two_stage(stacked)
    test = sargan(stacked, fit.resids.to_numpy(), Errors.WHITE)

    np.testing.assert_allclose(test.statistic, fit.sargan.stat, rtol=1e-9)
    np.testing.assert_allclose(test.p_value, fit.sargan.pval, rtol=1e-9)
    assert test.df == 4


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    shape=st.tuples(st.integers(2, 5), st.integers(2, 12), st.integers(2, 60)),
    errors=st.sampled_from(Errors),
)
def test_no_data_pass_the_bound(seed, shape, errors):
    units, years, instruments = shape
    rng = np.random.default_rng(seed)
    kept = rng.random(units * years) < 0.8
    unit, year = np.repeat(np.arange(units), years)[kept], np.tile(np.arange(years), units)[kept]
    if not len(unit):
        return
    Z, u = rng.normal(size=(len(unit), instruments)), rng.normal(size=len(unit)).cumsum()
    test = sargan(Stacked(u, Z[:, :1], Z, unit, year), u, errors)

    assert test.statistic <= test.bound * (1 + 1e-9)


def test_the_bound_of_differenced_errors_is_reached_by_the_smoothest_residuals():
    years = 12
    u = np.sin(np.pi * np.arange(1, years + 1) / (years + 1))
    Z = np.column_stack([u, np.random.default_rng(1).normal(size=(years, 3))])
    test = sargan(Stacked(u, Z[:, :1], Z, np.zeros(years, int), np.arange(years)), u, Errors.DIFFERENCED)

    np.testing.assert_allclose(test.statistic, test.bound, rtol=1e-9)
    assert test.bound > years


def test_the_outcome_s_unit_moves_only_what_plm_prints(random_panel):
    stacked = random_panel(22)
    fit = difference_gmm(stacked, steps=1)
    test = sargan(stacked, fit.residuals, Errors.DIFFERENCED)
    other = sargan(stacked, 100 * fit.residuals, Errors.DIFFERENCED)

    np.testing.assert_allclose(other.statistic, test.statistic, rtol=1e-12)
    np.testing.assert_allclose(other.statistic_unscaled, 1e4 * test.statistic_unscaled, rtol=1e-12)


def test_instruments_that_span_all_rows_restrict_nothing(random_panel):
    stacked = random_panel(23, units=3, years=10, instruments=40)
    u = stacked.y - stacked.X @ np.ones(3)
    test = sargan(stacked, u, Errors.WHITE)

    np.testing.assert_allclose(test.statistic, 30, rtol=1e-9)
    assert test.saturated
    assert "void: 40 instruments span all 30 rows" in test.sentence


def test_collinear_instruments_are_counted_by_rank_beside_the_usual_count(random_panel):
    stacked = random_panel(25)
    u = difference_gmm(stacked, steps=1).residuals
    test = sargan(stacked, u, Errors.WHITE)
    doubled = replace(stacked, Z=np.column_stack([stacked.Z, 100 * stacked.Z[:, :2]]))
    other = sargan(doubled, u, Errors.WHITE)

    np.testing.assert_allclose(other.statistic, test.statistic, rtol=1e-9)
    assert (other.df, other.df_by_rank) == (6, 4)
    assert other.p_by_rank == pytest.approx(test.p_value)
    assert "counted by rank there are 4 degrees of freedom" in other.sentence
    assert "counted by rank" not in test.sentence


def test_exact_identification_is_said(random_panel):
    stacked = random_panel(24, instruments=3)
    test = sargan(stacked, difference_gmm(stacked, steps=1).residuals, Errors.DIFFERENCED)

    assert test.p_value is None
    assert "exactly identified" in test.sentence


def test_size_is_right_where_errors_are_as_assumed():
    rejected, draws = 0, 400
    for seed in range(draws):
        rng = np.random.default_rng([5, seed])
        Z = rng.normal(size=(300, 5))
        v = rng.normal(size=300)
        X = Z.sum(axis=1, keepdims=True) + v[:, None]
        stacked = Stacked(
            X[:, 0] + v + rng.normal(size=300), X, Z, np.repeat(np.arange(30), 10), np.tile(np.arange(10), 30)
        )
        P = Z @ np.linalg.pinv(Z)
        b = (X[:, 0] @ P @ stacked.y) / (X[:, 0] @ P @ X[:, 0])
        rejected += sargan(stacked, stacked.y - b * X[:, 0], Errors.WHITE).p_value < 0.1

    # Three binomial standard errors about 10 %.
    assert abs(rejected / draws - 0.1) < 3 * np.sqrt(0.09 / draws)
