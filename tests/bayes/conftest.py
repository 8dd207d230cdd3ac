"""One compiled model, one panel and one flagship fit serve every test of the engine."""

import sys
from pathlib import Path

import pytest

from bayes_border.bayes.fit import fit
from bayes_border.design import Design, build_design
from bayes_border.panel.official import official_panel
from bayes_border.spec.breaks import Break
from bayes_border.spec.reader import load_model

# The plain model stands beside the tests that hold the fast one against it.
sys.path.insert(0, str(Path(__file__).parent))

TERMS = ("dlnFAI", "dIS", "dBO")


@pytest.fixture(scope="session")
def design() -> Design:
    return build_design(official_panel("balanced"), TERMS, Break.read("count", 2014))


@pytest.fixture(scope="session")
def flagship(design):
    return fit(load_model("coherent_break"), design, seed=20)
