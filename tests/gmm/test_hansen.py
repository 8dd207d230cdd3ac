"""Does the Hansen object know what it can and cannot say?"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayes_border.gmm.difference import difference_gmm
from bayes_border.gmm.hansen import hansen
from bayes_border.gmm.stacked import Stacked


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    shape=st.tuples(st.integers(3, 12), st.integers(3, 8), st.integers(3, 40)),
    invalid=st.floats(0, 5),
    steps=st.sampled_from([1, 2]),
)
def test_j_never_exceeds_the_number_of_clusters(seed, shape, invalid, steps):
    units, years, instruments = shape
    rng = np.random.default_rng(seed)
    n = units * years
    Z = rng.normal(size=(n, instruments))
    X = Z[:, :2] + rng.normal(size=(n, 2))
    y = X.sum(axis=1) + rng.standard_t(3, size=n) + invalid * Z[:, -1]
    stacked = Stacked(y, X, Z, np.repeat(np.arange(units), years), np.tile(np.arange(years), units))

    fit = difference_gmm(stacked, steps=steps)

    assert fit.hansen.bound == units
    assert fit.hansen.j <= units * (1 + 1e-8)


def test_nine_clusters_and_27_restrictions_print_a_p_value_of_one():
    test = hansen(9.0, n_instruments=33, rank=9, n_clusters=9, n_coefficients=6)

    assert test.df == 27
    assert f"{test.p_value:.3f}" == "1.000"
    assert test.smallest_p == pytest.approx(test.p_value)
    assert test.vacuous
    assert "vacuous: with 33 instruments and 9 clusters J cannot exceed 9" in test.sentence


def test_a_test_that_can_reject_is_not_vacuous():
    test = hansen(8.5, n_instruments=7, rank=7, n_clusters=140, n_coefficients=3)

    assert test.smallest_p < 1e-10
    assert not test.vacuous
