"""The real panel and another program's panel."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bayes_border.gmm.instruments import lag_instruments
from bayes_border.gmm.stacked import Stacked
from bayes_border.panel.official import official_panel
from bayes_border.spec.instruments import LagInstruments

REFERENCE = Path(__file__).parent / "reference"
DYNAMIC_A = {"emp": (1, 2), "wage": (0, 1), "capital": (0, 1, 2), "output": (0, 1, 2)}
DYNAMIC_B = {"emp": (1, 2), "wage": (0, 1), "capital": (0,), "output": (0, 1)}
STATIC = {"wage": (0,), "capital": (0,), "output": (0,)}


def differenced(log_levels, lags, first_year):
    by_firm = log_levels.groupby(level=0)
    columns = {f"{v}{k}": by_firm[v].shift(k) - by_firm[v].shift(k + 1) for v, ks in lags.items() for k in ks}
    rows = pd.DataFrame({"y": log_levels["emp"] - by_firm["emp"].shift(1), **columns}).dropna()
    return rows[rows.index.get_level_values("year") >= first_year]


def dynamic_equation(log_levels, lags):
    rows = differenced(log_levels, lags, 1979)
    firm, year = (rows.index.get_level_values(name).to_numpy() for name in ("firm", "year"))
    dummies = np.column_stack([1.0 * (year == s) - 1.0 * (year - 1 == s) for s in range(1979, 1985)])
    gmm_style = lag_instruments(log_levels, firm, year, columns=["emp"], lags=LagInstruments(first=2, last=99))
    standard = rows.drop(columns=["y", "emp1", "emp2"])
    X = np.column_stack([rows.drop(columns="y"), dummies])
    return Stacked(rows["y"].to_numpy(), X, np.column_stack([gmm_style, dummies, standard]), firm, year)


def static_equation(log_levels):
    rows = differenced(log_levels, STATIC, 1978)
    firm, year = (rows.index.get_level_values(name).to_numpy() for name in ("firm", "year"))
    lags = LagInstruments(first=2, last=4, collapse=True)
    gmm_style = lag_instruments(log_levels, firm, year, columns=["wage", "capital"], lags=lags)
    X = rows.drop(columns="y").to_numpy()
    return Stacked(rows["y"].to_numpy(), X, np.column_stack([gmm_style, rows["output0"]]), firm, year)


def equation(name, log_levels):
    if name == "static_collapsed":
        return static_equation(log_levels)
    return dynamic_equation(log_levels, DYNAMIC_B if name.endswith("b") else DYNAMIC_A)


@pytest.fixture(scope="session")
def panel():
    return official_panel("balanced")


@pytest.fixture(scope="session")
def log_levels():
    frame = pd.read_csv(REFERENCE / "empluk.csv").set_index(["firm", "year"]).sort_index()
    return np.log(frame[["emp", "wage", "capital", "output"]])


@pytest.fixture(scope="session")
def arellano_bond(log_levels):
    """Return a maker of the equations that plm estimated, by their name in the references."""
    return lambda name: equation(name, log_levels)


@pytest.fixture(scope="session")
def plm_specification():
    """Return the specification tests that plm printed of the same equations."""
    return json.loads((REFERENCE / "specification.json").read_text())["models"]


@pytest.fixture
def random_panel():
    """Return a maker of random stacked equations with an endogenous regressor and instruments."""

    def make(seed, *, units=9, years=12, instruments=7, coefficients=3):
        rng = np.random.default_rng(seed)
        n = units * years
        Z, u = rng.normal(size=(n, instruments)), rng.normal(size=n)
        X = Z @ rng.normal(size=(instruments, coefficients)) + rng.normal(size=(n, coefficients)) + 0.5 * u[:, None]
        y = X @ rng.normal(size=coefficients) + u
        return Stacked(y, X, Z, np.repeat(np.arange(units), years), np.tile(np.arange(years), units))

    return make
