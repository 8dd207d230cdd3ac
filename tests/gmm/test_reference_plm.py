"""Does difference GMM give what R's plm gives: short and long lags, gaps, few units, singular weights?"""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from bayes_border.gmm.difference import difference_gmm
from bayes_border.gmm.instruments import lag_instruments
from bayes_border.gmm.serial import serial_test
from bayes_border.gmm.stacked import Stacked
from bayes_border.gmm.weights import differenced_factor, inverse
from bayes_border.panel.official import official_panel
from bayes_border.spec.instruments import LagInstruments

FOLDER = Path(__file__).parent / "reference"
REFERENCE = json.loads((FOLDER / "more_plm.json").read_text())["models"]
ESTIMATED = {name: case for name, case in REFERENCE.items() if "refused" not in case}


@dataclass(frozen=True)
class Equation:
    """Lags of each regressor, of GMM-style columns (None: those of the case) and of standard instruments."""

    outcome: str
    regressors: dict
    gmm_style: dict
    standard: dict


DYNAMIC = {"emp": (1, 2), "wage": (0, 1), "capital": (0,), "output": (0, 1)}
LEVELS = ("lnFAI", "IS", "BO")
EQUATIONS = {
    "dynamic": Equation("emp", DYNAMIC, {"emp": None}, {k: v for k, v in DYNAMIC.items() if k != "emp"}),
    "predetermined": Equation(
        "emp", DYNAMIC, {"emp": None, "wage": (2, 3), "capital": (2, 3)}, {"output": DYNAMIC["output"]}
    ),
    "static": Equation(
        "emp", dict.fromkeys(("wage", "capital", "output"), (0,)), {"wage": None, "capital": None}, {"output": (0,)}
    ),
    "equation_3": Equation(
        "growth",
        dict.fromkeys((*LEVELS, *(f"W{level}" for level in LEVELS)), (0,)),
        dict.fromkeys(LEVELS),
        dict.fromkeys(LEVELS, (0,)),
    ),
}


def firms(log_levels, rule):
    firm, year = (log_levels.index.get_level_values(name) for name in ("firm", "year"))
    years = pd.Series(1, log_levels.index).groupby(level=0).transform("sum").to_numpy()
    complete = np.unique(firm[years == 9])
    rules = {
        "all": firm > 0,
        "cut": (firm <= 60) & ~((firm % 4 == 0) & (year > 1981)),
        "gaps": ~((firm % 3 == 0) & (year == 1980)),
        "wide_gaps": ~((firm % 3 == 0) & year.isin([1980, 1981])) & ~((firm % 5 == 1) & (year == 1979)),
        "nine": firm.isin(complete[:9]),
        "fourteen": firm.isin(complete),
    }
    return log_levels[rules[rule]]


@pytest.fixture(scope="module")
def provinces():
    return pd.read_csv(FOLDER / "official.csv").set_index(["unit", "year"])


@pytest.fixture
def levels(log_levels, provinces):
    return lambda rule: provinces if rule == "provinces" else firms(log_levels, rule)


def lagged_differences(levels, lags):
    """Return lagged first differences by calendar year: a missing year leaves two differences missing."""
    units, years = (levels.index.unique(k) for k in (0, 1))
    grid = levels.reindex(pd.MultiIndex.from_product([units, range(years.min(), years.max() + 1)]))
    by_unit = grid.groupby(level=0)
    pairs = [(column, k) for column, ks in lags.items() for k in ks]
    return pd.DataFrame({f"{c} {k}": by_unit[c].shift(k) - by_unit[c].shift(k + 1) for c, k in pairs})


def gmm_style(case, levels, unit, period):
    columns = EQUATIONS[case["equation"]].gmm_style
    for column, own in columns.items():
        first, last = own or case["lags"]
        lags = LagInstruments(first=first, last=last, collapse=case["collapse"])
        yield lag_instruments(levels, unit, period, columns=[column], lags=lags)


def stack(case, levels):
    equation = EQUATIONS[case["equation"]]
    rows = lagged_differences(levels, {equation.outcome: (0,)}).set_axis(["outcome"], axis=1)
    rows = rows.join(lagged_differences(levels, equation.regressors)).dropna()
    rows = rows[rows.index.get_level_values(1) >= case["first_period"]]
    unit, period = (rows.index.get_level_values(k).to_numpy() for k in (0, 1))
    years = range(case["first_period"], period.max() + 1) if case["twoways"] else ()
    dummies = [1.0 * (period == s) - 1.0 * (period - 1 == s) for s in years]
    standard = [rows[f"{column} {k}"] for column, lags in equation.standard.items() for k in lags]
    X = np.column_stack([rows.drop(columns="outcome"), *dummies])
    Z = np.column_stack([*gmm_style(case, levels, unit, period), *dummies, *standard])
    return Stacked(rows["outcome"].to_numpy(), X, Z, unit, period)


def as_weighted_by_plm(stacked, case):
    """Return the equation whose H is the identity where plm was told so: periods that never touch make H = 2 I."""
    return stacked if case["fsm"] == "G" else replace(stacked, period=2 * stacked.period)


def textbook_m(stacked, fit, order):
    """Return the m test that rests on Windmeijer's covariance in its textbook form, as plm's does."""
    weight = inverse(stacked.by_unit(stacked.Z * (stacked.y - stacked.X @ fit.first_step)[:, None]))
    rotated = weight.rotate(stacked.Z.T @ stacked.X)
    influence = np.linalg.solve(rotated.T @ rotated, rotated.T) @ weight.factor.T
    return serial_test(stacked, fit.residuals, order, influence=influence, covariance=fit.covariance_textbook).statistic


@pytest.mark.parametrize("name", list(ESTIMATED))
def test_estimates_and_tests_equal_those_of_plm(name, levels):
    case = ESTIMATED[name]
    stacked = stack(case, levels(case["panel"]))
    fit = difference_gmm(as_weighted_by_plm(stacked, case), steps=case["steps"])

    rtol = 1e-6 if case["singular"] else 1e-8
    unused = case["n_instruments_zero"]
    assert (len(stacked.y), stacked.n_units) == (case["n_obs"], case["n_units"])
    assert stacked.Z.shape[1] == case["n_instruments"] - unused
    np.testing.assert_allclose(fit.coefficients, case["coefficients"], rtol=rtol)
    np.testing.assert_allclose(fit.first_step, case["first_step"] or case["coefficients"], rtol=rtol)
    np.testing.assert_allclose(np.diag(fit.covariance_textbook), case["variance_robust"], rtol=rtol)
    if case["steps"] == 2:
        np.testing.assert_allclose(np.diag(fit.covariance_uncorrected), case["variance_uncorrected"], rtol=rtol)
    # An instrument that is zero in every row is no restriction: plm counts it, this package does not.
    assert fit.hansen.df == case["hansen"]["df"] - unused
    if fit.hansen.df > 0:
        np.testing.assert_allclose(fit.hansen.j, case["hansen"]["stat"], rtol=rtol)
        # A p-value moves by about J times J's relative error.
        p = stats.chi2.sf(case["hansen"]["stat"], case["hansen"]["df"] - unused)
        np.testing.assert_allclose(fit.hansen.p_value, p, rtol=100 * rtol)
        assert unused or p == pytest.approx(case["hansen"]["p"], rel=1e-9)


@pytest.mark.parametrize("name", [name for name, case in ESTIMATED.items() if case["fsm"] == "G"])
def test_serial_correlation_tests_equal_those_of_plm(name, levels):
    case = ESTIMATED[name]
    stacked = stack(case, levels(case["panel"]))
    fit = difference_gmm(stacked, steps=case["steps"])

    found = [m.statistic for m in fit.serial[:2]]
    if case["singular"] and case["steps"] == 2:
        # Ours rest on the covariance that cannot be negative; plm's on the textbook form.
        found = [textbook_m(stacked, fit, order) for order in (1, 2)]
    np.testing.assert_allclose(found, case["m"], rtol=1e-6 if case["singular"] else 1e-8)


@pytest.mark.parametrize("name", [name for name, case in ESTIMATED.items() if case["steps"] == 1])
def test_the_form_under_the_first_weight_equals_that_of_plm(name, levels):
    case = ESTIMATED[name]
    stacked = as_weighted_by_plm(stack(case, levels(case["panel"])), case)
    fit = difference_gmm(stacked, steps=1)

    moments = inverse(differenced_factor(stacked.Z, stacked.continues)).rotate(stacked.Z.T @ fit.residuals)
    scale = 2.0 if case["fsm"] == "I" else 1.0
    np.testing.assert_allclose(scale * moments @ moments, case["form_at_first_weight"], rtol=1e-7)


def test_the_robust_covariance_is_the_textbook_form_wherever_the_weight_is_regular(levels):
    for case in ESTIMATED.values():
        if not case["singular"] and case["fsm"] == "G":
            fit = difference_gmm(stack(case, levels(case["panel"])), steps=case["steps"])
            np.testing.assert_allclose(np.diag(fit.covariance), case["variance_robust"], rtol=1e-8)


def test_the_reference_s_official_rows_are_those_of_the_panel_today(provinces):
    frame = official_panel("balanced").data[["growth", *LEVELS]].to_dataframe()
    kept = provinces[["growth", *LEVELS]]

    np.testing.assert_allclose(kept.to_numpy(), frame[["growth", *LEVELS]].to_numpy(), rtol=1e-14)


def test_what_plm_refuses_is_said_in_the_reference():
    # A static equation with lag-one instruments: plm starts its rows one year later than its instruments.
    assert [name for name in REFERENCE if name not in ESTIMATED] == ["static_lag_1"]
    assert "number of rows" in REFERENCE["static_lag_1"]["refused"]
