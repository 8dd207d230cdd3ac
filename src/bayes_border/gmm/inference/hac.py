"""What are the errors when what hangs together fades with time?"""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from linearmodels.iv.covariance import KERNEL_LOOKUP
from linearmodels.shared.covariance import cov_kernel

from bayes_border.errors import Fault, SpecificationError
from bayes_border.gmm.inference.bandwidth import SOURCE, BandwidthRule, Kernel, choose_bandwidth
from bayes_border.gmm.inference.clustered import small_sample_factor
from bayes_border.gmm.inference.covariance import Covariance, covariance
from bayes_border.gmm.inference.refusals import refuse_impossible
from bayes_border.gmm.linear import LinearFit
from bayes_border.gmm.refusals import MIN_CLUSTERS
from bayes_border.spec.recipe import StandardErrors


class Series(StrEnum):
    """Which series the kernel runs along.

    `period_sums`: the scores summed over the units of a period (Driscoll and Kraay 1998), so any
    dependence between units is allowed. `within_unit`: each unit's own (Newey and West 1987 for a
    panel), units being independent. `stacked`: the rows one below another as if they were one series,
    the end of a unit next to the start of another; what R's gmm and linearmodels' IVGMM do with a
    stacked panel.
    """

    PERIOD_SUMS = "period_sums"
    WITHIN_UNIT = "within_unit"
    STACKED = "stacked"


def hac(
    fit: LinearFit,
    series: Series = Series.PERIOD_SUMS,
    *,
    kernel: Kernel = Kernel.BARTLETT,
    bandwidth: float | BandwidthRule = BandwidthRule.RULE_OF_THUMB,
) -> Covariance:
    """Return a heteroscedasticity and autocorrelation consistent covariance.

    A period that is missing between the first and the last counts as one whose scores are zero, so a
    lag is always a lag of the calendar. At bandwidth zero `period_sums` is the covariance clustered
    by period with its CR1 factor, and the others are White's with n / (n - k). The t has periods less
    one degrees of freedom, for `stacked` rows less coefficients. An automatic bandwidth looks at
    `period_sums` or, for `stacked`, at the stacked rows.

    Raises
    ------
    SpecificationError
        If there is one period only, no sampling error at all, or no such bandwidth.
    """
    refuse_impossible(fit)
    n, k = fit.X.shape
    moments = fit.X_hat * fit.residuals[:, None]
    runs = moments[None] if series is Series.STACKED else _calendar(fit, moments)
    if series is Series.PERIOD_SUMS:
        runs = runs.sum(axis=0, keepdims=True)
    chosen = choose_bandwidth(runs.sum(axis=0), kernel, bandwidth)
    length = runs.shape[1]
    # linearmodels' quadratic-spectral weights divide by the bandwidth: at zero no lag has any.
    weights = KERNEL_LOOKUP[str(kernel)](chosen, length - 1) if chosen > 0 else np.ones(1)
    meat = sum(cov_kernel(run, weights) * length for run in runs)
    periods = len(np.unique(fit.period))
    factor = small_sample_factor(fit, periods) if series is Series.PERIOD_SUMS else n / (n - k)
    df = n - k if series is Series.STACKED else periods - 1
    note = f"{series}, {kernel} kernel, bandwidth {chosen:g}"
    return covariance(fit, StandardErrors.HAC, factor * fit.bread @ meat @ fit.bread.T, df=df, notes=(note,))


def _calendar(fit: LinearFit, moments: np.ndarray) -> np.ndarray:
    # Shape (unit, period, coefficient), zero where a unit has no row.
    periods = np.unique(fit.period)
    if len(periods) < MIN_CLUSTERS:
        fault = Fault("periods", f"{len(periods)} period", f"kernel errors need at least {MIN_CLUSTERS}")
        raise SpecificationError(SOURCE, [fault])
    units, place = np.unique(fit.unit, return_inverse=True)
    calendar = np.zeros((len(units), periods[-1] - periods[0] + 1, moments.shape[1]))
    np.add.at(calendar, (place, fit.period - periods[0]), moments)
    return calendar
