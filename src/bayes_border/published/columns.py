"""How is a small CSV file of printed strings read, every fault of it collected?"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from bayes_border.errors import Fault
from bayes_border.published.printed import Printed


@dataclass
class FaultList:
    """Faults met while a folder of printed figures is read."""

    faults: list[Fault] = field(default_factory=list)

    def add(self, place: str, found: str, remedy: str) -> None:
        """Note one fault."""
        self.faults.append(Fault(place, found, remedy))


@dataclass(frozen=True)
class Line:
    """One line of a CSV file: its strings by column, its place, and where its faults are noted."""

    file: str
    number: int
    values: Mapping[str, str]
    faults: FaultList

    def complain(self, column: str, found: str, remedy: str) -> None:
        """Note a fault of one column of this line."""
        self.faults.add(f"{self.file}, row {self.number}, column {column}", found, remedy)

    def one_of(self, column: str, choices: Sequence[str]) -> str | None:
        """Return the string of a column that must be one of several."""
        value = self.values[column]
        if value in choices:
            return value
        self.complain(column, f"{value!r} is unknown", f"use one of {', '.join(map(repr, choices))}")
        return None

    def member[T: StrEnum](self, column: str, kind: type[T]) -> T | None:
        """Return the member of a closed choice that a column names."""
        value = self.one_of(column, [str(member) for member in kind])
        return None if value is None else kind(value)

    def printed(self, column: str, minimum: float | None = None, maximum: float | None = None) -> Printed | None:
        """Return the printed number of a column; its value must lie within the closed bounds."""
        text = self.values[column]
        try:
            number = Printed(text)
        except ValueError:
            self.complain(column, f"{text!r} is not a number", "write it as printed, digits and a point only")
            return None
        if (minimum is not None and number.value < minimum) or (maximum is not None and number.value > maximum):
            bounds = f"at least {minimum}" if maximum is None else f"between {minimum} and {maximum}"
            self.complain(column, f"{text} is out of range", f"a value here is {bounds}")
            return None
        return number

    def whole(self, column: str, minimum: int = 1) -> int | None:
        """Return the whole number of a column."""
        text = self.values[column]
        if text.isascii() and text.isdigit() and int(text) >= minimum:
            return int(text)
        self.complain(column, f"{text!r} is not a whole number of {minimum} or more", "write it as printed")
        return None


def read_lines(path: Path, columns: tuple[str, ...], faults: FaultList) -> list[Line]:
    """Return the lines of a CSV file whose header must be exactly `columns`; no line where it is not."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            table = list(csv.reader(stream))
    except FileNotFoundError:
        faults.add(path.name, "does not exist", f"add it to {path.parent}")
        return []
    except UnicodeDecodeError as error:
        faults.add(f"{path.name}, byte {error.start}", "is not UTF-8", "save the file as UTF-8")
        return []
    except csv.Error as error:
        faults.add(path.name, f"is no CSV ({error})", "close every quotation, and keep cells short")
        return []
    if not table or tuple(table[0]) != columns:
        found = ",".join(table[0]) if table else "nothing"
        faults.add(f"{path.name}, row 1", f"found the header {found!r}", f"the header is {','.join(columns)!r}")
        return []
    lines = []
    for number, values in enumerate(table[1:], start=2):
        if len(values) != len(columns):
            faults.add(f"{path.name}, row {number}", f"has {len(values)} columns", f"a row has {len(columns)}")
            continue
        stripped = [value.strip() for value in values]
        lines.append(Line(path.name, number, dict(zip(columns, stripped, strict=True)), faults))
    return lines
