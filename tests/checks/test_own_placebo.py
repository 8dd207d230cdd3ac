"""The placebo of our own model: one fit an outcome, summarised as any estimator is."""

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from bayes_border.bayes.convergence import diagnose
from bayes_border.bayes.fit import sample
from bayes_border.checks.own_placebo import ModelEstimator
from bayes_border.checks.placebo import Placebo, PlaceboRun
from bayes_border.errors import UsageError
from bayes_border.simulate.nulls import NullPanels
from bayes_border.spec.reader import load_model
from bayes_border.spec.sampling import SamplerSettings
from bayes_border.vocabulary import Null, Window
from bayes_border.workflow.loop import run_loop

SHORT = SamplerSettings(draws=200, tune=300, chains=2)


@pytest.fixture(scope="module")
def run(design):
    estimator = ModelEstimator(load_model("coherent_break"), design, SHORT, seed=5, batch=1)
    return PlaceboRun(estimator, NullPanels(Null.WHITE_NOISE, design, 5), "table1")


def test_each_panels_summary_is_that_of_a_fit_to_it_whatever_thread_made_it(run, design, tmp_path):
    with ThreadPoolExecutor(2) as executor:
        data = run_loop(run, 2, executor=executor, path=tmp_path / "own.zarr")
    panel = design.with_outcome(run.panels.draw([1])[0])
    seed = int(np.random.SeedSequence(5).spawn(2)[1].spawn(2)[1].generate_state(1)[0])
    posterior, stats = sample(load_model("coherent_break"), panel, settings=SHORT, seed=seed)
    draws = posterior["gamma"].sel(regime="post", regressor="dIS").values.ravel()
    here = data.sel(simulation=1, window="post", term="dg_dIS")

    np.testing.assert_allclose(here["estimate"], draws.mean())
    np.testing.assert_allclose(here["se"], draws.std(ddof=1))
    np.testing.assert_allclose([here["lower"], here["upper"]], np.quantile(draws, [0.05, 0.95]))
    diagnosis = diagnose(posterior, stats)
    assert (float(here["rhat"]), bool(here["converged"])) == (diagnosis.rhat_max, diagnosis.passed)
    assert np.isnan(data["estimate"].sel(window="full")).all()
    summary = Placebo(data).summary().set_index("window")
    assert (summary.loc["full", "n"] == 0).all()
    assert summary.loc["pre", "share_excluding_zero"].between(0, 1).all()
    expected = data["converged"].sel(window="pre", term="dIS").mean()
    assert (summary.loc["pre", "share_converged"] == float(expected)).all()


def test_both_regimes_are_shifted_for_one_fit(run, design):
    shifted = PlaceboRun(run.estimator, NullPanels(Null.COMMON_SHIFT, design, 5), "table1")
    assert run.estimator.groups == ((Window.PRE, Window.POST),)
    assert shifted.count(1000) == 13 * 5


def test_the_loop_can_be_sent_to_another_process(run):
    there = pickle.loads(pickle.dumps(run))  # noqa: S301 -- our own bytes, made in this line
    assert there.settings() == run.settings()
    np.testing.assert_array_equal(there.panels.draw([3]), run.panels.draw([3]))


def test_a_model_without_interactions_has_nothing_to_find(design):
    with pytest.raises(UsageError, match="no_interactions has no interactions"):
        ModelEstimator(load_model("no_interactions"), design, SHORT, seed=1)
