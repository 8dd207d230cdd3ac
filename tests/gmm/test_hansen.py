"""Does the Hansen object know what it can and cannot say?"""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from scipy import stats

from bayes_border.errors import SpecificationError
from bayes_border.gmm.difference import difference_gmm
from bayes_border.gmm.difference_in_hansen import smallest_form
from bayes_border.gmm.hansen import NoBound, hansen
from bayes_border.gmm.relevance import by_cluster
from bayes_border.gmm.stacked import Stacked
from bayes_border.gmm.weights import inverse

SHAPES = st.tuples(st.integers(3, 12), st.integers(3, 8), st.integers(3, 40))


def random_equation(seed, shape, *, invalid):
    """Return an unbalanced panel with gaps, instruments in wildly different units, some of them collinear."""
    units, years, instruments = shape
    rng = np.random.default_rng(seed)
    kept = rng.random(units * years) < 0.85
    kept[::years] = kept[1::years] = True
    unit, year = np.repeat(np.arange(units), years)[kept], np.tile(np.arange(years), units)[kept]
    n = len(unit)
    Z = rng.normal(size=(n, instruments))
    X = Z[:, :2] + rng.normal(size=(n, 2))
    y = X.sum(axis=1) + rng.standard_t(3, size=n) + invalid * Z[:, -1]
    Z = Z * 10 ** rng.uniform(-3, 3, size=instruments)
    if rng.random() < 0.3:
        Z = np.column_stack([Z, Z[:, 0] + Z[:, 1]])
    return Stacked(y, X, Z, unit, year)


def form(stacked, b, a, cluster):
    """Return Q(b, a): the form at b under the clustered weight taken at a."""
    G = by_cluster(stacked.Z * (stacked.y - stacked.X @ a)[:, None], cluster)
    g = inverse(G).rotate(stacked.Z.T @ (stacked.y - stacked.X @ b))
    return g @ g


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), shape=SHAPES, invalid=st.floats(0, 5), steps=st.sampled_from([1, 2]))
def test_j_never_exceeds_the_number_of_clusters(seed, shape, invalid, steps):
    stacked = random_equation(seed, shape, invalid=invalid)
    try:
        fit = difference_gmm(stacked, steps=steps)
    except SpecificationError as refused:
        # Of collinear instruments in wildly different units the generalised inverse keeps too few.
        if "bring the instruments to like sizes" not in str(refused):
            raise
        reject()

    assert fit.hansen.bound == shape[0]
    assert fit.hansen.j <= shape[0] * (1 + 1e-8)
    assert fit.hansen.sound


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), shape=SHAPES, by=st.sampled_from(["unit", "period", "row"]))
def test_weight_and_moments_at_one_estimate_are_bounded_wherever_it_is(seed, shape, by):
    # Continuously updated and iterated GMM are such estimates; here it is any point at all.
    stacked = random_equation(seed, shape, invalid=1)
    b = np.random.default_rng(seed + 1).normal(size=2) * 10
    cluster = np.arange(len(stacked.y)) if by == "row" else getattr(stacked, by)

    assert form(stacked, b, b, cluster) <= len(np.unique(cluster)) * (1 + 1e-8)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), shape=SHAPES, steps=st.integers(1, 6))
def test_every_iteration_is_bounded(seed, shape, steps):
    stacked = random_equation(seed, shape, invalid=2)
    ZX, Zy = stacked.Z.T @ stacked.X, stacked.Z.T @ stacked.y
    b = np.zeros(2)
    for _ in range(steps):
        weight = inverse(stacked.by_unit(stacked.Z * (stacked.y - stacked.X @ b)[:, None]))
        j = smallest_form(weight, ZX, Zy)
        b = np.linalg.lstsq(weight.rotate(ZX), weight.rotate(Zy))[0]
        assert j <= shape[0] * (1 + 1e-8)


def test_a_weight_whose_rank_is_the_number_of_clusters_gives_the_bound_itself():
    stacked = random_equation(1, (9, 8, 30), invalid=0)
    b = np.array([3.0, -2.0])

    np.testing.assert_allclose(form(stacked, b, b, stacked.unit), 9, rtol=1e-9)
    assert difference_gmm(stacked, steps=2).hansen.saturated


# The bound's conditions are needed: each of these statistics passes the number of clusters.


def test_centred_weights_pass_the_number_of_clusters():
    rng = np.random.default_rng(2)
    G = rng.normal(size=(9, 4)) + 1.5
    g = G.sum(axis=0)
    uncentred = g @ np.linalg.solve(G.T @ G, g)
    centred = g @ np.linalg.solve((G - G.mean(axis=0)).T @ (G - G.mean(axis=0)), g)

    assert centred > 9 > uncentred
    np.testing.assert_allclose(centred, uncentred / (1 - uncentred / 9), rtol=1e-10)


def test_kernel_weights_pass_the_number_of_clusters_but_not_their_own_bound():
    rng = np.random.default_rng(3)
    units, years = 9, 28
    n = units * years
    G = rng.normal(size=(n, 4)) + 1.0
    lag = np.abs(np.arange(n)[:, None] - np.arange(n))
    K = np.clip(1 - lag / 3, 0, None)
    g = G.sum(axis=0)
    j = g @ np.linalg.solve(G.T @ K @ G, g)

    assert j > units
    assert j <= np.linalg.solve(K, np.ones(n)).sum() <= n


@pytest.mark.parametrize(("share", "expected"), [(0.0, 20 / 8), (0.9, 20 / 0.8), (1.1, -20 / 0.8)])
def test_two_way_weights_pass_the_number_of_clusters_or_turn_negative(share, expected):
    # One moment, 4 units in 5 years: 1 plus doubly centred noise e, which neither clustering sees. By unit the squares
    # add up to 4 x 5^2, by year to 5 x 4^2, by row to 20 + e'e: S = 160 - e'e, and J = 20^2 / S.
    e = np.random.default_rng(5).normal(size=(4, 5))
    e = e - e.mean(axis=0) - e.mean(axis=1, keepdims=True) + e.mean()
    rows = 1 + e * np.sqrt(160 * share / (e**2).sum())
    S = (rows.sum(axis=1) ** 2).sum() + (rows.sum(axis=0) ** 2).sum() - (rows**2).sum()

    np.testing.assert_allclose(rows.sum() ** 2 / S, expected, rtol=1e-9)


def test_a_weight_taken_elsewhere_passes_the_number_of_clusters():
    stacked = random_equation(4, (9, 8, 5), invalid=0)

    assert form(stacked, np.array([30.0, -30.0]), np.ones(2), stacked.unit) > 9


def test_where_the_conditions_do_not_hold_no_bound_is_given_and_the_reason_is_said():
    test = hansen(40.0, n_instruments=33, rank=33, n_clusters=9, n_coefficients=6)
    for why in NoBound:
        other = test.without_bound(why)
        assert (other.bound, other.smallest_p, other.vacuous, other.saturated) == (None, None, False, False)
        assert other.p_value == pytest.approx(stats.chi2.sf(40, 27))
        assert "no bound by the number of clusters: " in other.sentence
    assert "x / (1 - x / N)" in test.without_bound(NoBound.CENTRED).sentence


def test_nine_clusters_and_27_restrictions_print_a_p_value_of_one():
    test = hansen(9.0, n_instruments=33, rank=9, n_clusters=9, n_coefficients=6)

    assert test.df == 27
    assert f"{test.p_value:.3f}" == "1.000"
    assert test.smallest_p == pytest.approx(test.p_value)
    assert test.vacuous
    assert "vacuous: with 33 instruments and 9 clusters J cannot exceed 9" in test.sentence


def test_both_counts_of_degrees_of_freedom_are_shown_where_the_weight_is_singular():
    test = hansen(8.0, n_instruments=33, rank=9, n_clusters=9, n_coefficients=6)

    assert (test.df, test.df_by_rank) == (27, 3)
    assert test.p_by_rank == pytest.approx(stats.chi2.sf(8, 3))
    assert "the weight sees 9 combinations of the 33 moments: counted by rank there are 3 degrees" in test.sentence


def test_a_rank_of_no_more_than_the_coefficients_leaves_nothing_to_test_by_rank(random_panel):
    test = difference_gmm(random_panel(46, units=3, instruments=10), steps=2).hansen

    assert (test.rank, test.df_by_rank, test.p_by_rank) == (3, 0, None)
    assert abs(test.j) < 1e-12
    assert "the weight sees 3 combinations of the 10 moments: counted by rank there is nothing to test" in test.sentence


def test_a_test_that_can_reject_is_not_vacuous():
    test = hansen(8.5, n_instruments=7, rank=7, n_clusters=140, n_coefficients=3)

    assert test.smallest_p < 1e-10
    assert not test.vacuous
    assert "combinations" not in test.sentence


def test_a_j_past_its_bound_is_called_a_failure_of_the_inversion():
    # What one library gave at as many instruments as clusters.
    test = hansen(935.0, n_instruments=9, rank=9, n_clusters=9, n_coefficients=6)

    assert not test.sound
    assert "J passes its bound of 9" in test.sentence


def test_units_of_instruments_do_not_move_a_regular_j(random_panel):
    stacked = random_panel(47)
    scaled = replace(stacked, Z=stacked.Z * 10.0 ** np.arange(-3, 4))

    np.testing.assert_allclose(
        difference_gmm(scaled, steps=2).hansen.j, difference_gmm(stacked, steps=2).hansen.j, rtol=1e-7
    )
