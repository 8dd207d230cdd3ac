"""The figures of a calibration draw every quantity, and show and name those at fault."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from bayes_border.checks.calibration_curves import coverage_differences, ecdf_differences, rank_histograms
from bayes_border.report.figures import sbc, style
from bayes_border.report.figures.families import Kind, _figure, _stepped, curve_panels, families
from bayes_border.report.numbers import number
from bayes_border.vocabulary import TruthSource

PRIOR, POSTERIOR = TruthSource
QUANTITIES = ["beta[pre, dIS]", "beta[post, dIS]", "sigma[pre]", "tau[2001]", "tau[2002]", "tau[2003]", "<b>&"]
FIGURES = [
    (sbc.ecdf, ecdf_differences, "ecdf"),
    (sbc.ranks, rank_histograms, "ranks"),
    (sbc.coverage, coverage_differences, "coverage"),
]


@pytest.fixture
def pit():
    values = np.random.default_rng(1).uniform(size=(60, len(QUANTITIES)))
    return xr.DataArray(values, dims=("simulation", "quantity"), coords={"quantity": QUANTITIES})


@pytest.fixture
def table():
    rng = np.random.default_rng(2)
    columns = {name: rng.uniform(size=len(QUANTITIES)) for name in ("contraction", "mean_z", "lower_z", "upper_z")}
    passed = [name != "tau[2002]" for name in QUANTITIES]
    return pd.DataFrame({"quantity": QUANTITIES, "n": 60, "passed": passed, **columns})


@pytest.mark.parametrize(("draw", "compute", "name"), FIGURES)
def test_every_family_is_told_in_words_and_what_failed_is_named(pit, table, draw, compute, name):
    view = draw(compute(pit), table, PRIOR)
    assert [panel.name for panel in view.panels] == [f"calibration-prior-{name}-1"]
    alt = view.panels[0].alt
    assert "year shock τ, 3 curves" in alt
    assert alt.count("none failed") == 3
    assert "failed: tau[2002]." in alt
    assert style.VERMILION in view.panels[0].svg
    assert "&lt;b&gt;&amp;" in view.panels[0].svg


@pytest.mark.parametrize(("draw", "compute", "name"), FIGURES)
def test_no_curve_is_drawn_as_failed_where_none_is(pit, table, draw, compute, name):
    view = draw(compute(pit), table.assign(passed=True), POSTERIOR)
    assert view.name == f"calibration-posterior-{name}"
    assert style.VERMILION not in view.panels[0].svg


def test_each_quantity_is_one_curve_in_the_axes_of_its_family(pit):
    curves = ecdf_differences(pit)
    assert families(curves) == ["beta", "sigma", "tau", "<b>&"]
    parts = [curves.isel(quantity=[3, 4, 5]), curves.isel(quantity=[2])]
    axes = _figure(parts, frozenset({"tau[2002]"}), Kind("x", "y")).axes
    assert [len(each.lines) for each in axes] == [3 + 1, 1 + 1]  # and the line at zero
    colours = [line.get_color() for line in axes[0].lines[1:]]
    assert sorted(colours) == sorted([style.BLUE, style.BLUE, style.VERMILION])
    assert colours[-1] == style.VERMILION  # on top
    drawn = {tuple(np.round(line.get_ydata(), 9)) for line in axes[0].lines[1:]}
    assert drawn == {tuple(np.round(row, 9)) for row in parts[0]["value"].values}


def test_every_curve_and_band_is_inside_its_axes(pit):
    curves = rank_histograms(pit)
    (axes,) = _figure([curves.isel(quantity=[0, 1])], frozenset(), Kind("x", "y")).axes
    low, high = axes.get_ylim()
    here = curves.isel(quantity=[0, 1]).to_dataarray()
    assert low < float(here.min())
    assert high > float(here.max())


def test_a_histogram_fills_its_bins(pit):
    kind = Kind("x", "y", scale=100.0, bins=True)
    curves = rank_histograms(pit.isel(quantity=[2]))
    (panel,) = curve_panels(curves, frozenset(), kind)
    stepped = _stepped(curves)
    assert stepped["at"].values == pytest.approx(np.repeat(np.arange(0, 1.05, 0.1), 2)[1:-1])
    assert stepped["value"].values[0] == pytest.approx(np.repeat(curves["value"].values[0], 2))
    assert panel.alt == f"error sd σ, 1 curve, largest distance from 0 {number(100 * peak(curves))}, none failed."


def peak(curves):
    return float(abs(curves["value"]).max())


def test_more_families_than_a_drawing_holds_make_another(table):
    names = [f"family_{k}" for k in range(9)]
    pit = xr.DataArray(np.full((5, 9), 0.5), dims=("simulation", "quantity"), coords={"quantity": names})
    view = sbc.ecdf(ecdf_differences(pit), table, PRIOR)
    assert [panel.name for panel in view.panels] == ["calibration-prior-ecdf-1", "calibration-prior-ecdf-2"]
    assert view.panels[1].alt.count("1 curve,") == 1


def test_a_quantity_without_a_fit_is_an_empty_axes(pit, table):
    pit[:, 2] = np.nan
    for draw, compute, _ in FIGURES:
        assert "error sd σ, 1 curve, no fit gave a value" in draw(compute(pit), table, PRIOR).panels[0].alt


def test_contraction_is_told_in_words(table):
    told = table.assign(contraction=[0.25, *[0.5] * 5, 0.75], mean_z=[-0.125, *[0.0] * 5, 0.5])
    view = sbc.contraction(told, PRIOR)
    assert (
        "7 quantities; median contraction from 0.250 to 0.750, mean z-score from -0.125 to +0.500" in view.panels[0].alt
    )
    assert style.VERMILION in view.panels[0].svg


def test_what_a_contraction_is_of_depends_on_where_truths_come_from(table):
    prior, posterior = (sbc.contraction(table, source) for source in TruthSource)
    assert prior.title.startswith("What the data add to the prior,")
    assert "posterior variance / prior variance" in prior.panels[0].svg
    assert posterior.title.startswith("What a simulated copy adds to the posterior of the panel,")
    assert "variance with the copy / without it" in posterior.panels[0].svg


def test_what_depends_on_the_data_has_no_contraction_and_no_dot(table):
    told = table.assign(contraction=[np.nan, *[0.5] * 5, 0.75], mean_z=[-3.0, *[0.0] * 6])
    text = sbc.contraction(told, PRIOR).panels[0].alt
    assert text == "6 quantities; median contraction from 0.500 to 0.750, mean z-score from 0 to 0."


def test_contraction_without_a_fit_is_empty(table):
    empty = table.assign(n=0, contraction=np.nan, mean_z=np.nan, lower_z=np.nan, upper_z=np.nan)
    assert "0 quantities" in sbc.contraction(empty, PRIOR).panels[0].alt
