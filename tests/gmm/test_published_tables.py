"""Does difference GMM give what the literature and other programs printed?"""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bayes_border.gmm.difference import difference_gmm
from bayes_border.gmm.instruments import lag_instruments
from bayes_border.gmm.stacked import Stacked
from bayes_border.gmm.weights import differenced_factor, inverse
from bayes_border.published.printed import Printed
from bayes_border.spec.instruments import LagInstruments

FOLDER = Path(__file__).parent / "reference"
TABLES = json.loads((FOLDER / "published_tables.json").read_text())["tables"]

#: An equation's regressors: printed name, column and lag.
TERMS = {
    "n(-1)": ("emp", 1),
    "n(-2)": ("emp", 2),
    "w": ("wage", 0),
    "w(-1)": ("wage", 1),
    "k": ("capital", 0),
    "k(-1)": ("capital", 1),
    "k(-2)": ("capital", 2),
    "ys": ("output", 0),
    "ys(-1)": ("output", 1),
    "ys(-2)": ("output", 2),
}
SHORT = ("n(-1)", "n(-2)", "w", "w(-1)", "k", "ys", "ys(-1)")
#: Regressors, standard instruments and GMM-style instruments with their lags, of each equation.
EQUATIONS = {
    "A": (tuple(TERMS), tuple(TERMS)[2:], {"emp": (2, 99)}),
    "B": (SHORT, SHORT[2:], {"emp": (2, 99)}),
    "predetermined": (SHORT, SHORT[5:], {"emp": (2, 99), "wage": (2, 3), "capital": (2, 3)}),
}


@pytest.fixture(scope="module")
def levels_of():
    frame = pd.read_csv(FOLDER / "empluk.csv").set_index(["firm", "year"]).sort_index()
    columns = frame[["emp", "wage", "capital", "output"]]
    rounded = np.log(columns.astype(np.float32).astype(float)).astype(np.float32).astype(float)
    return {"as shipped": np.log(columns), "single precision, as Stata stores it": rounded}


def estimate(table, levels):
    """Return the stacked equation with year dummies, its names and its fit."""
    terms, standard, gmm_style = EQUATIONS[table["equation"]]
    by_firm = levels.groupby(level=0)
    difference = {
        name: by_firm[c].shift(k) - by_firm[c].shift(k + 1) for name, (c, k) in TERMS.items() if name in terms
    }
    rows = pd.DataFrame({"y": levels["emp"] - by_firm["emp"].shift(1), **difference}).dropna()
    rows = rows[rows.index.get_level_values("year") >= 1979]
    firm, year = (rows.index.get_level_values(name).to_numpy() for name in ("firm", "year"))
    # As these programs have it: a trend, whose difference is the constant, and undifferenced dummies from 1980 on.
    dummies = np.column_stack([np.ones(len(year)), *(1.0 * (year == s) for s in range(1980, 1985))])
    lagged = [
        lag_instruments(levels, firm, year, columns=[c], lags=LagInstruments(first=first, last=last))
        for c, (first, last) in gmm_style.items()
    ]
    X = np.column_stack([rows[list(terms)], dummies])
    stacked = Stacked(rows["y"].to_numpy(), X, np.column_stack([*lagged, dummies, rows[list(standard)]]), firm, year)
    return stacked, (*terms, "year"), difference_gmm(stacked, steps=table["steps"])


def interval(text, table):
    """Return the numbers that print like this; Stata leaves the zero before the point out."""
    number = Printed(re.sub(r"^(-?)\.", r"\g<1>0.", text))
    slack = float(number.half_unit) if "last_digit" in table else 0.0
    return number.lower - slack, number.upper + slack


def assert_prints(values, printed, table):
    """Compare by the rounding rule: "0.686" stands for every number that rounds to it."""
    wrong = {}
    for name, text in printed.items():
        low, high = interval(text, table)
        if not low <= values[name] <= high:
            wrong[name] = (values[name], text)
    assert wrong == {}


def serial_statistics(stacked, fit):
    """Return m1 and m2 in the variants that were printed, written out.

    `uncorrected` takes (X'Z W Z'X)^-1 for the covariance (DPD for Ox); `by DPD98` moreover takes the
    variance of the product of residuals at the first step's estimate (Arellano and Bond's own program).
    """
    X, Z = stacked.X, stacked.Z
    u1, u2 = stacked.y - X @ fit.first_step, fit.residuals
    unit_moments = stacked.by_unit(Z * u1[:, None])
    influence = fit.covariance_uncorrected @ X.T @ Z @ np.linalg.inv(unit_moments.T @ unit_moments)

    def statistic(order, v):
        products, slope = stacked.by_unit(v * stacked.lagged(v, order)), stacked.lagged(v, order) @ X
        cross = slope @ influence @ stacked.by_unit(Z * v[:, None]).T @ products
        variance = products @ products - 2 * cross + slope @ fit.covariance_uncorrected @ slope
        return (u2 * stacked.lagged(u2, order)).sum() / np.sqrt(variance)

    found = {f"m{m.order}": m.statistic for m in fit.serial}
    for order in (1, 2):
        found |= {f"m{order} uncorrected": statistic(order, u2), f"m{order} by DPD98": statistic(order, u1)}
    return found


def sargan(stacked, fit):
    """Return Sargan's statistic: the form under (Z'HZ)^-1 over the variance of the error in levels, u'u / 2(n - k)."""
    moments = inverse(differenced_factor(stacked.Z, stacked.continues)).rotate(stacked.Z.T @ fit.residuals)
    n, k = stacked.X.shape
    return moments @ moments / (fit.residuals @ fit.residuals / (2 * (n - k)))


@pytest.mark.parametrize("name", list(TABLES))
def test_estimates_round_to_what_was_printed(name, levels_of):
    table = TABLES[name]
    stacked, terms, fit = estimate(table, levels_of[table["data"]])

    assert (len(stacked.y), stacked.n_units) == (611, 140)
    assert_prints(dict(zip(terms, fit.coefficients, strict=False)), table.get("coefficients", {}), table)
    assert_prints(dict(zip(terms, np.sqrt(np.diag(fit.covariance)), strict=False)), table.get("se", {}), table)
    assert_prints(serial_statistics(stacked, fit) | {"sargan": sargan(stacked, fit)}, table["statistics"], table)
    if "sargan_df" in table:
        assert fit.hansen.df == table["sargan_df"]
