"""What can a printed number have been before it was rounded?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


@dataclass(frozen=True)
class Printed:
    """A number as the paper prints it: "2.0" stands for [1.95, 2.05).

    Parameters
    ----------
    text
        The printed string, digits with an optional sign and decimal point.

    Raises
    ------
    ValueError
        If the text is not such a number.
    """

    text: str

    def __post_init__(self) -> None:
        """Refuse what is not a plain decimal number."""
        if not _NUMBER.fullmatch(self.text):
            message = f"{self.text!r} is not a printed number"
            raise ValueError(message)

    @cached_property
    def exact(self) -> Decimal:
        """Return the printed number without binary rounding."""
        return Decimal(self.text)

    @property
    def value(self) -> float:
        """Return the printed number."""
        return float(self.exact)

    @property
    def half_unit(self) -> Decimal:
        """Return half a unit of the last printed digit."""
        exponent = self.exact.as_tuple().exponent
        return Decimal(5).scaleb(int(exponent) - 1)

    @property
    def lower(self) -> float:
        """Return the smallest number that is printed like this."""
        return float(self.exact - self.half_unit)

    @property
    def upper(self) -> float:
        """Return the bound below which numbers are printed like this."""
        return float(self.exact + self.half_unit)

    def __str__(self) -> str:
        """Return the printed string."""
        return self.text
