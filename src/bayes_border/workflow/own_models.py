"""What did our own models find on panels whose truth is known, when that was computed and kept?"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence

import pandas as pd
import xarray as xr

from bayes_border.checks.placebo import Placebo
from bayes_border.checks.power import Power
from bayes_border.checks.resolution import Resolution
from bayes_border.compare.counterparts import VERDICT_NULL
from bayes_border.spec.reader import load_model
from bayes_border.store.calibrations import (
    Calibration,
    Stored,
    calibration_digest,
    calibration_name,
    calibration_path,
    read_calibration,
)
from bayes_border.vocabulary import Null
from bayes_border.workflow.inputs import Inputs


def own_placebos(inputs: Inputs) -> tuple[Stored, ...]:
    """Return the stored placebos of the coherent models, every table's, stale ones marked."""
    cells = itertools.product(inputs.tables, inputs.study.spec.nulls, coherent_models(inputs))
    return _found(_stored(inputs, Calibration.PLACEBO, table, model, null) for table, null, model in cells)


def own_power(inputs: Inputs) -> tuple[Stored, ...]:
    """Return the stored power of the coherent models for the main table, stale ones marked."""
    table = inputs.tables[0]
    return _found(_stored(inputs, Calibration.POWER, table, model) for model in coherent_models(inputs))


def own_resolution(inputs: Inputs) -> tuple[Stored, ...]:
    """Return the stored resolution of the coherent models for the main table, stale ones marked."""
    table, kind = inputs.tables[0], Calibration.RESOLUTION
    return _found(_stored(inputs, kind, table, model, VERDICT_NULL) for model in coherent_models(inputs))


def coherent_models(inputs: Inputs) -> tuple[str, ...]:
    """Return the names of the flagship and of its counterpart for the full window."""
    return inputs.study.spec.flagship, inputs.study.spec.full_window


def own_placebo_table(stored: Sequence[Stored]) -> pd.DataFrame:
    """Return the summaries of stored placebos, one row a null, window and term that the model has."""
    return _table(stored, lambda data: Placebo(data).summary())


def own_power_table(stored: Sequence[Stored]) -> pd.DataFrame:
    """Return the summaries of stored powers, one row a window and term that the model has."""
    return _table(stored, lambda data: Power(data).summary())


def own_resolution_table(stored: Sequence[Stored]) -> pd.DataFrame:
    """Return the summaries of stored resolutions, one row a window, term and sign that the model has."""
    return _table(stored, lambda data: Resolution(data, data["effect"]).summary())


def _stored(inputs: Inputs, kind: Calibration, table: str, model: str, null: Null | None = None) -> Stored | None:
    path = calibration_path(kind, inputs.study.name, calibration_name(table, model, null))
    return read_calibration(path, calibration_digest(load_model(model), inputs.design(table)))


def _found(stored: Iterable[Stored | None]) -> tuple[Stored, ...]:
    return tuple(one for one in stored if one is not None)


def _table(stored: Sequence[Stored], summary: Callable[[xr.Dataset], pd.DataFrame]) -> pd.DataFrame:
    """Return the summaries, each row with the date, whether it is stale, and how its fits were sampled."""
    if not stored:
        return pd.DataFrame()
    parts = [summary(one.data).assign(date=one.date, stale=one.stale, sampler=_sampler(one.data)) for one in stored]
    every = pd.concat(parts, ignore_index=True)
    return every[every["n"] > 0].reset_index(drop=True)


def _sampler(data: xr.Dataset) -> str:
    return "{chains} chains of {draws} draws after {tune}".format_map(data.attrs)
