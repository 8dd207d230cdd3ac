"""How does a tree become netCDF-4 without a search through the file for every property of every variable?

netCDF-4 is HDF5 with conventions: a dimension is a dataset, marked as a scale and numbered through the whole file,
and a variable names the scales and the numbers of its dimensions. `DataTree.to_netcdf` with h5netcdf writes the same,
but opens group, variable and dimensions by path anew whenever it asks one of them anything: a fit has 70 variables.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Final

import h5py
import numpy as np
import xarray as xr
from xarray.conventions import cf_encoder, encode_dataset_coordinates

from bayes_border.project import package_version

_TEXT: Final = h5py.string_dtype()
#: By this name netCDF's own library knows a dimension without a coordinate.
_NO_COORDINATE: Final = "This is a netCDF dimension but not a netCDF variable.{:10}"


@dataclass(frozen=True, slots=True)
class _Dimension:
    number: int
    length: int
    scale: h5py.Dataset


def write_netcdf(path: Path, tree: xr.DataTree) -> None:
    """Write a tree of numbers, truth values and texts as netCDF-4, uncompressed."""
    made = f"version=2,bayes_border={package_version()},hdf5={h5py.version.hdf5_version},h5py={h5py.__version__}"
    with h5py.File(path, "w", track_order=True) as file:
        file.attrs["_NCProperties"] = np.bytes_(made)
        _write_node(file, tree, ChainMap(), count())


def _write_node(group: h5py.Group, node: xr.DataTree, above: ChainMap[str, _Dimension], numbers: Iterator[int]) -> None:
    """Write a node and those below it, which see the dimensions of those `above` them."""
    variables, attributes = cf_encoder(*encode_dataset_coordinates(node.to_dataset(inherit=False)))
    _write_attributes(group, attributes)
    here = above.new_child()
    lengths = {dim: length for variable in variables.values() for dim, length in variable.sizes.items()}
    own = {dim: next(numbers) for dim, length in lengths.items() if dim not in above or above[dim].length != length}
    for dim, number in own.items():
        if dim not in variables:
            scale = group.create_dataset(dim, (lengths[dim],), ">f4", track_order=True)
            here[dim] = _dimension(scale, _NO_COORDINATE.format(lengths[dim]), number)
    written = {name: _write_variable(group, name, variable) for name, variable in variables.items()}
    for dim in own.keys() & written.keys():
        here[dim] = _dimension(written[dim], dim, own[dim])
    for name, dataset in written.items():
        _tie(dataset, [here[dim] for dim in variables[name].dims], is_scale=name in own)
    for name, child in node.children.items():
        _write_node(group.create_group(name, track_order=True), child, here, numbers)


def _dimension(scale: h5py.Dataset, name: str, number: int) -> _Dimension:
    scale.make_scale(name)
    scale.attrs["_Netcdf4Dimid"] = np.int32(number)
    return _Dimension(number, scale.shape[0], scale)


def _write_variable(group: h5py.Group, name: str, variable: xr.Variable) -> h5py.Dataset:
    values = variable.values.astype(_TEXT) if variable.dtype.kind in "OU" else variable.values
    fill = variable.attrs.get("_FillValue")
    dataset = group.create_dataset(name, data=values, fillvalue=fill, track_order=True)
    _write_attributes(dataset, variable.attrs)
    return dataset


def _tie(dataset: h5py.Dataset, dimensions: Sequence[_Dimension], *, is_scale: bool) -> None:
    """Tell a variable the numbers of its dimensions and, unless it is one itself, their scales."""
    if not dimensions:
        return
    dataset.attrs["_Netcdf4Coordinates"] = np.array([dim.number for dim in dimensions], np.int32)
    if not is_scale:
        dataset.attrs["_Netcdf4Dimid"] = np.int32(dimensions[0].number)
        for place, dim in enumerate(dimensions):
            h5py.h5ds.attach_scale(dataset.id, dim.scale.id, place)


def _write_attributes(target: h5py.Group | h5py.Dataset, attributes: Mapping[Any, Any]) -> None:
    for name, value in attributes.items():
        # netCDF has no single number, only a list of one.
        target.attrs[name] = value if isinstance(value, str) else np.atleast_1d(value)
