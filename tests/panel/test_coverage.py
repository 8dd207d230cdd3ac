"""Do coverage, summary and comparison of sources say what is in the figures?"""

import numpy as np
import pytest

from bayes_border.criteria import SOURCE_GAP
from bayes_border.panel.coverage import (
    coverage,
    declared_gaps,
    differenced,
    source_agreement,
    source_comparison,
    source_differences,
    sources,
    summary,
)
from bayes_border.panel.official import official_panel


@pytest.fixture(scope="module")
def extended():
    return official_panel("extended")


def test_coverage_has_one_row_a_series_province_and_year(extended):
    table = coverage(extended)
    assert list(table.columns) == ["series", "province", "year", "status", "source", "value"]
    assert len(table) == len(table.drop_duplicates(["series", "province", "year"])) == 5 * 252
    missing = table[table["status"] == "missing"]
    assert missing.groupby("series").size().to_dict() == {"dBO": 56, "drelative_income": 9}


def test_summary_counts_and_describes_the_known_differences(extended):
    table = summary(extended).set_index("series")
    assert list(table.index) == differenced(extended) == ["dg", "dlnFAI", "dIS", "dBO", "drelative_income"]
    assert table.loc["dBO", ["n", "missing"]].tolist() == [196, 56]
    frame = coverage(extended).query("series == 'dBO'").dropna(subset="value")
    assert table.loc["dBO", "mean"] == pytest.approx(frame["value"].mean())
    assert table.loc["dBO", "sd"] == pytest.approx(frame["value"].std())
    within = frame["value"] - frame.groupby("province")["value"].transform("mean")
    assert table.loc["dBO", "sd_within"] == pytest.approx(within.std())
    assert table.loc["dBO", ["minimum", "maximum"]].tolist() == [frame["value"].min(), frame["value"].max()]


def test_a_difference_of_sources_is_computed_from_the_printed_figures():
    # Jilin 2013: levels of one source say 4.9 %, the published growth 20.0 %.
    row = source_comparison().query("series == 'dlnFAI' and province == 'Jilin' and year == 2013").iloc[0]
    assert (row["used_source"], row["other_source"], row["other"]) == ("S03", "S05", 20.0)
    known = official_panel("balanced").data["dlnFAI"].sel(province="Jilin", year=2013).item()
    assert row["used"] == pytest.approx(100 * np.expm1(known))
    assert row["gap"] == pytest.approx(row["used"] - 20.0)


def test_growth_is_compared_as_it_is():
    row = source_comparison().query("series == 'dg' and province == 'Tibet' and year == 1993 and other_source == 'S01'")
    assert row["used"].item() == pytest.approx(15.5, abs=1e-4)
    assert row["other"].item() == pytest.approx(8.2, abs=0.05)


def test_only_gaps_wider_than_the_criterion_are_shown_and_the_widest_first():
    wide = source_differences()
    size = wide["gap"].abs()
    assert (size > SOURCE_GAP).all()
    assert size.is_monotonic_decreasing
    assert len(wide) == (source_comparison()["gap"].abs() > SOURCE_GAP).sum()
    assert len(source_differences(1000.0)) == 0


def test_no_source_is_compared_with_itself():
    table = source_comparison()
    assert (table["used_source"] != table["other_source"]).all()
    assert not table.duplicated(["series", "province", "year", "other_source"]).any()


def test_agreement_counts_every_compared_cell_once():
    table = source_agreement()
    assert table["n"].sum() == len(source_comparison())
    same = table.query("series == 'dg' and other_source == 'S03'").iloc[0]
    assert same["n"] == 180
    assert same["widest_gap"] < 1e-5


def test_sources_and_gaps_are_listed_with_provenance_and_reason():
    table = sources()
    assert {"source", "repository", "commit", "stated_source", "vintage", "note", "cite"} <= set(table.columns)
    assert table["commit"].str.fullmatch("[0-9a-f]{40}").all()
    gaps = declared_gaps()
    assert gaps["reason"].str.len().gt(10).all()
    assert set(gaps["series"]) == {"dBO", "drelative_income"}
