"""The real panel and another program's panel."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bayes_border.gmm.stacked import Stacked
from bayes_border.panel.official import official_panel

REFERENCE = Path(__file__).parent / "reference"


@pytest.fixture(scope="session")
def panel():
    return official_panel("balanced")


@pytest.fixture(scope="session")
def log_levels():
    frame = pd.read_csv(REFERENCE / "empluk.csv").set_index(["firm", "year"]).sort_index()
    return np.log(frame[["emp", "wage", "capital", "output"]])


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
