"""Does each bad panel get the one message that names the place, what was found and what to do?"""

import io
from contextlib import suppress

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bayes_border.errors import DataError, Fault
from bayes_border.panel.read import read_panel

UNITS = "Gansu, Guangxi, Heilongjiang, Inner Mongolia, Jilin, Liaoning, Tibet, Xinjiang, Yunnan"
NUMBER = "write a plain number with a decimal point"


def faults_of(path, spec):
    with pytest.raises(DataError) as error:
        read_panel(path, spec)
    assert error.value.source == str(path)
    assert error.value.exit_code == 11
    return [str(fault) for fault in error.value.faults]


def table(small):
    return pd.read_csv(io.StringIO(small))


def scaled(small, column, factor, shift=0.0):
    frame = table(small)
    frame[column] = (frame[column] * factor + shift).round(6)
    return frame.to_csv(index=False)


def logged(small, factor):
    return table(small).assign(fai=lambda t: np.log(factor * t["fai"]).round(6)).to_csv(index=False)


# Each case: what is done to a file without fault, and every fault that must be named.
CELLS = {
    "not a number": (
        lambda s: s.replace("9.9,526", "n.k.,526"),
        [f"row 3, column 'growth': 'n.k.' is not a number; {NUMBER}"],
    ),
    "percent sign": (
        lambda s: s.replace("9.9,526", "9.9%,526"),
        ["row 3, column 'growth': '9.9%' is not a number; leave the percent sign out"],
    ),
    "thousands separator": (
        lambda s: s.replace("1000.12", '"1,000.12"'),
        ["row 8, column 'fai': '1,000.12' is not a number; leave the thousands separators out"],
    ),
    "decimal comma": (
        lambda s: s.replace("1000.12", '"1000,12"'),
        ["row 8, column 'fai': '1000,12' is not a number; write a decimal point"],
    ),
    "underscore": (
        lambda s: s.replace("1000.12", "1_000.12"),
        [f"row 8, column 'fai': '1_000.12' is not a number; {NUMBER}"],
    ),
    "empty cell": (
        lambda s: s.replace("9.9,526", ",526"),
        ["row 3, column 'growth': is empty or marked as missing; fill it"],
    ),
    "blank cell": (
        lambda s: s.replace("9.9,526", "  ,526"),
        ["row 3, column 'growth': is empty or marked as missing; fill it"],
    ),
    "cell marked NaN": (
        lambda s: s.replace("9.9,526", "NaN,526"),
        ["row 3, column 'growth': is empty or marked as missing; fill it"],
    ),
    "infinite": (
        lambda s: s.replace("9.9,526", "-inf,526"),
        ["row 3, column 'growth': '-inf' is infinite; correct the division behind it"],
    ),
    "overflow to infinity": (
        lambda s: s.replace("9.9,526", "1e999,526"),
        ["row 3, column 'growth': '1e999' is infinite; correct the division behind it"],
    ),
    "growth out of range": (
        lambda s: s.replace("9.9,526", "-61,526"),
        ["row 3, column 'growth': -61 is below -50; check it (unit: percent)"],
    ),
    "one growth index": (
        lambda s: s.replace("9.9,526", "109.9,526"),
        [
            (
                "row 3, column 'growth': 109.9 is above 60;"
                " this looks like an index with the preceding year as 100: subtract 100"
            )
        ],
    ),
    "one ratio in percent": (
        lambda s: s.replace("1.026", "102.6"),
        ["row 3, column 'is': 102.6 is above 15; this looks like percent: divide by 100"],
    ),
    "no investment": (
        lambda s: s.replace("526.24", "0"),
        ["row 3, column 'fai': 0 has no logarithm; give a number above zero"],
    ),
    "negative investment": (
        lambda s: s.replace("526.24", "-526.24"),
        ["row 3, column 'fai': -526.24 has no logarithm; give a number above zero"],
    ),
    "negative openness": (
        lambda s: s.replace("0.059", "-0.059"),
        ["row 3, column 'bo': -0.059 is below 0; check it (unit: ratio of trade to GDP)"],
    ),
    "year is text": (
        lambda s: s.replace("Gansu,2002", "Gansu,2002年"),
        ["row 3, column 'year': '2002年' is not a year; write four digits"],
    ),
    "year is a fraction": (
        lambda s: s.replace("Gansu,2002", "Gansu,2002.5"),
        ["row 3, column 'year': '2002.5' is not a year; write four digits"],
    ),
    "year is empty": (
        lambda s: s.replace("Gansu,2002", "Gansu,"),
        ["row 3, column 'year': is empty or marked as missing; fill it"],
    ),
    "year out of range": (
        lambda s: s.replace("2001", "1901").replace("2002", "1902").replace("2003", "1903").replace("2004", "1904"),
        [
            "row 2, column 'year': 1901 is below 1949; check it",
            "row 3, column 'year': 1902 is below 1949; check it",
            "row 4, column 'year': 1903 is below 1949; check it",
            "row 5, column 'year': 1904 is below 1949; check it",
            "row 6, column 'year': 1901 is below 1949; check it",
            "row 7, column 'year': 1902 is below 1949; check it",
            "row 8, column 'year': 1903 is below 1949; check it",
            "row 9, column 'year': 1904 is below 1949; check it",
        ],
    ),
    "unknown province": (
        lambda s: s.replace("Gansu,2002", "Hebei,2002"),
        [
            f"row 3, column 'province': 'Hebei' is not a unit of study 'li_shi_border'; use one of {UNITS}",
        ],
    ),
    "misspelled province": (
        lambda s: s.replace("Gansu,2002", "Gunsu,2002"),
        [
            (
                "row 3, column 'province': 'Gunsu' is not a unit of study 'li_shi_border';"
                f" did you mean 'Gansu'? use one of {UNITS}"
            ),
        ],
    ),
    "one year out of range": (
        lambda s: s.replace("Gansu,2002", "Gansu,202"),
        ["row 3, column 'year': 202 is below 1949; write four digits"],
    ),
    "province is empty": (
        lambda s: s.replace("Gansu,2002", " ,2002"),
        ["row 3, column 'province': is empty or marked as missing; fill it"],
    ),
}

COLUMNS = {
    "openness in percent": (
        lambda s: scaled(s, "bo", 100),
        [("column 'bo': 8 of 8 values lie above 5 (first in row 2: 5.7); this looks like percent: divide by 100")],
    ),
    "structure in percent": (
        lambda s: scaled(s, "is", 100),
        [("column 'is': 8 of 8 values lie above 15 (first in row 2: 100.3); this looks like percent: divide by 100")],
    ),
    "growth as an index": (
        lambda s: scaled(s, "growth", 1, 100),
        [
            (
                "column 'growth': 8 of 8 values lie above 60 (first in row 2: 109.8);"
                " this looks like an index with the preceding year as 100: subtract 100"
            )
        ],
    ),
    "growth as a fraction": (
        lambda s: scaled(s, "growth", 0.01),
        [
            (
                "column 'growth': every value lies between 0.068 and 0.113, which looks like a fraction;"
                " give percent: multiply by 100"
            )
        ],
    ),
    "investment in 10 thousand yuan": (
        lambda s: scaled(s, "fai", 1e4),
        [
            (
                "column 'fai': 8 of 8 values lie above 200000 (first in row 2: 4.6037e+06);"
                " this looks like 10 thousand yuan: divide by 10,000"
            )
        ],
    ),
    "investment in yuan": (
        lambda s: scaled(s, "fai", 1e8),
        [
            (
                "column 'fai': 8 of 8 values lie above 200000 (first in row 2: 4.6037e+10);"
                " this looks like yuan: divide by 100,000,000"
            )
        ],
    ),
    "investment as a logarithm": (
        lambda s: logged(s, 1.0),
        [
            (
                "column 'fai': every value lies between 6.13203 and 7.16359, which looks like a logarithm;"
                " give 100 million yuan: its logarithm is taken here"
            )
        ],
    ),
    "investment as the logarithm of yuan": (
        lambda s: logged(s, 1e8),
        [
            (
                "column 'fai': every value lies between 24.5527 and 25.5843, which looks like a logarithm;"
                " give 100 million yuan: its logarithm is taken here"
            )
        ],
    ),
    "years as dates": (
        lambda s: table(s).assign(year=lambda t: t["year"].astype(str) + "-12-31").to_csv(index=False),
        [("column 'year': 8 of 8 cells hold a date (first in row 2: '2001-12-31'); write the year alone, four digits")],
    ),
    "missing column": (
        lambda s: table(s).drop(columns="is").to_csv(index=False),
        [
            (
                "header: lacks the column 'is' or '产业结构'; add it (ratio of tertiary to secondary value added);"
                " the file has no other"
            )
        ],
    ),
    "renamed column": (
        lambda s: s.replace(",is,", ",structure,"),
        [
            (
                "header: lacks the column 'is' or '产业结构'; add it (ratio of tertiary to secondary value added);"
                " the file has 'structure' besides"
            )
        ],
    ),
    "misspelled column": (
        lambda s: s.replace("growth", "grwoth"),
        ["header: 'grwoth' is unknown; rename it 'growth' or '经济增长速度', or drop it"],
    ),
    "misspelled optional column": (
        lambda s: table(s).assign(relativ_income=50.0).to_csv(index=False),
        ["header: 'relativ_income' is unknown; rename it 'relative_income', or drop it"],
    ),
    "column by name and alias": (
        lambda s: table(s).assign(产业结构=1.0).to_csv(index=False),
        ["header: 'is' and '产业结构' are one column; keep one of them"],
    ),
    "column twice": (
        lambda s: s.replace(",bo", ",is"),
        [
            "header: 'is' and 'is' are one column; keep one of them",
            "header: lacks the column 'bo' or '边疆开放'; add it (ratio of trade to GDP); the file has no other",
        ],
    ),
    "nameless column": (
        lambda s: "".join(f"{line}{tail}\n" for line, tail in zip(s.splitlines(), [",", *[",7"] * 8], strict=True)),
        ["column 7: has cells and no name; name it in the header or empty it"],
    ),
}

GRIDS = {
    "a title above the header": (
        lambda s: "Table A\n" + s,
        [
            (
                "line 1: the header has 1 cell, every line below 6;"
                " begin with the header, give each of its columns a name and each line a cell for it"
            )
        ],
    ),
    "a header separated otherwise": (
        lambda s: s.replace("\n", ",\n").replace("bo,\n", "bo\n"),
        [
            (
                "line 1: the header has 6 cells, every line below 7;"
                " begin with the header, give each of its columns a name and each line a cell for it"
            )
        ],
    ),
    "province and year twice": (
        lambda s: s + "Gansu,2002,9.9,526.24,1.026,0.059\n",
        ["row 10: 'Gansu', 2002, stands already in row 3; keep one of the two rows"],
    ),
    "province under two names": (
        lambda s: s.replace("Gansu,2003", "甘肃,2003"),
        ["row 4: 'Gansu' is called 'Gansu' and '甘肃'; call it by one name"],
    ),
    "year missing inside": (
        lambda s: s.replace("Gansu,2003,11.3,619.82,1.031,0.078\n", ""),
        ["unit 'Gansu': lacks 2003 (the panel runs 2001-2004); add the rows, or set gaps = true in the study"],
    ),
    "cut off after a row": (
        lambda s: "".join(s.splitlines(keepends=True)[:-2]),
        ["unit 'Yunnan': lacks 2003-2004 (the panel runs 2001-2004); add the rows, or set gaps = true in the study"],
    ),
    "one province": (
        lambda s: "".join(s.splitlines(keepends=True)[:5]),
        ["column 'province': has 1 unit; give 2 or more"],
    ),
    "two years": (
        lambda s: "".join(line for line in s.splitlines(keepends=True) if not {"2003", "2004"} & set(line.split(","))),
        ["column 'year': has 2 years; give 3 or more"],
    ),
    "cut off inside a row": (
        lambda s: s[: s.rindex(",0.994")],
        ["line 9: has 4 cells, the header 6; give every column a cell, decimals with a point"],
    ),
    "a row separated otherwise": (
        lambda s: s.replace("Gansu,2002,9.9,526.24,1.026,0.059", "Gansu;2002;9.9;526.24;1.026;0.059"),
        ["line 3: has 1 cell, the header 6; separate every line by commas"],
    ),
    "decimal commas": (
        lambda s: s.replace("9.9,526.24", "9,9,526,24"),
        ["line 3: has 8 cells, the header 6; give every column a cell, decimals with a point"],
    ),
    "semicolons": (
        lambda s: s.replace(",", ";"),
        ["line 1: columns are separated by semicolons; separate them by commas"],
    ),
    "tabulators": (
        lambda s: s.replace(",", "\t"),
        ["line 1: columns are separated by tabulators; separate them by commas"],
    ),
    "open quotation": (
        lambda s: s.replace("Yunnan,2003", '"Yunnan,2003'),
        ["line 9: a quotation is not closed, or more follows it; close it, or copy the file again if it is cut off"],
    ),
    "a cell too long": (
        lambda s: s.replace("9.9,526", f"{'9' * 200_000},526"),
        [
            (
                "line 3: a cell has more than 131,072 characters; shorten it, or close the quotation before it:"
                " what follows an open one counts as one cell"
            )
        ],
    ),
    "one date": (
        lambda s: s.replace("Gansu,2002", "Gansu,2002-01-01"),
        ["row 3, column 'year': '2002-01-01' is not a year; write four digits"],
    ),
    "header only": (
        lambda s: s.splitlines(keepends=True)[0],
        ["file: has a header and no row; give one row a province and year"],
    ),
    "empty": (lambda _: "", ["file: is empty; give a header line and one row a province and year"]),
    "blank lines only": (lambda _: " \n\n", ["file: is empty; give a header line and one row a province and year"]),
}


@pytest.mark.parametrize("name", [*CELLS, *COLUMNS, *GRIDS])
def test_a_bad_csv_file_gets_its_message(tmp_path, small, spec, name):
    change, expected = (CELLS | COLUMNS | GRIDS)[name]
    bad = change(small)
    assert bad != small
    path = tmp_path / "panel.csv"
    path.write_text(bad, encoding="utf-8")
    assert faults_of(path, spec) == expected


BYTES = {
    "neither UTF-8 nor GB18030": (
        "panel.csv",
        lambda s: b"\xff" + s.encode(),
        "byte 0: is neither UTF-8 nor GB18030; save the file as UTF-8",
    ),
    "cut off inside a character": (
        "panel.csv",
        lambda s: s.encode() + "云".encode()[:2],
        "byte 312: the file ends inside a character; copy it again, it is cut off",
    ),
    "not a workbook": (
        "panel.xlsx",
        lambda s: s.encode(),
        "file: is no readable Excel workbook (.xlsx); copy it again, it may be cut off or of another kind",
    ),
    "not Stata": (
        "panel.dta",
        lambda s: s.encode(),
        "file: is no readable Stata file (.dta); copy it again, it may be cut off or of another kind",
    ),
    "not parquet": (
        "panel.parquet",
        lambda s: s.encode(),
        "file: is no readable parquet file; copy it again, it may be cut off or of another kind",
    ),
    "an ending that is not read": (
        "panel.rds",
        lambda s: s.encode(),
        "file: has the ending '.rds'; use one of .csv, .xlsx, .dta, .parquet",
    ),
    "no ending": (
        "panel",
        lambda s: s.encode(),
        "file: has the ending ''; use one of .csv, .xlsx, .dta, .parquet",
    ),
}


@pytest.mark.parametrize("name", BYTES)
def test_a_damaged_file_gets_its_message(tmp_path, small, spec, name):
    file_name, change, expected = BYTES[name]
    path = tmp_path / file_name
    path.write_bytes(change(small))
    assert faults_of(path, spec) == [expected]


@pytest.mark.parametrize("ending", [".xlsx", ".dta", ".parquet"])
def test_a_file_cut_off_in_the_middle_is_refused(tmp_path, small, spec, ending):
    path = tmp_path / f"panel{ending}"
    frame = table(small)
    {".xlsx": frame.to_excel, ".dta": frame.to_stata, ".parquet": frame.to_parquet}[ending](path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    (fault,) = faults_of(path, spec)
    assert fault.endswith("copy it again, it may be cut off or of another kind")


def test_a_missing_file_is_said(tmp_path, spec):
    assert faults_of(tmp_path / "none.csv", spec) == ["file: does not exist; check the path"]


def test_a_folder_is_no_panel(tmp_path, spec):
    folder = tmp_path / "panel.csv"
    folder.mkdir()
    assert faults_of(folder, spec) == ["file: is a folder; give the path of one file"]


def test_every_fault_of_a_file_is_said_at_once(tmp_path, small, spec):
    bad = small.replace("9.9,526", "x,526").replace("1.031", "").replace("0.099", "nan").replace("growth", "Growth")
    bad += "Tibet,2001,12.7,83.26,2.209,inf\n"
    path = tmp_path / "panel.csv"
    path.write_text(bad, encoding="utf-8")
    with pytest.raises(DataError) as error:
        read_panel(path, spec)
    assert str(error.value) == (
        f"{path}: 5 faults\n"
        f"  row 3, column 'Growth': 'x' is not a number; {NUMBER}\n"
        "  row 4, column 'is': is empty or marked as missing; fill it\n"
        "  row 9, column 'bo': is empty or marked as missing; fill it\n"
        "  row 10, column 'bo': 'inf' is infinite; correct the division behind it\n"
        "  unit 'Tibet': lacks 2002-2004 (the panel runs 2001-2004); add the rows, or set gaps = true in the study"
    )


def test_rows_of_a_workbook_are_named_as_the_sheet_numbers_them(tmp_path, small, spec):
    path = tmp_path / "panel.xlsx"
    frame = table(small).astype(object)
    frame.loc[2, "growth"] = "much"
    blank = pd.DataFrame([[None] * 6], columns=frame.columns)
    pd.concat([frame.iloc[:1], blank, frame.iloc[1:]]).to_excel(path, index=False)
    assert faults_of(path, spec) == [f"row 5, column 'growth': 'much' is not a number; {NUMBER}"]


@pytest.mark.parametrize(("ending", "row"), [(".xlsx", 2), (".parquet", 1)])
def test_dates_for_years_are_one_fault(tmp_path, small, spec, ending, row):
    path = tmp_path / f"panel{ending}"
    frame = table(small).assign(year=lambda t: pd.to_datetime(t["year"].astype(str)))
    {".xlsx": frame.to_excel, ".parquet": frame.to_parquet}[ending](path, index=False)
    (fault,) = faults_of(path, spec)
    assert fault.startswith(f"column 'year': 8 of 8 cells hold a date (first in row {row}: '2001-01-01 00:00:00'")


def test_investment_of_a_small_place_is_no_logarithm(tmp_path, small, spec):
    path = tmp_path / "panel.csv"
    path.write_text(scaled(small, "fai", 0.01), encoding="utf-8")
    assert read_panel(path, spec).data["lnFAI"].max() < np.log(13)


def test_a_workbook_without_cells_is_said(tmp_path, spec):
    path = tmp_path / "panel.xlsx"
    pd.DataFrame().to_excel(path, index=False)
    assert faults_of(path, spec) == ["sheet 'Sheet1': is empty; put the panel on the first sheet"]


def test_truth_values_are_no_numbers(tmp_path, small, spec):
    path = tmp_path / "panel.parquet"
    table(small).assign(growth=True).to_parquet(path)
    assert faults_of(path, spec)[0] == f"row 1, column 'growth': 'True' is not a number; {NUMBER}"


@pytest.mark.parametrize("content", [b"\xef\xbb\xbf", b",,,\n,,,\n", b" , \n"])
def test_a_file_of_marks_and_separators_only_is_empty(tmp_path, spec, content):
    path = tmp_path / "panel.csv"
    path.write_bytes(content)
    assert faults_of(path, spec) == ["file: is empty; give a header line and one row a province and year"]


def test_lists_in_a_cell_are_no_numbers(tmp_path, small, spec):
    path = tmp_path / "panel.parquet"
    table(small).assign(growth=[[1.0]] * 8).to_parquet(path)
    assert faults_of(path, spec)[0] == f"row 1, column 'growth': '[1.0]' is not a number; {NUMBER}"


# The same damage every time: a new one belongs to a search, not to a test that others wait for.
@settings(derandomize=True, max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ending=st.sampled_from([".csv", ".xlsx", ".dta", ".parquet"]),
    length=st.floats(0.0, 1.0),
    damage=st.lists(st.tuples(st.floats(0.0, 1.0, exclude_max=True), st.integers(0, 255)), max_size=8),
)
def test_no_damage_gives_anything_but_a_panel_or_a_message(tmp_path, request, ending, length, damage):
    path = tmp_path / f"panel{ending}"
    small, spec = request.getfixturevalue("small"), request.getfixturevalue("spec")
    frame = table(small)
    write = {".csv": frame.to_csv, ".xlsx": frame.to_excel, ".dta": frame.to_stata, ".parquet": frame.to_parquet}
    write[ending](path)
    content = bytearray(path.read_bytes())[: max(1, round(length * path.stat().st_size))]
    for place, byte in damage:
        content[int(place * len(content))] = byte
    path.write_bytes(content)
    with suppress(DataError):
        read_panel(path, spec)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("a,b".encode("utf-16"), "file: is UTF-16; save the file as UTF-8"),
        (b"PK\x03\x04ab", "file: is no text but an archive, as Excel workbooks are; give it the ending .xlsx"),
        (b"PAR1abc", "file: is no text but a parquet file; give it the ending .parquet"),
    ],
)
def test_a_file_of_another_kind_under_the_name_of_csv_is_told(tmp_path, spec, content, fault):
    path = tmp_path / "panel.csv"
    path.write_bytes(content)
    assert faults_of(path, spec) == [fault]


def test_a_panel_on_the_second_sheet_is_looked_for_on_the_first(tmp_path, small, spec):
    path = tmp_path / "panel.xlsx"
    with pd.ExcelWriter(path) as book:
        pd.DataFrame({"note": ["see the next sheet"]}).to_excel(book, sheet_name="Read me", index=False)
        table(small).to_excel(book, sheet_name="data", index=False)
    faults = faults_of(path, spec)
    assert len(faults) == 6
    assert faults[0] == (
        "sheet 'Read me', the first of 2, header: lacks the column 'province' or '省份'; add it;"
        " the file has 'note' besides"
    )


def test_sheets_that_are_not_read_are_named(tmp_path, small, spec):
    path = tmp_path / "panel.xlsx"
    with pd.ExcelWriter(path) as book:
        table(small).to_excel(book, sheet_name="data", index=False)
        pd.DataFrame({"note": [1]}).to_excel(book, sheet_name="notes", index=False)
    assert read_panel(path, spec).source.endswith(
        "2 units, as supplied; without Guangxi, Heilongjiang, Inner Mongolia, "
        "Jilin, Liaoning, Tibet, Xinjiang. Sheets left aside: 'notes'."
    )


def test_years_along_the_header_are_not_all_named(tmp_path, spec):
    path = tmp_path / "panel.csv"
    pd.DataFrame({"province": ["Gansu"], **{str(year): [1.0] for year in range(2001, 2021)}}).to_csv(path, index=False)
    assert faults_of(path, spec)[0] == (
        "header: lacks the column 'year' or '年份'; add it; the file has '2001', '2002', '2003', '2004', '2005',"
        " '2006', '2007', '2008', 12 more besides"
    )


def message(path, spec):
    with pytest.raises(DataError) as error:
        read_panel(path, spec)
    return error.value


def test_of_many_faults_of_one_kind_three_are_written_out_and_the_others_placed(tmp_path, small, spec):
    rows = small.splitlines()
    path = tmp_path / "panel.csv"
    path.write_text("\n".join([rows[0], *(row.replace(",0.", ",x0.") for row in rows[1:])]), encoding="utf-8")
    error = message(path, spec)
    assert len(error.faults) == 10  # of `is` two, of `bo` eight
    lines = str(error).splitlines()
    assert lines[0].endswith("10 faults")
    assert [line.split(";")[0] for line in lines[1:]] == [
        "  row 6, column 'is': 'x0.968' is not a number",
        "  row 9, column 'is': 'x0.994' is not a number",
        "  row 2, column 'bo': 'x0.057' is not a number",
        "  row 3, column 'bo': 'x0.059' is not a number",
        "  row 4, column 'bo': 'x0.078' is not a number",
        "  and 5 more of the same kind: rows 5-9, column 'bo'",
    ]


def test_four_faults_of_one_kind_are_all_written_out_and_five_are_not():
    def lines(number):
        return str(DataError("f", [Fault(f"line {k}", "is bad", "mend it") for k in range(number)])).splitlines()[1:]

    assert lines(4) == [f"  line {k}: is bad; mend it" for k in range(4)]
    assert lines(5)[3:] == ["  and 2 more of the same kind: lines 3-4"]


def test_places_that_are_no_rows_are_listed_and_scattered_rows_are_cut_short():
    units = [Fault(f"unit {name!r}", "lacks 2003", "add it") for name in "abcde"]
    assert str(DataError("f", units)).splitlines()[-1] == "  and 2 more of the same kind: unit 'd', unit 'e'"
    odd = [Fault(f"row {k}", "is bad", "mend it") for k in range(1, 101, 2)]
    last = str(DataError("f", odd)).splitlines()[-1]
    assert last == "  and 47 more of the same kind: rows 7, 9, 11, 13, 15, 17, 19, 21, 23, ..., 99"


def test_kinds_differ_by_what_is_said_and_by_column():
    faults = [Fault(f"row {k}, column 'a{k % 2}'", "is bad", "mend it") for k in range(10)]
    faults += [Fault(f"row {k}, column 'a0'", "is good", "leave it") for k in range(5)]
    assert len(str(DataError("f", faults)).splitlines()) == 1 + 3 * 4
