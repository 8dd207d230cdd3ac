import shutil

import pytest

from bayes_border.project import data_folder


@pytest.fixture
def folder(tmp_path):
    """Return a copy of the printed figures that a test may spoil."""
    target = tmp_path / "figures"
    shutil.copytree(data_folder() / "published" / "li_shi_border", target)
    return target


@pytest.fixture
def spoil(folder):
    """Return a function that replaces text in one file of the copy."""

    def replace(file, old, new):
        path = folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {file}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return replace
