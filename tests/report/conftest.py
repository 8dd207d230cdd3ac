"""A small report whose posteriors are prior draws: nothing is sampled."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.stats import norm

from bayes_border.bayes.effects import marginal_effects
from bayes_border.bayes.posterior import Posterior
from bayes_border.checks.calibration_curves import curves_of
from bayes_border.checks.check import Check, CheckStatus
from bayes_border.checks.convergence import convergence
from bayes_border.checks.sbc_verdict import judge
from bayes_border.compare.audit import audit
from bayes_border.compare.comparison import compare
from bayes_border.compare.draws import collect_draws
from bayes_border.design import build_design
from bayes_border.estimates import Estimate, Estimates
from bayes_border.panel.coverage import coverage, sources, summary
from bayes_border.report import render
from bayes_border.report.contents import ReportContents, StoredCalibration, StoredTable
from bayes_border.simulate.prior import draw_prior
from bayes_border.simulate.reduced_form import simulate
from bayes_border.spec.breaks import Break
from bayes_border.spec.reader import load_model
from bayes_border.study import load_study
from bayes_border.vocabulary import Engine, Null, TruthSource, Window

CHAINS, DRAWS = 4, 400
HOSTILE = "<script>alert('x')</script>"
MODELS = ("coherent_break", "no_break")
QUANTITIES = ["beta[pre, dIS]", "beta[post, dIS]", "sigma[pre]", "log_likelihood", f"alpha[{HOSTILE}]", "tau[2001]"]


@pytest.fixture(scope="session")
def study():
    return load_study("li_shi_border")


@pytest.fixture(scope="session")
def panel(study):
    """Return the balanced panel with one province called `<script>` and one in Chinese."""
    panel = study.panel()
    names = [HOSTILE, "广西", *panel.provinces[2:]]
    return replace(panel, data=panel.data.assign_coords(province=names))


@pytest.fixture(scope="session")
def fits(study, panel):
    design = build_design(panel, study.spec.terms, Break.read("count", study.spec.crossing))
    return {name: fake_fit(name, design, seed) for seed, name in enumerate(MODELS)}


@pytest.fixture(scope="session")
def dressed(fits):
    """Return a function of a model's name: its prior draws dressed as a posterior, on the design of `fits`."""
    return lambda name: fake_fit(name, fits["coherent_break"].design, 7)


def fake_fit(name, design, seed):
    """Return prior draws dressed as a posterior, chains and predictive draws included."""
    spec, rng = load_model(name), np.random.default_rng(seed)
    prior = draw_prior(spec, design, draws=CHAINS * DRAWS, rng=rng)
    posterior = _chains(draw_prior(spec, design, draws=CHAINS * DRAWS, rng=rng))
    labelled = simulate(posterior, design, rng).assign_coords(design.data[["province", "year"]].coords)
    stats = {"diverging": np.zeros((CHAINS, DRAWS), bool), "energy": rng.standard_normal((CHAINS, DRAWS))}
    groups = {
        "posterior": posterior.merge(marginal_effects(posterior, design)),
        "prior": prior.merge(marginal_effects(prior, design)).expand_dims(chain=[0]),
        "sample_stats": xr.Dataset({key: (("chain", "draw"), value) for key, value in stats.items()}),
        "observed_data": design.data[["dg"]],
        "constant_data": design.data,
        "posterior_predictive": xr.Dataset({"dg": labelled.transpose("chain", "draw", "row")}),
    }
    return Posterior(spec, design, xr.DataTree.from_dict(groups), "table1")


def _chains(draws):
    index = pd.MultiIndex.from_product([range(CHAINS), range(DRAWS)], names=["chain", "draw_"])
    coords = xr.Coordinates.from_pandas_multiindex(index, "draw")
    stacked = draws.drop_vars("draw").assign_coords(coords).unstack("draw")  # noqa: PD010 -- every cell stands once
    return stacked.rename(draw_="draw").transpose("chain", "draw", ...)


@pytest.fixture(scope="session")
def contents(study, panel, fits):
    """Return the contents of a report on Table 1; Table 3 has no fit."""
    published, flagship = study.published(), fits["coherent_break"]
    gmm = recipe_estimates(study)
    placebos = {(name, str(null)): placebo(name, null) for name in study.spec.recipes for null in Null}
    return ReportContents(
        study=study.spec,
        published=published,
        meta={"study": study.name, "seed": 1, "versions": {"bayes-border": "0", "numpy": "2"}},
        panel=panel,
        coverage=coverage(panel),
        core=(panel.first_row, panel.last_row),
        panel_summary=summary(panel),
        source_differences=pd.DataFrame(),
        sources=sources(),
        audit=audit(published, flagship.design),
        comparison=comparison(study, fits, gmm, placebos),
        fits={"table1": fits},
        gmm=gmm,
        hansen=hansen(study),
        crowded=crowded(),
        placebos=placebos,
        own_placebo=StoredTable("2026-01-01", "abc", False, "make calibrate", own_placebo(published)),
        calibrations={source: calibration(sbc_run(60, seed)) for seed, source in enumerate(TruthSource)},
        checks=(convergence(flagship), predictive()),
        barrier=barrier(published, panel),
    )


@pytest.fixture(scope="session")
def simulated():
    """Return a function of a number of fits and a seed: a run of simulation-based calibration that passes."""
    return sbc_run


@pytest.fixture(scope="session")
def kept():
    """Return a function of a run: the calibration that a report shows."""
    return calibration


@pytest.fixture(scope="session")
def around(contents):
    """Return a function of other contents: their page, around the figures of these.

    Drawing takes most of a page's time; what a test asks of the words of a page needs no new drawings.
    """
    drawn = render._figures(contents)

    def page(others):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(render, "_figures", lambda _: drawn)
            return render.render_report(others)

    return page


@pytest.fixture(scope="session")
def rendered(contents, around):
    return around(contents)


def comparison(study, fits, gmm, placebos):
    return compare(
        study.published(),
        roles=study.spec.roles,
        bayes=[fit.estimates() for fit in fits.values()],
        gmm=gmm,
        draws=collect_draws(fits.values()),
        placebo=list(placebos.values()),
        designs={"table1": fits["coherent_break"].design},
        allow_unconverged=True,
    )


def recipe_estimates(study):
    """Return estimates equal to print, one set a recipe and reading; `label` is far off."""
    rows = []
    for shift, reading in ((0.0, "count"), (1000.0, "label")):
        for name in study.spec.recipes:
            for x in study.published().estimates():
                extra = {"break": reading}
                value = x.value + shift
                rows.append(
                    Estimate(
                        Engine.GMM, name, x.table, x.window, x.term, value, 1.0, value - 2, value + 2, 0.9, 180, extra
                    )
                )
    return Estimates(tuple(rows))


def hansen(study):
    rows = [
        {
            "recipe": "difference_two_step", "table": table.table, "window": str(window), "break": "count",
            "n_instruments": 300, "n_clusters": 9, "rank": 9, "j": 5.0, "df": 294, "p_value": 1.0, "bound": 9.0,
            "smallest_p": 1.0, "vacuous": True,
        }
        for table in study.spec.tables
        for window in Window
    ]  # fmt: skip
    return pd.DataFrame(rows)


def crowded():
    return pd.DataFrame(
        [
            {
                "recipe": "difference_two_step", "table": "table1", "window": "full", "break": reading,
                "n_instruments": 573, "n_clusters": 9, "most_testable": "10", "remedies": f"lags collapsed: {left}",
            }
            for reading, left in (("count", 60), ("label", 61))
        ]
    )  # fmt: skip


def placebo(name, null):
    rng = np.random.default_rng(5)
    terms = ["dlnFAI", "dIS", "dBO", "dg_dlnFAI", "dg_dIS", "dg_dBO"]
    estimate = rng.normal(0, 3, (50, 3, 6))
    dims = ("simulation", "window", "term")
    variables = {"estimate": estimate, "lower": estimate - 2, "upper": estimate + 2}
    coords = {"window": [str(w) for w in Window], "term": terms}
    attrs = {"recipe": name, "null": str(null)}
    return xr.Dataset({key: (dims, value) for key, value in variables.items()}, coords, attrs)


def own_placebo(published):
    rows = [
        {
            "null": str(null), "window": str(window), "term": term, "share_excluding_zero": 0.1, "mc_error": 0.03,
            "mean": 0.0, "sd": 0.3, "q2.5": -0.6, "q97.5": 0.6, "n": 60,
        }
        for null in Null
        for window in Window
        for term in published.terms
    ]  # fmt: skip
    return pd.DataFrame(rows)


def sbc_run(n, seed):
    """Return a run of calibrated quantities of several families, two of its fits unconverged."""
    rng = np.random.default_rng(seed)
    pit = rng.uniform(size=(n, len(QUANTITIES)))
    dims = ("simulation", "quantity")
    variables = {
        "pit": (dims, pit),
        "sd": (dims, np.ones_like(pit)),
        "z": (dims, -norm.ppf(pit)),
        "contraction": (dims, np.broadcast_to(np.linspace(0.2, 0.9, len(QUANTITIES)), pit.shape).copy()),
        "rhat_max": ("simulation", np.where(np.arange(n) > 1, 1.0, 1.1)),
    }
    return xr.Dataset(variables, {"quantity": QUANTITIES}, {"model": "coherent_break"})


def calibration(run, *, stale=False):
    """Return a run as a report shows it."""
    verdict = judge(run, model=run.attrs["model"])
    return StoredCalibration("2026-02-03", "abd", stale, "make calibrate", verdict, curves_of(run["pit"]))


def predictive():
    table = pd.DataFrame({"statistic": ["sd"], "observed": [1.5], "p_value": [0.4]})
    return Check(
        "posterior predictive: dispersion", CheckStatus.PASSED, "p 0.4", "p >= 0.01", "Not the model's.", table
    )


def barrier(published, panel):
    places = {f"{window}/{term}": 0.1 for window in ("pre", "post") for term in published.terms}
    answer = {**places, "largest_shift": 0.24, "sampled_anew": False, "converged": True}
    rows = [
        {"province": p, "year": 2003, "m_mean": 0.8, "m_lower": 0.3, "shock": 1.4, **answer} for p in panel.provinces
    ]
    return pd.DataFrame(rows)
