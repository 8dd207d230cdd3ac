"""Are the paper's printed figures read whole, and refused where they are not in order?"""

import pytest

from bayes_border.errors import DataError, SpecificationError
from bayes_border.published import load_published
from bayes_border.study import load_study
from bayes_border.vocabulary import Engine, Window


@pytest.fixture
def published():
    return load_published("li_shi_border")


def faults(folder):
    with pytest.raises(DataError) as error:
        load_published("copy", folder)
    return [str(fault) for fault in error.value.faults]


def test_two_tables_of_three_windows_and_six_terms_make_36_cells(published):
    assert len(published.cells) == len(published.tables) * len(published.windows) * len(published.terms) == 36


def test_a_cell_keeps_its_printed_strings_and_its_place(published):
    cell = published.cell("table3", "pre", "dg_dIS")
    assert (cell.estimate.text, cell.se.text, cell.stars) == ("-1.5149", "0.4215", "***")
    assert (cell.row, cell.column) == ("Δg*ΔIS", "1992—2013")
    assert published.symbol("dg_dIS") == "β5"


def test_footers_hold_counts_and_p_values_where_they_are_printed(published):
    assert [published.n_obs("table1", window) for window in Window] == [252, 198, 54]
    assert published.footer("table3", "post").m2_p.text == "0.11"
    assert published.footer("table1", "post").m2_p is None


def test_table_2_is_kept_as_extracted_beside_the_text(published):
    shares = {(row.place, row.area): row.tertiary.text for row in published.structure if row.year == 1992}
    assert shares["table2", "nation"] == "5.6"
    assert shares["table2", "border"] == "37"
    assert shares["text", "nation"] == "35.6"
    assert shares["text", "border"] == "33.7"


def test_printed_estimates_come_with_normal_intervals(published):
    estimate = published.estimates().at(table="table1", window=Window.FULL, term="dlnFAI")
    assert estimate.engine is Engine.PUBLISHED
    assert estimate.upper == pytest.approx(5.2329 + 1.6448536 * 1.9176, abs=1e-6)
    assert estimate.extra["stars"] == "***"
    assert len(published.estimates()) == 36


def test_a_study_knows_its_printed_figures():
    assert load_study("li_shi_border").published().name == "li_shi_border"


def test_the_digest_changes_with_any_printed_figure(published, folder, spoil):
    assert load_published("copy", folder).digest == published.digest
    spoil("structure.csv", "35.6", "35.7")
    assert load_published("copy", folder).digest != published.digest


@pytest.mark.parametrize(
    ("file", "change", "expected"),
    [
        ("estimates.csv", ("5.2329", "5,2329"), "row 2: has 7 columns"),
        (
            "estimates.csv",
            ("5.2329", "5" * 200_000),
            "estimates.csv: is no CSV (field larger than field limit (131072))",
        ),
        ("estimates.csv", ("5.2329", "five"), "row 2, column estimate: 'five' is not a number"),
        ("estimates.csv", ("5.2329", ""), "row 2, column estimate: '' is not a number"),
        ("estimates.csv", ("1.9176", "-1.9176"), "row 2, column se: -1.9176 is out of range"),
        ("estimates.csv", ("1.9176", "0.0000"), "row 2, column se: 0.0000 is not above zero"),
        ("estimates.csv", ("***", "****"), "row 2, column stars: '****' is unknown"),
        ("estimates.csv", ("table1,pre", "table2,pre"), "row 3, column table: 'table2' is unknown"),
        ("estimates.csv", ("table1,pre", "table1,before"), "row 3, column window: 'before' is unknown"),
        ("estimates.csv", ("pre,dlnFAI", "pre,lnFAI"), "row 3, column term: 'lnFAI' is unknown"),
        ("estimates.csv", ("table1,pre,dlnFAI", "table1,full,dlnFAI"), "table1/full/dlnFAI is there twice"),
        ("estimates.csv", ("table1,pre,dlnFAI", "table1,full,dlnFAI"), "table1/pre/dlnFAI is missing"),
        ("estimates.csv", ("table1,pre,dlnFAI,0.5294,1.5492,\n", ""), "table1/pre/dlnFAI is missing"),
        ("estimates.csv", ("table,window,term", "table,term,window"), "row 1: found the header"),
        ("footers.csv", ("252", "252.0"), "row 2, column n_obs: '252.0' is not a whole number"),
        ("footers.csv", ("table1,full,1", "table1,full,1.2"), "row 2, column hansen_p: 1.2 is out of range"),
        ("footers.csv", ("table1,full,1,,,252\n", ""), "table1/full is missing"),
        ("structure.csv", ("35.6", "135.6"), "row 12, column tertiary: 135.6 is out of range"),
        ("structure.csv", ("text,2020,border", "text,2020,nation"), "text/2020/nation is there twice"),
        ("structure.csv", ("table2,1992", ",1992"), "row 2, column place: is empty"),
        ("structure.csv", ("table2,1992", "table2,last"), "row 2, column year: 'last' is not a whole number"),
        ("claims.toml", ('kind = "starred"', 'kind = "stared"'), "does not match any of the expected tags"),
        ("claims.toml", ('sign = "+"', 'sign = "plus"'), "on_print.starred.sign: found"),
        ("claims.toml", ('reading = "statement"', 'raeding = "statement"'), "raeding: unknown key"),
        ("claims.toml", ('terms = ["dlnFAI"', 'terms = ["dlnFIA"'), "'dlnFIA' is unknown"),
        ("claims.toml", ('id = "fai_overall"', 'id = "fai_full"'), "fai_full: is there twice"),
        ("claims.toml", ("year = 1992", "year = 1993"), "no shares of border in 1993"),
        ("claims.toml", ("first = 1992", "first = 1991"), "no shares of border in 1991"),
        ("claims.toml", ("[[claims]]", "[[claims]"), "syntax"),
    ],
)
def test_each_fault_is_named_with_file_and_place(folder, spoil, file, change, expected):
    spoil(file, *change)
    found = faults(folder)
    assert all(fault.startswith(file) for fault in found)
    assert any(expected in fault for fault in found), found


def test_faults_of_several_files_are_reported_at_once(folder, spoil):
    spoil("estimates.csv", "5.2329", "five")
    spoil("estimates.csv", "0.5294", "none")
    spoil("footers.csv", "252", "many")
    (folder / "structure.csv").write_bytes("place,年".encode("gb18030"))
    found = faults(folder)
    assert len([fault for fault in found if fault.startswith("estimates.csv")]) == 2
    assert any(fault.startswith("footers.csv, row 2, column n_obs") for fault in found)
    assert any("structure.csv, byte 6: is not UTF-8" in fault for fault in found)


def test_a_missing_file_is_named(folder):
    (folder / "estimates.csv").unlink()
    assert faults(folder) == [f"estimates.csv: does not exist; add it to {folder}"]


def test_shares_and_claims_may_be_absent(folder):
    (folder / "structure.csv").unlink()
    (folder / "claims.toml").unlink()
    published = load_published("copy", folder)
    assert published.structure == ()
    assert published.claims == ()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("units = 9", "units = 1", "units: found 1"),
        ("units = 9", "", "units: is missing"),
        ("units = 9", "unit = 9", "unit: unknown key"),
        ('window = "full"', 'window = "all"', "windows.0.window: found"),
        ('outcome = "growth"', 'outcome = "g"', "tables.0.outcome: found"),
        ('table = "table1"', 'table = "../table1"', "tables.0.table: '../table1' is not a safe name"),
    ],
)
def test_a_faulty_layout_is_a_faulty_specification(folder, spoil, old, new, expected):
    spoil("paper.toml", old, new)
    with pytest.raises(SpecificationError) as error:
        load_published("copy", folder)
    assert expected in str(error.value)


@pytest.mark.parametrize("name", ["../secret", "Li", "", "a b", "no_such_paper"])
def test_an_unsafe_or_unknown_name_is_refused(name):
    with pytest.raises(SpecificationError):
        load_published(name)
