"""Fits of random panels and of the reference panel."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bayes_border.gmm.linear import LinearFit

REFERENCE = Path(__file__).parent.parent / "reference"


def projection(Z, X):
    return Z @ np.linalg.lstsq(Z, X)[0]


@pytest.fixture
def make_fit():
    """Return a maker of fits with errors common to units and periods; `drop` makes the panel unbalanced."""

    def make(seed, *, units=9, periods=12, coefficients=3, instruments=0, drop=0, noise=1.0):  # noqa: PLR0913 -- what a panel may be like
        rng = np.random.default_rng(seed)
        n = units * periods
        unit, period = np.repeat(np.arange(units), periods), np.tile(np.arange(periods), units)
        u = noise * (rng.normal(size=n) + rng.normal(size=units)[unit] + rng.normal(size=periods)[period])
        Z = rng.normal(size=(n, instruments))
        X = rng.normal(size=(n, coefficients)) + rng.normal(size=(units, coefficients))[unit]
        if instruments:
            X = X + Z @ rng.normal(size=(instruments, coefficients)) + 0.3 * u[:, None]
        y = X @ rng.normal(size=coefficients) + u
        keep = np.sort(rng.permutation(n)[drop:])
        y, X, Z, unit, period = y[keep], X[keep], Z[keep], unit[keep], period[keep]
        return LinearFit(y, X, projection(Z, X) if instruments else X, unit, period)

    return make


@pytest.fixture(scope="session")
def reference():
    return json.loads((REFERENCE / "inference.json").read_text())


@pytest.fixture(scope="session")
def firms():
    frame = pd.read_csv(REFERENCE / "empluk.csv")
    frame = frame[frame.firm.isin([*range(1, 9), 127])].sort_values(["firm", "year"])
    columns = ["emp", "wage", "capital", "output"]
    frame[columns] = np.log(frame[columns])
    return frame


@pytest.fixture(scope="session")
def firm_fit(firms):
    X = np.column_stack([np.ones(len(firms)), firms[["wage", "capital", "output"]]])
    return LinearFit(firms.emp.to_numpy(), X, X, firms.firm.to_numpy(), firms.year.to_numpy())
