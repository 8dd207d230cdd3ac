"""Does the README say what the code does?"""

from __future__ import annotations

import ast
import re
from dataclasses import fields
from importlib import import_module
from pathlib import Path

import pytest

import bayes_border
from bayes_border import errors
from bayes_border.cli.parser import VERBS
from bayes_border.spec.instruments import LagInstruments, Weights
from bayes_border.spec.reader import load_model, load_recipe, load_study_spec
from bayes_border.spec.recipe import RecipeSpec
from bayes_border.spec.study import Role
from bayes_border.vocabulary import Null

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PACKAGE = Path(bayes_border.__file__).parent


def section(title: str) -> str:
    return re.split(r"^#+ ", README.split(f"# {title}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


def test_the_command_list_is_the_parser_s():
    listed = re.findall(r"^\| `bayes-border (\w+)[^`]*` \| (.*) \|$", section("Commands"), flags=re.MULTILINE)
    assert dict(listed) == {name: verb.help for name, verb in VERBS.items()}


def test_the_module_map_lists_every_module_and_no_other():
    listed = re.findall(r"^\| `(\w+)` \| [^`]", section("Module map"), flags=re.MULTILINE)
    modules = {path.stem for path in PACKAGE.glob("*.py")} | {
        path.parent.name for path in PACKAGE.glob("*/__init__.py")
    }
    assert set(listed) == modules - {"__init__"}
    assert len(listed) == len(set(listed))


def test_the_exit_codes_are_those_of_the_code():
    listed = re.findall(r"^\| (\d+) \| (.*) \|$", section("Exit codes"), flags=re.MULTILINE)
    assert {int(code): meaning for code, meaning in listed} == {code.value: code.meaning for code in errors.ExitCode}


def test_the_help_lists_every_exit_code_of_the_readme(cli):
    _, out, _ = cli("--help")
    listed = re.findall(r"^\| (\d+) \| (.*) \|$", section("Exit codes"), flags=re.MULTILINE)
    assert re.findall(r"^  (\d+) +(.*)$", out.split("exit codes:\n")[1], flags=re.MULTILINE) == listed


def test_the_columns_of_a_panel_are_the_study_s():
    spec = load_study_spec("li_shi_border")
    rows = re.findall(
        r"^\| `(\w+)` \| (?:`(\w+)`)? ?\| ([^|]*) \| (\S*) ?\| (\S*) ?\|$",
        section("A panel of your own"),
        flags=re.MULTILINE,
    )
    assert [row[:2] for row in rows[:2]] == [(c.name, c.aliases[0]) for c in (spec.unit, spec.time)]
    assert rows[1][3:] == (f"{spec.time.minimum:.0f}", f"{spec.time.maximum:.0f}")
    assert rows[2:] == [
        (c.name, next(iter(c.aliases), ""), c.unit, f"{c.minimum:.0f}", f"{c.maximum:.0f}") for c in spec.columns
    ]
    assert [c.name for c in spec.columns if not c.required] == ["relative_income"]


def test_the_nulls_are_those_of_the_code_and_names_in_examples_exist():
    text = section("Names of models, recipes and nulls")
    assert re.findall(r"^\| `(\w+)` \|", text, flags=re.MULTILINE) == list(Null)
    assert load_model(re.search(r"`bayes-border fit (\w+)`", text)[1])
    assert load_model(re.search(r'extends = "(\w+)"', text)[1])
    assert load_recipe(re.search(r"--recipe (\w+)", text)[1])


def test_every_command_names_the_module_that_it_rests_on():
    listed = dict(re.findall(r"^\| `(\w+)` \| `([\w/]+\.py)` \|$", section("Module map"), flags=re.MULTILINE))
    assert list(listed) == sorted(VERBS)
    assert all((PACKAGE / path).is_file() for path in listed.values())
    for verb, path in listed.items():
        module = "bayes_border." + path.removesuffix(".py").replace("/", ".")
        assert module in reached(f"bayes_border.workflow.{verb}"), verb


def reached(module: str) -> set[str]:
    """Return the modules that one imports, directly or not, wherever the import stands."""
    found, waiting = set(), [module]
    while waiting:
        path = PACKAGE.parent / (waiting[-1].replace(".", "/") + ".py")
        found.add(waiting.pop())
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if path.is_file() else ():
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("bayes_border"):
                waiting += {node.module, *(f"{node.module}.{name.name}" for name in node.names)} - found
    return found


def test_every_public_function_is_shown():
    code = "\n".join(re.findall(r"^    (.*)$", section("From Python"), flags=re.MULTILINE))
    names = {
        node.attr for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Attribute) and node.value.id == "bb"
    }
    assert names == set(bayes_border.__all__)


def test_every_public_name_is_a_function():
    # Importing the modules of the same names must not put them in the functions' place.
    for module in ("bayes_border.compare.audit", "bayes_border.gmm.estimate"):
        import_module(module)
    for name in bayes_border.__all__:
        assert callable(getattr(bayes_border, name)), name
    with pytest.raises(AttributeError, match="module 'bayes_border' has no attribute 'nothing'"):
        _ = bayes_border.nothing


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_every_file_named_in_the_prose_exists(document):
    text = (ROOT / document).read_text(encoding="utf-8")
    named = re.findall(r"`((?:src|models|examples|docs|\.ci)/[^`<>]*)`|\]\(([A-Z][^):]*)\)", text)
    missing = [path for pair in named for path in pair if path and not (ROOT / path).exists()]
    assert missing == []


def test_contributing_names_every_key_of_a_recipe_and_no_other():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("## Add a recipe\n", 1)[1].split("\n## ")[0]
    listed = set(re.findall(r"`([a-z_]+)`", text.split("\n\n", 1)[1]))
    keys = {field.name for kind in (RecipeSpec, LagInstruments, Weights) for field in fields(kind)}
    assert listed == keys - {"name"}


def test_contributing_names_every_key_of_a_role():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("## Add a model\n", 1)[1].split("\n## ")[0]
    assert {field.name for field in fields(Role)} | {"extends", "without"} <= set(re.findall(r"`([a-z_]+)`", text))
