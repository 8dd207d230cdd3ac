"""Effective sizes and R-hat of many quantities at once, against ArviZ's of one at a time."""

import numpy as np
import pytest
from arviz_stats.base import array_stats

from bayes_border.checks.mixing import effective_sizes, sizes_and_rhats


def chains(chain, draw, quantities=30, seed=1):
    """Return autoregressive chains, some alternating and some slow; the first rounded to ties, the last apart."""
    rng = np.random.default_rng(seed)
    draws = rng.normal(size=(chain, draw, quantities))
    phi = np.linspace(-0.9, 0.98, quantities)
    for t in range(1, draw):
        draws[:, t] += phi * draws[:, t - 1]
    draws[..., 0] = np.round(draws[..., 0])
    draws[..., -1] += 3.0 * np.arange(chain)[:, None]
    return draws


@pytest.mark.parametrize(
    ("chain", "draw"), [(2, 300), (4, 101), (2, 7), (2, 8), (3, 9), (2, 10), (2, 11), (2, 12), (1, 50)]
)
def test_effective_sizes_are_arviz_s(chain, draw):
    draws = chains(chain, draw)
    expected = array_stats.ess(draws, chain_axis=0, draw_axis=1, method="bulk")
    np.testing.assert_allclose(effective_sizes(draws), np.clip(expected, 1.0, chain * draw), rtol=1e-10)


@pytest.mark.parametrize(("chain", "draw"), [(2, 300), (4, 101), (2, 7), (3, 9)])
def test_rhats_are_arviz_s(chain, draw):
    draws = chains(chain, draw)
    sizes, rhats = sizes_and_rhats(draws)
    np.testing.assert_allclose(rhats, array_stats.rhat(draws, chain_axis=0, draw_axis=1), rtol=1e-12)
    np.testing.assert_array_equal(sizes, effective_sizes(draws))


def test_what_never_moved_is_worth_one_draw_and_has_no_rhat():
    draws = np.concatenate([np.ones((2, 50, 1)), np.random.default_rng(2).normal(size=(2, 50, 1))], axis=-1)
    assert effective_sizes(draws)[0] == 1.0
    assert effective_sizes(draws)[1] > 1.0
    assert np.isnan(sizes_and_rhats(draws)[1]).tolist() == [True, False]
