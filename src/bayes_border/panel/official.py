"""What do official statistics say of the border provinces: the panel, each difference within one source?"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import xarray as xr

from bayes_border.errors import DataError, Fault, SpecificationError, UsageError
from bayes_border.panel import measure
from bayes_border.panel.figures import Figures, Grid, load_figures
from bayes_border.panel.fill import SOURCE, fill
from bayes_border.panel.panel import Panel
from bayes_border.panel.series import PanelRule, Rule, Series, SeriesFile, load_series
from bayes_border.vocabulary import Status

_Variable = tuple[tuple[str, str], np.ndarray, dict[str, str]]


def official_panel(name: str) -> Panel:
    """Return the official panel `balanced` (180 rows) or `extended` (252 rows, gaps marked).

    Raises
    ------
    UsageError
        If there is no panel of that name.
    """
    panel = _shipped(name)
    # What is handed out may be changed by its owner; what is kept may not.
    return replace(panel, data=panel.data.copy(deep=True))


def official_names() -> tuple[str, ...]:
    """Return the official panels' names."""
    return tuple(panel.name for panel in load_series().panels)


@cache
def _shipped(name: str) -> Panel:
    declared = load_series()
    rule = next((panel for panel in declared.panels if panel.name == name), None)
    if rule is None:
        message = f"panel {name!r} is unknown; use one of {', '.join(official_names())}, or the path of a file"
        raise UsageError(message)
    return build_panel(rule, declared, load_figures())


def build_panel(rule: PanelRule, declared: SeriesFile, figures: Figures) -> Panel:
    """Return a panel made from figures as `declared` says.

    Raises
    ------
    SpecificationError
        If a cell is neither served by a rule nor declared a gap.
    DataError
        If a figure that a rule needs is missing, or a series that must be complete is not.
    """
    grid = Grid(figures.provinces, tuple(range(rule.base, rule.last_row + 1)))
    variables: dict[str, _Variable] = {}
    for series in declared.series:
        variables |= _variables(figures, series, grid, rule)
    data = xr.Dataset(variables, coords={"province": list(grid.provinces), "year": list(grid.years)})
    panel = Panel(rule.name, data, rule.first_row, rule.last_row, rule.meaning)
    _require_served(rule, declared, panel)
    return panel


def _variables(figures: Figures, series: Series, grid: Grid, panel: PanelRule) -> dict[str, _Variable]:
    dims = ("province", "year")
    value = np.full(grid.shape, np.nan)
    status = np.full(grid.shape, str(Status.MISSING), dtype=object)
    source = np.full(grid.shape, "", dtype=object)
    for rule in series.rules:
        served = _served(rule, grid)
        value[served] = measure.difference(figures, series, rule, grid)[served]
        status[served] = measure.status(figures, rule, grid)[served]
        source[served] = rule.source
    if series.name in panel.fill:
        value, gaps = fill(value, of=panel.fill_years)
        status[gaps], source[gaps] = str(Status.FILLED), SOURCE
    anchored = _anchored(_anchor(figures, series, grid), value, grid.years.index(series.anchor))
    return {
        series.name: (dims, value, {"unit": series.unit, "meaning": f"first difference of {series.meaning}"}),
        f"status_{series.name}": (dims, status.astype(str), {}),
        f"source_{series.name}": (dims, source.astype(str), {}),
        series.level: (dims, anchored, {"meaning": series.meaning, "status": str(Status.CHAINED)}),
    }


def _served(rule: Rule, grid: Grid) -> np.ndarray:
    served = np.array([[rule.serves(province, year) for year in grid.years] for province in grid.provinces])
    served[:, 0] = False  # the base year has no difference
    return served


def _anchor(figures: Figures, series: Series, grid: Grid) -> np.ndarray:
    """Return each province's level in the anchor year, by the rule that serves the year after it."""
    at = grid.years.index(series.anchor)
    levels = np.full(len(grid.provinces), np.nan)
    for rule in series.rules:
        first_after = np.array([rule.serves(province, series.anchor + 1) for province in grid.provinces])
        if first_after.any():
            levels[first_after] = measure.level(figures, series, rule, grid)[first_after, at]
    return levels


def _anchored(anchor: np.ndarray, differences: np.ndarray, at: int) -> np.ndarray:
    """Return the levels that differences add up to on both sides of the anchor; a gap ends them."""
    levels = np.full_like(differences, np.nan)
    levels[:, at] = anchor
    levels[:, at + 1 :] = anchor[:, None] + np.cumsum(differences[:, at + 1 :], axis=1)
    levels[:, :at] = anchor[:, None] - np.cumsum(differences[:, at:0:-1], axis=1)[:, ::-1]
    return levels


def _require_served(rule: PanelRule, declared: SeriesFile, panel: Panel) -> None:
    undeclared, absent = [], []
    years = [int(year) for year in panel.data["year"].values if year >= rule.first_row]
    for series in declared.series:
        known = np.isfinite(panel.data[series.name].sel(year=years).values)
        for i, j in np.argwhere(~known):
            province, year = panel.provinces[i], years[j]
            place = f"{series.name}, {province}, {year}"
            if series.rule_for(province, year) is not None:
                absent.append(Fault(place, "a figure that its rule needs is missing", "select it or declare a gap"))
            elif not any(gap.holds(province, year) for gap in series.gaps):
                undeclared.append(Fault(place, "has neither a rule nor a gap", "declare one of them"))
            elif series.name in rule.complete:
                absent.append(Fault(place, f"is a gap, and panel {rule.name!r} may have none", "give it a source"))
    if undeclared:
        raise SpecificationError("data/series.toml", undeclared)
    if absent:
        raise DataError("data/official/figures.csv", absent)
