"""What must a reader see beside an estimate?"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence about a fit, in two parts, so that many fits can share the first.

    Parameters
    ----------
    meaning
        What holds, in words that are the same wherever it holds.
    here
        What is particular to this fit; empty where nothing is.
    """

    meaning: str
    here: str = ""

    def __str__(self) -> str:
        """Return the remark for a reader of this fit alone."""
        return f"{self.here}: {self.meaning}" if self.here else self.meaning
