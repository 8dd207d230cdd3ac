"""How are a result's rows shown: an aligned table, JSON or CSV?"""

from __future__ import annotations

import re
import shutil
import textwrap
import unicodedata
from collections.abc import Sequence

from bayes_border.cli.parser import Format
from bayes_border.report.numbers import NOTHING, count, number, probability
from bayes_border.store.rows import columns_of, csv_text, json_text
from bayes_border.workflow.result import Result, Row, Section

_WIDTH = 120
_NARROWEST = 12
_GAP = "  "

#: Columns that hold probabilities: `p`, `p_positive`, `prior_p_positive`, `hansen_p`.
_PROBABILITY = re.compile(r"(^|_)p(_|$)")


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
    """Return a section as aligned text at most `width` columns wide, long words excepted."""
    if not section.rows:
        return "(no rows)"
    names = list(section.columns) or columns_of(section.rows)
    cells = [[_text(row.get(name), name) for name in names] for row in section.rows]
    right = [_numeric(section.rows, name) for name in names]
    widths = _fit([names, *cells], right, width)
    rule = _GAP.join("-" * each for each in widths)
    body = [line for row in cells for line in _lines(row, widths, right)]
    return "\n".join([*_lines(names, widths, right), rule, *body])


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
    """Return column widths; where all do not fit, the widest columns of text give way."""
    widths = [max(_width(cell) for cell in column) for column in zip(*lines, strict=True)]
    spare = width - len(_GAP) * (len(widths) - 1)
    text = [i for i, numeric in enumerate(right) if not numeric]
    while text and sum(widths) > spare:
        widest = max(text, key=lambda i: widths[i])
        if widths[widest] <= _NARROWEST:
            break
        widths[widest] -= 1
    return widths


def _lines(row: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> list[str]:
    wrapped = [_wrap(cell, each) for cell, each in zip(row, widths, strict=True)]
    height = max(len(cell) for cell in wrapped)
    lines = []
    for i in range(height):
        parts = [cell[i] if i < len(cell) else "" for cell in wrapped]
        padded = [_pad(*each) for each in zip(parts, widths, right, strict=True)]
        lines.append(_GAP.join(padded).rstrip())
    return lines


def _wrap(text: str, width: int) -> list[str]:
    # Characters of double width are counted as such: half as many fit.
    narrow = width if _width(text) == len(text) else max(width // 2, 1)
    if _width(text) <= width:
        return [text]
    return textwrap.wrap(text, narrow, break_on_hyphens=False) or [""]


def _paragraph(text: str, width: int) -> str:
    return "\n".join(_wrap(text, width))


def _pad(text: str, width: int, right: bool) -> str:  # noqa: FBT001 - mapped over columns
    space = " " * (width - _width(text))
    return space + text if right else text + space


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
