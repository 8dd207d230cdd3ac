"""Does the placebo find in noise what theory says it must, one panel or many?"""

import pickle
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from stand_ins import run

from bayes_border.checks.estimator import LinearEstimator
from bayes_border.checks.placebo import Placebo, PlaceboRun
from bayes_border.checks.resolution import ResolutionRun
from bayes_border.design import build_design
from bayes_border.errors import SpecificationError
from bayes_border.gmm.many import fit_arrays
from bayes_border.gmm.stacked import Stacked
from bayes_border.panel.official import official_panel
from bayes_border.simulate.nulls import NullPanels
from bayes_border.spec.breaks import Break
from bayes_border.spec.reader import load_recipe
from bayes_border.spec.recipe import LagInstruments
from bayes_border.vocabulary import Null, Window
from bayes_border.workflow.placebo import linear_placebo

TERMS = ("dlnFAI", "dIS", "dBO")
BREAK = Break.read("count", 2014)
RECIPES = ("pooled_ols", "difference_two_step")


@pytest.fixture(scope="module")
def panel():
    return official_panel("balanced")


@pytest.fixture(scope="module")
def rows(panel):
    return build_design(panel, TERMS, BREAK)


def placebo(recipe, panel, rows, null, *, simulations, seed):  # noqa: PLR0913 -- what a placebo is made from
    return linear_placebo(recipe, panel, NullPanels(null, rows, seed), "table1", simulations=simulations)


@pytest.fixture(scope="module")
def small(panel, rows):
    return placebo(load_recipe("pooled_ols"), panel, rows, Null.WHITE_NOISE, simulations=200, seed=4)


def with_growth(panel, design, y):
    """Return the panel with another differenced outcome in its rows."""
    data = panel.data.copy(deep=True)
    for value, province, year in zip(y, design.data["province"].values, design.data["year"].values, strict=True):
        data["dg"].loc[{"province": province, "year": year}] = value
    return type(panel)(panel.name, data, panel.first_row, panel.last_row, panel.source)


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_simulation_is_what_the_recipe_finds_on_that_panel(recipe, panel, rows, recipe_fit):
    spec = load_recipe(recipe)
    data = placebo(spec, panel, rows, Null.SKEDASTIC, simulations=2, seed=11).data
    y = NullPanels(Null.SKEDASTIC, rows, seed=11).draw([1])[0]

    for window in Window:
        fit = recipe_fit(spec, with_growth(panel, rows, y), window=window)
        for estimate in fit.estimates():
            here = data.sel(simulation=1, window=str(window), term=estimate.term)
            found = [float(here[name]) for name in ("estimate", "se", "lower", "upper", "p_value", "p_value_normal")]
            row = estimate.row()
            expected = [row[name] for name in ("value", "se", "lower", "upper", "p_value", "p_value_normal")]
            # Through the panel a growth rate is the same number: nothing but roundoff may differ.
            np.testing.assert_allclose(found, expected, rtol=1e-8)


@pytest.mark.parametrize("window", list(Window))
def test_least_squares_of_noise_tends_to_an_interaction_that_the_regressors_alone_fix(window, rows):
    # With y white noise independent of x, E[(y x)(y x)'] = sd^2 X'X / n and E[y x y] = sd^2 X'1 / n, while
    # products of x and y x have mean zero: the coefficients of y x tend to (X'X)^-1 X'1, those of x to 0.
    x = rows.x[rows.rows_of(window)]
    copies, panels = 400, 40
    n = len(x) * copies
    long = np.tile(x, (copies, 1))
    stacked = Stacked(np.zeros(n), np.hstack([long, long]), long, np.repeat(np.arange(copies), len(x)), np.arange(n))
    y = np.random.default_rng(2).normal(scale=3.0, size=(panels, n))

    X = np.concatenate([np.broadcast_to(long, (panels, n, 3)), y[..., None] * long], axis=-1)  # noqa: N806
    found = fit_arrays(load_recipe("pooled_ols"), stacked, X, y).estimate

    expected = np.concatenate([np.zeros(3), np.linalg.solve(x.T @ x, x.sum(axis=0))])
    error = found.std(axis=0, ddof=1) / np.sqrt(panels)
    # Four Monte-Carlo standard errors, and the bias of order 1 / copies of a ratio.
    np.testing.assert_array_less(np.abs(found.mean(axis=0) - expected), 4 * error + 10 * np.abs(expected) / copies)


def test_a_thousand_panels_reject_noise_in_the_printed_windows(panel, rows):
    data = placebo(load_recipe("pooled_ols"), panel, rows, Null.WHITE_NOISE, simulations=1000, seed=1)
    pre = data.summary().set_index(["window", "term"]).loc[("pre", "dg_dlnFAI")]
    x = rows.x[rows.rows_of(Window.PRE)]
    limit = np.linalg.solve(x.T @ x, x.sum(axis=0))[0]

    assert pre["n"] == 1000
    assert pre["rejects_5"] > 0.9
    assert abs(pre["mean"] - limit) < 0.1 * limit


def test_the_number_of_simulations_does_not_change_the_first_ones(panel, rows):
    asked = {"seed": 4, "null": Null.WHITE_NOISE}
    few, many = (
        placebo(load_recipe("difference_two_step"), panel, rows, simulations=n, **asked).data.drop_vars("seconds")
        for n in (3, 8)
    )

    xr.testing.assert_allclose(few.drop_attrs(), many.isel(simulation=slice(3)).drop_attrs(), rtol=1e-9)


def test_a_placebo_says_what_it_was_made_from(small, rows):
    assert small.data["estimate"].dims == ("simulation", "window", "term")
    assert list(small.data["window"].values) == ["full", "pre", "post"]
    for name, value in {"recipe": "pooled_ols", "null": "white_noise", "seed": 4, "break": "count"}.items():
        assert small.data.attrs[name] == value
    assert small.data.attrs["design_digest"] == rows.digest


def test_the_summary_agrees_with_the_distribution(small):
    summary = small.summary()
    row = summary[(summary["window"] == "post") & (summary["term"] == "dIS")].iloc[0]
    here = small.data.sel(window="post", term="dIS")

    assert len(summary) == 18
    assert row["mean"] == pytest.approx(float(here["estimate"].mean()))
    assert row["q97.5"] == pytest.approx(float(here["estimate"].quantile(0.975)))
    share = float((here["p_value"] < 0.05).mean())
    assert row["rejects_5"] == pytest.approx(share)
    assert row["rejects_5_error"] == pytest.approx(np.sqrt(share * (1 - share) / 200))
    # A 90 % interval of t leaves zero out exactly when its p-value is below 10 %.
    assert row["share_excluding_zero"] == pytest.approx(row["rejects_10"])


def test_any_estimator_can_be_put_through_the_same_nulls(panel, rows):
    class HalfFailed(LinearEstimator):
        def estimate(self, outcomes, windows, numbers):
            failed = np.array(numbers)[:, None, None] % 2 == 1
            found = super().estimate(outcomes, windows, numbers)
            return {name: np.where(failed, np.nan, found[name]) for name in ("estimate", "se", "lower", "upper")}

    estimator = HalfFailed(load_recipe("pooled_ols"), panel, rows, tests=())
    found = Placebo(run(PlaceboRun(estimator, NullPanels(Null.WHITE_NOISE, rows, 1), "table1"), n=20))
    summary = found.summary()

    assert (summary["n"] == 10).all()
    assert "rejects_5" not in summary
    assert summary["share_excluding_zero"].notna().all()


def test_a_common_shift_is_enumerated_window_by_window(panel, rows):
    found = placebo(load_recipe("pooled_ols"), panel, rows, Null.COMMON_SHIFT, simulations=1000, seed=1)
    summary = found.summary().groupby("window")["n"].unique()

    # 20, 14 and 6 years.
    assert {window: list(n) for window, n in summary.items()} == {"full": [19], "pre": [13], "post": [5]}
    # The first window's panels by hand: every roll of the years but none, all provinces together.
    y = rows.y.reshape(9, 20)
    x = rows.x.reshape(9, 20, 3)
    expected = []
    for k in range(1, 20):
        turned = np.roll(y, k, axis=1)
        X = np.concatenate([x, turned[..., None] * x], axis=-1).reshape(180, 6)  # noqa: N806
        expected.append(np.linalg.lstsq(X, turned.ravel())[0][4])
    here = found.data["estimate"].sel(window="full", term="dg_dIS").values
    np.testing.assert_allclose(np.sort(here), np.sort(expected), rtol=1e-8)


def test_what_is_run_in_batches_is_what_is_run_at_once(panel, rows, small):
    estimator = LinearEstimator(load_recipe("pooled_ols"), panel, rows, batch=7)
    batched = run(PlaceboRun(estimator, NullPanels(Null.WHITE_NOISE, rows, 4), "table1"), n=30)
    expected = small.data.isel(simulation=slice(30))

    xr.testing.assert_allclose(batched.drop_vars("seconds"), expected.drop_vars("seconds"), rtol=1e-9)


def test_a_recipe_that_is_possible_nowhere_is_refused_with_the_arithmetic(panel, rows):
    late = replace(load_recipe("difference_two_step"), lags=LagInstruments(first=40, last=50))
    with pytest.raises(SpecificationError, match=r"lag .* is the longest, 40 the first asked for"):
        placebo(late, panel, rows, Null.WHITE_NOISE, simulations=5, seed=1)


def test_a_panel_that_cannot_be_estimated_costs_its_row_alone(panel, rows, monkeypatch):
    real = LinearEstimator.estimate

    def estimate(self, outcomes, windows, numbers):
        if 3 in numbers:
            message = "SVD did not converge"
            raise np.linalg.LinAlgError(message)
        return real(self, outcomes, windows, numbers)

    monkeypatch.setattr(LinearEstimator, "estimate", estimate)
    found = placebo(load_recipe("pooled_ols"), panel, rows, Null.WHITE_NOISE, simulations=6, seed=4)
    assert [reason for reason in found.data["reason"].values if reason] == ["LinAlgError: SVD did not converge"]
    assert (found.summary()["n"] == 5).all()


@pytest.mark.parametrize("loop", [PlaceboRun, ResolutionRun])
def test_what_every_panel_needs_is_worked_out_once_and_travels_with_the_loop(loop, panel, rows, monkeypatch):
    estimator = LinearEstimator(load_recipe("pooled_ols"), panel, rows)
    task = loop(estimator, NullPanels(Null.SD_BY_YEAR, rows, 3), "table1")
    task.count(2)
    task.prepare()
    sent, expected = pickle.dumps(task), task([0, 1])
    assert task.stage == "pooled_ols sd_by_year table1"

    for name in ("bayes_border.simulate.nulls.null_sd", "bayes_border.checks.estimator.window_equation"):
        monkeypatch.setattr(name, None)
    there = pickle.loads(sent)([0, 1])  # noqa: S301 -- our own bytes, made above
    for name, values in expected.items():
        np.testing.assert_array_equal(there[name], values)
