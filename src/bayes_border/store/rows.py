"""How are flat rows and their provenance written as JSON or CSV?"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from pathlib import Path

from bayes_border.store.atomic import write_text

Row = Mapping[str, object]


#: Most values by far; their subclasses, enums among them, are not meant.
_AS_THEY_ARE = frozenset({str, int, bool, type(None)})


def json_text(content: object) -> str:
    """Return JSON with a line feed at its end: NaN and infinity become null, labels stay readable."""
    return json.dumps(_plain(content), ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def csv_text(rows: Sequence[Row]) -> str:
    """Return CSV with the union of the rows' columns, in order of first appearance; NaN and None are empty."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, columns_of(rows), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: _cell(value) for key, value in row.items()} for row in rows)
    return stream.getvalue()


def columns_of(rows: Iterable[Row]) -> list[str]:
    """Return every column that a row has, in order of first appearance."""
    return list(dict.fromkeys(key for row in rows for key in row))


def write_json(path: Path, content: object) -> Path:
    """Write JSON, and return the path."""
    return write_text(path, json_text(content))


def write_csv(path: Path, rows: Sequence[Row]) -> Path:
    """Write CSV, and return the path."""
    return write_text(path, csv_text(rows))


def _plain(value: object) -> object:
    if type(value) in _AS_THEY_ARE:
        return value
    match value:
        case Enum():
            return _plain(value.value)
        case float():
            return value if math.isfinite(value) else None
        case bool() | int() | str() | None:
            return value
        case Mapping():
            return {str(key): _plain(item) for key, item in value.items()}
    return str(value) if isinstance(value, Path) else _from_array(value)


def _from_array(value: object) -> object:
    # NumPy scalars and arrays, without importing NumPy here: `--help` imports this module.
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, Iterable):
        return [_plain(item) for item in value]
    message = f"{type(value).__name__} has no form in JSON"
    raise TypeError(message)


def _cell(value: object) -> object:
    plain = _plain(value)
    if isinstance(plain, list | dict):
        return json.dumps(plain, ensure_ascii=False)
    return "" if plain is None else plain
