"""What does one cell of a user's file say: a name, a year, a number, nothing?"""

from __future__ import annotations

import math
import re
import unicodedata
from decimal import Decimal
from numbers import Real
from typing import TypeGuard

_MISSING = frozenset({"", "na", "n/a", "nan", "nat", "<na>", "none", "null", ".", "-", "--", "—", "…"})
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?inf(inity)?", re.IGNORECASE | re.ASCII)


def text_of(cell: object) -> str:
    """Return a cell as text, without surrounding blanks; an empty cell and a marked gap as ""."""
    if isinstance(cell, str) and _NUMBER.fullmatch(cell):
        return cell  # by far the most frequent case
    if cell is None:
        return ""
    if _is_real(cell) and float(cell).is_integer():
        return str(int(float(cell)))
    text = unicodedata.normalize("NFKC", str(cell)).strip()
    return "" if text.casefold() in _MISSING else text


def number_of(cell: object) -> float | None:
    """Return a cell as a number, or None where it is empty or holds something else."""
    if isinstance(cell, str) and _NUMBER.fullmatch(cell):
        return float(cell)
    if _is_real(cell):
        return None if math.isnan(cell) else float(cell)
    text = "" if isinstance(cell, bool) else text_of(cell)
    return float(text) if _NUMBER.fullmatch(text) else None


def year_of(cell: object) -> int | None:
    """Return a cell as a whole number, or None."""
    number = number_of(cell)
    return int(number) if number is not None and number.is_integer() else None


def _is_real(cell: object) -> TypeGuard[float]:
    # Python counts True as a number, and Decimal not as a real one.
    return isinstance(cell, Real | Decimal) and not isinstance(cell, bool)


def advice_on_number(text: str) -> str:
    """Return how a text that is no number should have been written."""
    if text.endswith("%"):
        return "leave the percent sign out"
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", text):
        return "leave the thousands separators out"
    if re.fullmatch(r"[+-]?\d+,\d+", text):
        return "write a decimal point"
    return "write a plain number with a decimal point"
