"""How are another program's estimates read from JSON or CSV?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

import pandas as pd

from bayes_border.errors import DataError, Fault, SpecificationError
from bayes_border.estimates import Estimate, Estimates
from bayes_border.spec.reader import validate

_COMMON = tuple(field.name for field in fields(Estimate) if field.name != "extra")


def read_estimates(path: Path) -> Estimates:
    """Return the estimates in a file: JSON (a list of flat rows, or an object whose `rows` is one) or CSV.

    Raises
    ------
    DataError
        If the file cannot be read, or naming row and column of everything that is no estimate.
    """
    rows, faults = _rows(path), []
    found = []
    for i, row in enumerate(rows, start=1):
        common = {name: row[name] for name in _COMMON if row.get(name) is not None}
        extra = {name: value for name, value in row.items() if name not in _COMMON}
        try:
            found.append(validate(Estimate, {**common, "extra": extra}, str(path)))
        except SpecificationError as error:
            faults += [Fault(f"row {i}, {fault.place}", fault.found, fault.remedy) for fault in error.faults]
    if not rows:
        faults.append(Fault("rows", "there are none", "give one flat row an estimate"))
    if faults:
        raise DataError(str(path), faults)
    return Estimates(tuple(found))


def _rows(path: Path) -> list[Mapping[str, object]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        rows = _from_json(text) if path.suffix == ".json" else _from_csv(path)
    except OSError as error:
        fault = Fault("file", f"cannot be read ({error.strerror})", "give the path of a JSON or CSV file")
    except UnicodeDecodeError:
        fault = Fault("file", "is not UTF-8", "save the file as UTF-8")
    except RecursionError:
        fault = Fault("file", "is nested too deeply", "give one flat row an estimate")
    except ValueError as error:
        fault = Fault("file", f"is not {path.suffix.removeprefix('.') or 'CSV'} ({error})", "mend the file")
    else:
        return rows
    raise DataError(str(path), [fault])


def _from_json(text: str) -> list[Mapping[str, object]]:
    content = json.loads(text)
    rows = content.get("rows") if isinstance(content, dict) else content
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        message = "no list of flat rows, nor an object whose `rows` is one"
        raise ValueError(message)
    return rows


def _from_csv(path: Path) -> list[Mapping[str, object]]:
    frame = pd.read_csv(path, encoding="utf-8-sig", index_col=False)
    # pandas' own JSON turns its missing values into null and its scalars into plain ones.
    return list(json.loads(frame.to_json(orient="records")))
