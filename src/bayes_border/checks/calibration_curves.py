"""By how much, and where, does each quantity of a run depart from what calibration would give?

Each function returns dims `(quantity, at)`: `value`, a difference whose calibrated value is zero, and `lower`
and `upper`, where chance leaves it; all are NaN where no fit gave a value. Figures are drawn from them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import xarray as xr

from bayes_border import criteria
from bayes_border.checks.interval_coverage import binomial_band, share_held
from bayes_border.checks.uniformity import POINTS, counts_below, simultaneous_band

#: Bins of a histogram of ranks: 20 values expected in each at 200 fits.
BINS = 10
#: Probabilities of the central intervals whose coverage is shown.
LEVELS = np.arange(1, 20) / 20

#: One quantity's values `(simulation,)` -> value, lower and upper `(at,)`.
type Curve = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class CalibrationCurves:
    """The curves of one run.

    Parameters
    ----------
    ecdf, ranks, coverage
        As `ecdf_differences`, `rank_histograms` and `coverage_differences` return them.
    """

    ecdf: xr.Dataset
    ranks: xr.Dataset
    coverage: xr.Dataset


def curves_of(pit: xr.DataArray) -> CalibrationCurves:
    """Return every curve of a run, from its `pit`, dims `(simulation, quantity)`, NaN where a fit failed."""
    return CalibrationCurves(ecdf_differences(pit), rank_histograms(pit), coverage_differences(pit))


def ecdf_differences(pit: xr.DataArray) -> xr.Dataset:
    """Return the empirical distribution function less the uniform one, in the percentiles.

    Calibrated curves stay inside their bands, all of them together, with a probability of at least
    1 - `criteria.CALIBRATION_LEVEL` (Bonferroni's share for each; Säilynoja, Bürkner and Vehtari 2022).

    Parameters
    ----------
    pit
        Dims `(simulation, quantity)`, NaN where a fit failed.
    """
    judged = max(1, int(pit.notnull().any("simulation").sum()))

    def curve(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        n, band = len(values), simultaneous_band(len(values), criteria.CALIBRATION_LEVEL / judged)
        return counts_below(values) / n - POINTS, band.lower / n - POINTS, band.upper / n - POINTS

    return _each(pit, POINTS, curve)


def rank_histograms(pit: xr.DataArray) -> xr.Dataset:
    """Return the share of values in each of `BINS` bins, relative to the uniform share, less 1; `at` is a bin's middle.

    The band is that of one bin: central, with probability `criteria.COVERAGE_BAND`.

    Parameters
    ----------
    pit
        Dims `(simulation, quantity)`, NaN where a fit failed.
    """

    def curve(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        shares = np.histogram(values, BINS, (0.0, 1.0))[0] / len(values)
        lower, upper = np.full((BINS, 2), binomial_band(len(values), 1.0 / BINS)).T
        return BINS * shares - 1.0, BINS * lower - 1.0, BINS * upper - 1.0

    return _each(pit, (np.arange(BINS) + 0.5) / BINS, curve)


def coverage_differences(pit: xr.DataArray) -> xr.Dataset:
    """Return the coverage of central intervals less their level; `at` is the level.

    The band is that of one level: central, with probability `criteria.COVERAGE_BAND`.

    Parameters
    ----------
    pit
        Dims `(simulation, quantity)`, NaN where a fit failed.
    """

    def curve(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        held = np.array([share_held(values, level) for level in LEVELS])
        lower, upper = np.array([binomial_band(len(values), level) for level in LEVELS]).T
        return held - LEVELS, lower - LEVELS, upper - LEVELS

    return _each(pit, LEVELS, curve)


def _each(pit: xr.DataArray, at: np.ndarray, curve: Curve) -> xr.Dataset:
    found = np.full((3, pit.sizes["quantity"], len(at)), np.nan)
    for k, values in enumerate(pit.transpose("quantity", "simulation").values):
        known = values[~np.isnan(values)]
        if known.size:
            found[:, k] = curve(known)
    names = ("value", "lower", "upper")
    variables = {name: (("quantity", "at"), found[i]) for i, name in enumerate(names)}
    return xr.Dataset(variables, {"quantity": pit["quantity"].values, "at": at})
