"""Can a recipe file be run on a data frame of one's own, and does it give what R's plm gives?"""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from linearmodels.panel import PanelOLS

from bayes_border.errors import DataError, SpecificationError
from bayes_border.gmm.dynamic import equation
from bayes_border.gmm.estimate import fit_equation
from bayes_border.spec.instruments import LagInstruments
from bayes_border.spec.reader import load_recipe
from bayes_border.spec.recipe import Estimator, Interaction

HERE = Path(__file__).parent
REFERENCE = json.loads((HERE / "reference" / "plm.json").read_text())["models"]
#: plm leaves out the years that have no lag instrument; the dynamic equations' own lags do so already.
FIRST_ROW = {"static_collapsed": (1978, 1984)}
COLUMNS = {"unit": "firm", "period": "year", "outcome": "emp", "regressors": ("wage", "capital", "output")}


def recipe(name):
    return load_recipe(str(HERE / "recipes" / f"{name}.toml"))


@pytest.fixture(scope="module")
def firms():
    frame = pd.read_csv(HERE / "reference" / "empluk.csv")
    logs = ["emp", "wage", "capital", "output"]
    return frame.assign(**{name: np.log(frame[name]) for name in logs})


@pytest.mark.parametrize("name", list(REFERENCE))
def test_a_recipe_file_gives_plm_s_tables(name, firms):
    expected = REFERENCE[name]
    shuffled = firms.sample(frac=1, random_state=1)

    fit = fit_equation(equation(shuffled, recipe(name), **COLUMNS, periods=FIRST_ROW.get(name)))

    assert (fit.n_obs, fit.n_instruments) == (expected["n_obs"], expected["n_instruments"])
    np.testing.assert_allclose(fit.params, expected["coefficients"], rtol=1e-8)
    np.testing.assert_allclose(fit.se, expected["se_robust"], rtol=1e-8)
    assert fit.hansen.df == expected["hansen"]["df"]
    np.testing.assert_allclose(fit.hansen.j, expected["hansen"]["stat"], rtol=1e-8)
    np.testing.assert_allclose([m.statistic for m in fit.serial[:2]], [expected["m1"], expected["m2"]], rtol=1e-8)
    np.testing.assert_allclose(fit.linear.coefficients, expected["coefficients"], rtol=1e-8)


def test_coefficients_carry_the_columns_names(firms):
    names = equation(firms, recipe("arellano_bond_b"), **COLUMNS).names

    assert names[:6] == ("emp_lag1", "emp_lag2", "wage", "wage_lag1", "capital", "output")
    assert names[-1] == "year_1984"


@pytest.mark.parametrize("steps", [1, 2, "iterated"])
def test_an_instrument_s_unit_does_not_matter_at_full_rank(steps, firms):
    asked = replace(recipe("static_collapsed"), steps=steps)
    other = firms.assign(wage=firms["wage"] * 1e5, output=firms["output"] * 1e-4)

    fits = [fit_equation(equation(frame, asked, **COLUMNS)) for frame in (firms, other)]

    units = np.array([1e-5, 1.0, 1e4])
    np.testing.assert_allclose(fits[1].params, fits[0].params * units, rtol=1e-7)
    np.testing.assert_allclose(fits[1].se, fits[0].se * units, rtol=1e-6)
    np.testing.assert_allclose(fits[1].hansen.j, fits[0].hansen.j, rtol=1e-6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.drop(columns="wage"), "wage: is no column; use one of firm, year"),
        (lambda f: f.assign(wage="high"), "wage: is of type .*; give numbers"),
        (lambda f: f.assign(wage=np.inf), "wage: has infinite values"),
        (lambda f: f.assign(year=f["year"] + 0.5), "year: holds something that is no whole number"),
        (lambda f: f.assign(firm=np.nan), "firm: 1031 rows have no unit"),
        (lambda f: pd.concat([f, f.head(2)]), "rows: 4 rows share unit and period with another, such as 1 in 1977"),
        (lambda f: f.head(0), "rows: the frame has none"),
    ],
)
def test_a_frame_that_is_no_panel_is_refused(change, message, firms):
    with pytest.raises(DataError, match=message):
        equation(change(firms), recipe("static_collapsed"), **COLUMNS)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f[f["firm"] == 1], "clusters: 1 cluster; clustered errors need at least two units"),
        (lambda f: f.groupby("firm").head(1), "rows: no row lies in the window"),
        (lambda f: f.groupby("firm").head(2), "lags.first: levels known from 1976, rows up to 1979"),
        (lambda f: f.assign(output=f["firm"] * 1.0), "output: is zero in every row: it does not vary over time"),
        (lambda f: f.assign(output=f["wage"] * 2), "rank 2 of 3 regressors: output is zero or follows"),
        (lambda f: f[f["firm"] < 3], "a weight summed over 2 clusters has rank 2 at most, for 3 coefficients"),
    ],
)
def test_an_equation_that_cannot_be_estimated_is_refused(change, message, firms):
    with pytest.raises(SpecificationError, match=message):
        fit_equation(equation(change(firms), recipe("static_collapsed"), **COLUMNS))


def test_gaps_leave_the_rows_that_remain_as_they_are(firms):
    hole = firms[~((firms["firm"] == 1) & (firms["year"] == 1980))]
    asked = replace(
        recipe("static_collapsed"), estimator=Estimator.POOLED_OLS, lags=None, steps=1, standard_regressors=()
    )

    whole, holed = (equation(frame, asked, **COLUMNS).stacked() for frame in (firms, hole))

    left_out = (whole.unit == 0) & np.isin(whole.period, [1980, 1981])
    assert left_out.sum() == 2
    np.testing.assert_array_equal(holed.X, whole.X[~left_out])
    assert not holed.continues[(holed.unit == 0) & (holed.period == 1982)].any()


def test_missing_values_and_units_of_one_period_only_cost_their_own_rows(firms):
    lone = pd.DataFrame([{"firm": 999, "year": 1980, "emp": 1.0, "wage": 2.0, "capital": 0.5, "output": 4.0}])
    holes = firms.copy()
    holes.loc[(holes["firm"] == 2) & (holes["year"] == 1979), "capital"] = np.nan

    with_lone = fit_equation(equation(pd.concat([firms, lone]), recipe("static_collapsed"), **COLUMNS))
    with_holes = fit_equation(equation(holes, recipe("static_collapsed"), **COLUMNS))
    plain = fit_equation(equation(firms, recipe("static_collapsed"), **COLUMNS))

    np.testing.assert_allclose(with_lone.params, plain.params, rtol=1e-10)
    assert with_lone.n_clusters == plain.n_clusters == 140
    assert with_holes.n_obs == plain.n_obs - 2
    assert "2 of 891 rows" in with_holes.warnings[0]


def test_within_with_year_effects_equals_linearmodels_two_ways(firms):
    asked = replace(
        recipe("static_collapsed"), estimator=Estimator.WITHIN, lags=None, steps=1, standard_regressors=(),
        year_effects=True,
    )  # fmt: skip
    fit = fit_equation(equation(firms, asked, **COLUMNS))

    panel = firms.set_index(["firm", "year"])
    both = PanelOLS(panel["emp"], panel[["wage", "capital", "output"]], entity_effects=True, time_effects=True).fit()
    assert fit.n_obs == 1031
    np.testing.assert_allclose(fit.params[:3], both.params, rtol=1e-8)


def test_without_regressors_a_lagged_outcome_alone_is_an_equation(firms):
    asked = replace(
        recipe("arellano_bond_a1"), regressor_lags={}, outcome_lags=1, year_effects=False,
        outcome_instruments=LagInstruments(first=2, last=2, collapse=True), interaction=Interaction.NONE,
    )  # fmt: skip

    fit = fit_equation(equation(firms, asked, unit="firm", period="year", outcome="emp"))

    # Anderson and Hsiao (1981): one instrument, y two periods back, for one coefficient.
    by = firms.sort_values(["firm", "year"]).groupby("firm")["emp"]
    dy = by.diff()
    rows = pd.DataFrame({"dy": dy, "lag": dy.groupby(firms["firm"]).shift(1), "z": by.shift(2)}).dropna()
    assert float(fit.params[0]) == pytest.approx((rows["z"] @ rows["dy"]) / (rows["z"] @ rows["lag"]))
