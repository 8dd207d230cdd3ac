"""Is a file whole or untouched, whatever happens while it is written?"""

from __future__ import annotations

import json
import resource
import subprocess
import sys

import numpy as np
import pytest
import xarray as xr

from bayes_border.errors import DataError
from bayes_border.estimates import Estimate, Estimates
from bayes_border.store.atomic import replacing, write_text
from bayes_border.store.draws import read_tree, write_tree
from bayes_border.store.estimates import read_estimates
from bayes_border.store.rows import csv_text, json_text, write_csv, write_json
from bayes_border.vocabulary import Engine, Window

ESTIMATES = Estimates(
    tuple(
        Estimate(Engine.BAYES, "other", "table1", Window.PRE, term, 1.5, 0.5, 0.7, 2.3, 0.9, 126, {"converged": True})
        for term in ("dIS", "dg_dIS")
    )
)


def names(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_text_is_written_whole_and_nothing_else_is_left(tmp_path):
    path = write_text(tmp_path / "deep" / "text.txt", "一\n")
    assert path.read_bytes() == "一\n".encode()
    assert names(path.parent) == ["text.txt"]


def test_a_failing_write_leaves_the_old_file_and_no_temporary_one(tmp_path):
    path = write_text(tmp_path / "text.txt", "old")

    def write_half() -> None:
        with replacing(path) as temporary:
            temporary.write_text("ne")
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        write_half()
    assert path.read_text() == "old"
    assert names(tmp_path) == ["text.txt"]


def test_an_interrupted_write_leaves_the_old_file(tmp_path):
    path = write_text(tmp_path / "text.txt", "old")
    with pytest.raises(KeyboardInterrupt), replacing(path):
        raise KeyboardInterrupt
    assert path.read_text() == "old"
    assert names(tmp_path) == ["text.txt"]


def test_a_process_killed_while_writing_leaves_the_old_file(tmp_path):
    path = write_text(tmp_path / "text.txt", "old")
    code = (
        "import os, sys; from pathlib import Path; from bayes_border.store.atomic import replacing\n"
        "with replacing(Path(sys.argv[1])) as temporary:\n"
        "    temporary.write_text('new'); os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(path)], check=False).returncode == -9
    assert path.read_text() == "old"


def test_a_rewritten_file_keeps_its_permissions_and_a_new_one_gets_the_usual(tmp_path):
    path = write_text(tmp_path / "text.txt", "old")
    plain = tmp_path / "plain.txt"
    plain.write_text("")
    assert path.stat().st_mode == plain.stat().st_mode
    path.chmod(0o600)
    assert write_text(path, "new").stat().st_mode & 0o777 == 0o600


def test_rows_of_several_shapes_share_one_header():
    assert csv_text([{"a": 1, "b": np.float64(0.5)}, {"a": float("nan"), "c": [1, 2]}]) == 'a,b,c\n1,0.5,\n,,"[1, 2]"\n'


def test_json_takes_numpy_and_enums_and_refuses_what_it_cannot_write():
    content = {"a": np.array([1.0, np.inf]), "b": Window.PRE, "c": (np.int64(3), None, True)}
    assert json.loads(json_text(content)) == {"a": [1.0, None], "b": "pre", "c": [3, None, True]}
    with pytest.raises(TypeError, match="object has no form in JSON"):
        json_text(object())


def test_draws_come_back_as_they_were(tmp_path):
    draws = xr.Dataset({"beta": (("chain", "draw"), np.arange(6.0).reshape(2, 3))})
    tree = xr.DataTree.from_dict({"posterior": draws, "prior": draws + 1})
    tree.attrs["seed"] = 7
    path = write_tree(tmp_path / "draws.nc", tree)
    back = read_tree(path)
    assert back.identical(tree)
    assert names(tmp_path) == ["draws.nc"]
    # The file is closed: it can be written again at once.
    write_tree(path, back)


def test_draws_that_find_no_room_are_refused_and_the_old_ones_stay(tmp_path):
    small, large = (xr.DataTree(xr.Dataset({"x": ("draw", np.zeros(size))})) for size in (3, 200_000))
    path, (soft, hard) = write_tree(tmp_path / "draws.nc", small), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(DataError, match=r"could not be written .* see that the disk is not full"):
            write_tree(path, large)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [each.name for each in tmp_path.iterdir()] == ["draws.nc"]
    assert read_tree(path).identical(small)


@pytest.mark.parametrize("content", [b"", b"not netCDF", b"\x89HDF\r\n\x1a\n truncated"])
def test_what_is_no_file_of_draws_is_refused(tmp_path, content):
    path = tmp_path / "draws.nc"
    path.write_bytes(content)
    with pytest.raises(DataError, match="file: is not a readable netCDF-4 file"):
        read_tree(path)
    with pytest.raises(DataError, match="file: does not exist; give the path of a netCDF file of draws"):
        read_tree(tmp_path / "other.nc")


def test_estimates_survive_json_and_csv(tmp_path):
    rows = ESTIMATES.to_rows()
    assert read_estimates(write_json(tmp_path / "a.json", {"rows": rows, "meta": {}})).to_rows() == rows
    assert read_estimates(write_json(tmp_path / "b.json", rows)).to_rows() == rows
    assert read_estimates(write_csv(tmp_path / "c.csv", rows)).to_rows() == rows


def test_every_fault_of_foreign_estimates_is_reported_with_row_and_column(tmp_path):
    rows = ESTIMATES.to_rows()
    rows[0] |= {"engine": "stan", "se": "half"}
    del rows[1]["value"]
    path = write_json(tmp_path / "a.json", rows)
    with pytest.raises(DataError) as caught:
        read_estimates(path)
    assert str(caught.value).splitlines() == [
        f"{path}: 3 faults",
        """  row 1, engine: found "stan"; it should be 'published', 'gmm' or 'bayes'""",
        '  row 1, se: found "half"; it should be a valid number, unable to parse string as a number',
        "  row 2, value: is missing; add it",
    ]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.json", "{", "file: is not json (Expecting property name"),
        ("a.json", '{"row": []}', "file: is not json (no list of flat rows"),
        ("a.json", "[]", "rows: there are none"),
        ("a.json", "[" * 200_000, "file: is nested too deeply; give one flat row an estimate"),
        ("a.json", f'[{{"a": {"[" * 500}{"]" * 500}}}]', "row 1, file: is nested too deeply"),
        ("a.json", f'[{{"value": {"1" * 5000}}}]', "file: is not json (Exceeds the limit"),
        ("a.csv", "", "file: is not csv (No columns to parse"),
    ],
)
def test_what_holds_no_estimates_is_refused(tmp_path, name, content, message):
    path = write_text(tmp_path / name, content)
    with pytest.raises(DataError) as caught:
        read_estimates(path)
    assert message in str(caught.value)
