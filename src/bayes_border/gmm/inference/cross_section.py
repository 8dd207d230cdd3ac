"""Do the units' residuals move together in the same period?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import stats

from bayes_border.errors import Fault, SpecificationError
from bayes_border.gmm.linear import LinearFit

#: What a refusal is headed with.
SOURCE: Final = "CD test"
#: Two common periods always correlate at one or minus one.
MIN_COMMON_PERIODS: Final = 3
#: A series that varies by less than this share of its size does not vary.
CONSTANT: Final = 1e-12


@dataclass(frozen=True, slots=True)
class CrossSectionTest:
    """The CD test of Pesaran (2004; 2015): standard normal without, or with weak, dependence between units.

    Parameters
    ----------
    statistic, p_value
        Of the two-sided test.
    mean_correlation, mean_absolute_correlation
        Over the pairs of units; the second shows dependence whose signs cancel.
    pairs, left_out
        Pairs of units used, and pairs with fewer than three common periods or no variation in them.
    """

    statistic: float
    p_value: float
    mean_correlation: float
    mean_absolute_correlation: float
    pairs: int
    left_out: int


def cross_section_test(fit: LinearFit) -> CrossSectionTest:
    """Return Pesaran's CD, sqrt(1 / pairs) times the sum of sqrt(T_ij) rho_ij, for panels with gaps too.

    Correlations are over the periods that two units have in common, about their means there (Pesaran
    2004, section 9). Period dummies in the equation push residuals of a period to a zero sum, and the
    statistic below zero.

    Raises
    ------
    SpecificationError
        If a unit has a period twice, or no pair of units has three periods in common.
    """
    series, present = _wide(fit)
    common, rho = _pairwise(series, present)
    upper = np.triu_indices(len(series), 1)
    T, rho = common[upper], rho[upper]
    used = (T >= MIN_COMMON_PERIODS) & np.isfinite(rho)
    pairs = int(used.sum())
    if pairs == 0:
        found = (
            f"{len(series)} units, {len(T)} pairs, none with {MIN_COMMON_PERIODS} common periods of varying residuals"
        )
        raise SpecificationError(SOURCE, [Fault("units", found, "use a longer panel of at least two units")])
    statistic = float((np.sqrt(T) * rho)[used].sum() / np.sqrt(pairs))
    return CrossSectionTest(
        statistic,
        float(2 * stats.norm.sf(abs(statistic))),
        float(rho[used].mean()),
        float(np.abs(rho[used]).mean()),
        pairs,
        len(T) - pairs,
    )


def _wide(fit: LinearFit) -> tuple[np.ndarray, np.ndarray]:
    units, row = np.unique(fit.unit, return_inverse=True)
    periods, column = np.unique(fit.period, return_inverse=True)
    times = np.zeros((len(units), len(periods)))
    np.add.at(times, (row, column), 1.0)
    if times.max() > 1:
        unit, period = np.unravel_index(int(times.argmax()), times.shape)
        found = f"unit {units[unit]} has period {periods[period]} {times.max():.0f} times"
        raise SpecificationError(SOURCE, [Fault("rows", found, "keep one row a unit and period")])
    series = np.zeros_like(times)
    series[row, column] = fit.residuals
    return series, times


def _pairwise(series: np.ndarray, present: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    # Sums over the common periods of a pair, as products with the table of what is present. Numbers
    # are first centred by unit, so that squares of a large common level do not swallow the digits.
    held = np.maximum(present.sum(axis=1, keepdims=True), 1)
    centred = (series - series.sum(axis=1, keepdims=True) / held) * present
    T = present @ present.T
    safe = np.maximum(T, 1)
    sums, squares = centred @ present.T, centred**2 @ present.T
    variation = squares - sums**2 / safe
    covariation = centred @ centred.T - sums * sums.T / safe
    known = (variation > CONSTANT * (series**2 @ present.T)) & (T >= MIN_COMMON_PERIODS)
    known &= known.T
    scale = np.sqrt(np.where(known, variation * variation.T, 1.0))
    return T, np.where(known, covariation / scale, np.nan)
