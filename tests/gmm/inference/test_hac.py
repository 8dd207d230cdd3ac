"""Do kernel errors run along the right series, with the right weights and bandwidths?"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from linearmodels.iv import IV2SLS
from linearmodels.iv.covariance import kernel_optimal_bandwidth
from linearmodels.panel import PooledOLS

from bayes_border.errors import SpecificationError
from bayes_border.gmm.inference.bandwidth import BandwidthRule, Kernel, andrews_bandwidth, choose_bandwidth
from bayes_border.gmm.inference.clustered import clustered
from bayes_border.gmm.inference.clusters import Grouping
from bayes_border.gmm.inference.hac import Series, hac


def kernel_weight(kernel, lag, bandwidth):
    if kernel is Kernel.QUADRATIC_SPECTRAL:
        d = 6 * np.pi * lag / bandwidth / 5
        return 1.0 if lag == 0 else 3 / d**2 * (np.sin(d) / d - np.cos(d))
    x = lag / (bandwidth + 1)
    if x >= 1:
        return 0.0
    if kernel is Kernel.BARTLETT:
        return 1 - x
    return 1 - 6 * x**2 + 6 * x**3 if x <= 0.5 else 2 * (1 - x) ** 3


def naive(fit, series, kernel, bandwidth):
    # Every pair of rows with the weight of their distance: no sums, no calendar.
    moments = fit.X_hat * fit.residuals[:, None]
    meat = np.zeros((fit.X.shape[1],) * 2)
    for i in range(len(fit.y)):
        for j in range(len(fit.y)):
            if series is Series.WITHIN_UNIT and fit.unit[i] != fit.unit[j]:
                continue
            lag = abs(i - j) if series is Series.STACKED else abs(fit.period[i] - fit.period[j])
            meat += kernel_weight(kernel, lag, bandwidth) * np.outer(moments[i], moments[j])
    return fit.bread @ meat @ fit.bread.T


@pytest.mark.parametrize("kernel", Kernel)
@pytest.mark.parametrize("series", Series)
def test_covariance_is_the_double_sum_over_pairs_of_rows(make_fit, series, kernel):
    fit = make_fit(1, units=5, periods=9, drop=12)
    fit = replace(fit, period=np.where(fit.period > 4, fit.period + 2, fit.period))
    n, k = fit.X.shape
    T = len(np.unique(fit.period))
    factor = T / (T - 1) * (n - 1) / (n - k) if series is Series.PERIOD_SUMS else n / (n - k)

    found = hac(fit, series, kernel=kernel, bandwidth=3)

    np.testing.assert_allclose(found.matrix, factor * naive(fit, series, kernel, 3), rtol=1e-9)
    np.testing.assert_array_equal(found.df, [n - k if series is Series.STACKED else T - 1] * k)


@pytest.mark.parametrize("kernel", Kernel)
def test_period_sums_are_linearmodels_driscoll_kraay_but_for_the_factor(make_fit, kernel):
    fit = make_fit(2, drop=10)
    index = pd.MultiIndex.from_arrays([fit.unit, fit.period])
    model = PooledOLS(pd.Series(fit.y, index), pd.DataFrame(fit.X, index))
    theirs = model.fit(cov_type="kernel", kernel=str(kernel), debiased=False).cov.to_numpy()
    n, k = fit.X.shape

    np.testing.assert_allclose(hac(fit, kernel=kernel).matrix, theirs * 12 / 11 * (n - 1) / (n - k), rtol=1e-9)


@pytest.mark.parametrize("kernel", Kernel)
def test_stacked_rows_are_linearmodels_iv_with_its_automatic_bandwidth(make_fit, kernel):
    fit = make_fit(3, instruments=4)
    rng = np.random.default_rng(3)
    Z = rng.normal(size=(len(fit.y), 4)) + fit.X_hat[:, [0, 1, 2, 0]]
    theirs = IV2SLS(fit.y, None, fit.X, Z).fit(cov_type="kernel", kernel=str(kernel), debiased=True)
    ours = replace(fit, X_hat=Z @ np.linalg.lstsq(Z, fit.X)[0])

    found = hac(ours, Series.STACKED, kernel=kernel, bandwidth=BandwidthRule.NEWEY_WEST)

    np.testing.assert_allclose(found.matrix, theirs.cov.to_numpy(), rtol=1e-8)


@pytest.mark.parametrize("kernel", ["bartlett", "parzen"])
def test_period_sums_are_sandwich_s_panel_covariance(firm_fit, reference, kernel):
    T, (n, k) = len(np.unique(firm_fit.period)), firm_fit.X.shape
    expected = np.array(reference["driscoll_kraay"][kernel]) * T / (T - 1) * (n - 1) / (n - k)
    np.testing.assert_allclose(hac(firm_fit, kernel=Kernel(kernel), bandwidth=2).matrix, expected, rtol=1e-8)


@pytest.mark.parametrize("kernel", Kernel)
def test_at_bandwidth_zero_periods_are_clusters(make_fit, kernel):
    fit = make_fit(4)
    found = hac(fit, kernel=kernel, bandwidth=0)
    np.testing.assert_allclose(found.matrix, clustered(fit, Grouping.PERIOD).matrix, rtol=1e-12)


def test_andrews_bandwidth_is_his_equation_and_no_unit_or_sign_moves_it():
    rng = np.random.default_rng(5)
    shocks = rng.normal(size=(60, 2))
    scores = np.zeros((60, 2))
    for t in range(1, 60):
        scores[t] = [0.6, -0.3] * scores[t - 1] + shocks[t]
    rho = np.array([scores[1:, a] @ scores[:-1, a] / (scores[:-1, a] @ scores[:-1, a]) for a in (0, 1)])
    s2 = np.array([((scores[1:, a] - rho[a] * scores[:-1, a]) ** 2).mean() for a in (0, 1)])
    weight = (1 - rho) ** 4 / s2**2  # one over the squared long-run variance
    below = (weight * s2**2 / (1 - rho) ** 4).sum()
    one = (weight * 4 * rho**2 * s2**2 / ((1 - rho) ** 6 * (1 + rho) ** 2)).sum() / below
    two = (weight * 4 * rho**2 * s2**2 / (1 - rho) ** 8).sum() / below

    assert andrews_bandwidth(scores, Kernel.BARTLETT) == pytest.approx(1.1447 * (one * 60) ** (1 / 3))
    assert andrews_bandwidth(scores, Kernel.PARZEN) == pytest.approx(2.6614 * (two * 60) ** (1 / 5))
    assert andrews_bandwidth(scores, Kernel.QUADRATIC_SPECTRAL) == pytest.approx(1.3221 * (two * 60) ** (1 / 5))
    other = andrews_bandwidth(scores * [-1e5, 1e-3], Kernel.BARTLETT)
    assert other == pytest.approx(andrews_bandwidth(scores, Kernel.BARTLETT))
    # Lag j has weight 1 - j / S while j < S.
    S = andrews_bandwidth(scores, Kernel.BARTLETT)
    assert choose_bandwidth(scores, Kernel.BARTLETT, BandwidthRule.ANDREWS) == np.ceil(S) - 1


def test_newey_west_bandwidth_is_linearmodels():
    scores = np.random.default_rng(6).normal(size=(40, 3)).cumsum(axis=0)
    expected = kernel_optimal_bandwidth(scores.sum(axis=1), "parzen")
    assert choose_bandwidth(scores, Kernel.PARZEN, BandwidthRule.NEWEY_WEST) == expected


def test_impossible_bandwidths_are_refused(make_fit):
    fit = make_fit(7)
    with pytest.raises(SpecificationError, match="12 for a series of 12; choose from 0 to 11"):
        hac(fit, bandwidth=12)
    with pytest.raises(SpecificationError, match="-1 for a series"):
        hac(fit, bandwidth=-1)
    with pytest.raises(SpecificationError, match="1 period"):
        hac(make_fit(7, periods=1))
    with pytest.raises(SpecificationError, match="newey_west is undefined"):
        hac(make_fit(7, periods=3), bandwidth=BandwidthRule.NEWEY_WEST)
    with pytest.raises(SpecificationError, match="2 for an autoregression"):
        hac(make_fit(7, periods=2), bandwidth=BandwidthRule.ANDREWS)
