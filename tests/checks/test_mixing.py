"""Convergence measures of many quantities at once are those that ArviZ finds one by one."""

import numpy as np
import pytest
from arviz_stats.base import array_stats
from scipy import signal

from bayes_border.checks.mixing import bulk_sizes, rhat

SHAPES = [(2, 300), (4, 1000), (2, 101), (3, 50), (2, 18), (2, 13), (1, 50)]


def chains(shape, *, correlation, rounded):
    noise = np.random.default_rng(41).normal(size=(*shape, 30))
    # From zero and never discarded: strongly correlated chains have not converged.
    draws = signal.lfilter([1.0], [1.0, -correlation], noise, axis=1)
    return np.round(draws) if rounded else draws


@pytest.mark.parametrize("rounded", [False, True])
@pytest.mark.parametrize("correlation", [-0.99, -0.6, 0.0, 0.5, 0.95, 0.999])
@pytest.mark.parametrize("shape", SHAPES)
def test_effective_sizes_are_arviz_s(shape, correlation, rounded):
    draws = chains(shape, correlation=correlation, rounded=rounded)
    by_arviz = array_stats.ess(draws, chain_axis=0, draw_axis=1, method="bulk")
    np.testing.assert_allclose(bulk_sizes(draws), by_arviz, rtol=1e-9)


@pytest.mark.parametrize("rounded", [False, True])
@pytest.mark.parametrize("correlation", [-0.6, 0.0, 0.95, 0.999])
@pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape[0] > 1])
def test_r_hats_are_arviz_s(shape, correlation, rounded):
    draws = chains(shape, correlation=correlation, rounded=rounded)
    np.testing.assert_allclose(rhat(draws), array_stats.rhat(draws, chain_axis=0, draw_axis=1), rtol=1e-12)


def test_chains_of_one_centre_and_two_widths_have_a_large_r_hat():
    rng = np.random.default_rng(42)
    draws = rng.normal(size=(2, 500, 1)) * np.array([1.0, 3.0])[:, None, None]
    assert rhat(draws) > 1.1


def test_what_never_moved_or_is_not_finite_has_no_measure():
    constant, unknown = np.full((2, 200), 3.0), np.where(np.arange(200) == 7, np.nan, np.ones((2, 1)))
    draws = np.stack([constant, unknown], axis=-1)
    assert np.isnan(rhat(draws)).all()
    assert np.isnan(bulk_sizes(draws)).all()


def test_chains_stuck_apart_have_not_converged():
    draws = np.full((2, 200, 1), 3.0) + np.arange(2)[:, None, None]
    assert rhat(draws) > 1e6
    assert 1.0 <= bulk_sizes(draws) < 4.0
