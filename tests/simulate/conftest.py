"""The rows that every test of the simulators draws outcomes for."""

import pytest

from bayes_border.design import build_design
from bayes_border.panel.official import official_panel
from bayes_border.spec.breaks import Break

TERMS = ("dlnFAI", "dIS", "dBO")


@pytest.fixture(scope="session")
def design():
    """Balanced rows of which one year, 2014, is in neither regime."""
    return build_design(official_panel("balanced"), TERMS, Break.read("split", 2014))
