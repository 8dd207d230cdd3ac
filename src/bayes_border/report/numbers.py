"""How is a number written for a reader? The only module that decides digits, signs and units."""

from __future__ import annotations

import math

#: What stands where there is no number.
NOTHING = "n/a"

_SMALLEST_FIXED = 1e-4
_LARGEST_FIXED = 1e7
_SMALLEST_SHARE = 0.001
_MOST_DECIMALS = 6


def number(value: float | None, significant: int = 3) -> str:
    """Return a number with so many significant digits; whole digits are never rounded away.

    `1234.5` becomes `1234` rather than `1230`; beyond 1e-4 and 1e7 the exponent is written.
    """
    if value is None or not math.isfinite(value):
        return _special(value)
    if value != 0 and not _SMALLEST_FIXED <= abs(value) < _LARGEST_FIXED:
        return f"{value:.{significant - 1}e}"
    return _fixed(value, _decimals(value, significant))


def signed(value: float | None, significant: int = 3) -> str:
    """Return a number with its sign written, `+` included; zero has none."""
    text = number(value, significant)
    return f"+{text}" if value is not None and value > 0 and _has_digits(text) else text


def interval(lower: float | None, upper: float | None, significant: int = 3) -> str:
    """Return `[lower, upper]`, both ends with the decimals that the larger one needs.

    An end that is not zero never looks like it: whether an interval holds zero must be seen.
    """
    ends = [end for end in (lower, upper) if end is not None and math.isfinite(end)]
    largest = max((abs(end) for end in ends), default=0.0)
    if not _SMALLEST_FIXED <= largest < _LARGEST_FIXED:
        return f"[{number(lower, significant)}, {number(upper, significant)}]"
    needed = [_decimals(end, 1) for end in ends if end != 0]
    decimals = max(_decimals(largest, significant), min(max(needed, default=0), _MOST_DECIMALS))
    written = [
        _special(end) if end is None or not math.isfinite(end) else _fixed(end, decimals) for end in (lower, upper)
    ]
    return f"[{written[0]}, {written[1]}]"


def percent(share: float | None, decimals: int = 1) -> str:
    """Return a share between 0 and 1 as a percentage; one that is not quite none or all is not shown as such."""
    if share is None or not math.isfinite(share):
        return _special(share)
    smallest, written = 10.0**-decimals, share * 100
    if 0 < written < smallest:
        return f"< {smallest:.{decimals}f} %"
    if share < 1 and written > 100 - smallest:
        return f"> {100 - smallest:.{decimals}f} %"
    return f"{written:.{decimals}f} %"


def probability(value: float | None) -> str:
    """Return a probability with three decimals; one that is not quite 0 or 1 is never shown as certain."""
    if value is None or not math.isfinite(value):
        return _special(value)
    if 0 < value < _SMALLEST_SHARE:
        return "< 0.001"
    if 1 - _SMALLEST_SHARE < value < 1:
        return "> 0.999"
    return f"{value:.3f}"


def count(value: int) -> str:
    """Return a whole number in full: years and counts carry no separators."""
    return str(int(value))


def _special(value: float | None) -> str:
    if value is None or math.isnan(value):
        return NOTHING
    return "inf" if value > 0 else "-inf"


def _decimals(value: float, significant: int) -> int:
    if value == 0:
        return 0
    # The exponent is read after rounding, so that 0.09996 becomes 0.100 and not 0.1000.
    exponent = int(f"{value:.{significant - 1}e}".split("e")[1])
    return max(significant - 1 - exponent, 0)


def _fixed(value: float, decimals: int) -> str:
    text = f"{value:.{decimals}f}"
    return text if _has_digits(text) else text.lstrip("-")


def _has_digits(text: str) -> bool:
    return any(digit in text for digit in "123456789")
