"""Does a study give its own panels by name and a user's by path?"""

import pytest

from bayes_border.errors import DataError, SpecificationError, UsageError
from bayes_border.study import load_study

SMALL = "province,year,growth,fai,is,bo\n" + "".join(
    f"{province},{year},{9 + year % 3},{100 * (year - 2000)},1.0{year % 10},0.1\n"
    for province in ("Gansu", "Yunnan")
    for year in range(2001, 2005)
)


@pytest.fixture(scope="module")
def study():
    return load_study("li_shi_border")


def test_the_default_panel_is_the_balanced_core(study):
    assert study.name == "li_shi_border"
    assert study.panel().name == "balanced"
    assert study.panel().digest == study.panel("balanced").digest


def test_a_named_panel_is_given(study):
    assert study.panel("extended").first_row == 1993


@pytest.mark.parametrize("kind", [str, lambda path: path])
def test_a_path_gives_the_users_panel(study, tmp_path, kind):
    path = tmp_path / "mine.csv"
    path.write_text(SMALL, encoding="utf-8")
    assert study.panel(kind(path)).provinces == ["Gansu", "Yunnan"]


def test_an_unknown_name_is_refused_with_those_that_exist(study):
    with pytest.raises(UsageError) as error:
        study.panel("big")
    assert str(error.value) == (
        "panel 'big' is unknown to study 'li_shi_border'; use one of balanced, extended, or the path of a file"
    )


def test_a_path_without_a_file_is_bad_data(study):
    with pytest.raises(DataError, match="file: does not exist; check the path"):
        study.panel("none.csv")


def test_an_unknown_study_is_refused():
    with pytest.raises(SpecificationError, match="does not exist"):
        load_study("another_paper")
