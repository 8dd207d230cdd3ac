"""What does a reader of TOML say of each thing that can be wrong with a file?"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from bayes_border.errors import SpecificationError
from bayes_border.project import models_folder
from bayes_border.spec.reader import load_model, load_recipe, load_study_spec, validate
from bayes_border.spec.study import StudySpec

MODEL = """\
meaning = "a model for tests"

[structure]
regimes = "break"
intercept = "by_regime"

[priors]
beta = 1.0
gamma = 0.25
omega_beta = 0.5
omega_gamma = 0.125
intercept = 1.0
sigma_alpha = 0.25
sigma_tau = 1.0
sigma_median = 1.5
sigma_log_sd = 0.5
kappa = 0.25

[barrier]
location = 0.2
width = 0.05
"""

RECIPE = """\
meaning = "a recipe for tests"
estimator = "difference_gmm"
steps = 2

[lags]
first = 2
last = 3
"""

STUDY = (models_folder() / "studies" / "li_shi_border.toml").read_text(encoding="utf-8")

STUDY_MODELS = load_study_spec("li_shi_border").models

BAD_MODELS = {
    "unknown key": (
        ("[structure]", "[structure]\nintreactions = true"),
        "structure.intreactions: unknown key (found true); remove it or correct its spelling",
    ),
    "unknown table": (
        ("[barrier]", "[bariers]\nheight = 1.0\n[barrier]"),
        "bariers: unknown key (found a table); remove it or correct its spelling",
    ),
    "wrong type": (
        ("beta = 1.0", "beta = [1.0]"),
        "priors.beta: found a list; it should be a valid number",
    ),
    "string for number": (
        ("gamma = 0.25", 'gamma = "0.25"'),
        'priors.gamma: found "0.25"; it should be a valid number',
    ),
    "bool for number": (
        ("beta = 1.0", "beta = true"),
        "priors.beta: found true; it should be a valid number",
    ),
    "number for bool": (
        ("[structure]", "[structure]\nyear_shocks = 1"),
        "structure.year_shocks: found 1; it should be a valid boolean",
    ),
    "number for string": (
        ('meaning = "a model for tests"', "meaning = 3"),
        "meaning: found 3; it should be a valid string",
    ),
    "date for string": (
        ('meaning = "a model for tests"', "meaning = 2020-01-01"),
        "meaning: found a table; it should be a valid string",
    ),
    "negative scale": (
        ("gamma = 0.25", "gamma = -0.25"),
        "priors.gamma: found -0.25; it should be greater than 0",
    ),
    "zero scale": (
        ("width = 0.05", "width = 0.0"),
        "barrier.width: found 0.0; it should be greater than 0",
    ),
    "nan": (
        ("sigma_tau = 1.0", "sigma_tau = nan"),
        "priors.sigma_tau: found NaN; it should be a finite number",
    ),
    "infinity": (
        ("kappa = 0.25", "kappa = inf"),
        "priors.kappa: found Infinity; it should be a finite number",
    ),
    "bad enum": (
        ('intercept = "by_regime"', 'intercept = "yes"'),
        """structure.intercept: found "yes"; it should be 'by_regime', 'common' or 'none'""",
    ),
    "missing key": (("omega_beta = 0.5\n", ""), "priors.omega_beta: is missing; add it"),
    "missing table": (
        ('[structure]\nregimes = "break"\nintercept = "by_regime"\n', ""),
        "structure: is missing; add it",
    ),
    "barrier beyond one": (
        ("location = 0.2", "location = 1.2"),
        "barrier.location: found 1.2; it should be less than 1",
    ),
    "duplicate key": (
        ("beta = 1.0", "beta = 1.0\nbeta = 2.0"),
        "syntax: Cannot overwrite a value (at line 9, column 11); a key or table stands twice: keep one",
    ),
    "duplicate table": (
        ("[barrier]", "[priors]\n[barrier]"),
        "syntax: Cannot declare ('priors',) twice (at line 19, column 8); a key or table stands twice: keep one",
    ),
    "syntax error": (
        ("beta = 1.0", "beta 1.0"),
        "syntax: Expected '=' after a key in a key/value pair (at line 8, column 6); mend the TOML at this place",
    ),
    "name given inside": (
        ("[structure]", 'name = "other"\n[structure]'),
        'name: found "other"; remove it: a file\'s name is its name',
    ),
}

BAD_RECIPES = {
    "lags the wrong way round": (
        ("first = 2", "first = 4"),
        "lags.last: found 3; the last lag must not come before the first, which is 4: no lag lies between them",
    ),
    "lag zero": (("first = 2", "first = 0"), "lags.first: found 0; it should be greater than or equal to 1"),
    "fraction of a lag": (
        ("last = 3", "last = 3.5"),
        "lags.last: found 3.5; it should be a valid integer",
    ),
    "three steps": (("steps = 2", "steps = 3"), "steps: found 3; it should be 1, 2 or 'iterated'"),
    "unknown estimator": (
        ('"difference_gmm"', '"system_gmm"'),
        (
            """estimator: found "system_gmm"; it should be 'pooled_ols', 'within', 'difference_gmm', 'iv_2sls',"""
            """ 'iv_liml', 'iv_gmm' or 'iv_cue'"""
        ),
    ),
}

BAD_STUDIES = {
    "default panel not listed": (
        ('default_panel = "balanced"', 'default_panel = "balance"'),
        "default_panel: 'balance' is not listed; use one of balanced, extended, extended_filled",
    ),
    "flagship not listed": (
        ('model = "coherent_break"', 'model = "coherent"'),
        "roles, model of 'coherent': 'coherent' is not listed; use one of " + ", ".join(STUDY_MODELS),
    ),
    "first role not the flagship's": (
        ('name = "coherent"', 'name = "main"'),
        "roles, name of the first: 'main' is not listed; use one of coherent",
    ),
    "unknown reading of the break": (
        ('default_break = "count"', 'default_break = "middle"'),
        "default_break: 'middle' is no reading of the break; use count, label, split or a year (last row of pre)",
    ),
    "no year across the break": (("crossing = 2014\n", ""), "crossing: is missing; add it"),
    "year across the break out of range": (
        ("crossing = 2014", "crossing = 0"),
        "crossing: 0 is no year of the column 'year'; give one from 1949 up to 2100",
    ),
    "unknown outcome": (
        ('outcome = "growth"', 'outcome = "income"'),
        """tables.0.outcome: found "income"; it should be 'growth' or 'relative_income'""",
    ),
    "unknown null": (
        ('"student_t"', '"pink_noise"'),
        (
            """nulls.1: found "pink_noise"; it should be 'white_noise', 'student_t', 'skedastic', 'sd_by_year', """
            """'fitted', 'common_shift' or 'province_shift'"""
        ),
    ),
    "null twice": (('"white_noise"', '"skedastic"'), "nulls: 'skedastic' stands twice; keep one"),
    "null of no fit": (
        ('null_model = "no_interactions"', ""),
        "null_model: is missing, and nulls lists 'fitted'; name one of models",
    ),
    "regressor of no column": (
        ('column = "bo"', 'column = "openness"'),
        "regressors, column of 'dBO': 'openness' is not listed; use one of growth, fai, is, bo, relative_income",
    ),
    "outcome of no column": (
        ('name = "relative_income"', 'name = "income"'),
        "tables, outcome of 'table3': 'relative_income' is not listed; use one of growth, fai, is, bo, income",
    ),
    "regressor twice": (('term = "dBO"', 'term = "dIS"'), "regressors: 'dIS' stands twice; keep one"),
    "table twice but for capitals": (
        ('table = "table3"', 'table = "Table1"'),
        "tables: 'table1' stands twice; keep one",
    ),
    "model twice": (('"as_printed",', '"as_printed", "as_printed",'), "models: 'as_printed' stands twice; keep one"),
    "recipe twice": (('"within",', '"within", "within",'), "recipes: 'within' stands twice; keep one"),
    "role twice": (('name = "unpooled"', 'name = "coherent"'), "roles: 'coherent' stands twice; keep one"),
    "panel twice": (
        ('"balanced", "extended"', '"balanced", "balanced"'),
        "panels: 'balanced' stands twice; keep one",
    ),
    "level of two series": (
        ('level = "BO"', 'level = "growth"'),
        "regressors, tables: 'growth' is the name of two series; give each a name of its own",
    ),
    "term called as the outcome": (
        ('term = "dBO"', 'term = "dg"'),
        "regressors, tables: 'dg' is the name of two series; give each a name of its own",
    ),
    "term called as an interaction": (
        ('term = "dBO"', 'term = "dg_dIS"'),
        "regressors, tables: 'dg_dIS' is the name of two series; give each a name of its own",
    ),
    "column called as the unit's": (
        ("[[columns]]", '[[columns]]\nname = "province"\n[[columns]]'),
        "columns: 'province' stands twice; keep one",
    ),
    "alias of one column the name of another": (
        ('aliases = ["产业结构"]', 'aliases = ["BO"]'),
        "columns: 'bo' is a name of 'is' and of 'bo'; call each column by names of its own",
    ),
    "alias of no unit": (
        ('"甘肃" = "Gansu"', '"甘肃" = "Gunsu"'),
        (
            "unit_aliases, '甘肃': 'Gunsu' is no unit; use one of Gansu, Guangxi, Heilongjiang, Inner Mongolia, Jilin,"
            " Liaoning, Tibet, Xinjiang, Yunnan"
        ),
    ),
    "one unit called as another": (
        ('"甘肃" = "Gansu"', '"Yunnan" = "Gansu"'),
        "unit_aliases: the unit 'Yunnan' is called 'Gansu'; leave a unit its own name",
    ),
    "range that holds nothing": (
        ("minimum = -50.0", "minimum = 70.0"),
        "columns.0: minimum 70 lies above maximum 60; exchange or correct them",
    ),
    "nothing published": (('published = "li_shi_border"\n', ""), "published: is missing; add it"),
    "number of five thousand digits": (
        ("crossing = 2014", f"crossing = {'1' * 5000}"),
        "syntax: holds a number of more than 4,300 digits; give a number of usual length",
    ),
    "thousands of lists in one another": (
        ("gaps = false", f"gaps = {'[' * 3000}{']' * 3000}"),
        "file: is nested too deeply; keep to tables and lists of plain values",
    ),
    "hundreds of tables in one another": (
        ("[unit]", f"[{'.'.join('a' * 500)}]\n[unit]"),
        "file: is nested too deeply; keep to tables and lists of plain values",
    ),
    "thousands of tables in one another": (
        ("[unit]", f"[{'.'.join('a' * 20_000)}]\n[unit]"),
        "file: is nested too deeply; keep to tables and lists of plain values",
    ),
    "unknown transform": (
        ('transform = "log"', 'transform = "square"'),
        """regressors.0.transform: found "square"; it should be 'none' or 'log'""",
    ),
    "text for a bound": (
        ("maximum = 2100", 'maximum = "2100"'),
        'time.maximum: found "2100"; it should be a valid number',
    ),
}


FILE = "use lower-case letters, digits and underscores"
LABEL = "use letters, digits and underscores, a letter first"

UNSAFE_NAMES = {
    "table": ('table = "table1"', "tables.0.table", LABEL),
    "outcome's level": ('level = "growth"', "tables.0.level", LABEL),
    "term": ('term = "dIS"', "regressors.1.term", LABEL),
    "level": ('level = "IS"', "regressors.1.level", LABEL),
    "regressor's column": ('column = "is"', "regressors.1.column", LABEL),
    "column": ('name = "bo"', "columns.3.name", LABEL),
    "unit": ('name = "province"', "unit.name", LABEL),
    "role": ('name = "unpooled"', "roles.1.name", FILE),
    "published": ('published = "li_shi_border"', "published", FILE),
}


@pytest.fixture
def written(tmp_path):
    """Write a file of this text or these bytes, and return its path as the user would give it."""

    def write(content: str | bytes, name: str = "mine.toml") -> str:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


def replaced(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new, 1)


def test_the_good_files_of_these_tests_are_good(written):
    assert load_model(written(MODEL)).name == "mine"
    assert load_recipe(written(RECIPE)).steps == 2
    assert load_study_spec(written(STUDY)).flagship == "coherent_break"


@pytest.mark.parametrize(("change", "message"), BAD_MODELS.values(), ids=BAD_MODELS)
def test_a_bad_model_is_refused_with_its_key_and_what_to_do(written, change, message):
    path = written(replaced(MODEL, *change))
    with pytest.raises(SpecificationError) as caught:
        load_model(path)
    assert str(caught.value) == f"{path}: 1 fault\n  {message}"


@pytest.mark.parametrize(("change", "message"), BAD_RECIPES.values(), ids=BAD_RECIPES)
def test_a_bad_recipe_is_refused_with_its_key_and_what_to_do(written, change, message):
    path = written(replaced(RECIPE, *change))
    with pytest.raises(SpecificationError) as caught:
        load_recipe(path)
    assert str(caught.value) == f"{path}: 1 fault\n  {message}"


@pytest.mark.parametrize(("change", "message"), BAD_STUDIES.values(), ids=BAD_STUDIES)
def test_a_bad_study_is_refused_with_its_key_and_what_to_do(written, change, message):
    path = written(replaced(STUDY, *change))
    with pytest.raises(SpecificationError) as caught:
        load_study_spec(path)
    assert str(caught.value) == f"{path}: 1 fault\n  {message}"


@pytest.mark.parametrize("name", ["../../escaped", "/etc/escaped", "a b", "<b>", "", "_x", "é", "x\\n", "a" * 65])
@pytest.mark.parametrize("kind", UNSAFE_NAMES)
def test_an_unsafe_name_in_a_study_is_refused(written, kind, name):
    old, place, remedy = UNSAFE_NAMES[kind]
    path = written(replaced(STUDY, old, f'{old.split(" = ")[0]} = "{name}"'))
    with pytest.raises(SpecificationError) as caught:
        load_study_spec(path)
    shown = name.replace("\\n", "\n")
    assert str(caught.value) == f"{path}: 1 fault\n  {place}: {shown!r} is not a safe name; {remedy}"


@pytest.mark.parametrize("key", ["panels", "columns", "regressors", "tables", "roles"])
def test_an_empty_list_in_a_study_is_refused(key):
    with pytest.raises(SpecificationError) as caught:
        validate(StudySpec, {**tomllib.loads(STUDY), "name": "mine", key: []}, "mine.toml")
    assert str(caught.value.faults[0]) == f"{key}: lists none; list one or more"


def test_every_fault_of_a_study_is_reported_at_once(written):
    text = replaced(replaced(STUDY, "crossing = 2014", "crossing = 14"), '"within",', '"within", "within",')
    path = written(replaced(text, 'full = "no_break"', 'full = "no_brake"'))
    with pytest.raises(SpecificationError) as caught:
        load_study_spec(path)
    assert [fault.place for fault in caught.value.faults] == ["roles, full of 'coherent'", "recipes", "crossing"]


def test_a_panel_is_a_safe_name_or_a_file(written):
    path = written(replaced(STUDY, '"balanced", "extended"', '"balanced", "../extended"'))
    with pytest.raises(SpecificationError, match=r"panels: '\.\./extended' is neither a safe name nor a file"):
        load_study_spec(path)


def test_a_panel_s_file_lies_beside_the_study(written, tmp_path):
    text = replaced(STUDY, '["balanced", "extended", "extended_filled"]', '["balanced", "data/mine.csv"]')
    spec = load_study_spec(written(replaced(text, 'default_panel = "balanced"', 'default_panel = "data/mine.csv"')))
    assert spec.panels == ("balanced", str(tmp_path / "data" / "mine.csv"))
    assert spec.default_panel == spec.panels[1]


def test_every_fault_of_a_file_is_reported_at_once(written):
    text = replaced(replaced(MODEL, "beta = 1.0", "beta = -1.0"), "width = 0.05", "depth = 0.05")
    path = written(text)
    with pytest.raises(SpecificationError) as caught:
        load_model(path)
    assert str(caught.value).splitlines() == [
        f"{path}: 3 faults",
        "  priors.beta: found -1.0; it should be greater than 0",
        "  barrier.width: is missing; add it",
        "  barrier.depth: unknown key (found 0.05); remove it or correct its spelling",
    ]


def test_a_file_that_is_not_utf8_is_refused_with_the_line(written):
    path = written('# x\nmeaning = "模型"\n'.encode("gb18030"))
    with pytest.raises(SpecificationError, match=r"line 2: is not UTF-8 \(byte 0xd0\); save the file as UTF-8"):
        load_model(path)


def test_a_byte_order_mark_is_no_fault(written):
    assert load_model(written(b"\xef\xbb\xbf" + MODEL.encode())) == load_model(written(MODEL))


def test_an_empty_file_lacks_everything(written):
    path = written("")
    with pytest.raises(SpecificationError) as caught:
        load_model(path)
    assert str(caught.value).splitlines() == [
        f"{path}: 3 faults",
        "  meaning: is missing; add it",
        "  structure: is missing; add it",
        "  priors: is missing; add it",
    ]


def test_a_missing_model_is_answered_with_the_names_that_exist():
    with pytest.raises(
        SpecificationError, match=r"file: does not exist; use one of as_estimated, .*no_interactions, or"
    ):
        load_model("coherent_brake")


def test_a_missing_file_in_an_empty_folder_asks_for_a_path(tmp_path):
    with pytest.raises(SpecificationError, match="file: does not exist; give the path of a TOML file"):
        load_model(str(tmp_path / "mine.toml"))


def test_a_folder_is_not_a_file(tmp_path):
    (tmp_path / "mine.toml").mkdir()
    with pytest.raises(
        SpecificationError, match=r"file: cannot be read \(Is a directory\); give the path of a readable"
    ):
        load_model(str(tmp_path / "mine.toml"))


@pytest.mark.parametrize(
    "name", ["../studies/li_shi_border", "/etc/passwd", "", "Model", "a b", "a.b", "é", "_x", "a" * 65]
)
def test_a_name_that_could_leave_the_folder_or_break_a_page_is_refused(name):
    with pytest.raises(
        SpecificationError, match=re.escape(f"name: {name!r} is not a safe name; use lower-case letters")
    ):
        load_model(name)


def test_an_unsafe_file_name_is_refused_before_the_file_is_read(written):
    path = written("not TOML at all", "<b>.toml")
    with pytest.raises(SpecificationError, match="name: '<b>' is not a safe name"):
        load_model(path)


@pytest.mark.parametrize("verb", [("fit", "{}"), ("gmm", "--recipe", "{}"), ("audit", "--study", "{}")])
def test_the_command_line_answers_a_bad_file_with_exit_code_10_and_no_traceback(cli, written, verb):
    path = written("meaning = ")
    code, out, err = cli(*(argument.format(path) for argument in verb))
    assert code == 10
    assert out == ""
    assert err.startswith(f"bayes-border: {path}: 1 fault\n  syntax: Invalid value (at ")
    assert "Traceback" not in err


@pytest.mark.parametrize("path", sorted(models_folder().glob("*.toml")), ids=lambda path: path.stem)
def test_every_model_that_ships_is_read(path: Path):
    assert load_model(path.stem).name == path.stem


@pytest.mark.parametrize("path", sorted((models_folder() / "gmm").glob("*.toml")), ids=lambda path: path.stem)
def test_every_recipe_that_ships_is_read(path: Path):
    assert load_recipe(path.stem).name == path.stem
