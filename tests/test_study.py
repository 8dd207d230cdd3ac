"""Does a study give its own panels by name and a user's by path?"""

import numpy as np
import pytest

from bayes_border.errors import DataError, SpecificationError, UsageError
from bayes_border.project import models_folder
from bayes_border.study import load_study

SMALL = "province,year,growth,fai,is,bo\n" + "".join(
    f"{province},{year},{9 + year % 3},{100 * (year - 2000)},1.0{year % 10},0.1\n"
    for province in ("Gansu", "Yunnan")
    for year in range(2001, 2005)
)


DECLARED = (models_folder() / "studies" / "li_shi_border.toml").read_text(encoding="utf-8")


@pytest.fixture
def declared(tmp_path):
    """Write the study with some of its text replaced, and return the path."""

    def write(*changes):
        text = DECLARED
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
        return str(tmp_path / "mine.toml")

    return write


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
        "panel 'big' is unknown to study 'li_shi_border';"
        " use one of balanced, extended, extended_filled, or the path of a file"
    )


def test_a_path_without_a_file_is_bad_data(study):
    with pytest.raises(DataError, match="file: does not exist; check the path"):
        study.panel("none.csv")


def test_an_unknown_study_is_refused():
    with pytest.raises(SpecificationError, match="does not exist"):
        load_study("another_paper")


OWN_FILE = (
    ('["balanced", "extended", "extended_filled"]', '["mine.csv"]'),
    ('default_panel = "balanced"', 'default_panel = "mine.csv"'),
)


def test_a_study_s_own_panel_may_be_a_file_beside_it(declared, tmp_path, monkeypatch):
    (tmp_path / "mine.csv").write_text(SMALL, encoding="utf-8")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    panel = load_study(declared(*OWN_FILE)).panel()
    assert panel.name == "mine.csv"
    assert panel.provinces == ["Gansu", "Yunnan"]


def test_a_study_on_files_alone_names_its_series_as_it_likes(declared, tmp_path):
    (tmp_path / "mine.csv").write_text(SMALL, encoding="utf-8")
    panel = load_study(declared(*OWN_FILE, ('term = "dIS"', 'term = "dXX"'))).panel()
    assert "dXX" in panel.data


BAD = {
    "an unknown official panel": (
        ('"balanced", "extended"', '"balanced", "nowhere"'),
        (
            "panels: 'nowhere' is unknown; use one of balanced, extended, extended_filled,"
            " or the path of a file that ends in .csv, .xlsx, .dta, .parquet"
        ),
    ),
    "a term that official panels lack": (
        ('term = "dIS"', 'term = "dXX"'),
        (
            "regressors, term of 'is': 'dXX' is no series of the official panels;"
            " use one of dg, dlnFAI, dIS, dBO, drelative_income, or list files alone under panels"
        ),
    ),
    "a level that official panels lack": (
        ('level = "IS"', 'level = "XX"'),
        (
            "regressors, level of 'is': 'XX' is no series of the official panels;"
            " use one of growth, lnFAI, IS, BO, relative_income, or list files alone under panels"
        ),
    ),
    "an outcome's level that official panels lack": (
        ('level = "relative_income"', 'level = "XX"'),
        (
            "tables, level of 'table3': 'XX' is no series of the official panels;"
            " use one of growth, lnFAI, IS, BO, relative_income, or list files alone under panels"
        ),
    ),
    "printed figures that do not exist": (
        ('published = "li_shi_border"', 'published = "nowhere"'),
        "published: data/published/nowhere does not exist; add it, or use one of li_shi_border",
    ),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD)
def test_a_study_that_names_what_does_not_exist_is_refused(declared, change, message):
    path = declared(change)
    with pytest.raises(SpecificationError) as error:
        load_study(path)
    assert str(error.value) == f"{path}: 1 fault\n  {message}"


def test_a_file_of_another_kind_is_no_panel_of_a_study(declared, tmp_path):
    path = declared(('"balanced", "extended"', '"balanced", "mine.rds"'))
    with pytest.raises(SpecificationError, match=f"panels: '{tmp_path}/mine.rds' is unknown; use one of balanced"):
        load_study(path)


@pytest.mark.parametrize("verb", ["reanalyse", "audit", "data", "gmm"])
def test_a_table_s_name_cannot_lead_out_of_the_output_folder(cli, declared, tmp_path, verb):
    path = declared(('table = "table1"', 'table = "../../escaped"'))
    folder = ("--output", str(tmp_path / "a" / "b")) if verb == "reanalyse" else ()
    code, out, err = cli(verb, "--study", path, *folder)
    assert (code, out) == (10, "")
    assert "tables.0.table: '../../escaped' is not a safe name" in err
    assert [file.name for file in tmp_path.iterdir()] == ["mine.toml"]


def test_a_study_without_recipes_says_so_where_one_is_needed(cli, declared):
    start, end = DECLARED.index("recipes = ["), DECLARED.index("nulls = ")
    code, out, err = cli("gmm", "--study", declared((DECLARED[start:end], "")))
    assert (code, out) == (2, "")
    assert err == "bayes-border: study 'mine' lists no recipe; name one with --recipe\n"


@pytest.mark.parametrize("income", [lambda _: 50.0, lambda year: 0.1 * year], ids=["constant", "straight line"])
@pytest.mark.parametrize("verb", ["gmm", "placebo"])
def test_an_outcome_that_does_not_vary_is_refused(cli, study, tmp_path, verb, income):
    frame = study.panel().to_frame().assign(fai=lambda t: np.exp(t["lnFAI"]), relative_income=lambda t: income(t.year))
    columns = ["province", "year", "growth", "fai", "IS", "BO", "relative_income"]
    frame[columns].to_csv(tmp_path / "mine.csv", index=False)
    panel = ("--panel", str(tmp_path / "mine.csv"))
    code, out, err = cli(verb, "--recipe", "pooled_ols", "--table", "table3", *panel, "--quiet")
    assert (code, out) == (11, "")
    assert err == (
        "bayes-border: mine.csv: 1 fault\n"
        "  drelative_income: does not vary over the rows used; explain another outcome, or check its column\n"
    )
