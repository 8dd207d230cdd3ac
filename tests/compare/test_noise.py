"""Is an estimate put in its right place among those found in noise?"""

import numpy as np
import pytest
import xarray as xr

from bayes_border.compare.noise import placebo_places


@pytest.fixture
def cell(published):
    return published.cell("table1", "pre", "dBO")


def placebo(values, recipe="pooled_ols", null="white_noise", **attributes):
    array = xr.DataArray(np.asarray(values, float).reshape(-1, 1, 1), dims=("simulation", "window", "term"))
    data = xr.Dataset({"estimate": array}, {"window": ["pre"], "term": ["dBO"]})
    return data.assign_attrs(recipe=recipe, null=null, **attributes)


def test_the_percentile_is_the_share_of_simulations_at_or_below(cell):
    (place,) = placebo_places([placebo(range(100))], cell, recipe="pooled_ols", value=24.0)
    assert (place.percentile, place.simulations) == (0.25, 100)
    assert (place.lower, place.upper) == pytest.approx((2.475, 96.525))
    assert place.holds(3.0)
    assert not place.holds(98.0)


def test_failed_simulations_are_left_out_and_counted_out(cell):
    (place,) = placebo_places([placebo([np.nan, 1.0, 3.0, np.nan])], cell, recipe="pooled_ols", value=2.0)
    assert (place.percentile, place.simulations) == (0.5, 2)


def test_intervals_that_leave_out_zero_are_counted_where_they_are_stored(cell):
    data = placebo([1.0, 2.0, -3.0, 4.0, np.nan])
    data["lower"], data["upper"] = data["estimate"] - 1.5, data["estimate"] + 1.5
    (place,) = placebo_places([data], cell, recipe="pooled_ols", value=0.0)
    assert place.excludes_zero == 0.75
    (bare,) = placebo_places([placebo([1.0])], cell, recipe="pooled_ols", value=0.0)
    assert bare.excludes_zero is None


def test_only_the_recipes_own_distributions_of_the_cell_count(cell, published):
    several = [
        placebo([0.0]),
        placebo([0.0], null="skedastic"),
        placebo([0.0], recipe="other"),
        placebo([0.0], table="table3"),
        placebo([np.nan], null="empty"),
    ]
    assert [place.null for place in placebo_places(several, cell, recipe="pooled_ols", value=0.0)] == [
        "white_noise",
        "skedastic",
    ]
    elsewhere = published.cell("table1", "post", "dBO")
    assert placebo_places(several, elsewhere, recipe="pooled_ols", value=0.0) == ()
