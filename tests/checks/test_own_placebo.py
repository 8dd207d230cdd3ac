"""The placebo of our own model: one fit an outcome, summarised as any estimator is."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from bayes_border.bayes.fit import sample
from bayes_border.checks.own_placebo import model_estimator
from bayes_border.checks.placebo import calibrate
from bayes_border.simulate.nulls import draw_nulls
from bayes_border.spec.reader import load_model
from bayes_border.spec.sampling import SamplerSettings
from bayes_border.vocabulary import Null

SHORT = SamplerSettings(draws=200, tune=300, chains=2)


def test_each_panels_summary_is_that_of_a_fit_to_it(design):
    spec = load_model("coherent_break")
    with ThreadPoolExecutor(2) as executor:
        estimator = model_estimator(spec, settings=SHORT, seed=5, executor=executor)
        found = calibrate("coherent_break", estimator, design, Null.WHITE_NOISE, simulations=2, seed=5)
    panel = design.with_outcome(draw_nulls(Null.WHITE_NOISE, design, 2, seed=5)[1])
    posterior, _ = sample(spec, panel, settings=SHORT, seed=6)
    draws = posterior["gamma"].sel(regime="post", regressor="dIS").values.ravel()
    here = found.data.sel(simulation=1, window="post", term="dg_dIS")
    np.testing.assert_allclose(here["estimate"], draws.mean())
    np.testing.assert_allclose([here["lower"], here["upper"]], np.quantile(draws, [0.05, 0.95]))
    assert found.data.sizes == {"simulation": 2, "window": 2, "term": 6}
    assert found.summary()["share_excluding_zero"].between(0, 1).all()
