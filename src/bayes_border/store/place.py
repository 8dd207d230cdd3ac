"""Could a run be kept at this place? Asked before hours are spent on what it needs."""

from __future__ import annotations

from pathlib import Path

from bayes_border.errors import DataError, Fault
from bayes_border.store.refusals import writing
from bayes_border.store.runs import BESIDE, METADATA


def is_free(path: Path) -> bool:
    """Return whether nothing is at a place, or an empty folder.

    Raises
    ------
    DataError
        If nothing can be there, or nobody may look.
    """
    with writing(path):
        for above in path.parents:
            if above.exists() and not above.is_dir():
                found = f"cannot be made, for {above} is a file"
                raise DataError(str(path), [Fault("folder", found, "give another --output")])
        return not path.exists() or (path.is_dir() and not any(path.iterdir()))


def require_place(path: Path) -> None:
    """Refuse a place where there is something else than a run's store.

    Whose store it is, `open_run` says: that can hang on what is not known yet.

    Raises
    ------
    DataError
        Naming the place.
    """
    if not is_free(path) and not all((path / name).is_dir() for name in BESIDE):
        raise DataError(str(path), [Fault("folder", "is no store of simulations", "give another --output")])


def require_folder(path: Path) -> None:
    """Refuse a run's own store as the folder that several stores are to stand in.

    Raises
    ------
    DataError
        Naming the place.
    """
    if (path / METADATA).is_file():
        found = "is the store of one run, where a folder for several is needed"
        raise DataError(str(path), [Fault("folder", found, "give another --output")])
