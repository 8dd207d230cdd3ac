"""Do the official panels hold the figures that their sources give, and no others?"""

import csv
import math

import numpy as np
import pytest

from bayes_border.errors import DataError, SpecificationError, UsageError
from bayes_border.panel.figures import load_figures, read_figures
from bayes_border.panel.official import build_panel, official_panel
from bayes_border.panel.series import load_series
from bayes_border.project import data_folder

DIFFERENCES = ("dg", "dlnFAI", "dIS", "dBO", "drelative_income")


@pytest.fixture(scope="module")
def balanced():
    return official_panel("balanced")


@pytest.fixture(scope="module")
def extended():
    return official_panel("extended")


@pytest.fixture(scope="module")
def raw():
    """The committed figures, read without the project: (source, series, province, year) -> value."""
    with (data_folder() / "official" / "figures.csv").open(encoding="utf-8", newline="") as stream:
        return {
            (row["source"], row["series"], row["province"], int(row["year"])): float(row["value"])
            for row in csv.DictReader(stream)
        }


def cell(panel, series, province, year):
    return panel.data[series].sel(province=province, year=year).item()


def test_the_balanced_core_has_180_rows_and_no_gap(balanced):
    rows = balanced.data.sel(year=slice(balanced.first_row, balanced.last_row))
    assert (balanced.first_row, balanced.last_row) == (2001, 2020)
    assert [int(np.isfinite(rows[s].values).sum()) for s in DIFFERENCES] == [180, 180, 180, 180, 171]


def test_the_extended_panel_has_252_rows_and_56_of_them_without_openness(extended):
    rows = extended.data.sel(year=slice(extended.first_row, extended.last_row))
    assert (extended.first_row, extended.last_row) == (1993, 2020)
    assert [int(np.isfinite(rows[s].values).sum()) for s in DIFFERENCES] == [252, 252, 252, 196, 243]


def test_openness_is_missing_for_all_until_1997_and_in_2000_and_for_tibet_until_2000(extended):
    missing = {
        (str(province), int(year))
        for province in extended.data["province"].values
        for year in range(1993, 2021)
        if math.isnan(cell(extended, "dBO", province, year))
    }
    expected = {(p, t) for p in extended.provinces for t in (1993, 1994, 1995, 1996, 1997, 2000)}
    assert missing == expected | {("Tibet", 1998), ("Tibet", 1999)}


def test_provinces_stand_in_the_order_of_the_study(balanced, extended, spec):
    assert balanced.provinces == extended.provinces == list(spec.units)


def test_the_base_year_has_levels_and_no_differences(balanced):
    base = balanced.data.sel(year=2000)
    assert all(np.isnan(base[s].values).all() for s in DIFFERENCES)
    assert np.isfinite(base["BO"].values).all()
    assert {str(v) for s in DIFFERENCES for v in base[f"status_{s}"].values} == {"missing"}
    assert {str(v) for s in DIFFERENCES for v in base[f"source_{s}"].values} == {""}


@pytest.mark.parametrize(
    ("where", "by_hand", "tolerance"),
    [
        # GDP indices 113.2 (2011) and 111.8 (2010); the source stores single precision.
        (("dg", "Gansu", 2011), 1.4, 1e-5),
        # 83.2577 over 64.05.
        (("dlnFAI", "Tibet", 2001), math.log(83.2577 / 64.05), 1e-12),
        # The definition changes: official growth of 36.5 %.
        (("dlnFAI", "Gansu", 2011), math.log(1.365), 1e-12),
        # Chained by its compiler from growth of 7.8 %.
        (("dlnFAI", "Gansu", 2020), math.log(1.078), 1e-9),
        (("dIS", "Tibet", 2001), 70.7 / 32.0 - 55.3 / 27.1, 1e-12),
        # Both years from the source that reaches 2020.
        (("dIS", "Gansu", 2020), 4966.52 / 2852.03 - 4805.4 / 2862.42, 1e-12),
        # 1000 USD times yuan per USD over 100 million yuan.
        (("dBO", "Tibet", 2001), 92910 * 8.277 / (139.2 * 1e5) - 130310 * 8.2784 / (117.8 * 1e5), 1e-8),
        # Both years in yuan.
        (("dBO", "Gansu", 2020), 382.40 / 9016.7 - 380.41 / 8718.3, 1e-8),
        (("drelative_income", "Tibet", 2001), 100 * (5318 / 8716.68223817653 - 4572 / 7942.06916856542), 1e-9),
    ],
)
def test_differences_equal_those_computed_by_hand(balanced, where, by_hand, tolerance):
    assert cell(balanced, *where) == pytest.approx(by_hand, abs=tolerance)


def oracle(raw, series, source, province):
    """Return the level of each year that one source's figures give, whatever the rules say."""

    def figure(name, t, of=source, where=province):
        return raw[of, name, where, t]

    levels = {
        "dg": lambda t: figure("gdp_index", t) - 100,
        "dlnFAI": lambda t: math.log(figure("gfcf" if source == "S04" else "fai", t)),
        "dIS": lambda t: figure("va_tertiary", t) / figure("va_secondary", t),
        "dBO": lambda t: figure("trade_rmb", t) / figure("gdp", t, of="S02"),
        "drelative_income": lambda t: 100 * figure("gdp_per_capita", t) / figure("gdp_per_capita", t, where="China"),
    }
    if (series, source) == ("dBO", "S03"):
        return lambda t: figure("trade_usd", t) * figure("usd_cny", t, where="China") / figure("gdp", t, of="S02") / 1e5
    return levels[series]


@pytest.mark.parametrize("series", DIFFERENCES)
def test_no_difference_crosses_sources(extended, raw, series):
    compared = 0
    for province in extended.provinces:
        for year in range(1993, 2021):
            source = cell(extended, f"source_{series}", province, year)
            if cell(extended, f"status_{series}", province, year) in {"official growth", "missing"}:
                continue
            level = oracle(raw, series, source, province)
            expected = level(year) - level(year - 1)
            assert cell(extended, series, province, year) == pytest.approx(expected, abs=1e-9)
            compared += 1
    assert compared >= 196


def test_the_year_of_the_change_of_definition_is_official_growth(balanced):
    statuses = balanced.data["status_dlnFAI"].sel(year=2011).values
    assert set(statuses) == {"official growth"}


def test_only_tibets_industrial_structure_of_2020_is_preliminary(extended):
    flagged = [
        (series, str(province), int(year))
        for series in DIFFERENCES
        for province in extended.provinces
        for year in extended.data["year"].values
        if cell(extended, f"status_{series}", province, year) == "preliminary"
    ]
    assert flagged == [("dIS", "Tibet", 2020)]


def test_a_preliminary_figure_marks_the_differences_of_its_year_and_of_the_next():
    figures = load_figures()
    frame = figures.frame.copy()
    of = (frame["source"] == "S03") & (frame["series"] == "fai") & (frame["year"] == 2005)
    frame.loc[of & (frame["province"] == "Jilin"), "status"] = "preliminary"
    declared = load_series()
    panel = build_panel(declared.panels[0], declared, type(figures)(frame))
    statuses = panel.data["status_dlnFAI"].sel(province="Jilin", year=slice(2004, 2007)).values
    assert list(statuses) == ["official", "preliminary", "preliminary", "official"]


def test_every_gap_is_missing_without_source_and_every_figure_has_both(extended):
    rows = extended.data.sel(year=slice(1993, 2020))
    for series in DIFFERENCES:
        known = np.isfinite(rows[series].values)
        assert ((rows[f"status_{series}"].values == "missing") == ~known).all()
        assert ((rows[f"source_{series}"].values == "") == ~known).all()


def test_levels_start_from_one_source_and_add_up_the_differences(balanced, extended, raw):
    assert cell(balanced, "lnFAI", "Gansu", 2000) == pytest.approx(math.log(raw["S03", "fai", "Gansu", 2000]))
    for panel in (balanced, extended):
        for level, difference in [("lnFAI", "dlnFAI"), ("IS", "dIS"), ("growth", "dg"), ("BO", "dBO")]:
            change = panel.data[level].diff("year")
            known = np.isfinite(change.values)
            added = panel.data[difference].isel(year=slice(1, None)).values
            np.testing.assert_allclose(change.values[known], added[known], atol=1e-12)


def test_levels_end_at_a_gap(extended):
    assert np.isfinite(extended.data["BO"].sel(year=slice(2000, 2020)).values).all()
    assert np.isnan(extended.data["BO"].sel(year=slice(1992, 1999)).values).all()
    assert np.isnan(extended.data["relative_income"].sel(year=2020).values).all()


def test_levels_of_growth_are_the_published_rates(balanced, raw):
    for province in balanced.provinces:
        published = raw["S02", "gdp_index", province, 2020] - 100
        assert cell(balanced, "growth", province, 2020) == pytest.approx(published, abs=1e-9)


def test_a_caller_cannot_spoil_the_next_callers_panel():
    official_panel("balanced").data["dg"].values[:] = 0.0
    assert official_panel("balanced").data["dg"].sel(year=2001).values.any()


def test_an_unknown_panel_is_refused_with_the_names_that_exist():
    with pytest.raises(UsageError, match="panel 'balance' is unknown; use one of balanced, extended"):
        official_panel("balance")


def test_a_figure_that_a_rule_needs_must_exist():
    figures, declared = load_figures(), load_series()
    frame = figures.frame
    lost = (frame["source"] == "S03") & (frame["series"] == "fai") & (frame["year"] == 2005)
    lost &= frame["province"] == "Yunnan"
    with pytest.raises(DataError) as error:
        build_panel(declared.panels[0], declared, type(figures)(frame[~lost]))
    assert [str(fault) for fault in error.value.faults] == [
        f"dlnFAI, Yunnan, {year}: a figure that its rule needs is missing; select it or declare a gap"
        for year in (2005, 2006)
    ]


def test_a_cell_must_have_a_rule_or_a_declared_gap():
    declared = load_series()
    series = declared.named("dBO")
    bare = type(series)(**{**vars_of(series), "gaps": series.gaps[:2]})
    others = tuple(bare if s.name == "dBO" else s for s in declared.series)
    stripped = type(declared)(**{**vars_of(declared), "series": others})
    with pytest.raises(SpecificationError) as error:
        build_panel(declared.panels[1], stripped, load_figures())
    assert len(error.value.faults) == 9
    assert str(error.value.faults[0]) == "dBO, Gansu, 2000: has neither a rule nor a gap; declare one of them"


def vars_of(declared):
    return {name: getattr(declared, name) for name in declared.__dataclass_fields__}


def test_a_panel_that_must_be_complete_may_hold_no_gap():
    declared = load_series()
    strict = type(declared.panels[1])(**{**vars_of(declared.panels[1]), "complete": ("dBO",)})
    with pytest.raises(DataError) as error:
        build_panel(strict, declared, load_figures())
    assert len(error.value.faults) == 56


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("province,year\n", "header: lacks series, value, unit, source, status; "),
        ("Tibet,2001,fai,1,yuan,S03,official\n" * 2, "row 3: Tibet/2001/fai/S03 stands twice; remove one of them"),
        ("Tibet,2001,fai,1,ounces,S03,official\n", "column 'unit': found 'ounces'; use one of 100 million yuan, "),
        ("Tibet,2001,fai,1,yuan,S03,rumour\n", "column 'status': found 'rumour'; use one of official, "),
    ],
)
def test_a_faulty_table_of_figures_is_refused(tmp_path, text, fault):
    header = "" if text.startswith("province") else "province,year,series,value,unit,source,status\n"
    path = tmp_path / "figures.csv"
    path.write_text(header + text, encoding="utf-8")
    with pytest.raises(DataError) as error:
        read_figures(path)
    assert str(error.value.faults[0]).startswith(fault)
    assert len(error.value.faults) == 1
