"""Does a sound file of any format give the panel that its figures say?"""

import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bayes_border.panel.official import official_panel
from bayes_border.panel.read import read_panel

CHINESE = {
    "province": "省份",
    "year": "年份",
    "growth": "经济增长速度",
    "fai": "固定资产投资",
    "is": "产业结构",
    "bo": "边疆开放",
}


@pytest.fixture
def frame(small):
    return pd.read_csv(io.StringIO(small))


def write_csv(frame, path):
    frame.to_csv(path, index=False)


def write_csv_with_mark(frame, path):
    frame.to_csv(path, index=False, encoding="utf-8-sig")


def write_gb18030(frame, path):
    frame.to_csv(path, index=False, encoding="gb18030")


def write_windows_lines(frame, path):
    frame.to_csv(path, index=False, lineterminator="\r\n")


def write_excel(frame, path):
    frame.to_excel(path, index=False)


def write_stata(frame, path):
    frame.to_stata(path, write_index=False, version=118)


def write_parquet(frame, path):
    frame.to_parquet(path, index=False)


WRITERS = [
    ("panel.csv", write_csv),
    ("panel.csv", write_csv_with_mark),
    ("panel.csv", write_gb18030),
    ("PANEL.CSV", write_windows_lines),
    ("panel.xlsx", write_excel),
    ("panel.dta", write_stata),
    ("panel.parquet", write_parquet),
]


def assert_holds(panel, frame):
    """Compare a panel with differences taken by pandas from the frame that was written."""
    frame = frame.sort_values(["province", "year"]).assign(lnfai=lambda f: np.log(f["fai"]))
    for column, difference in [("growth", "dg"), ("lnfai", "dlnFAI"), ("is", "dIS"), ("bo", "dBO")]:
        wide = frame.assign(d=frame.groupby("province")[column].diff()).pivot_table(
            index="province", columns="year", values="d", dropna=False
        )
        found = panel.data[difference].to_pandas()[wide.columns].loc[wide.index]
        np.testing.assert_allclose(found.to_numpy(), wide.to_numpy(), rtol=0, atol=1e-12)


@pytest.mark.parametrize("language", ["english", "chinese"])
@pytest.mark.parametrize("writer", WRITERS)
def test_every_format_and_language_gives_the_same_panel(tmp_path, frame, spec, writer, language):
    name, write = writer
    written = frame
    if language == "chinese":
        written = frame.replace({"Gansu": "甘肃", "Yunnan": "云南"}).rename(columns=CHINESE)
    write(written, tmp_path / name)
    panel = read_panel(tmp_path / name, spec)
    assert panel.provinces == ["Gansu", "Yunnan"]
    assert (panel.first_row, panel.last_row, panel.name) == (2002, 2004, name)
    assert_holds(panel, frame)


def test_rows_in_any_order_and_blanks_around_names_are_taken(tmp_path, frame, small, spec):
    lines = small.splitlines()
    shuffled = [lines[0].replace(",", " , "), *reversed(lines[1:])]
    (tmp_path / "panel.csv").write_text("\n".join(shuffled).replace("Gansu", " Gansu "), encoding="utf-8")
    assert_holds(read_panel(tmp_path / "panel.csv", spec), frame)


def test_full_width_digits_are_digits(tmp_path, frame, small, spec):
    (tmp_path / "panel.csv").write_text(small.replace("9.9,526", "\uff19\uff0e\uff19,526"), encoding="utf-8")
    assert_holds(read_panel(tmp_path / "panel.csv", spec), frame)


def test_a_year_stored_as_a_stata_date_is_read(tmp_path, frame, spec):
    dated = frame.assign(year=pd.to_datetime(frame["year"].astype(str)))
    dated.to_stata(tmp_path / "panel.dta", write_index=False, convert_dates={"year": "ty"})
    assert_holds(read_panel(tmp_path / "panel.dta", spec), frame)


def test_figures_of_a_users_file_are_as_supplied_and_name_it(tmp_path, frame, spec):
    write_csv(frame, tmp_path / "mine.csv")
    panel = read_panel(tmp_path / "mine.csv", spec)
    rows = panel.data.sel(year=slice(2002, 2004))
    assert set(rows["status_dIS"].values.ravel()) == {"as supplied"}
    assert set(rows["source_dIS"].values.ravel()) == {"mine.csv"}
    assert set(panel.data["status_dIS"].sel(year=2001).values) == {"missing"}


def test_columns_left_aside_and_units_left_out_are_named_in_the_source(tmp_path, frame, spec):
    write_csv(frame.assign(remark="x"), tmp_path / "panel.csv")
    assert read_panel(tmp_path / "panel.csv", spec).source == (
        "The user's file panel.csv, 2 units, as supplied;"
        " without Guangxi, Heilongjiang, Inner Mongolia, Jilin, Liaoning, Tibet, Xinjiang;"
        " columns left aside: remark."
    )


def test_an_optional_column_may_be_absent_or_have_gaps(tmp_path, frame, spec):
    write_csv(frame, tmp_path / "panel.csv")
    assert "drelative_income" not in read_panel(tmp_path / "panel.csv", spec).data
    income = [52.0, 52.5, 53.5, np.nan, 60.0, 61.0, 62.0, 64.0]
    write_csv(frame.assign(relative_income=income), tmp_path / "panel.csv")
    change = read_panel(tmp_path / "panel.csv", spec).data["drelative_income"]
    np.testing.assert_allclose(change.values, [[np.nan, 0.5, 1.0, np.nan], [np.nan, 1.0, 1.0, 2.0]])


def test_a_study_with_gaps_takes_a_missing_year_and_no_difference_spans_it(tmp_path, frame, spec):
    write_csv(frame.drop(index=2), tmp_path / "panel.csv")
    panel = read_panel(tmp_path / "panel.csv", replace(spec, gaps=True))
    assert np.isnan(panel.data["dg"].sel(province="Gansu", year=[2003, 2004]).values).all()
    assert panel.data["dg"].sel(province="Gansu", year=2002) == pytest.approx(0.1)
    assert panel.data["status_dg"].sel(province="Gansu", year=2004) == "missing"


def test_a_study_without_a_list_of_units_takes_any_name(tmp_path, frame, spec):
    write_csv(frame.replace({"Gansu": "620000", "Yunnan": "530000"}), tmp_path / "panel.csv")
    panel = read_panel(tmp_path / "panel.csv", replace(spec, units=()))
    assert panel.provinces == ["530000", "620000"]


def test_numbers_serve_as_names_of_units(tmp_path, frame, spec):
    coded = frame.assign(province=frame["province"].map({"Gansu": 620000.0, "Yunnan": 530000.0}))
    coded.to_stata(tmp_path / "panel.dta", write_index=False)
    panel = read_panel(tmp_path / "panel.dta", replace(spec, units=()))
    assert panel.provinces == ["530000", "620000"]


def test_the_official_panel_written_and_read_again_is_the_same(tmp_path, spec):
    official = official_panel("balanced")
    frame = official.to_frame()[["province", "year", "growth", "lnFAI", "IS", "BO", "relative_income"]]
    frame = frame.assign(fai=np.exp(frame["lnFAI"])).drop(columns="lnFAI")
    write_csv(frame.rename(columns={"IS": "is", "BO": "bo"}), tmp_path / "panel.csv")
    panel = read_panel(tmp_path / "panel.csv", spec)
    for series in ("dg", "dlnFAI", "dIS", "dBO", "drelative_income"):
        np.testing.assert_allclose(panel.data[series].values, official.data[series].values, atol=1e-12)


def figures(lowest, highest):
    return arrays(float, (3, 4), elements=st.floats(lowest, highest, allow_subnormal=False))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    levels=st.fixed_dictionaries(
        {
            "growth": figures(2.0, 30.0),
            # Smaller numbers that hardly change are taken for logarithms, and refused.
            "fai": figures(33.0, 100000.0),
            "is": figures(0.1, 14.0),
            "bo": figures(0.0, 4.0),
        }
    ),
    order=st.permutations(range(12)),
    writer=st.sampled_from(WRITERS),
)
def test_any_valid_panel_written_and_read_gives_its_differences(tmp_path, spec, levels, order, writer):
    units, years = ["Gansu", "Tibet", "Yunnan"], [2001, 2002, 2003, 2004]
    index = pd.MultiIndex.from_product([units, years], names=["province", "year"])
    frame = pd.DataFrame({name: values.ravel() for name, values in levels.items()}, index=index).reset_index()
    name, write = writer
    write(frame.iloc[list(order)], tmp_path / name)
    data = read_panel(tmp_path / name, spec).data
    transformed = {"dg": levels["growth"], "dlnFAI": np.log(levels["fai"]), "dIS": levels["is"], "dBO": levels["bo"]}
    for series, level in transformed.items():
        np.testing.assert_allclose(data[series].values[:, 1:], np.diff(level, axis=1), rtol=0, atol=1e-12)
