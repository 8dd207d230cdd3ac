"""Are the recipes asked on the rows, nulls, truths and panels that they should be, and as often as they should be?"""

import threading
import time
from dataclasses import fields, replace
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from bayes_border.errors import UsageError
from bayes_border.spec.instruments import LagInstruments
from bayes_border.spec.reader import load_recipe
from bayes_border.vocabulary import Null, Outcome, Window
from bayes_border.workflow import replication
from bayes_border.workflow.executors import open_executor
from bayes_border.workflow.inputs import load_inputs, read_break
from bayes_border.workflow.replication import Replicated
from bayes_border.workflow.request import Request


@pytest.fixture(scope="module")
def inputs():
    """Return the study's inputs, of whose recipes and nulls few are asked."""
    found = load_inputs(Request())
    nulls = (Null.WHITE_NOISE, Null.SKEDASTIC, Null.FITTED)
    spec = replace(found.study.spec, recipes=("pooled_ols", "iv_2sls"), shown_recipes=("pooled_ols",), nulls=nulls)
    return replace(found, study=replace(found.study, spec=spec))


def of_study(inputs, **changed):
    return replace(inputs, study=replace(inputs.study, spec=replace(inputs.study.spec, **changed)))


@pytest.fixture
def asked(monkeypatch):
    """Return what loops are asked for, task and number; nothing is estimated, every result is 0."""
    seen = []

    def loop(task, simulations, **_):
        seen.append((task, simulations))
        arrays = {name: np.zeros((2, *task.layout.shape(name))) for name in task.layout.variables}
        return task.layout.dataset(arrays).assign_attrs(task.settings())

    monkeypatch.setattr(replication, "run_loop", loop)
    monkeypatch.setattr(replication, "open_executor", partial(open_executor, 1))  # in the order of asking
    return seen


def test_a_loop_that_fails_ends_the_others(monkeypatch):
    begun = []

    def loop(task, simulations, **_):
        begun.append(task)
        if task == 1:
            message = f"no {simulations}"
            raise UsageError(message)
        return time.sleep(0.05)

    monkeypatch.setattr(replication, "run_loop", loop)
    monkeypatch.setattr(replication, "open_executor", partial(open_executor, 2))
    before = threading.enumerate()
    with pytest.raises(UsageError, match="no 7"):
        replication.run_all("stage", Request(), [(number, 7) for number in range(40)], lambda data: data)
    for thread in set(threading.enumerate()) - set(before):
        thread.join(10)
        assert not thread.is_alive(), "the process could not end"
    assert len(begun) < 10


def test_loops_run_at_once_and_their_results_stay_in_order(monkeypatch):
    together = threading.Barrier(2, timeout=10)

    def loop(task, simulations, *, executor):
        together.wait()
        if task == 0:
            time.sleep(0.05)
        return executor.submit(lambda: (task, simulations)).result()

    monkeypatch.setattr(replication, "run_loop", loop)
    monkeypatch.setattr(replication, "open_executor", partial(open_executor, 2))
    assert replication.run_all("stage", Request(), [(0, 7), (1, 8)], sum) == [7, 9]


def fit(model, table, value, regimes=("pre", "post")):
    """Return a fit of which every draw of beta is `value`, two chains of three draws."""
    dims, regressors = ("chain", "draw", "regime", "regressor"), ["dlnFAI", "dIS", "dBO"]
    beta = np.full((2, 3, len(regimes), 3), value)
    draws = xr.Dataset(
        {"beta": (dims, beta), "sigma": (dims[:3], np.ones(beta.shape[:3]))},
        {"chain": range(2), "draw": range(3), "regime": list(regimes), "regressor": regressors},
    )
    return SimpleNamespace(
        table=table, spec=SimpleNamespace(name=model), tree=xr.DataTree.from_dict({"posterior": draws})
    )


def value_of(draws):
    """Return the number that `fit` was made from, of the draws of both its chains."""
    assert draws.sizes["draw"] == 6
    return float(np.unique(draws["beta"]).item())


def test_recipes_are_estimated_under_the_reading_asked_for_first_and_every_named_one(inputs):
    late = replace(of_study(inputs, recipes=("pooled_ols",)), break_=read_break(inputs.study, "2010"))
    fits = replication.estimate_readings(late)
    assert [one.reading for one in fits] == [name for name in ("2010", "count", "label", "split") for _ in range(6)]
    assert {(one.table, one.window) for one in fits[:6]} == {(t, w) for t in ("table1", "table3") for w in Window}
    pre = {one.reading: one.n_obs for one in fits if (one.table, one.window) == ("table1", Window.PRE)}
    assert pre == {"2010": 90, "count": 126, "label": 117, "split": 117}


def test_a_comparison_asks_for_the_null_that_verdicts_rest_on_alone(inputs, asked):
    found = replication.replicate(of_study(inputs, recipes=("pooled_ols",)), Request(seed=8))
    assert [(task.panels.null, task.table, task.panels.seed, n) for task, n in asked] == [
        (Null.WHITE_NOISE, "table1", 8, 1000), (Null.WHITE_NOISE, "table3", 8, 1000),
    ]  # fmt: skip
    assert len(found.placebos) == 2
    assert {one.data.attrs["recipe"] for one in found.own_placebos} == {"coherent_break", "no_break"}
    assert found.power.empty
    assert found.own_power == ()


def test_each_recipe_goes_through_each_null_that_can_be_drawn_for_each_table(inputs, asked):
    fits = [
        fit("coherent_break", "table1", 1.0),
        fit("no_interactions", "table3", 3.0),
        fit("no_break", "table3", 4.0),
    ]
    replication.linear_placebos(inputs, Request(), fits)
    found = [(task.table, str(task.panels.null), task.estimator.name, n) for task, n in asked]
    nulls = {"table1": (("white_noise", 1000), ("skedastic", 200))}
    nulls["table3"] = (*nulls["table1"], ("fitted", 200))
    assert found == [
        (table, null, recipe, n) for table in nulls for null, n in nulls[table] for recipe in ("pooled_ols", "iv_2sls")
    ]
    for task, _ in asked:
        assert task.panels.design.outcome == (Outcome.GROWTH if task.table == "table1" else Outcome.RELATIVE_INCOME)
        drawn = task.panels.parameters
        assert (None if drawn is None else value_of(drawn)) == (3.0 if task.panels.null is Null.FITTED else None)


def test_power_is_that_of_every_recipe_under_the_main_table_s_coherent_truths(inputs, asked):
    fits = [
        fit("no_break", "table1", 1.0, ("full",)),
        fit("no_interactions", "table1", 2.0),
        fit("coherent_break", "table3", 3.0),
        fit("coherent_break", "table1", 4.0),
    ]
    table = replication.power(inputs, Request(seed=9), fits)
    assert [(task.estimator.name, task.table, task.seed, n) for task, n in asked] == [
        ("pooled_ols", "table1", 9, 300), ("iv_2sls", "table1", 9, 300),
    ]  # fmt: skip
    assert [[value_of(draws) for draws in task.truths] for task, _ in asked] == [[1.0, 4.0]] * 2
    assert list(table["recipe"].unique()) == ["pooled_ols", "iv_2sls"]
    assert len(table) == 2 * 3 * 6


def test_without_coherent_fits_there_is_no_power(inputs, asked):
    for fits in ([], [fit("no_interactions", "table1", 2.0)], [fit("coherent_break", "table3", 2.0)]):
        assert replication.power(inputs, Request(), fits).empty
    assert asked == []


def test_resolution_is_that_of_the_recipes_shown_where_the_rest_is_white_noise(inputs, asked):
    table = replication.resolution(inputs, Request(seed=9))
    ((task, n),) = asked
    assert (task.estimator.name, task.table, task.panels.null, task.panels.seed, n) == (
        "pooled_ols", "table1", Null.WHITE_NOISE, 9, 60,
    )  # fmt: skip
    effects = task.labelled_effects()
    for row in table.to_dict("records"):
        cell = {name: row[name] for name in ("window", "term", "sign")}
        assert row["largest"] == pytest.approx(float(np.abs(effects.sel(cell)).max()))
    both = of_study(inputs, shown_recipes=("iv_2sls", "pooled_ols"))
    assert list(replication.resolution(both, Request())["recipe"].unique()) == ["iv_2sls", "pooled_ols"]


def test_a_number_that_the_user_names_goes_before_the_usual_one(inputs, asked):
    request = Request(simulations=7)
    replication.linear_placebos(inputs, request)
    replication.power(inputs, request, [fit("coherent_break", "table1", 1.0)])
    replication.resolution(inputs, request)
    assert {n for _, n in asked} == {7}


def test_progress_is_told_before_each_loop_and_at_the_end(inputs, asked):
    said = []
    replication.resolution(inputs, Request(progress=lambda *step: said.append(step)))
    assert said == [("resolution", 0, 1), ("resolution", 1, 1)]
    assert len(asked) == 1


def test_a_recipe_that_is_possible_nowhere_is_left_out(inputs, asked, monkeypatch):
    impossible = replace(load_recipe("difference_two_step"), name="impossible", lags=LagInstruments(first=90, last=99))
    known = {"impossible": impossible, "pooled_ols": load_recipe("pooled_ols")}
    monkeypatch.setattr(replication, "load_recipe", known.__getitem__)
    both = of_study(inputs, recipes=("impossible", "pooled_ols"), shown_recipes=("impossible",))
    replication.linear_placebos(both, Request(), nulls=(Null.WHITE_NOISE,))
    assert {task.estimator.name for task, _ in asked} == {"pooled_ols"}
    assert replication.resolution(both, Request()).empty
    none = of_study(both, recipes=("impossible",))
    assert replication.power(none, Request(), [fit("coherent_break", "table1", 1.0)]).empty


@pytest.fixture
def searched(monkeypatch):
    """Return a function: the candidates of a search, the panels it is tried on, and their rows."""
    seen = {}

    def nearest(candidates, published, table, drawn, rows, *, executor):  # noqa: ARG001, PLR0913 -- as the search
        seen.update(candidates=candidates, table=table, drawn=drawn, rows=rows)
        return "found"

    monkeypatch.setattr(replication, "nearest", nearest)

    def search(inputs, table, **request):
        assert replication.search(inputs, Request(**request), table) == "found"
        assert seen["table"] == table
        return seen["candidates"], seen["drawn"], seen["rows"]

    return search


def test_the_search_goes_over_recipes_breaks_and_the_panels_without_gaps(inputs, searched):
    three = of_study(inputs, recipes=("pooled_ols", "difference_iterated", "iv_2sls"))
    candidates, drawn, rows = searched(three, "table1")
    named = [tuple(candidate.row().values()) for candidate in candidates]
    assert named == [
        (recipe, panel, reading, "")
        for panel in ("balanced", "extended_filled")
        for reading in ("count", "label", "split")
        for recipe in ("pooled_ols", "iv_2sls")
    ]
    assert all(candidate.design.panel_name == candidate.panel.name for candidate in candidates)
    assert all(candidate.design.outcome == Outcome.GROWTH for candidate in candidates)
    # Simulated outcomes are those of the widest panel, so that every candidate sees the same.
    assert (rows.panel_name, rows.break_.reading) == ("extended_filled", "count")
    assert drawn.shape == (60, len(rows.y))
    spread = drawn.std() / rows.y[rows.observed].std()
    assert spread == pytest.approx(1, abs=0.05)
    assert searched(three, "table1", simulations=3)[1].shape[0] == 3


def test_an_outcome_in_percent_of_the_nation_s_is_read_in_every_way(inputs, searched):
    candidates, _, rows = searched(of_study(inputs, recipes=("pooled_ols",)), "table3")
    assert rows.outcome == Outcome.RELATIVE_INCOME
    readings = {(one.panel.name, one.outcome_reading) for one in candidates}
    words = ("percentage points", "ratio", "logarithm")
    assert readings == {(name, word) for name in {name for name, _ in readings} for word in words}
    first = {
        one.outcome_reading: one.design.y for one in candidates[::-1] if one.panel.name == candidates[0].panel.name
    }
    np.testing.assert_allclose(first["ratio"] * 100, first["percentage points"])


def test_a_panel_of_the_user_s_is_searched_alone(inputs, searched):
    mine = replace(inputs, panel=replace(inputs.panel, name="mine.csv"))
    candidates, _, rows = searched(of_study(mine, recipes=("pooled_ols",)), "table1")
    assert {candidate.panel.name for candidate in candidates} == {rows.panel_name} == {"mine.csv"}


def test_where_every_panel_has_gaps_the_one_asked_for_is_searched(inputs, searched):
    wide = replace(inputs, panel=inputs.study.panel("extended"))
    candidates, _, _ = searched(
        of_study(wide, recipes=("pooled_ols",), panels=("extended",), default_panel="extended"), "table1"
    )
    assert {candidate.panel.name for candidate in candidates} == {"extended"}


def test_a_reanalysis_asks_everything_and_keeps_each_answer_in_its_place(inputs, monkeypatch):
    fits = [object()]

    def answer(name):
        def called(*given):
            assert all(one is inputs or one is fits or isinstance(one, Request) for one in given)
            return name

        return called

    places = {"recipes": "estimate_readings", "placebos": "linear_placebos"}
    names = {field.name: places.get(field.name, field.name) for field in fields(Replicated)} | {"searches": "search"}
    for name in set(names.values()) - {"search"}:
        monkeypatch.setattr(replication, name, answer(name))
    monkeypatch.setattr(replication, "search", lambda _, __, table: f"search of {table}")
    found = replication.replicate_fully(inputs, Request(), fits)
    assert {field: getattr(found, field) for field in names} == {
        **names, "searches": {"table1": "search of table1", "table3": "search of table3"},
    }  # fmt: skip
