"""How is a table kept on disk and read back as it was?"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from bayes_border.errors import DataError, Fault
from bayes_border.store.atomic import write_text


def write_frame(path: Path, frame: pd.DataFrame) -> Path:
    """Write a table as CSV with every digit, and return the path."""
    return write_text(path, frame.to_csv(index=False))


def read_frame(path: Path) -> pd.DataFrame:
    """Return a table from CSV.

    Raises
    ------
    DataError
        If the file is not a table.
    """
    try:
        return pd.read_csv(path)
    except (OSError, ValueError) as error:
        fault = Fault("file", f"is no table ({error})", "write it anew")
        raise DataError(str(path), [fault]) from error
