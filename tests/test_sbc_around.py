"""Around which fits can a script calibrate, and which are refused before anything is simulated?"""

from __future__ import annotations

import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr
from stand_ins import fit_from_prior

import bayes_border as bb
from bayes_border import criteria
from bayes_border.bayes.pilot import Pilot
from bayes_border.bayes.posterior import Posterior
from bayes_border.checks.sbc import SbcRun
from bayes_border.errors import GateError, UsageError
from bayes_border.spec.reader import load_model
from bayes_border.spec.sampling import SamplerSettings
from bayes_border.vocabulary import TruthSource
from bayes_border.workflow.fit import fit_model
from bayes_border.workflow.inputs import load_inputs
from bayes_border.workflow.request import Request, Sampling
from bayes_border.workflow.sbc import sbc_run
from bayes_border.workflow.sizes import OF_CALIBRATION

FLAGSHIP = load_model("coherent_break")


def fit_of(spec, design, *, draws=500, divergent=False):
    """Return a fit whose draws are the prior's, chains that agree: it passes the gate, if nothing diverges."""
    posterior, stats = fit_from_prior(spec, design, settings=SamplerSettings(draws=draws, chains=4), seed=5)
    stats["diverging"] = xr.full_like(stats["diverging"], divergent)
    tree = xr.DataTree.from_dict({"posterior": posterior, "sample_stats": stats})
    return Posterior(spec, design, tree, "table1")


@pytest.fixture(scope="module")
def design():
    return bb.design("balanced")


@pytest.fixture(scope="module")
def fit(design):
    return fit_of(FLAGSHIP, design)


@pytest.fixture
def tasks(monkeypatch):
    """Return the runs that are asked for; none is run."""
    made = []
    monkeypatch.setattr("bayes_border.api.calibrate", lambda task, *_, **__: made.append(task))
    return made


def test_truths_are_the_draws_of_the_fit(fit, tasks):
    bb.sbc("coherent_break", "balanced", around=fit)
    truth = tasks[0].truth(0)["sigma_alpha"]
    assert truth.item() in fit.tree["posterior"]["sigma_alpha"].values
    assert np.isclose(tasks[0].around["sigma_alpha"].mean(), fit.tree["posterior"]["sigma_alpha"].mean())


def test_a_pool_that_is_too_small_for_so_many_simulations_is_refused_with_its_size(design, fit):
    """Two thousand independent draws: enough for at most two hundred."""
    with pytest.raises(UsageError) as caught:
        bb.sbc("coherent_break", design, around=fit, simulations=250)
    said = re.fullmatch(
        r"the pool of truths has (\d+) effective draws of (\S.*), which allows (\d+) of 250 simulations: .*; "
        r"ask for fewer simulations, or fit coherent_break with more draws",
        str(caught.value),
    )
    least, enough = int(said[1]), int(said[3])
    assert 1000 < least < 2000
    assert enough == least // criteria.POOL_SIZE_PER_SIMULATION
    run = SbcRun(FLAGSHIP, design, 1, around=fit.tree["posterior"].to_dataset())
    assert run.count(enough) == enough
    with pytest.raises(
        UsageError, match=rf"effective draws of {re.escape(said[2])}, which allows {enough} of {enough + 1} "
    ):
        run.count(enough + 1)


def test_draws_that_hang_together_count_as_few(design, fit):
    sticky = fit.tree["posterior"].to_dataset()
    sticky = sticky.isel(draw=np.repeat(np.arange(100), 5)).assign_coords(draw=np.arange(500))
    run = SbcRun(FLAGSHIP, design, 1, around=sticky)
    with pytest.raises(UsageError, match=r"has [23]\d\d effective draws"):
        run.count(100)


@pytest.mark.parametrize(("around", "expected"), [(None, TruthSource.PRIOR), ("fit", TruthSource.POSTERIOR)])
def test_there_are_as_many_simulations_as_each_source_of_truths_has_by_default(around, expected, fit, monkeypatch):
    asked = []
    monkeypatch.setattr("bayes_border.api.calibrate", lambda _, simulations, **__: asked.append(simulations))
    bb.sbc("coherent_break", "balanced", around=around and fit)
    assert asked == [OF_CALIBRATION[expected]]
    assert OF_CALIBRATION == {TruthSource.PRIOR: 1000, TruthSource.POSTERIOR: 200}


@pytest.mark.parametrize("simulations", [None, 1000])
def test_the_command_line_fits_the_generator_with_draws_enough(simulations, monkeypatch):
    """A pool of draws each of which is worth a fourth of an independent one is large enough."""
    made = []

    def fit(spec, design, *, table, settings, seed, **_):  # noqa: ARG001 -- as `bayes.fit.fit` takes them
        made.append(settings)
        return fit_of(spec, design)

    monkeypatch.setattr("bayes_border.workflow.fit.fit", fit)
    request = Request(posterior=True, simulations=simulations, sampling=Sampling(draws=7, tune=5))
    task = sbc_run(request, load_inputs(request))
    assert task.sampler.draws == 7
    wanted = criteria.POOL_SIZE_PER_SIMULATION * (simulations or OF_CALIBRATION[TruthSource.POSTERIOR])
    assert made[0].draws * made[0].chains / 4 > wanted
    assert (made[0].tune, made[0].chains) == (SamplerSettings().tune, SamplerSettings().chains)


@pytest.mark.parametrize(
    ("rhat", "sampling", "repeated"),
    [(1.02, Sampling(), True), (1.005, Sampling(), False), (1.5, Sampling(), False), (1.02, Sampling(draws=7), False)],
)
def test_a_refused_fit_is_repeated_in_coordinates_of_the_mode(rhat, sampling, repeated, design, monkeypatch):
    """But not one whose chains are far apart, and not where the user said how to sample."""
    made, dropped = [], []

    def fit(*_, settings, pilot=Pilot.NONE, **__):
        made.append((settings, pilot))
        convergence = SimpleNamespace(passed=rhat < 1.01, rhat_max=rhat)
        return SimpleNamespace(convergence=convergence, drop_rows=lambda: dropped.append(len(made)))

    monkeypatch.setattr("bayes_border.workflow.fit.fit", fit)
    fit_model(FLAGSHIP, design, "table1", Request(sampling=sampling))
    usual = SamplerSettings()
    longer = (replace(usual, draws=4 * usual.draws), Pilot.COORDINATES)
    assert made[1:] == ([longer] if repeated else [])
    assert dropped == ([1] if repeated else [])  # the first one's, before the second is made


def test_where_no_generator_is_named_it_is_the_model_of_the_fit(design, tasks):
    unpooled = load_model("coherent_break_unpooled")
    bb.sbc("coherent_break", design, around=fit_of(unpooled, design))
    assert tasks[0].source == unpooled


@pytest.mark.parametrize(
    ("generator", "named"),
    [
        ("coherent_break_unpooled", "coherent_break_unpooled"),
        (replace(FLAGSHIP, priors=replace(FLAGSHIP.priors, gamma=9.0)), "coherent_break"),
    ],
)
def test_a_fit_of_another_model_or_of_other_priors_is_refused(generator, named, fit, tasks):
    with pytest.raises(UsageError, match=rf"come from {named} \(digest .* one of coherent_break \(digest"):
        bb.sbc("coherent_break", "balanced", generator=generator, around=fit)
    assert tasks == []


@pytest.mark.parametrize("changed", [{"panel": "extended"}, {"table": "table3"}, {"break_": "label"}])
def test_a_fit_of_other_rows_is_refused_with_both_named(changed, fit, tasks):
    asked = {"panel": "balanced", **changed}
    rows = bb.design(**asked)
    with pytest.raises(UsageError) as caught:
        bb.sbc("coherent_break", **asked, around=fit)
    said = str(caught.value)
    assert f"other rows, panel balanced, growth, break count (digest {fit.design.digest})" in said
    assert f"are calibrated, panel {rows.panel_name}, {rows.outcome}, break {rows.break_.reading} (digest" in said
    assert tasks == []


def test_a_fit_that_has_not_converged_is_refused_unless_it_is_allowed(design, tasks):
    divergent = fit_of(FLAGSHIP, design, divergent=True)
    with pytest.raises(GateError, match=r"coherent_break .*divergent transitions"):
        bb.sbc("coherent_break", design, around=divergent)
    bb.sbc("coherent_break", design, around=divergent, allow_unconverged=True)
    assert len(tasks) == 1
