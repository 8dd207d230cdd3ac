"""Where the models and the data that ship with the project lie, and what version this is."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

#: Packages whose version can change a number: what a result was made with, and a worker must have too.
PACKAGES: Final = (
    "numpy", "scipy", "pandas", "xarray", "linearmodels", "pymc", "pytensor", "nutpie", "numba", "arviz-stats",
)  # fmt: skip

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parents[1]


def _shipped(folder: str) -> Path:
    # A wheel carries the folders inside the package; a checkout has them at its root.
    packaged = _PACKAGE / folder
    return packaged if packaged.is_dir() else _CHECKOUT / folder


def models_folder() -> Path:
    """Return the folder of model, recipe and study files."""
    return _shipped("models")


def data_folder() -> Path:
    """Return the folder of official figures, published tables and precomputed calibrations."""
    return _shipped("data")


def package_version() -> str:
    """Return the installed version of `bayes_border`."""
    return _installed("bayes-border")


def package_versions() -> Mapping[str, str]:
    """Return the installed versions of `PACKAGES`."""
    return {package: _installed(package) for package in PACKAGES}


@cache
def _installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"
