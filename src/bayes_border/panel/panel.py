"""What was observed: levels and within-source first differences, province by year."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

import pandas as pd
import xarray as xr


@dataclass(frozen=True)
class Panel:
    """A balanced grid of provinces and years, gaps marked as NaN, each figure with source and status.

    Parameters
    ----------
    name
        `balanced`, `extended`, or the name of the user's file.
    data
        Dims `(province, year)`; coordinates `province` (str) and `year` (int). One variable a series,
        float64. Levels: `growth` (percent), `lnFAI`, `IS`, `BO`, and `relative_income` (percent of
        the nation's) where known. Differences, named with a leading `d`: `dg` (of growth), `dlnFAI`,
        `dIS`, `dBO`, `drelative_income`; each taken within one source and definition, NaN in the
        first year and wherever a figure is missing. Variables `status_<series>` and
        `source_<series>` (str) stand beside each difference.
    first_row, last_row
        First and last year of the differenced panel's rows.
    source
        One sentence saying where the panel comes from.
    """

    name: str
    data: xr.Dataset
    first_row: int
    last_row: int
    source: str

    def to_dataset(self) -> xr.Dataset:
        """Return the labelled arrays, dims `(province, year)`."""
        return self.data

    def to_frame(self) -> pd.DataFrame:
        """Return one row a province and year, columns as in the dataset."""
        return self.data.to_dataframe().reset_index()

    @cached_property
    def digest(self) -> str:
        """Return a SHA-256 of every number and label, 16 hexadecimal digits."""
        frame = self.to_frame().sort_index(axis="columns")
        text = frame.to_csv(index=False, float_format="%.12g")
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def provinces(self) -> list[str]:
        """Return the provinces' names in the order of the arrays."""
        return [str(p) for p in self.data["province"].values]
