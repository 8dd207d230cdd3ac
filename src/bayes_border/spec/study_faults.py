"""Does what a study says hold together: names that point somewhere, stand once, and bounds in order?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

from bayes_border.errors import Fault
from bayes_border.spec.breaks import CHOICES, is_reading
from bayes_border.spec.names import FILE_REMEDY, is_file_name
from bayes_border.vocabulary import COHERENT, INTERCEPT, OUTCOME, Null, Outcome, interaction

if TYPE_CHECKING:  # the study asks for its own faults
    from bayes_border.spec.study import StudySpec

#: Labels of every panel and equation, whatever the study.
_RESERVED = ("province", "year", INTERCEPT, OUTCOME, *(f"d{outcome}" for outcome in Outcome))


class StudyFaultsError(ValueError):
    """Every fault of one study, for the reader to report under the file's name."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        """Keep the faults, and say them where nobody reads them one by one."""
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


def require_sound(spec: StudySpec) -> None:
    """Refuse a study whose parts do not fit one another.

    Raises
    ------
    StudyFaultsError
        With every fault of the study.
    """
    checks = (_empty, _nowhere, _no_fit_to_draw_from, _twice, _one_name_for_two, _aliases, _panels, _break)
    faults = [fault for check in checks for fault in check(spec)]
    if faults:
        raise StudyFaultsError(faults)


def _empty(spec: StudySpec) -> Iterator[Fault]:
    for key in ("panels", "columns", "regressors", "tables", "roles"):
        if not getattr(spec, key):
            yield Fault(key, "lists none", "list one or more")


def _nowhere(spec: StudySpec) -> Iterator[Fault]:
    columns = [column.name for column in spec.columns]
    pointers = [
        ("default_panel", spec.default_panel, spec.panels),
        *((f"roles, model of {role.name!r}", role.model, spec.models) for role in spec.roles),
        *((f"roles, full of {role.name!r}", role.full, spec.models) for role in spec.roles if role.full),
        *(("roles, name of the first", role.name, (COHERENT,)) for role in spec.roles[:1]),
        *(("shown_recipes", name, spec.recipes) for name in spec.shown_recipes),
        *(("null_model", name, spec.models) for name in (spec.null_model,) if name),
        *((f"regressors, column of {part.term!r}", part.column, columns) for part in spec.regressors),
        *((f"tables, outcome of {part.table!r}", str(part.outcome), columns) for part in spec.tables),
    ]
    for place, name, known in pointers:
        if name not in known:
            yield Fault(place, f"{name!r} is not listed", f"use one of {', '.join(known) or 'those that you list'}")


def _no_fit_to_draw_from(spec: StudySpec) -> Iterator[Fault]:
    if Null.FITTED in spec.nulls and not spec.null_model:
        yield Fault("null_model", f"is missing, and nulls lists {str(Null.FITTED)!r}", "name one of models")


def _twice(spec: StudySpec) -> Iterator[Fault]:
    listed = {
        "columns": [column.name for column in (spec.unit, spec.time, *spec.columns)],
        "regressors": spec.terms,
        # A file system may take `T1` and `t1` for one file.
        "tables": [table.table.lower() for table in spec.tables],
        "roles": [role.name for role in spec.roles],
        # Draws are kept under the name of a file, whatever its folder.
        "models": [PurePath(name).stem for name in spec.models],
        "recipes": [PurePath(name).stem for name in spec.recipes],
        "nulls": spec.nulls,
        "panels": spec.panels,
        "units": spec.units,
    }
    for place, names in listed.items():
        for name in _repeated(names):
            yield Fault(place, f"{name!r} stands twice", "keep one")


def _one_name_for_two(spec: StudySpec) -> Iterator[Fault]:
    """Yield two series of the panel or the equation that would stand under one label."""
    outcomes = dict.fromkeys((table.outcome, table.level) for table in spec.tables)
    series = [
        *_RESERVED,
        *dict.fromkeys(spec.terms),
        *(interaction(term) for term in dict.fromkeys(spec.terms)),
        *(regressor.level for regressor in spec.regressors),
        *(level for _, level in outcomes),
    ]
    for name in _repeated(series):
        yield Fault("regressors, tables", f"{name!r} is the name of two series", "give each a name of its own")


def _aliases(spec: StudySpec) -> Iterator[Fault]:
    columns = (spec.unit, spec.time, *spec.columns)
    spelled = [{name.casefold() for name in (column.name, *column.aliases)} for column in columns]
    for i, column in enumerate(columns):
        for other, names in zip(columns[:i], spelled, strict=False):
            for name in sorted(names & spelled[i]) if other.name != column.name else ():
                found = f"{name!r} is a name of {other.name!r} and of {column.name!r}"
                yield Fault("columns", found, "call each column by names of its own")
    for alias, unit in spec.unit_aliases.items() if spec.units else ():
        if unit not in spec.units:
            yield Fault(f"unit_aliases, {alias!r}", f"{unit!r} is no unit", f"use one of {', '.join(spec.units)}")
        elif alias in spec.units and alias != unit:
            yield Fault("unit_aliases", f"the unit {alias!r} is called {unit!r}", "leave a unit its own name")


def _panels(spec: StudySpec) -> Iterator[Fault]:
    for name in spec.panels:
        if not is_file_name(name) and not PurePath(name).suffix:
            remedy = f"{FILE_REMEDY}, or the path of a file with its ending"
            yield Fault("panels", f"{name!r} is neither a safe name nor a file", remedy)


def _break(spec: StudySpec) -> Iterator[Fault]:
    if not is_reading(spec.default_break):
        yield Fault("default_break", f"{spec.default_break!r} is no reading of the break", f"use {CHOICES}")
    low, high = spec.time.minimum, spec.time.maximum
    if (low is not None and spec.crossing < low) or (high is not None and spec.crossing > high):
        bounds = " ".join(
            f"{word} {bound:.0f}" for word, bound in (("from", low), ("up to", high)) if bound is not None
        )
        yield Fault("crossing", f"{spec.crossing} is no year of the column {spec.time.name!r}", f"give one {bounds}")


def _repeated(names: Sequence[str]) -> list[str]:
    return [name for name in dict.fromkeys(map(str, names)) if list(names).count(name) > 1]
