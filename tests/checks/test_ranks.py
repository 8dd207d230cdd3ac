"""Labels of test quantities, and where the truth stands among draws, exchangeable or from a chain."""

import arviz_stats as azs
import numpy as np
import pytest
import xarray as xr
from scipy import signal, stats

from bayes_border.checks.mixing import effective_sizes
from bayes_border.checks.ranks import flatten, thinned_pit

REPETITIONS = 20_000


@pytest.fixture
def dataset():
    rng = np.random.default_rng(31)
    variables = {
        "tau": (("year", "draw", "chain"), rng.normal(size=(2, 3, 2))),
        "sigma_tau": (("chain", "draw"), rng.normal(size=(2, 3))),
        "beta": (("regressor", "chain", "regime", "draw"), rng.normal(size=(3, 2, 2, 3))),
    }
    coords = {"regime": ["pre", "post"], "regressor": ["dlnFAI", "dIS", "dBO"], "year": [2001, 2002]}
    return xr.Dataset(variables, coords)


LABELS = (
    "beta[dlnFAI, pre]", "beta[dlnFAI, post]", "beta[dIS, pre]", "beta[dIS, post]", "beta[dBO, pre]", "beta[dBO, post]",
    "sigma_tau", "tau[2001]", "tau[2002]",
)  # fmt: skip


def test_every_scalar_has_its_label_and_its_own_values(dataset):
    flat = flatten(dataset, ("chain", "draw"))
    assert flat.labels == LABELS
    assert flat.values.shape == (2, 3, len(LABELS))
    beta = dataset["beta"].transpose("chain", "draw", ...)
    for k, regressor in enumerate(("dlnFAI", "dIS", "dBO")):
        for r, regime in enumerate(("pre", "post")):
            expected = beta.sel(regressor=regressor, regime=regime)
            np.testing.assert_array_equal(flat.values[..., 2 * k + r], expected)
    np.testing.assert_array_equal(flat.values[..., 6], dataset["sigma_tau"])
    np.testing.assert_array_equal(flat.values[..., 8], dataset["tau"].sel(year=2002).transpose("chain", "draw"))


def test_labels_do_not_hang_on_the_order_of_variables_or_on_sample_dims(dataset):
    one = flatten(dataset[["sigma_tau", "tau", "beta"]].isel(chain=1, draw=2))
    assert one.labels == LABELS
    np.testing.assert_array_equal(one.values, flatten(dataset, ("draw", "chain")).values[2, 1])


def test_quantities_are_found_by_label_in_the_order_asked_for(dataset):
    flat = flatten(dataset, ("chain", "draw"))
    wanted = ("tau[2002]", "beta[dlnFAI, post]")
    np.testing.assert_array_equal(flat.at(wanted), flat.values[..., [8, 1]])
    with pytest.raises(KeyError, match="kappa"):
        flat.at(("kappa",))


class Halves:
    """Randomises nothing: each share is a half."""

    def random(self, size):
        return np.full(size, 0.5)


@pytest.mark.parametrize(
    ("truth", "size", "expected"),
    [
        # Of two chains 0..3 and 4..7 all are kept: below, between, at and above them.
        (-1.0, 8, 0.5 / 9),
        (4.5, 8, 5.5 / 9),
        (4.0, 8, (4 + 0.5 * 2) / 9),
        (99.0, 8, 8.5 / 9),
        # 0, 2, 4 and 6 are kept, then 0, 2 and 5, then the first alone.
        (4.5, 4, 3.5 / 5),
        (4.5, 4.9, 3.5 / 5),
        (4.5, 3, 2.5 / 4),
        (5.0, 3, (2 + 0.5 * 2) / 4),
        (4.5, 1, 1.5 / 2),
    ],
)
def test_the_truth_stands_among_the_draws_kept(truth, size, expected):
    draws = np.arange(8.0).reshape(2, 4, 1)
    found = thinned_pit(draws, np.array([truth]), np.array([size]), Halves())
    np.testing.assert_allclose(found, [expected], rtol=1e-14)


@pytest.mark.parametrize("kept", [12, 3])
def test_where_the_truth_or_a_draw_is_unknown_so_is_the_place(kept):
    """Of three quantities one has no truth and one has lost a draw, whether or not that draw is kept."""
    draws = np.random.default_rng(37).normal(size=(2, 6, 3))
    draws[1, 5, 1] = np.nan
    found = thinned_pit(draws, np.array([np.nan, 0.0, 0.0]), np.full(3, kept), Halves())
    assert np.isnan(found).tolist() == [True, True, False]
    assert found[2] == thinned_pit(draws[..., 2:], np.zeros(1), np.array([kept]), Halves())


def exchangeable(kind, rng):
    """Return the truth and 24 draws of each repetition: independent given what they share."""
    shared = rng.normal(size=(1, REPETITIONS))
    if kind == "continuous":
        return shared + rng.normal(size=(25, REPETITIONS))
    return rng.poisson(np.exp(shared), size=(25, REPETITIONS)).astype(float)


@pytest.mark.parametrize("size", [24, 10, 1])
@pytest.mark.parametrize("kind", ["continuous", "discrete"])
def test_the_transform_is_uniform_where_truth_and_draws_are_exchangeable(kind, size):
    rng = np.random.default_rng(32)
    values = exchangeable(kind, rng)
    assert (len(np.unique(values)) < 100) == (kind == "discrete")
    pit = thinned_pit(values[1:].reshape(2, 12, -1), values[0], np.full(REPETITIONS, size), rng)
    # Seeded; a false alarm of 1 in 1,000 when it is uniform.
    assert stats.kstest(pit, "uniform").pvalue > 1e-3
    counts = np.histogram(pit, bins=37, range=(0, 1))[0]
    assert stats.chisquare(counts).pvalue > 1e-3


def test_a_twentieth_of_a_standard_deviation_is_seen():
    rng = np.random.default_rng(33)
    values = exchangeable("continuous", rng)
    pit = thinned_pit(values[1:].reshape(2, 12, -1), values[0] + 0.05, np.full(REPETITIONS, 24), rng)
    assert stats.kstest(pit, "uniform").pvalue < 1e-3


def autocorrelated(rng, *, correlation, shape):
    """Return stationary AR(1) chains of variance one, shape `(chain, draw, quantity)`."""
    noise = rng.normal(size=shape) * np.sqrt(1 - correlation**2)
    start = correlation * rng.normal(size=(shape[0], 1, shape[2]))
    return signal.lfilter([1.0], [1.0, -correlation], noise, axis=1, zi=start)[0]


def test_thinning_mends_the_ranks_of_autocorrelated_draws():
    rng, n = np.random.default_rng(34), 6000
    draws, truth = autocorrelated(rng, correlation=0.95, shape=(2, 300, n)), rng.normal(size=n)
    # A mean of an AR(1) is worth (1 - 0.95) / (1 + 0.95) of as many independent draws.
    thinned, whole = (thinned_pit(draws, truth, np.full(n, size), rng) for size in (15, 600))
    extreme = [np.count_nonzero(np.abs(pit - 0.5) > 0.49) for pit in (thinned, whole)]
    # Two in a hundred are expected, 120 give or take 11; whole chains give twice as many.
    assert abs(extreme[0] - 120) < 4 * 11
    assert extreme[1] > 200
    p_values = [stats.chisquare(np.histogram(pit, bins=20, range=(0, 1))[0]).pvalue for pit in (thinned, whole)]
    assert p_values[0] > 1e-3
    assert p_values[1] < 1e-6


def test_effective_sizes_are_arviz_s_and_those_of_the_theory():
    draws = autocorrelated(np.random.default_rng(35), correlation=0.5, shape=(4, 500, 40))
    sizes = effective_sizes(draws)
    by_arviz = azs.ess(xr.Dataset({"q": (("chain", "draw", "k"), draws)}), method="bulk")["q"].values
    np.testing.assert_allclose(sizes, by_arviz, rtol=1e-12)
    # N (1 - 0.5) / (1 + 0.5); the mean of 40 estimates, each off by some 6 %.
    assert sizes.mean() == pytest.approx(2000 / 3, rel=0.05)


def test_an_effective_size_is_at_least_one_and_at_most_the_number_of_draws():
    rng = np.random.default_rng(36)
    alternating = rng.normal(size=(2, 200)) + 20.0 * (-1.0) ** np.arange(200)
    constant, unknown = np.full((2, 200), 3.0), np.full((2, 200), np.nan)
    stuck_apart = constant + np.arange(2)[:, None]
    sizes = effective_sizes(np.stack([alternating, constant, unknown, stuck_apart], axis=-1))
    assert azs.ess(xr.Dataset({"q": (("chain", "draw"), alternating)}), method="bulk")["q"] > 400
    assert list(sizes[:3]) == [400, 1, 1]
    assert 1 <= sizes[3] < 4
