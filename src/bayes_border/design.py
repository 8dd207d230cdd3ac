"""Which numbers enter the equation: labelled rows of one outcome, its regressors, regimes and scaling."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import xarray as xr

from bayes_border.errors import DataError, Fault
from bayes_border.panel.panel import Panel
from bayes_border.spec.breaks import Break
from bayes_border.vocabulary import OUTCOME, Outcome, Window

_ROUNDING = 1e-10


@dataclass(frozen=True)
class Design:
    """The rows of equation (3) for one panel, outcome and reading of the break.

    Parameters
    ----------
    data
        Dims `row` and `regressor`. Variables: `dg` `(row)`, the differenced outcome in percentage
        points, 0 where not observed; `x` `(row, regressor)`, differenced regressors in the paper's
        units; `weight` `(row)`, 1 for a row that enters the likelihood and 0 for one that does not;
        `reference` `(row)`, bool, the rows that scaling and barrier rest on, whatever the weights;
        `province_index`, `year_index`, `regime_index` `(row)` int, regime 0 = pre, 1 = post; `scale`
        `(regressor)`, the standard deviation of each regressor over the weighted rows. Coordinates
        `province`, `year` on `row`; `regressor` holds the terms.
    provinces, years
        Labels of the two indices.
    break_
        Reading of the break.
    outcome, panel_name, panel_digest
        What the rows were made from.
    """

    data: xr.Dataset
    provinces: tuple[str, ...]
    years: tuple[int, ...]
    break_: Break
    outcome: Outcome
    panel_name: str
    panel_digest: str

    @cached_property
    def terms(self) -> tuple[str, ...]:
        """Return the regressors' names."""
        return tuple(str(t) for t in self.data.variables["regressor"].values)

    @property
    def y(self) -> np.ndarray:
        """Return the differenced outcome, shape `(row,)`, percentage points."""
        return np.asarray(self.data.variables["dg"].values)

    @property
    def x(self) -> np.ndarray:
        """Return the differenced regressors in the paper's units, shape `(row, regressor)`."""
        return np.asarray(self.data.variables["x"].values)

    @property
    def scale(self) -> np.ndarray:
        """Return one standard deviation of each regressor, shape `(regressor,)`."""
        return np.asarray(self.data.variables["scale"].values)

    @property
    def x_scaled(self) -> np.ndarray:
        """Return the regressors in standard deviations, not centred: zero stays "no change"."""
        return np.asarray(self.x / self.scale)

    @property
    def observed(self) -> np.ndarray:
        """Return which rows enter the likelihood, shape `(row,)`, bool."""
        return np.asarray(self.data.variables["weight"].values > 0)

    @property
    def observed_years(self) -> tuple[int, ...]:
        """Return the years with an observed row: of others' shocks nothing in the likelihood speaks."""
        seen = set(self.data.variables["year"].values[self.observed].tolist())
        return tuple(year for year in self.years if year in seen)

    def rows_of(self, window: Window) -> np.ndarray:
        """Return the observed rows of a window, shape `(row,)`, bool."""
        years = [year for year in self.years if self.break_.contains(window, year)]
        return np.asarray(np.isin(self.data.variables["year"].values, years) & self.observed)

    def n_obs(self, window: Window) -> int:
        """Return the number of observed rows of a window."""
        return int(self.rows_of(window).sum())

    def with_outcome(self, y: np.ndarray) -> Design:
        """Return the same design with another outcome, shape `(row,)`: a simulated panel."""
        return self._replaced(dg=("row", np.asarray(y, float)))

    def with_weight(self, weight: np.ndarray) -> Design:
        """Return the same design, scale and barrier rows, with other rows in the likelihood."""
        return self._replaced(weight=("row", np.asarray(weight, float)))

    def followed_by(self, copy: Design) -> Design:
        """Return these rows and those of a copy below them: the same provinces, years and scale.

        Scale and barrier rest on the first rows alone, for a prior is stated once.
        """
        below = copy.data.assign(reference=("row", np.zeros(copy.data.sizes["row"], bool)))
        data = xr.concat([self.data, below], "row", data_vars="minimal", coords="minimal", compat="override")
        return self._with(data)

    def _replaced(self, **variables: tuple[str, np.ndarray]) -> Design:
        return self._with(self.data.assign(variables))

    def _with(self, data: xr.Dataset) -> Design:
        return Design(data, self.provinces, self.years, self.break_, self.outcome, self.panel_name, self.panel_digest)

    @cached_property
    def digest(self) -> str:
        """Return a SHA-256 of every variable and label of `data`, 16 hexadecimal digits.

        Of twelve significant digits: the last bits of a logarithm or a sum differ between processors.
        """
        parts: dict[str, Iterable[object]] = {"provinces": self.provinces, "years": self.years}
        parts |= {str(name): np.ravel(values) for name, values in self.data.variables.items()}
        lines = [f"{name}: {'|'.join(map(_twelve_digits, parts[name]))}" for name in sorted(parts)]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def build_design(panel: Panel, terms: tuple[str, ...], break_: Break, *, outcome: Outcome = Outcome.GROWTH) -> Design:
    """Return the labelled rows of equation (3).

    A row is a province and year whose regressors are all known. Rows whose outcome is missing, or
    that a reading of the break puts in neither regime, stay with weight 0, so that designs of one
    panel have one shape.

    Raises
    ------
    DataError
        If outcome or a regressor does not vary, or no row is left in a regime (whatever the model: one
        without a break is given the same rows).
    """
    name = difference_of(outcome)
    rows = panel.data.sel(year=slice(panel.first_row, panel.last_row)).stack(row=("province", "year"))
    known = np.all([np.isfinite(rows[term].values) for term in terms], axis=0)
    rows = rows.isel(row=known).reset_index("row")
    y = rows[name].values if name in rows else np.full(rows.sizes["row"], np.nan)
    year, province = rows["year"].values.astype(int), rows["province"].values.astype(str)
    regimes = [break_.regime(int(t)) for t in year]
    weight = np.isfinite(y) & np.array([regime is not None for regime in regimes])
    x = np.column_stack([rows[term].values for term in terms])
    scale = x[weight].std(axis=0, ddof=1) if weight.sum() > 1 else np.zeros(len(terms))
    _require_usable(panel.name, terms, scale, weight)
    _require_both_regimes(panel.name, break_, year[weight])
    _require_variation(panel.name, name, y[weight])
    provinces, years = tuple(panel.provinces), tuple(sorted({int(t) for t in year}))
    data = xr.Dataset(
        {
            "dg": ("row", np.where(np.isfinite(y), y, 0.0)),
            "x": (("row", "regressor"), x),
            "weight": ("row", weight.astype(float)),
            "reference": ("row", weight),
            "province_index": ("row", np.array([provinces.index(p) for p in province])),
            "year_index": ("row", np.array([years.index(int(t)) for t in year])),
            "regime_index": ("row", np.array([int(regime is Window.POST) for regime in regimes])),
            "scale": ("regressor", scale),
        },
        coords={"regressor": np.array(terms, object), "province": ("row", province), "year": ("row", year)},
    )
    return Design(data, provinces, years, break_, outcome, panel.name, panel.digest)


def difference_of(outcome: Outcome) -> str:
    """Return the name of the panel's series that holds the differenced outcome."""
    return OUTCOME if outcome is Outcome.GROWTH else f"d{outcome}"


def _require_usable(source: str, terms: tuple[str, ...], scale: np.ndarray, weight: np.ndarray) -> None:
    faults = []
    if not weight.any():
        faults.append(Fault("rows", "no row has the outcome and every regressor", "choose another outcome or panel"))
    else:
        faults += [
            Fault(term, "does not vary over the rows used", "drop the regressor or check its column")
            for term, sd in zip(terms, scale, strict=True)
            if not sd > 0
        ]
    if faults:
        raise DataError(source, faults)


def _require_both_regimes(source: str, break_: Break, years: np.ndarray) -> None:
    left = {break_.regime(int(year)) for year in years}
    empty = [str(window) for window in (Window.PRE, Window.POST) if window not in left]
    if not empty:
        return
    first, last = int(years.min()), int(years.max())
    found = f"reading {break_.reading!r} leaves no row in {' or '.join(empty)}: the rows run from {first} to {last}"
    possible = f"choose a last year of pre from {first} to {last - 1}" if first < last else "give a panel of more years"
    raise DataError(source, [Fault("break", found, possible)])


def _require_variation(source: str, outcome: str, y: np.ndarray) -> None:
    # What rounding leaves of a constant's or a straight line's differences is no variation.
    if y.size > 1 and np.ptp(y) <= _ROUNDING * np.abs(y).max():
        fault = Fault(outcome, "does not vary over the rows used", "explain another outcome, or check its column")
        raise DataError(source, [fault])


def _twelve_digits(value: object) -> str:
    return f"{value:.12g}" if isinstance(value, int | float | np.number) else str(value)
