import numpy as np
import pytest
import xarray as xr

from bayes_border.checks.calibration_curves import coverage_differences, ecdf_differences, rank_histograms
from bayes_border.checks.interval_coverage import binomial_band
from bayes_border.checks.uniformity import simultaneous_band


def pit_of(**columns):
    values = np.array(list(columns.values()), float).T
    return xr.DataArray(values, dims=("simulation", "quantity"), coords={"quantity": list(columns)})


def at(curves, quantity, place, name="value"):
    return float(curves[name].sel(quantity=quantity).sel(at=place, method="nearest"))


def test_a_distribution_function_is_compared_with_the_diagonal():
    curves = ecdf_differences(pit_of(a=[0.105, 0.205, 0.305, 0.405], b=[0.5, 0.5, 0.5, np.nan]))
    assert at(curves, "a", 0.10) == pytest.approx(-0.10)
    assert at(curves, "a", 0.30) == pytest.approx(2 / 4 - 0.30)
    assert at(curves, "a", 0.99) == pytest.approx(0.01)
    assert at(curves, "b", 0.49) == pytest.approx(-0.49)
    assert at(curves, "b", 0.50) == pytest.approx(0.5)


def test_the_band_of_a_curve_has_its_share_of_the_family_s_level_and_its_own_number_of_fits():
    values = np.linspace(0, 1, 300)
    columns = {"a": values, "b": np.where(values < 0.5, np.nan, values)}
    without = {name: np.full(300, np.nan) for name in "cdefgh"}  # no fit, so no share
    curves = ecdf_differences(pit_of(**columns, **without))
    for quantity, n in (("a", 300), ("b", 150)):
        band = simultaneous_band(n, 0.01 / 2)
        assert at(curves, quantity, 0.5, "lower") == pytest.approx(band.lower[49] / n - 0.5)
        assert at(curves, quantity, 0.5, "upper") == pytest.approx(band.upper[49] / n - 0.5)
    assert curves.sel(quantity="c").isnull().to_dataarray().all()


def test_a_histogram_is_relative_to_the_uniform_one():
    curves = rank_histograms(pit_of(a=[0.01, 0.02, 0.03, 0.51, 1.0] * 4))
    assert curves["at"].values == pytest.approx(np.arange(0.05, 1, 0.1))
    assert curves["value"].sel(quantity="a").values == pytest.approx([5, -1, -1, -1, -1, 1, -1, -1, -1, 1])
    lower, upper = binomial_band(20, 0.1)
    assert curves["lower"].values == pytest.approx(np.full((1, 10), 10 * lower - 1))
    assert curves["upper"].values == pytest.approx(np.full((1, 10), 10 * upper - 1))


def test_coverage_is_compared_with_the_level():
    curves = coverage_differences(pit_of(a=[0.5, 0.4, 0.2, 0.01]))
    assert at(curves, "a", 0.1) == pytest.approx(1 / 4 - 0.1)
    assert at(curves, "a", 0.25) == pytest.approx(2 / 4 - 0.25)
    assert at(curves, "a", 0.9) == pytest.approx(3 / 4 - 0.9)
    assert at(curves, "a", 0.9, "lower") == pytest.approx(binomial_band(4, 0.9)[0] - 0.9)
