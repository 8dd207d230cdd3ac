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
from bayes_border.spec.recipe import RecipeSpec
from bayes_border.spec.study import Role

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PACKAGE = Path(bayes_border.__file__).parent


def section(title: str) -> str:
    return re.split(r"^#+ ", README.split(f"# {title}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


def test_the_command_list_is_the_parser_s():
    listed = re.findall(r"^\| `bayes-border (\w+)[^`]*` \| (.*) \|$", section("Commands"), flags=re.MULTILINE)
    assert dict(listed) == {name: verb.help for name, verb in VERBS.items()}


def test_the_module_map_lists_every_module_and_no_other():
    listed = re.findall(r"^\| `(\w+)` \|", section("Module map"), flags=re.MULTILINE)
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
