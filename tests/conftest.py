"""Fixtures that tests of several folders share."""

from __future__ import annotations

import matplotlib as mpl
import pytest

from bayes_border.cli import main
from bayes_border.design import build_design
from bayes_border.gmm.estimate import fit_equation
from bayes_border.gmm.history import history_of
from bayes_border.gmm.rows import window_equation
from bayes_border.spec.breaks import Break
from bayes_border.spec.reader import load_recipe
from bayes_border.study import load_study
from bayes_border.vocabulary import Outcome, Window

# Figures are drawn without a display.
mpl.use("Agg")


#: The files that take a minute or more, the longest first. Their order changes no result.
LONGEST = (
    "test_sbc_oracle.py",
    "test_reanalysis.py",
    "test_mutants.py",
    "test_posterior.py",
    "test_foreign_draws.py",
    "test_own_power.py",
    "test_sbc_short.py",
    "test_examples.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first: one that is begun last keeps one process waiting for the other."""
    place = {name: k for k, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path.name, len(place)))


@pytest.fixture
def cli(capsys):
    """Run the command line in this process; returns exit code, standard output and standard error."""

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(arguments)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.fixture(scope="session")
def recipe_fit():
    """Return a function: what a recipe, or the one of that name, finds in a window of a panel."""
    spec = load_study("li_shi_border").spec
    tables = {each.outcome: each.table for each in spec.tables}

    def fit(recipe, panel, *, window=Window.FULL, reading="count", outcome=Outcome.GROWTH):
        recipe = load_recipe(recipe) if isinstance(recipe, str) else recipe
        design = build_design(panel, spec.terms, Break.read(reading, spec.crossing), outcome=outcome)
        equation = window_equation(recipe, history_of(panel, design), design, window)
        return fit_equation(equation, table=tables[outcome], window=window, reading=reading)

    return fit
