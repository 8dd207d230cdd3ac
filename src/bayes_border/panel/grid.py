"""Do a user's rows make a panel: each unit and year once, no year missing?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from bayes_border.errors import Fault, in_runs
from bayes_border.panel.faults import Typed
from bayes_border.spec.study import StudySpec

MIN_UNITS, MIN_YEARS = 2, 3


def grid_faults(typed: Typed, spec: StudySpec) -> list[Fault]:
    """Return what is wrong with the rows as a whole; their order is not, for rows are sorted."""
    if not {spec.unit.name, spec.time.name} <= set(typed.values.columns):
        return []
    unit, year = typed.values[spec.unit.name], typed.values[spec.time.name]
    rows = pd.DataFrame({"unit": unit, "year": year, "written": typed.texts[spec.unit.name]}).dropna()
    faults = [*_two_names(rows), *_repeated(rows)]
    if len(rows) < len(unit) or not _are_plausible(rows, spec):
        return faults  # what is said of a unit's name or a year would be said again as a gap
    return [*faults, *_too_few(rows, typed, spec), *([] if spec.gaps else _gaps(rows))]


def _are_plausible(rows: pd.DataFrame, spec: StudySpec) -> bool:
    low, high = spec.time.minimum or -np.inf, spec.time.maximum or np.inf
    known = rows["unit"].isin(spec.units).all() if spec.units else True
    return bool(known and rows["year"].between(low, high).all())


def _two_names(rows: pd.DataFrame) -> list[Fault]:
    spellings = rows.drop_duplicates(["unit", "written"])
    faults = []
    for unit, written in spellings[spellings.duplicated("unit", keep=False)].groupby("unit")["written"]:
        found = f"{unit!r} is called {' and '.join(map(repr, written))}"
        faults.append(Fault(f"row {written.index[1]}", found, "call it by one name"))
    return faults


def _repeated(rows: pd.DataFrame) -> list[Fault]:
    firsts = rows[~rows.duplicated(["unit", "year"])]
    again = rows[rows.duplicated(["unit", "year"])]
    row_of = dict(zip(zip(firsts["unit"], firsts["year"], strict=True), firsts.index, strict=True))
    return [
        Fault(
            f"row {row}",
            f"{unit!r}, {year:.0f}, stands already in row {row_of[unit, year]}",
            "keep one of the two rows",
        )
        for row, unit, year in zip(again.index, again["unit"], again["year"], strict=True)
    ]


def _too_few(rows: pd.DataFrame, typed: Typed, spec: StudySpec) -> list[Fault]:
    counts = (
        (spec.unit.name, "unit", rows["unit"].nunique(), MIN_UNITS),
        (spec.time.name, "year", rows["year"].nunique(), MIN_YEARS),
    )
    return [
        Fault(f"column {typed.headings[name]!r}", f"has {found} {word}{'s' * (found != 1)}", f"give {least} or more")
        for name, word, found, least in counts
        if found < least
    ]


def _gaps(rows: pd.DataFrame) -> list[Fault]:
    first, last = int(rows["year"].min()), int(rows["year"].max())
    years = set(range(first, last + 1))
    faults = []
    for unit, of_unit in rows.groupby("unit")["year"]:
        absent = years - {int(year) for year in of_unit}
        if absent:
            found = f"lacks {in_runs(absent)} (the panel runs {first}-{last})"
            faults.append(Fault(f"unit {unit!r}", found, "add the rows, or set gaps = true in the study"))
    return faults
