"""What panel does a user's own file hold?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from bayes_border.errors import DataError, Fault
from bayes_border.panel.columns import Layout, lay_out
from bayes_border.panel.faults import Typed, cell_faults
from bayes_border.panel.files import Cells, read_cells
from bayes_border.panel.grid import grid_faults
from bayes_border.panel.panel import Panel
from bayes_border.panel.values import number_of, text_of, year_of
from bayes_border.spec.study import StudySpec, Transform
from bayes_border.vocabulary import OUTCOME, Outcome, Status


def read_panel(path: str | Path, spec: StudySpec) -> Panel:
    """Return the panel of a CSV (UTF-8 or GB18030), Excel (first sheet), Stata or parquet file.

    One row a unit and year, in any order; columns by the names or aliases of the study, in levels.
    Other columns are left aside and named in the panel's `source`.

    Raises
    ------
    DataError
        Naming every fault of the file with row, column, what was found and what to do.
    """
    path = Path(path)
    cells = read_cells(path)
    layout = lay_out(cells.header, spec)
    typed = _typed(cells, layout, spec)
    faults = [*_on_sheet(layout.faults, cells.sheets), *cell_faults(typed, spec), *grid_faults(typed, spec)]
    if faults:
        raise DataError(str(path), faults)
    panel = _panel(path.name, typed.values, layout, spec)
    others = ", ".join(map(repr, cells.sheets[1:]))
    return replace(panel, source=f"{panel.source} Sheets left aside: {others}.") if others else panel


def _on_sheet(faults: Sequence[Fault], sheets: Sequence[str]) -> list[Fault]:
    """Return faults of the header, which say what sheet was read where there are others."""
    if len(sheets) <= 1:
        return list(faults)
    return [replace(x, place=f"sheet {sheets[0]!r}, the first of {len(sheets)}, {x.place}") for x in faults]


def _typed(cells: Cells, layout: Layout, spec: StudySpec) -> Typed:
    values: dict[str, list[object]] = {}
    texts: dict[str, list[str]] = {}
    for name, position in layout.positions.items():
        column = [row[position] for row in cells.rows]
        texts[name] = [text_of(cell) for cell in column]
        if name == spec.unit.name:
            values[name] = [spec.unit_aliases.get(text, text) or None for text in texts[name]]
        else:
            convert = year_of if name == spec.time.name else number_of
            values[name] = [convert(cell) for cell in column]
    index = pd.Index(cells.numbers)
    frame = pd.DataFrame(
        {k: pd.Series(v, index=index, dtype=object if k == spec.unit.name else float) for k, v in values.items()},
        index=index,
    )
    return Typed(frame, pd.DataFrame(texts, index=index, dtype=object), layout.headings)


def _panel(name: str, frame: pd.DataFrame, layout: Layout, spec: StudySpec) -> Panel:
    unit, time = spec.unit.name, spec.time.name
    years = range(int(frame[time].min()), int(frame[time].max()) + 1)
    units = sorted(set(frame[unit]))
    table = frame.assign(**{time: frame[time].astype(int)}).set_index([unit, time])
    table = table.reindex(pd.MultiIndex.from_product([units, years], names=["province", "year"]))
    variables: dict[str, tuple[tuple[str, str], np.ndarray, dict[str, str]]] = {}
    for column, level, difference, transform in _series(spec):
        if column not in table:
            continue
        grid = table[column].to_numpy(float).reshape(len(units), len(years))
        variables |= _variables(level, difference, np.log(grid) if transform is Transform.LOG else grid, name)
    data = xr.Dataset(variables, coords={"province": units, "year": list(years)})
    return Panel(name, data, years[1], years[-1], _source(name, layout, units, spec))


def _series(spec: StudySpec) -> list[tuple[str, str, str, Transform]]:
    outcomes = [(table.outcome, table.level, _differenced(table.outcome), Transform.NONE) for table in spec.tables]
    regressors = [(r.column, r.level, r.term, r.transform) for r in spec.regressors]
    return list(dict.fromkeys([*outcomes, *regressors]))


def _differenced(outcome: str) -> str:
    return OUTCOME if outcome == Outcome.GROWTH else f"d{outcome}"


def _variables(
    level: str, difference: str, grid: np.ndarray, source: str
) -> dict[str, tuple[tuple[str, str], np.ndarray, dict[str, str]]]:
    change = np.full_like(grid, np.nan)
    change[:, 1:] = np.diff(grid, axis=1)
    known = np.isfinite(change)
    dims = ("province", "year")
    return {
        difference: (dims, change, {}),
        f"status_{difference}": (dims, np.where(known, str(Status.USER), str(Status.MISSING)), {}),
        f"source_{difference}": (dims, np.where(known, source, ""), {}),
        level: (dims, grid, {"status": str(Status.USER)}),
    }


def _source(name: str, layout: Layout, units: list[str], spec: StudySpec) -> str:
    words = [f"The user's file {name}, {len(units)} units, as supplied"]
    absent = [unit for unit in spec.units if unit not in units]
    if absent:
        words.append(f"without {', '.join(absent)}")
    if layout.ignored:
        words.append(f"columns left aside: {', '.join(layout.ignored)}")
    return "; ".join(words) + "."
