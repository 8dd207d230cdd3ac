"""How well is a panel covered: status and source of each difference, its spread, what other sources say?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from bayes_border.criteria import SOURCE_GAP
from bayes_border.panel import measure
from bayes_border.panel.figures import Figures, Grid, load_figures
from bayes_border.panel.panel import Panel
from bayes_border.panel.series import Comparison, Rule, Series, SeriesFile, load_series
from bayes_border.project import data_folder


def coverage(panel: Panel) -> pd.DataFrame:
    """Return one row a series, province and year of the panel's rows: `status`, `source` and `value`."""
    rows = panel.data.sel(year=slice(panel.first_row, panel.last_row))
    frames = []
    for series in differenced(panel):
        named = {"value": rows[series], "status": rows[f"status_{series}"], "source": rows[f"source_{series}"]}
        frame = pd.concat({name: array.to_series() for name, array in named.items()}, axis="columns").reset_index()
        frames.append(frame.assign(series=series))
    columns = ["series", "province", "year", "status", "source", "value"]
    return pd.concat(frames, ignore_index=True)[columns]


def summary(panel: Panel) -> pd.DataFrame:
    """Return one row a differenced series: `n`, `missing`, `mean`, `sd`, `sd_within`, `minimum`, `maximum`.

    `sd_within` is the standard deviation of the deviations from each province's mean.
    What takes more figures than there are is absent.
    """
    rows = panel.data.sel(year=slice(panel.first_row, panel.last_row))
    return pd.DataFrame([_summary_row(series, rows[series].to_numpy()) for series in differenced(panel)])


def _summary_row(series: str, values: np.ndarray) -> dict[str, object]:
    known = values[np.isfinite(values)]
    row: dict[str, object] = {"series": series, "n": known.size, "missing": values.size - known.size}
    if known.size == 0:
        return row
    means = np.array([one[np.isfinite(one)].mean() if np.isfinite(one).any() else np.nan for one in values])
    within = (values - means[:, None])[np.isfinite(values)]
    spreads = {"sd": known, "sd_within": within} if known.size > 1 else {}
    row |= {"mean": known.mean(), **{name: one.std(ddof=1) for name, one in spreads.items()}}
    return row | {"minimum": known.min(), "maximum": known.max()}


def differenced(panel: Panel) -> list[str]:
    """Return the names of the panel's differenced series, in the panel's order."""
    prefix = "status_"
    return [str(name).removeprefix(prefix) for name in panel.data if str(name).startswith(prefix)]


def sources() -> pd.DataFrame:
    """Return what each source of the official figures holds, where it was read and whom to cite."""
    return pd.read_csv(data_folder() / "official" / "sources.csv", encoding="utf-8", keep_default_na=False)


def declared_gaps() -> pd.DataFrame:
    """Return the cells that no source serves: `series`, `first`, `last`, `provinces` (all, or some) and `reason`."""
    entries = [
        {
            "series": series.name,
            "first": gap.first,
            "last": gap.last,
            "provinces": ", ".join(gap.provinces) or "all",
            "reason": gap.reason,
        }
        for series in load_series().series
        for gap in series.gaps
    ]
    return pd.DataFrame(entries)


def source_differences(limit: float = SOURCE_GAP) -> pd.DataFrame:
    """Return every growth rate that differs from an independent source's by more than `limit` points.

    Growth is compared as it is, every other series by its change in percent. Columns `series`,
    `province`, `year`, `used_source`, `used`, `other_source`, `other` and `gap` (used - other), the
    widest first.
    """
    compared = source_comparison()
    wide = compared[compared["gap"].abs() > limit]
    return wide.sort_values("gap", key=np.abs, ascending=False, kind="stable").reset_index(drop=True)


def source_agreement() -> pd.DataFrame:
    """Return, a series and independent source: `n` cells compared, median and widest gap, share beyond the limit."""
    compared = source_comparison().assign(size=lambda frame: frame["gap"].abs())
    groups = compared.groupby(["series", "other_source"], sort=False)["size"]
    table = groups.agg(n="size", median_gap="median", widest_gap="max", share_beyond=lambda s: (s > SOURCE_GAP).mean())
    return table.reset_index()


def source_comparison() -> pd.DataFrame:
    """Return every cell in which an independent source can be compared with the one used."""
    declared, figures = load_series(), load_figures()
    years = range(min(p.base for p in declared.panels), max(p.last_row for p in declared.panels) + 1)
    grid = Grid(figures.provinces, tuple(years))
    pairs = [
        _used(figures, declared.named(comparison.series), grid).merge(
            _compared(figures, declared, comparison, grid), on=["province", "year"]
        )
        for comparison in declared.comparisons
    ]
    table = pd.concat(pairs, ignore_index=True)
    table = table[table["used_source"] != table["other_source"]]
    return table.assign(gap=table["used"] - table["other"]).reset_index(drop=True)


def _used(figures: Figures, series: Series, grid: Grid) -> pd.DataFrame:
    frames = [_rates(figures, series, rule, grid, "used") for rule in series.rules]
    return pd.concat(frames, ignore_index=True).assign(series=series.name)


def _compared(figures: Figures, declared: SeriesFile, comparison: Comparison, grid: Grid) -> pd.DataFrame:
    return _rates(figures, declared.named(comparison.series), comparison.as_rule(), grid, "other")


def _rates(figures: Figures, series: Series, rule: Rule, grid: Grid, kind: str) -> pd.DataFrame:
    rates = measure.growth_rate(figures, series, rule, grid)
    cells = [
        {"province": province, "year": year, f"{kind}_source": rule.source, kind: rates[i, j]}
        for i, province in enumerate(grid.provinces)
        for j, year in enumerate(grid.years)
        if rule.serves(province, year) and np.isfinite(rates[i, j])
    ]
    return pd.DataFrame(cells)
