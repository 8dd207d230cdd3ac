"""How are a fit's draws kept on disk and read back?"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import xarray as xr

from bayes_border.errors import DataError, Fault
from bayes_border.store.atomic import replacing

#: Of the libraries for netCDF this one writes a tree of many variables in a fifth of the other's time.
_WRITER: Final = "netcdf4"
_READER: Final = "h5netcdf"


def write_tree(path: Path, tree: xr.DataTree) -> Path:
    """Write a DataTree as netCDF, and return the path.

    Raises
    ------
    DataError
        If the library could not write it, as when the disk is full; what stood at the path is still there.
    """
    try:
        with replacing(path) as temporary:
            tree.to_netcdf(temporary, engine=_WRITER)
    except RuntimeError as error:
        # The library's only word for it, whatever the system said.
        fault = Fault("file", f"could not be written ({error})", "see that the disk is not full, or write elsewhere")
        raise DataError(str(path), [fault]) from error
    return path


def read_tree(path: Path) -> xr.DataTree:
    """Return a DataTree from netCDF, wholly in memory.

    Raises
    ------
    DataError
        If the file does not exist or is not netCDF-4.
    """
    if not path.is_file():
        raise DataError(str(path), [Fault("file", "does not exist", "give the path of a netCDF file of draws")])
    try:
        with xr.open_datatree(path, engine=_READER) as tree:
            return tree.load()
    except (OSError, ValueError) as error:
        found = f"is not a readable netCDF-4 file ({error})"
        fault = Fault("file", found, "write it with DataTree.to_netcdf(..., engine='h5netcdf')")
    raise DataError(str(path), [fault])
