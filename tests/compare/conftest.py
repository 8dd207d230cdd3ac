from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from bayes_border.design import Design
from bayes_border.estimates import Estimate
from bayes_border.published import Printed, load_published
from bayes_border.spec.breaks import Break
from bayes_border.vocabulary import Engine, Outcome, Window

TERMS = ("dlnFAI", "dIS", "dBO")


@pytest.fixture(scope="session")
def published():
    """Return the paper's printed figures."""
    return load_published("li_shi_border")


@pytest.fixture
def with_cell(published):
    """Return a function that reprints one cell."""

    def reprint(place, estimate, se, stars="", base=published):
        table, window, term = place.split("/")
        assert base.cell(table, window, term)
        changed = {"estimate": Printed(estimate), "se": Printed(se), "stars": stars}
        cells = tuple(replace(cell, **changed) if cell.place == place else cell for cell in base.cells)
        return replace(base, cells=cells)

    return reprint


@pytest.fixture
def with_footers(published):
    """Return a function that reprints what stands below the columns, `{"table1/pre": {"n_obs": 189}}`."""

    def reprint(changes):
        footers = tuple(replace(x, **changes.get(f"{x.table}/{x.window}", {})) for x in published.footers)
        return replace(published, footers=footers)

    return reprint


@pytest.fixture
def design():
    """Return four rows a province, 2013-2016, two provinces, with regressors one can reckon by hand."""
    years = [2013, 2014, 2015, 2016]
    north = [[0.1, 0.0, 0.0], [0.2, 0.1, 0.0], [0.3, 0.0, 0.1], [0.4, 0.1, 0.1]]
    south = [[-0.1, 0.2, 0.0], [0.0, 0.0, 0.2], [0.1, 0.1, 0.0], [0.2, 0.0, -0.1]]
    x = np.array([*north, *south])
    break_ = Break.read("count", 2014)
    data = xr.Dataset(
        {
            "dg": ("row", np.zeros(8)),
            "x": (("row", "regressor"), x),
            "weight": ("row", np.ones(8)),
            "reference": ("row", np.ones(8, dtype=bool)),
            "province_index": ("row", np.repeat([0, 1], 4)),
            "year_index": ("row", np.tile([0, 1, 2, 3], 2)),
            "regime_index": ("row", np.tile([0, 0, 1, 1], 2)),
            "scale": ("regressor", x.std(axis=0, ddof=1)),
        },
        coords={
            "regressor": list(TERMS),
            "province": ("row", np.repeat(["North", "South"], 4)),
            "year": ("row", np.tile(years, 2)),
        },
    )
    return Design(data, ("North", "South"), tuple(years), break_, Outcome.GROWTH, "toy", "0123456789abcdef")


@pytest.fixture
def estimate():
    """Return a function that builds one estimate of one cell."""

    def build(engine, recipe, place, value, **rest):
        table, window, term = place.split("/")
        se, lower, upper = rest.pop("se", 1.0), rest.pop("lower", value - 1.0), rest.pop("upper", value + 1.0)
        common = {"lower": lower, "upper": upper, "level": 0.9, "n_obs": rest.pop("n_obs", 126), "extra": rest}
        return Estimate(Engine(engine), recipe, table, Window(window), term, value, se, **common)

    return build
