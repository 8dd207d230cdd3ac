"""Which regime does a differenced year belong to, under each reading of the break?"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bayes_border.errors import UsageError
from bayes_border.vocabulary import Window

_YEAR = re.compile(r"\d{4}")

#: The readings that have a name; a year is one too.
READINGS = ("count", "label", "split")
#: What a reading may be, for a message.
CHOICES = f"{', '.join(READINGS)} or a year (last row of pre)"


def is_reading(text: str) -> bool:
    """Return whether a text names a reading of the break."""
    return text in READINGS or _YEAR.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Break:
    """A reading of the break between two regimes.

    A break in levels between `crossing - 1` and `crossing` leaves the difference row `crossing`
    crossing it. Reading `count` puts that row in `pre` (which fits the printed observation counts),
    `label` puts it in `post`, `split` in neither; a year Y makes Y the last row of `pre`.
    """

    reading: str
    last_pre: int
    excluded: int | None = None

    @classmethod
    def read(cls, reading: str, crossing: int) -> Break:
        """Return the break for `count`, `label`, `split` or a year.

        Raises
        ------
        UsageError
            If the reading is none of these.
        """
        match reading:
            case "count":
                return cls(reading, crossing)
            case "label":
                return cls(reading, crossing - 1)
            case "split":
                return cls(reading, crossing - 1, crossing)
            case year if _YEAR.fullmatch(year):
                return cls(reading, int(year))
        message = f"reading of the break {reading!r} is unknown; use {CHOICES}"
        raise UsageError(message)

    def regime(self, year: int) -> Window | None:
        """Return `pre`, `post`, or None for a row that belongs to neither."""
        if year == self.excluded:
            return None
        return Window.PRE if year <= self.last_pre else Window.POST

    def contains(self, window: Window, year: int) -> bool:
        """Return whether a row of this year belongs to the window (`full` holds every row)."""
        return window == Window.FULL or self.regime(year) == window
