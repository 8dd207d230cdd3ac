"""Fixtures that tests of several folders share."""

from __future__ import annotations

import matplotlib as mpl
import pytest

from bayes_border.cli import main

# Figures are drawn without a display.
mpl.use("Agg")


@pytest.fixture
def cli(capsys):
    """Run the command line in this process; returns exit code, standard output and standard error."""

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(arguments)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run
