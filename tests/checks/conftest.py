"""One short fit of the flagship serves the tests of every check."""

import pytest

from bayes_border.bayes.fit import fit
from bayes_border.design import build_design
from bayes_border.panel.official import official_panel
from bayes_border.spec.breaks import Break
from bayes_border.spec.reader import load_model
from bayes_border.spec.sampling import SamplerSettings

TERMS = ("dlnFAI", "dIS", "dBO")


@pytest.fixture(scope="session")
def design():
    return build_design(official_panel("balanced"), TERMS, Break.read("count", 2014))


@pytest.fixture(scope="session")
def posterior(design):
    return fit(load_model("coherent_break"), design, settings=SamplerSettings(draws=500, tune=500), seed=3)
