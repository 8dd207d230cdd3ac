"""What would the outcome look like under the model without interactions, as it was fitted?"""

from __future__ import annotations

import numpy as np
import xarray as xr

from bayes_border.design import Design
from bayes_border.errors import UsageError
from bayes_border.simulate.reduced_form import reduced_form


def draw_fitted(parameters: xr.Dataset, design: Design, rngs: list[np.random.Generator]) -> np.ndarray:
    """Return one outcome a generator, shape `(rng, row)`, percentage points; 0 in unobserved rows.

    Each takes one posterior draw: its main effects, intercepts, province effects and year shocks as they
    are, and fresh errors of its standard deviation. The errors of the observed panel are serially
    dependent (it is differenced), which the model leaves out; so the fresh ones are given the lag-one
    correlation that the draw's own residuals have within provinces, at unchanged variance (`ar1`).

    Parameters
    ----------
    parameters
        Draws of a model without interactions in the paper's units, dim `draw` (see `reduced_form`).
    design
        The rows that it was fitted to.
    rngs
        One generator a panel: it chooses the draw and then makes the errors.

    Raises
    ------
    UsageError
        If the draws have interactions, or say nothing of some observed row.
    """
    if "gamma" in parameters:
        message = "these draws have interactions: a null needs those of a model without, such as no_interactions"
        raise UsageError(message)
    chosen = parameters.isel(draw=[int(rng.integers(parameters.sizes["draw"])) for rng in rngs])
    form = reduced_form(chosen, design)
    mu, sigma = (part.transpose("draw", "row").values for part in (form.mu, form.sigma))
    if not np.isfinite(mu[:, design.observed]).all():
        message = f"these draws have no effect for some province or year of panel {design.panel_name}: fit again"
        raise UsageError(message)
    correlation = serial_correlation((design.y - mu) / sigma, design)
    errors = sigma * ar1(correlation, design, rngs)
    return np.where(design.observed, mu + errors, 0.0)


def serial_correlation(residuals: np.ndarray, design: Design) -> np.ndarray:
    """Return the correlation of consecutive years within provinces, about 0, of series `(..., row)`.

    Over all pairs of rows one year apart, whatever the province; 0 where there is no such pair.
    """
    rows, gap = _chained(design)
    later = np.flatnonzero(gap == 1)
    now, before = residuals[..., rows[later]], residuals[..., rows[later - 1]]
    length = np.sqrt((now**2).sum(axis=-1) * (before**2).sum(axis=-1))
    product = (now * before).sum(axis=-1)
    return np.asarray(np.divide(product, length, out=np.zeros_like(product), where=length > 0))


def ar1(correlation: np.ndarray, design: Design, rngs: list[np.random.Generator]) -> np.ndarray:
    """Return stationary AR(1) series of variance one within each province, shape `(rng, row)`.

    An AR(1) exists for any lag-one correlation, unlike an MA(1), and over a gap of d years its
    correlation is the d-th power. Rows that are not observed are 0.

    Parameters
    ----------
    correlation
        Lag-one correlation of each series, shape `(rng,)`.
    """
    rows, gap = _chained(design)
    fresh = np.stack([rng.standard_normal(len(design.y)) for rng in rngs])
    series = np.zeros_like(fresh)
    for place, (row, years) in enumerate(zip(rows, gap, strict=True)):
        kept = correlation**years if years else np.zeros_like(correlation)
        previous = series[:, rows[place - 1]]
        series[:, row] = kept * previous + np.sqrt(1 - kept**2) * fresh[:, row]
    return series


def _chained(design: Design) -> tuple[np.ndarray, np.ndarray]:
    """Return the observed rows by province and year, and the years since the province's last row (0: none)."""
    rows = np.flatnonzero(design.observed)
    year, province = design.data["year"].values.astype(int), design.data["province_index"].values
    rows = rows[np.lexsort((year[rows], province[rows]))]
    same = np.diff(province[rows]) == 0
    return rows, np.concatenate([[0], np.where(same, np.diff(year[rows]), 0)])
