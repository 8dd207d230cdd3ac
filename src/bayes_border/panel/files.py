"""Which cells does a user's file hold, whatever its format?"""

from __future__ import annotations

import codecs
import csv
import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

from bayes_border.errors import DataError, Fault

#: What the readers of zip, XML, Stata and parquet content raise on damaged bytes, found by damaging them.
DAMAGE = (
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)

_EACH = "give every column a cell, decimals with a point"
_WANTED = "give a header line and one row a province and year"

#: A cell as its format gives it: text from CSV, text or a number from the others.
Cell = object


@dataclass(frozen=True)
class Cells:
    """The first table of a file, nothing converted yet.

    Parameters
    ----------
    header
        Column names, without surrounding blanks.
    rows
        One sequence of cells a row, as long as the header; wholly empty rows are left out.
    numbers
        Where each row stands in the file: the line of a CSV file or an Excel sheet (the header is
        line 1), the observation of a Stata or parquet file (the first is 1).
    sheets
        Names of a workbook's sheets, of which the first is read; empty in other formats.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    numbers: tuple[int, ...]
    sheets: tuple[str, ...] = ()


def read_cells(path: Path) -> Cells:
    """Return the cells of a CSV, Excel, Stata or parquet file, the format told by its ending.

    Raises
    ------
    DataError
        If the file is missing, of another kind, damaged, or without a row.
    """
    reader = _READERS.get(path.suffix.lower())
    if path.is_dir():
        _refuse(path, "file", "is a folder", "give the path of one file")
    if reader is None:
        _refuse(path, "file", f"has the ending {path.suffix!r}", f"use one of {', '.join(ENDINGS)}")
    if not path.exists():
        _refuse(path, "file", "does not exist", "check the path")
    try:
        content = path.read_bytes()
    except OSError as error:
        _refuse(path, "file", f"cannot be read ({error.strerror})", "check the permissions")
    if not content.strip():
        _refuse(path, "file", "is empty", _WANTED)
    cells = reader(path, content)
    if not cells.rows:
        _refuse(path, "file", "has a header and no row", "give one row a province and year")
    return cells


def _refuse(path: Path, place: str, found: str, remedy: str) -> NoReturn:
    raise DataError(str(path), [Fault(place, found, remedy)])


def _csv(path: Path, content: bytes) -> Cells:
    reader = csv.reader(io.StringIO(_decoded(path, content), newline=""), strict=True)
    table: list[tuple[int, list[str]]] = []
    try:
        table.extend((reader.line_num, row) for row in reader if any(cell.strip() for cell in row))
    except csv.Error as error:
        _refuse(path, f"line {reader.line_num}", *csv_trouble(error))
    if not table:
        _refuse(path, "file", "is empty", _WANTED)
    _require_commas(path, table)
    _require_one_width(path, table)
    return _cells([row for _, row in table], [number for number, _ in table])


def csv_trouble(error: csv.Error) -> tuple[str, str]:
    """Return what a reader of CSV stumbled over, and what to do."""
    if "field limit" in str(error):
        found = f"a cell has more than {csv.field_size_limit():,} characters"
        return found, "shorten it, or close the quotation before it: what follows an open one counts as one cell"
    return "a quotation is not closed, or more follows it", "close it, or copy the file again if it is cut off"


def _decoded(path: Path, content: bytes) -> str:
    for mark, found, remedy in _FOREIGN:
        if content.startswith(mark):
            _refuse(path, "file", found, remedy)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            _refuse(path, f"byte {error.start}", "the file ends inside a character", "copy it again, it is cut off")
        place = error.start
    try:
        return content.decode("gb18030")
    except UnicodeDecodeError:
        _refuse(path, f"byte {place}", "is neither UTF-8 nor GB18030", "save the file as UTF-8")


#: How files begin that are no CSV in an encoding read here.
_FOREIGN = (
    (codecs.BOM_UTF16_LE, "is UTF-16", "save the file as UTF-8"),
    (codecs.BOM_UTF16_BE, "is UTF-16", "save the file as UTF-8"),
    (b"PK\x03\x04", "is no text but an archive, as Excel workbooks are", "give it the ending .xlsx"),
    (b"PAR1", "is no text but a parquet file", "give it the ending .parquet"),
)


def _require_commas(path: Path, table: Sequence[tuple[int, list[str]]]) -> None:
    number, header = table[0]
    for sign, name in ((";", "semicolons"), ("\t", "tabulators"), ("|", "bars")):
        if len(header) == 1 and sign in header[0]:
            _refuse(path, f"line {number}", f"columns are separated by {name}", "separate them by commas")


def _require_one_width(path: Path, table: Sequence[tuple[int, list[str]]]) -> None:
    (first, header), *rows = table
    width, others = len(header), {len(row) for _, row in rows}
    if len(rows) > 1 and len(others) == 1 and width not in others:
        found = f"the header has {_cells_in(width)}, every line below {others.pop()}"
        remedy = "begin with the header, give each of its columns a name and each line a cell for it"
        _refuse(path, f"line {first}", found, _width_remedy(rows[0][1]) or remedy)
    faults = [
        Fault(f"line {number}", f"has {_cells_in(len(row))}, the header {width}", _width_remedy(row) or _EACH)
        for number, row in rows
        if len(row) != width
    ]
    if faults:
        raise DataError(str(path), faults)


def _width_remedy(row: Sequence[str]) -> str:
    if any(";" in cell or "\t" in cell for cell in row):
        return "separate every line by commas"
    return ""


def _cells_in(number: int) -> str:
    return f"{number} cell{'s' * (number != 1)}"


def _excel(path: Path, content: bytes) -> Cells:
    import pandas as pd  # noqa: PLC0415  (CSV needs none of it)

    try:
        with pd.ExcelFile(io.BytesIO(content), engine="openpyxl") as workbook:
            sheets = tuple(map(str, workbook.sheet_names))
            frame = pd.read_excel(workbook, header=None, dtype=object, keep_default_na=False, na_values=[])
    except DAMAGE:
        _refuse_damaged(path, "Excel workbook (.xlsx)")
    sheet = [[None if pd.isna(cell) else cell for cell in row] for row in frame.to_numpy().tolist()]
    table = [(i + 1, row) for i, row in enumerate(sheet) if any(cell not in (None, "") for cell in row)]
    if not table:
        _refuse(path, f"sheet {sheets[0]!r}", "is empty", "put the panel on the first sheet")
    return replace(_cells([row for _, row in table], [number for number, _ in table]), sheets=sheets)


def _stata(path: Path, content: bytes) -> Cells:
    import numpy as np  # noqa: PLC0415  (CSV needs none of it)
    import pandas as pd  # noqa: PLC0415

    try:
        # A date of format %ty is stored as its year: left unconverted it is what is wanted.
        with np.errstate(all="ignore"):  # sizes in a damaged header overflow before they are found wrong
            frame = pd.read_stata(io.BytesIO(content), convert_dates=False)
    except DAMAGE:
        _refuse_damaged(path, "Stata file (.dta)")
    return _of_frame(list(frame.columns), frame.astype(object).to_numpy().tolist())


def _parquet(path: Path, content: bytes) -> Cells:
    import pyarrow as pa  # noqa: PLC0415  (slow to import, seldom needed)
    from pyarrow import parquet  # noqa: PLC0415

    try:
        table = parquet.read_table(pa.BufferReader(content))
        names, columns = table.column_names, [column.to_pylist() for column in table.columns]
    except (pa.ArrowException, *DAMAGE):
        _refuse_damaged(path, "parquet file")
    return _of_frame(names, list(zip(*columns, strict=True)))


def _refuse_damaged(path: Path, kind: str) -> NoReturn:
    _refuse(path, "file", f"is no readable {kind}", "copy it again, it may be cut off or of another kind")


def _of_frame(header: Sequence[object], rows: Sequence[Sequence[Cell]]) -> Cells:
    return _cells([header, *rows], range(len(rows) + 1))


def _cells(table: Sequence[Sequence[Cell]], numbers: Sequence[int]) -> Cells:
    names = ["" if name is None else str(name).strip() for name in table[0]]
    # A trailing separator, or a coloured column of a sheet, is no column.
    kept = [i for i, name in enumerate(names) if name or any(row[i] not in (None, "") for row in table[1:])]
    rows = tuple(tuple(row[i] for i in kept) for row in table[1:])
    return Cells(tuple(names[i] for i in kept), rows, tuple(numbers[1:]))


_READERS: dict[str, Callable[[Path, bytes], Cells]] = {
    ".csv": _csv,
    ".xlsx": _excel,
    ".dta": _stata,
    ".parquet": _parquet,
}

#: How the names of the files end that can be read.
ENDINGS = tuple(_READERS)
