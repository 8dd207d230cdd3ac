"""Is a folder of results the old one or the new one, whatever happens, and does what is the user's survive?"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bayes_border.errors import DataError, UsageError
from bayes_border.store import folder as module
from bayes_border.store.atomic import write_text
from bayes_border.store.folder import WRITTEN, replacing_folder, require_replaceable

OLD = {"report.html": "old", "tables/a.csv": "old", "figures/gone.svg": "old"}
NEW = {"report.html": "new", "tables/a.csv": "new", "figures/now.svg": "new"}
MINE = {"notes.md": "mine", "tables/mine.csv": "mine", "draws/fit.nc": "mine"}


def write(files, folder):
    with replacing_folder(folder) as new:
        for name, text in files.items():
            write_text(new / name, text)


def content(folder):
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != WRITTEN)
    return {path.relative_to(folder).as_posix(): path.read_text() for path in files}


@pytest.fixture
def report(tmp_path):
    """Return a folder that holds an old report and files of the user's."""
    write(OLD, tmp_path / "report")
    for name, text in MINE.items():
        write_text(tmp_path / "report" / name, text)
    return tmp_path / "report"


def test_a_new_folder_is_made_with_the_usual_permissions_and_nothing_else_is_left(tmp_path):
    write(NEW, tmp_path / "deep" / "report")
    assert content(tmp_path / "deep" / "report") == NEW
    (tmp_path / "plain").mkdir()
    assert (tmp_path / "deep" / "report").stat().st_mode == (tmp_path / "plain").stat().st_mode
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["report"]


def test_a_folder_that_is_not_filled_leaves_nothing_that_it_was_to_stand_in(tmp_path):
    (tmp_path / "mine").mkdir()
    for name in ("deep/deeper", "mine"):
        with pytest.raises(RuntimeError, match="stopped"), replacing_folder(tmp_path / name / "draws"):
            raise RuntimeError("stopped")
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")] == ["mine"]


def test_a_folder_that_is_exchanged_around_one_that_is_being_filled_is_told(tmp_path):
    write({"draws/old.nc": "old"}, tmp_path / "report")
    with pytest.raises(DataError, match="exchanged the folder that it stands in"):  # noqa: PT012, SIM117
        with replacing_folder(tmp_path / "report" / "draws") as draws:
            write_text(draws / "first.nc", "1")
            with replacing_folder(tmp_path / "report") as report:
                write_text(report / "report.html", "another's")
            write_text(draws / "second.nc", "2")
    assert content(tmp_path / "report") == {"report.html": "another's"}


@pytest.mark.parametrize("at_once", [True, False])
def test_old_files_of_ours_go_and_the_user_s_stay(report, monkeypatch, at_once):
    if not at_once:
        monkeypatch.setattr(module.ctypes, "CDLL", lambda *_, **__: object())
    write(NEW, report)
    assert content(report) == NEW | MINE
    assert [path.name for path in report.parent.iterdir()] == ["report"]
    write(OLD, report)
    assert content(report) == OLD | MINE


def test_links_empty_folders_and_permissions_of_the_user_s_stay(report):
    (report / "empty" / "deep").mkdir(parents=True)
    (report / "private").mkdir(mode=0o700)
    (report / "latest").symlink_to("tables")
    report.chmod(0o750)
    write(NEW, report)
    assert (report / "empty" / "deep").is_dir()
    assert (report / "private").stat().st_mode & 0o777 == 0o700
    assert (report / "latest").readlink() == Path("tables")
    assert report.stat().st_mode & 0o777 == 0o750


def test_where_files_cannot_be_linked_they_are_copied(report, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(module.os, "link", refuse)
    write(NEW, report)
    assert content(report) == NEW | MINE


def test_a_folder_that_is_a_link_stays_one(report, tmp_path):
    (tmp_path / "link").symlink_to(report)
    write(NEW, tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert content(report) == NEW | MINE


def test_what_came_while_the_new_folder_was_written_is_kept(report, monkeypatch):
    exchange = module._exchange

    def late(*places):
        write_text(report / "late.md", "mine")
        exchange(*places)

    monkeypatch.setattr(module, "_exchange", late)
    write(NEW, report)
    assert content(report) == NEW | MINE | {"late.md": "mine"}


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("after", range(len(NEW) + 1))
def test_a_failure_after_any_file_leaves_the_old_folder(report, failure, after):
    def write_some():
        with replacing_folder(report) as new:
            for name in list(NEW)[:after]:
                write_text(new / name, NEW[name])
            raise failure

    with pytest.raises(type(failure)):
        write_some()
    assert content(report) == OLD | MINE
    assert [path.name for path in report.parent.iterdir()] == ["report"]


def test_where_the_second_of_two_renames_fails_the_first_is_undone(report, monkeypatch):
    monkeypatch.setattr(module.ctypes, "CDLL", lambda *_, **__: object())
    rename = module.Path.rename

    def fail_once(path, target):
        if target == report:
            monkeypatch.undo()
            raise OSError(5, "Input/output error")
        return rename(path, target)

    monkeypatch.setattr(module.Path, "rename", fail_once)
    with pytest.raises(OSError, match="Input/output"):
        write(NEW, report)
    assert content(report) == OLD | MINE


KILLED = """
import os, sys
from pathlib import Path
from bayes_border.store import folder as module
from bayes_border.store.atomic import write_text
kill = lambda *_: os.kill(os.getpid(), 9)
place, stage = Path(sys.argv[1]), sys.argv[2]
carry, exchange = module._carry, module._exchange
calls = []
def counted(*places):
    calls.append(places)
    if len(calls) == {"carrying": 1, "exchanged": 2}.get(stage):
        kill()
    carry(*places)
module._carry = counted
if stage == "carried":
    module._exchange = kill
if stage == "between":
    module.ctypes.CDLL = lambda *_, **__: object()
    rename = Path.rename
    Path.rename = lambda path, target: kill() if target == place else rename(path, target)
with module.replacing_folder(place) as new:
    for name in ("report.html", "tables/a.csv", "figures/now.svg"):
        write_text(new / name, "new")
    if stage == "writing":
        kill()
"""


@pytest.mark.parametrize("stage", ["writing", "carrying", "carried", "exchanged", "between"])
def test_a_kill_leaves_the_old_folder_or_the_new_one(report, stage):
    done = subprocess.run([sys.executable, "-c", KILLED, str(report), stage], check=False)
    assert done.returncode == -9
    if stage == "between":  # where the system has no exchange, and the next run mends it
        assert not report.exists()
    else:
        assert content(report) == (NEW if stage == "exchanged" else OLD) | MINE
    write(NEW, report)
    assert content(report) == NEW | MINE


def test_what_a_kill_left_inside_is_not_taken_for_the_user_s(report):
    write_text(report / ".bayes_border-x1" / "half.nc", "half")
    write(NEW, report)
    assert content(report) == NEW | MINE


def test_the_current_folder_and_those_above_it_are_refused(report, monkeypatch):
    monkeypatch.chdir(report / "tables")
    for place in (".", "..", report.parent):
        with pytest.raises(UsageError, match="is or holds the current folder, and a report replaces its folder"):
            require_replaceable(module.Path(place))
    require_replaceable(report / "figures")


def test_a_mount_and_a_file_are_refused(report, monkeypatch):
    with pytest.raises(UsageError, match=r"notes\.md is a file, and a report is a folder: give another --output"):
        require_replaceable(report / "notes.md")
    monkeypatch.setattr(module.Path, "is_mount", lambda _: True)
    with pytest.raises(UsageError, match="is where a file system is mounted"):
        require_replaceable(report)
