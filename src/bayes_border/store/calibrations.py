"""How is a calibration that takes minutes kept, and is it still about this model and this panel?

The shipped form is one netCDF file each: small, and replaced whole. The run that made it is kept in a
Zarr store (`runs`) until it is finished; that has a file a chunk and is not shipped.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

import xarray as xr

from bayes_border.design import Design
from bayes_border.errors import DataError, Fault
from bayes_border.project import data_folder
from bayes_border.spec.digest import model_digest
from bayes_border.spec.model import ModelSpec
from bayes_border.store.atomic import replacing
from bayes_border.vocabulary import Null

_ENGINE: Final = "h5netcdf"

#: The command that makes every stored calibration anew.
COMMAND: Final = "make calibrate"


class Calibration(StrEnum):
    """Kinds of stored calibration: truths from the prior, from the posterior, and panels without interactions."""

    SBC = "sbc"
    POSTERIOR_SBC = "posterior_sbc"
    PLACEBO = "placebo"
    POWER = "power"
    RESOLUTION = "resolution"


@dataclass(frozen=True)
class Stored:
    """A calibration as it was kept: its data, the ISO date and the digest of what it is about.

    `stale` says whether the model, its priors or the design have changed since.
    """

    data: xr.Dataset
    date: str
    digest: str
    stale: bool


def calibration_path(kind: Calibration, study: str, name: str, folder: Path | None = None) -> Path:
    """Return where a study's calibration called `name` lies, in the shipped data unless a folder is given."""
    return (folder or data_folder() / "precomputed") / study / f"{kind}_{name}.nc"


def calibration_name(table: str, model: str, null: Null | None = None) -> str:
    """Return what a model's calibration for a table's outcome is called; of a placebo under a null, the null too."""
    return "_".join([table, model, *([] if null is None else [null])])


def calibration_digest(spec: ModelSpec, design: Design) -> str:
    """Return what a stored calibration must match: the model's digest and the design's."""
    return f"{model_digest(spec)}-{design.digest}"


def write_calibration(path: Path, data: xr.Dataset, digest: str) -> Path:
    """Write a calibration with today's date, and return the path."""
    stamped = data.assign_attrs(date=datetime.now(UTC).date().isoformat(), digest=digest)
    with replacing(path) as temporary:
        stamped.to_netcdf(temporary, engine=_ENGINE)
    return path


def read_calibration(path: Path, digest: str) -> Stored | None:
    """Return a stored calibration, stale where its digest is not `digest`; None where there is none.

    Raises
    ------
    DataError
        If the file is not one.
    """
    if not path.is_file():
        return None
    try:
        with xr.open_dataset(path, engine=_ENGINE) as opened:
            data = opened.load()
        date, found = str(data.attrs["date"]), str(data.attrs["digest"])
    except (OSError, ValueError, KeyError) as error:
        fault = Fault("file", f"is no stored calibration ({error})", f"run `{COMMAND}` again")
        raise DataError(str(path), [fault]) from error
    return Stored(data, date, found, found != digest)
