"""Stored calibrations: what was written is what is read, and it knows when it is out of date."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from bayes_border.design import build_design
from bayes_border.errors import DataError
from bayes_border.panel.official import official_panel
from bayes_border.spec.breaks import Break
from bayes_border.spec.reader import load_model
from bayes_border.store.calibrations import (
    Calibration,
    calibration_digest,
    calibration_name,
    calibration_path,
    read_calibration,
    write_calibration,
)
from bayes_border.vocabulary import Null, TruthSource
from bayes_border.workflow import analysis, own_models
from bayes_border.workflow.analysis import stored_calibrations
from bayes_border.workflow.inputs import load_inputs
from bayes_border.workflow.own_models import own_placebos, own_power, own_power_table, own_resolution
from bayes_border.workflow.request import Request


@pytest.fixture(scope="module")
def calibrations():
    return stored_calibrations(load_inputs(Request()))


@pytest.fixture
def data():
    return xr.Dataset({"pit": (("simulation", "quantity"), np.array([[0.2, 0.4]]))}, attrs={"model": "m"})


def test_a_calibration_is_read_as_it_was_written_and_stale_under_another_digest(tmp_path, data):
    path = write_calibration(calibration_path(Calibration.SBC, "s", "m", tmp_path), data, "abc")
    fresh, stale = read_calibration(path, "abc"), read_calibration(path, "abd")
    assert not fresh.stale
    assert stale.stale
    assert fresh.data["pit"].equals(data["pit"])
    assert len(fresh.date) == len("2026-01-31")


def test_another_study_s_calibration_of_a_model_of_the_same_name_is_another_file(calibrations):
    inputs = load_inputs(Request())
    other = replace(inputs, study=replace(inputs.study, spec=replace(inputs.study.spec, name="other")))
    assert len(calibrations) == len(TruthSource)
    assert stored_calibrations(other) == {}
    assert own_placebos(other) == own_power(other) == own_resolution(other) == ()


def test_calibrations_of_a_model_for_two_tables_or_under_two_nulls_are_two_files():
    names = [calibration_name(table, "m", null) for table in ("table1", "table3") for null in (None, *Null)]
    assert len(set(names)) == len(names)
    assert names[:2] == ["table1_m", "table1_m_white_noise"]


def test_where_nothing_is_stored_there_is_none(tmp_path):
    assert read_calibration(tmp_path / "sbc_m.nc", "abc") is None


def test_a_file_that_is_no_calibration_is_refused_with_its_name(tmp_path):
    path = tmp_path / "sbc_m.nc"
    path.write_text("not netCDF", encoding="utf-8")
    with pytest.raises(DataError, match=r"sbc_m\.nc(?s:.)*make calibrate"):
        read_calibration(path, "abc")


def test_the_digest_follows_priors_and_rows_but_not_the_description():
    spec = load_model("coherent_break")
    panel = official_panel("balanced")
    count, label = (build_design(panel, ("dlnFAI", "dIS", "dBO"), Break.read(r, 2014)) for r in ("count", "label"))
    digest = calibration_digest(spec, count)
    assert calibration_digest(replace(spec, meaning="other words"), count) == digest
    assert calibration_digest(replace(spec, priors=replace(spec.priors, gamma=0.3)), count) != digest
    assert calibration_digest(spec, label) != digest


def test_the_calibrations_that_are_shipped_are_about_the_models_that_are_shipped():
    inputs = load_inputs(Request())
    placebos = own_placebos(inputs)
    made = {(one.data.attrs["table"], one.data.attrs["recipe"], one.data.attrs["null"]) for one in placebos}
    models = ("coherent_break", "no_break")
    assert {("table1", model, null) for model in models for null in Null} <= made
    assert {("table3", model, "white_noise") for model in models} <= made
    assert not any(one.stale for one in placebos)
    few = {one.data.sizes["simulation"] for one in placebos if one.data.attrs["null"] != "common_shift"}
    assert min(few) >= 60


def test_the_power_that_is_shipped_is_about_the_models_that_are_shipped():
    stored = own_power(load_inputs(Request()))
    assert [one.data.attrs["recipe"] for one in stored] == ["coherent_break", "no_break"]
    assert not any(one.stale for one in stored)
    assert {one.data.attrs["table"] for one in stored} == {"table1"}
    assert min(one.data.sizes["simulation"] for one in stored) >= 200


def test_a_stored_power_of_other_rows_is_marked_in_each_of_its_rows(tmp_path, monkeypatch):
    def place(kind, study, name):
        return calibration_path(kind, study, name, tmp_path)

    monkeypatch.setattr(own_models, "calibration_path", place)
    inputs = load_inputs(Request())
    assert own_power(inputs) == own_resolution(inputs) == ()
    assert own_power_table(()).empty
    one = np.ones((4, 3, 6))
    dims, attrs = ("simulation", "window", "term"), {"recipe": "no_break", "table": "table1"}
    attrs |= {"chains": 2, "draws": 300, "tune": 200}
    shape = {"estimate": one, "lower": one - 2, "upper": one + 1, "truth": 0 * one}
    coords = {"window": ["full", "pre", "post"], "term": ["a", "b", "c", "d", "e", "f"]}
    data = xr.Dataset({name: (dims, values) for name, values in shape.items()}, coords, attrs)
    data["estimate"][:, 1:] = np.nan
    digest = calibration_digest(load_model("no_break"), inputs.design("table1"))
    for found in (digest, "abc"):
        write_calibration(place(Calibration.POWER, "li_shi_border", "table1_no_break"), data, found)
        table = own_power_table(own_power(inputs))
        assert set(table["stale"]) == {found != digest}
        assert set(table["window"]) == {"full"}
        assert set(table["sampler"]) == {"2 chains of 300 draws after 200"}
        assert table["date"].str.len().eq(len("2026-01-31")).all()
        assert (table["coverage"] == 1).all()


def test_the_flagship_s_shipped_calibrations_are_about_the_flagship_that_is_shipped(calibrations):
    assert set(calibrations) == set(TruthSource)
    for source, run in calibrations.items():
        assert not run.stale, source
        assert run.data.attrs["check"] == ("sbc" if source is TruthSource.PRIOR else "posterior_sbc")
        assert (run.data.attrs["model"], run.data.attrs["generator"]) == ("coherent_break", "coherent_break")


def test_the_shipped_calibrations_pass(calibrations):
    for run in calibrations.values():
        assert run.verdict.passed, run.verdict.summary
        assert run.verdict.failed == 0


def test_the_shipped_coverage_lies_in_its_band_for_every_quantity(calibrations):
    """Truths from the prior, barrier included, 100 panels or more; the band holds with 99.9 %."""
    table = calibrations[TruthSource.PRIOR].verdict.table()
    assert len(table) == 68
    assert table["n"].min() >= 100
    outside = table[~table["inside"]]
    assert outside.empty, outside
    # Counted here from the places: the truth lies in a central interval of 90 % between the 5th and 95th percentiles.
    pit = calibrations[TruthSource.PRIOR].data["pit"].values
    np.testing.assert_allclose(table["coverage"], ((pit > 0.05) & (pit < 0.95)).mean(axis=0), atol=1e-12)
    band = stats.binom(len(pit), 0.9).interval(0.999)
    assert table["lower_band"].eq(band[0] / len(pit)).all()
    assert table["upper_band"].eq(band[1] / len(pit)).all()


def test_a_calibration_of_another_model_s_priors_or_rows_is_stale_and_one_that_is_not_there_is_left_out(
    monkeypatch, tmp_path, calibrations
):
    assert stored_calibrations(load_inputs(Request(break_="label")))[TruthSource.PRIOR].stale
    monkeypatch.setattr(analysis, "calibration_path", lambda *about: calibration_path(*about, tmp_path))
    assert stored_calibrations(load_inputs(Request())) == {}
    prior = calibrations[TruthSource.PRIOR]
    about = (Calibration.POSTERIOR_SBC, "li_shi_border", "table1_coherent_break")
    write_calibration(calibration_path(*about, tmp_path), prior.data, "other")
    (found,) = stored_calibrations(load_inputs(Request())).items()
    assert (found[0], found[1].stale) == (TruthSource.POSTERIOR, True)
