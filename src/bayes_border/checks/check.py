"""What does a check of a fit return?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import pandas as pd


class CheckStatus(StrEnum):
    """What a check found."""

    PASSED = "passed"
    FAILED = "failed"
    NOTE = "note"


@dataclass(frozen=True)
class Check:
    """The outcome of one check; it draws nothing, figures are made from `table`.

    Parameters
    ----------
    name
        What was checked, in the field's words.
    status
        Passed or failed against `criterion`; a note where there is nothing to pass.
    observed, criterion
        What was found and what was asked, in words and numbers.
    meaning
        One sentence for a reader: what it says when this fails.
    table
        The numbers behind it, one row a thing checked.
    """

    name: str
    status: CheckStatus
    observed: str
    criterion: str
    meaning: str
    table: pd.DataFrame
