"""Coverage: the short form of the calibration, and that it fails where it should."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from bayes_border.checks.coverage import Coverage, coverage, flatten
from bayes_border.errors import UsageError
from bayes_border.spec.reader import load_model
from bayes_border.spec.sampling import SamplerSettings

SHORT = SamplerSettings(draws=300, tune=500)


def run(spec, design, n):
    with ThreadPoolExecutor(2) as executor:
        return coverage(spec, design, simulations=n, seed=11, executor=executor, settings=SHORT)


def test_intervals_of_the_flagship_hold_truths_drawn_from_its_prior(design):
    result = run(load_model("coherent_break"), design, 24)
    table = result.table()
    assert len(table) > 60
    assert table["inside"].all(), table[~table["inside"]]
    # All quantities together: 24 panels, correlated within a panel, so the panel is the unit.
    held = ((result.ranks > 0.05) & (result.ranks < 0.95)).mean("quantity").values
    assert abs(held.mean() - 0.9) < 4 * held.std(ddof=1) / np.sqrt(held.size)


def test_simulation_k_is_the_same_whatever_the_number_of_simulations(design):
    spec = load_model("no_interactions")
    few, more = run(spec, design, 2), run(spec, design, 3)
    assert few.ranks.equals(more.ranks.isel(simulation=slice(2)))


def test_a_model_without_the_jacobian_cannot_be_simulated_from(design):
    with pytest.raises(UsageError, match="no density"):
        run(load_model("as_estimated"), design, 1)


class StartedError(Exception):
    """Raised by an executor that is asked to start."""


def test_ranks_outside_the_interval_count_against_coverage():
    # The 90 % interval runs from 0.05 to 0.95.
    ranks = xr.DataArray([[0.04, 0.06], [0.96, 0.94]], dims=("simulation", "quantity"), coords={"quantity": ["a", "b"]})
    table = Coverage("m", ranks, xr.DataArray([True, True], dims="simulation")).table().set_index("quantity")
    assert table.loc["a", "coverage"] == 0.0
    assert table.loc["b", "coverage"] == 1.0


def test_every_scalar_is_labelled_by_where_it_stands():
    data = xr.Dataset({"b": (("r", "k"), [[1.0, 2.0]]), "a": 3.0}, coords={"r": ["pre"], "k": ["x", "y"]})
    flat = flatten(data)
    assert dict(zip(flat["quantity"].values.tolist(), flat.values.tolist(), strict=True)) == {
        "a": 3.0,
        "b[pre, x]": 1.0,
        "b[pre, y]": 2.0,
    }


def test_replacing_a_prior_changes_what_is_drawn(design):
    spec = load_model("no_interactions")
    wide = replace(spec, priors=replace(spec.priors, beta=5.0))
    assert not run(spec, design, 1).ranks.equals(run(wide, design, 1).ranks)
