"""How are a result's rows shown: an aligned table, JSON or CSV?"""

from __future__ import annotations

import re
import shutil
import unicodedata
from collections.abc import Sequence
from enum import Enum, auto

from bayes_border.cli.parser import Format
from bayes_border.report.numbers import NOTHING, count, number, percent, probability
from bayes_border.store.rows import columns_of, csv_text, json_text
from bayes_border.workflow.result import Result, Row, Section

_WIDTH = 120
_GAP = "  "
_INDENT = "  "

#: Columns that hold probabilities: `p`, `p_positive`, `prior_p_positive`, `hansen_p`.
_PROBABILITY = re.compile(r"(^|_)p(_|$)")
#: Columns that are the ends of an interval: their heading says its level where all rows have one.
_ENDS = ("lower", "upper")
#: What a line may be broken after when no space is near.
_JOINT = re.compile(r"(?<=[_/,;])(?=\S)")


def render(result: Result, form: Format) -> str:
    """Return what goes to standard output."""
    match form:
        case Format.JSON:
            return json_text({"rows": result.rows(), "meta": _meta(result)})
        case Format.CSV:
            return csv_text(result.rows())
        case Format.TABLE:
            return _tables(result, shutil.get_terminal_size((_WIDTH, 24)).columns)


def _meta(result: Result) -> dict[str, object]:
    return {"title": result.title, **result.meta, "notes": result.notes, "files": result.files}


def _tables(result: Result, width: int) -> str:
    parts = [_paragraph(result.title, width)]
    for section in result.sections:
        heading = [] if section.title == result.title else [section.title]
        parts.append("\n".join([*heading, table(section, width)]))
    parts.extend(_paragraph(note, width) for note in result.notes)
    if result.files:
        parts.append("\n".join(f"written: {path}" for path in result.files))
    return "\n\n".join(parts) + "\n"


def table(section: Section, width: int) -> str:
    """Return a section as aligned text at most `width` columns wide; a word is never broken, and may reach beyond."""
    if not section.rows:
        return "(no rows)"
    names = [name for name in section.columns or columns_of(section.rows) if _known(section, name)]
    cells = [[_text(row.get(name), name) for name in names] for row in section.rows]
    right = [_numeric(section.rows, name) for name in names]
    headings = [_heading(section.rows, name) for name in names]
    widths = _fit([headings, *cells], right, width)
    lines = [*_lines(headings, widths, right), _GAP.join("-" * each for each in widths)]
    above = ""
    for row, cell in zip(section.rows, cells, strict=True):
        here = section.heading.format_map(row)
        if here != above:
            lines += _wrap(here, width)
            above = here
        lines += _lines(cell, widths, right)
        lines += _below(section, row, width)
    return "\n".join(lines)


def _known(section: Section, name: str) -> bool:
    # A chosen column of which no row has a value would say nothing.
    return not section.columns or any(row.get(name) is not None for row in section.rows)


def _heading(rows: Sequence[Row], name: str) -> str:
    levels = {row.get("level") for row in rows}
    level = levels.pop() if len(levels) == 1 else None
    return f"{name} {percent(level, 0).replace(' ', '')}" if name in _ENDS and isinstance(level, float) else name


def _below(section: Section, row: Row, width: int) -> list[str]:
    if section.below is None:
        return []
    words, beside = section.below
    text = str(row.get(words) or "")
    return _wrap(text, width, _INDENT) if text and _text(row.get(beside), beside) == NOTHING else []


def _text(value: object, column: str) -> str:
    if hasattr(value, "item"):  # a NumPy scalar, without importing NumPy here
        value = value.item()
    match value:
        case None:
            return NOTHING
        case bool():
            return "yes" if value else "no"
        case int():
            return count(value)
        case float():
            return probability(value) if _PROBABILITY.search(column) else number(value)
    return str(value)


def _numeric(rows: Sequence[Row], name: str) -> bool:
    values = [row[name] for row in rows if row.get(name) is not None]
    return bool(values) and not any(isinstance(value, str | bool) for value in values)


def _fit(lines: Sequence[Sequence[str]], right: Sequence[bool], width: int) -> list[int]:
    """Return column widths; where all do not fit, the widest columns of text give way, as far as their words allow.

    Headings of numbers give way as text does; numbers do not. If words leave no room they are broken at joints.
    """
    columns = list(zip(*lines, strict=True))
    widths = [max(map(_width, column)) for column in columns]
    spare = width - len(_GAP) * (len(widths) - 1)
    for joints in _Joints:
        least = [_least(column, joints, numeric=numeric) for column, numeric in zip(columns, right, strict=True)]
        while sum(widths) > spare:
            free = [i for i, each in enumerate(widths) if each > least[i]]
            if not free:
                break
            widths[max(free, key=lambda i: widths[i])] -= 1
    return widths


class _Joints(Enum):
    """Which words may be broken at joints, in the order in which they are."""

    NONE = auto()
    HEADINGS = auto()
    ALL = auto()


def _least(column: Sequence[str], joints: _Joints, *, numeric: bool) -> int:
    heading, *cells = column
    title = [_width(word.rstrip()) for word in _words(heading, joints=joints is not _Joints.NONE)]
    if numeric:
        return max([*title, *map(_width, cells)])
    return max(
        [*title, *(_width(word.rstrip()) for cell in cells for word in _words(cell, joints=joints is _Joints.ALL))]
    )


def _lines(row: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> list[str]:
    wrapped = [_wrap(cell, each) for cell, each in zip(row, widths, strict=True)]
    height = max(len(cell) for cell in wrapped)
    lines = []
    for i in range(height):
        parts = [cell[i] if i < len(cell) else "" for cell in wrapped]
        padded = [_pad(*each) for each in zip(parts, widths, right, strict=True)]
        lines.append(_GAP.join(padded).rstrip())
    return lines


def _wrap(text: str, width: int, indent: str = "") -> list[str]:
    """Return lines at most `width` wide, broken between words; at joints where a word alone is wider."""
    lines: list[str] = []
    for word in _words(text, joints=False):
        parts = [word] if _width(indent + word) <= width else _words(word, joints=True)
        for part in parts:
            fits = bool(lines) and _width(lines[-1].rstrip() if part.isspace() else lines[-1] + part.rstrip()) <= width
            if fits:
                lines[-1] += part
            else:
                lines.append(indent + part.lstrip())
    return [line.rstrip() for line in lines] or [""]


def _words(text: str, *, joints: bool) -> list[str]:
    # A word keeps the space behind it; a character of double width is a word of its own.
    found = re.findall(r"\s+|\S+\s*", text)
    words = [part for word in found for part in _by_width(word)]
    return [part for word in words for part in _JOINT.split(word)] if joints else words


def _by_width(word: str) -> list[str]:
    if not any(map(_wide, word)):
        return [word]
    parts: list[str] = []
    for character in word:
        if parts and not _wide(character) and not _wide(parts[-1][-1]):
            parts[-1] += character
        else:
            parts.append(character)
    return parts


def _paragraph(text: str, width: int) -> str:
    lines = []
    for line in text.split("\n"):
        indent = line[: len(line) - len(line.lstrip())]
        first, *rest = _wrap(line.strip(), width - len(indent) * 2) if indent else _wrap(line, width)
        lines += [indent + first, *(indent * 2 + each for each in rest)]
    return "\n".join(lines)


def _pad(text: str, width: int, right: bool) -> str:  # noqa: FBT001 - mapped over columns
    space = " " * (width - _width(text))
    return space + text if right else text + space


def _width(text: str) -> int:
    return sum(2 if _wide(character) else 1 for character in text)


def _wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"
