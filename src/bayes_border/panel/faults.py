"""Which cells of a user's panel cannot be used, and what should be done about each?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import pandas as pd
import pandera.pandas as pa

from bayes_border.errors import Fault
from bayes_border.panel.scale import in_wrong_unit, looks_like_fraction, looks_like_logarithm, remedy_for_unit
from bayes_border.panel.values import advice_on_number
from bayes_border.spec.study import Column, StudySpec, Transform

#: From this share of a column's cells on, a wrong unit is said once and not cell by cell.
_COLUMN_SHARE = 0.1
_YEAR_DIGITS = 4
#: How a date begins that a spreadsheet has made of a year.
_DATE = r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}"


@dataclass(frozen=True)
class Typed:
    """A user's cells after conversion.

    Parameters
    ----------
    values
        One row a row of the file, indexed by its number there; units as text, years and figures as
        float, NaN where a cell is empty or cannot be read.
    texts
        The same cells as they were written, "" where empty.
    headings
        What each column is called in the file.
    """

    values: pd.DataFrame
    texts: pd.DataFrame
    headings: Mapping[str, str]


def cell_faults(typed: Typed, spec: StudySpec) -> list[Fault]:
    """Return every fault of a cell or of a whole column, in the order of the study's columns and the file's rows."""
    present = [c for c in (spec.unit, spec.time, *spec.columns) if c.name in typed.values]
    schema = pa.DataFrameSchema({c.name: _schema(c, typed, spec) for c in present})
    try:
        schema.validate(typed.values, lazy=True)
    except pa.errors.SchemaErrors as error:
        cases = error.failure_cases
    else:
        return []
    columns = {c.name: c for c in present}
    found = []
    for name, of_column in cases.groupby("column", sort=False):
        found += _of_column(columns[str(name)], of_column, typed, spec)
    return found


def _schema(column: Column, typed: Typed, spec: StudySpec) -> pa.Column:
    texts = typed.texts[column.name]
    may_be_empty = column not in {spec.unit, spec.time} and (spec.gaps or not column.required)

    def readable(values: pd.Series) -> pd.Series:
        return values.notna() | (texts.eq("") & may_be_empty)

    checks = [pa.Check(readable, name="readable", ignore_na=False)]
    if column == spec.unit:
        if spec.units:
            checks.append(pa.Check(lambda values: values.isin(spec.units), name="known"))
        return pa.Column(object, checks, nullable=True)
    checks.append(pa.Check(np.isfinite, name="finite"))
    if column.minimum is not None:
        checks.append(pa.Check(lambda values: values >= column.minimum, name="minimum"))
    if column.maximum is not None:
        checks.append(pa.Check(lambda values: values <= column.maximum, name="maximum"))
    if _is_logged(column, spec):
        checks.append(pa.Check(lambda values: values > 0, name="positive"))
        checks.append(pa.Check(lambda values: not _is_logarithm(column, values, typed, spec), name="logarithm"))
    if column.unit.startswith("percent"):
        checks.append(pa.Check(lambda values: not looks_like_fraction(column, values), name="fraction"))
    return pa.Column(float, checks, nullable=True)


def _is_logged(column: Column, spec: StudySpec) -> bool:
    return any(r.column == column.name and r.transform is Transform.LOG for r in spec.regressors)


def _is_logarithm(column: Column, values: pd.Series, typed: Typed, spec: StudySpec) -> bool:
    if not {spec.unit.name, spec.time.name} <= set(typed.values.columns):
        return False  # without units and years nothing is known of changes
    in_order = typed.values.sort_values(spec.time.name).index
    return looks_like_logarithm(column, values.reindex(in_order), typed.values[spec.unit.name].reindex(in_order))


def _of_column(column: Column, cases: pd.DataFrame, typed: Typed, spec: StudySpec) -> list[Fault]:
    heading, values = typed.headings[column.name], typed.values[column.name]
    faults = _looks(column, cases, heading, values)
    cells = cases[cases["index"].notna()]
    above = cells[cells["check"] == "maximum"]
    finite = values[np.isfinite(pd.to_numeric(values, errors="coerce"))] if len(above) else values
    if len(above) > max(1, _COLUMN_SHARE * len(finite)):
        faults.append(in_wrong_unit(column, heading, finite))
        cells = cells[cells["check"] != "maximum"]
    if column == spec.time and len(dates := _dates(typed.texts[column.name])) > 1:
        found = f"{len(dates)} of {len(values)} cells hold a date (first in row {dates.index[0]}: {dates.iloc[0]!r})"
        faults.append(Fault(f"column {heading!r}", found, "write the year alone, four digits"))
        cells = cells[~cells["index"].isin(dates.index)]
    order = [_FIRST.index(str(check)) for check in cells["check"]]
    cells = cells.assign(order=order).sort_values(["index", "order"]).drop_duplicates("index")
    for row, check in zip(cells["index"], cells["check"], strict=True):
        found, remedy = _WORDS[str(check)](column, str(typed.texts.loc[row, column.name]), spec)
        faults.append(Fault(f"row {row}, column {heading!r}", found, remedy))
    return faults


def _looks(column: Column, cases: pd.DataFrame, heading: str, values: pd.Series) -> list[Fault]:
    whole = set(cases.loc[cases["index"].isna(), "check"])
    return [
        Fault(
            f"column {heading!r}",
            f"every value lies between {values.min():g} and {values.max():g}, which looks like a {check}",
            f"give {column.unit}: {remedy}",
        )
        for check, remedy in _REMEDIES.items()
        if check in whole
    ]


def _dates(texts: pd.Series) -> pd.Series:
    return texts[texts.str.match(_DATE)]


def _unreadable(column: Column, text: str, spec: StudySpec) -> tuple[str, str]:
    if not text:
        return "is empty or marked as missing", "fill it, or leave the row out" if spec.gaps else "fill it"
    if column == spec.time:
        return f"{text!r} is not a year", "write four digits"
    return f"{text!r} is not a number", advice_on_number(text)


def _unknown_unit(_: Column, text: str, spec: StudySpec) -> tuple[str, str]:
    known = [*spec.units, *spec.unit_aliases]
    near = get_close_matches(text, known, n=1, cutoff=0.6)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return f"{text!r} is not a unit of study {spec.name!r}", f"{hint}use one of {', '.join(spec.units)}".strip()


def _infinite(_: Column, text: str, __: StudySpec) -> tuple[str, str]:
    return f"{text!r} is infinite", "correct the division behind it"


def _too_small(column: Column, text: str, spec: StudySpec) -> tuple[str, str]:
    short = column == spec.time and len(text) < _YEAR_DIGITS
    return f"{text} is below {column.minimum:g}", "write four digits" if short else f"check it{_in(column)}"


def _too_large(column: Column, text: str, _: StudySpec) -> tuple[str, str]:
    return f"{text} is above {column.maximum:g}", remedy_for_unit(column, float(text)) or f"check it{_in(column)}"


def _not_positive(_: Column, text: str, __: StudySpec) -> tuple[str, str]:
    return f"{text} has no logarithm", "give a number above zero"


def _in(column: Column) -> str:
    return f" (unit: {column.unit})" if column.unit else ""


_WORDS: dict[str, Callable[[Column, str, StudySpec], tuple[str, str]]] = {
    "readable": _unreadable,
    "known": _unknown_unit,
    "finite": _infinite,
    "positive": _not_positive,
    "minimum": _too_small,
    "maximum": _too_large,
}
#: What a whole column may look like, and what is to be done then.
_REMEDIES = {"fraction": "multiply by 100", "logarithm": "its logarithm is taken here"}
#: Of several faults of one cell the first is said: the others follow from it.
_FIRST = list(_WORDS)
