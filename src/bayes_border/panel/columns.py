"""Which column of a user's file is which?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from bayes_border.errors import Fault, first_of
from bayes_border.spec.study import Column, StudySpec

#: Columns of a file that are named, where one of the study's is missing.
_NAMED = 8


@dataclass(frozen=True)
class Layout:
    """Where the columns of a study stand in a file.

    Parameters
    ----------
    positions
        Position of each column found, by the study's own name.
    headings
        What each of them is called in the file.
    ignored
        Columns of the file that the study does not use.
    faults
        Columns that are missing, doubled, nameless, or nearly named like an optional one.
    """

    positions: dict[str, int]
    headings: dict[str, str]
    ignored: tuple[str, ...]
    faults: tuple[Fault, ...]


def lay_out(header: Sequence[str], spec: StudySpec) -> Layout:
    """Match a header with the columns of a study, by name or alias, whatever the case.

    A column that the study does not know is left aside and named in the panel's `source`; one that is
    nearly spelled like a column that the file lacks is a fault.
    """
    columns = (spec.unit, spec.time, *spec.columns)
    places = {column.name: _places(column, header) for column in columns}
    taken = {position for found in places.values() for position in found}
    extra = [name for position, name in enumerate(header) if position not in taken]
    faults = [
        Fault(f"column {position + 1}", "has cells and no name", "name it in the header or empty it")
        for position, name in enumerate(header)
        if not name
    ]
    for column in columns:
        faults += _column_faults(column, [header[position] for position in places[column.name]], extra)
    positions = {name: found[0] for name, found in places.items() if found}
    headings = {name: header[position] for name, position in positions.items()}
    return Layout(positions, headings, tuple(name for name in extra if name), tuple(faults))


def _places(column: Column, header: Sequence[str]) -> list[int]:
    known = {name.casefold() for name in (column.name, *column.aliases)}
    return [position for position, name in enumerate(header) if name.casefold() in known]


def _column_faults(column: Column, found: Sequence[str], extra: Sequence[str]) -> list[Fault]:
    if len(found) > 1:
        return [Fault("header", f"{' and '.join(map(repr, found))} are one column", "keep one of them")]
    if found:
        return []
    spelled = " or ".join(map(repr, (column.name, *column.aliases)))
    near = get_close_matches(column.name, extra, n=1, cutoff=0.75)
    if near:
        return [Fault("header", f"{near[0]!r} is unknown", f"rename it {spelled}, or drop it")]
    if column.required:
        there = (
            f"the file has {first_of([repr(name) for name in extra], _NAMED)} besides"
            if extra
            else "the file has no other"
        )
        unit = f" ({column.unit})" if column.unit else ""
        return [Fault("header", f"lacks the column {spelled}", f"add it{unit}; {there}")]
    return []
