"""What does a verb hand back to be shown?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bayes_border.errors import ExitCode

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Section:
    """Rows that belong together.

    Parameters
    ----------
    name
        Key of the section in JSON and CSV.
    title
        Its heading in a table.
    rows
        Flat rows.
    columns
        Columns that a table on a terminal shows, in order; empty shows all. JSON and CSV carry all.
    heading
        On a terminal, what heads the rows that share it: a format of columns' names, "{recipe}, {table}".
    below
        A column of words that stands below a row, on a terminal, where the other column has no number.
    """

    name: str
    title: str
    rows: tuple[Row, ...]
    columns: tuple[str, ...] = ()
    heading: str = ""
    below: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What a verb found: sections of rows, where they come from, remarks, the files written, and how it ended."""

    title: str
    sections: tuple[Section, ...]
    meta: Row
    notes: tuple[str, ...] = ()
    files: tuple[Path, ...] = field(default=())
    code: ExitCode = ExitCode.DONE

    def rows(self) -> list[dict[str, object]]:
        """Return every row, flat; the section's name stands first where there are several sections."""
        if len(self.sections) == 1:
            return [dict(row) for row in self.sections[0].rows]
        return [{"section": section.name, **row} for section in self.sections for row in section.rows]


def single(
    title: str, rows: Iterable[Row], meta: Row, *, columns: tuple[str, ...] = (), notes: tuple[str, ...] = ()
) -> Result:
    """Return a result of one section."""
    return Result(title, (Section("rows", title, tuple(rows), columns),), meta, notes)
