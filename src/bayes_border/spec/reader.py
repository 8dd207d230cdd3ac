"""How is a TOML file read strictly: unknown keys, unsafe names and wrong types refused, every fault at once?"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from bayes_border.errors import Fault, SpecificationError
from bayes_border.project import models_folder
from bayes_border.spec.model import ModelSpec
from bayes_border.spec.recipe import RecipeSpec
from bayes_border.spec.study import StudySpec

#: Names become file names and HTML anchors: nothing that a path or a page could misread.
SAFE_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


def read_toml(path: Path) -> dict[str, object]:
    """Return the content of a TOML file.

    Raises
    ------
    SpecificationError
        If the file is missing, not UTF-8, or not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        fault = Fault("file", "does not exist", f"see {path.parent} for the names that do")
    except UnicodeDecodeError as error:
        fault = Fault(f"byte {error.start}", "is not UTF-8", "save the file as UTF-8")
    except tomllib.TOMLDecodeError as error:
        fault = Fault("syntax", str(error), "mend the TOML")
    raise SpecificationError(str(path), [fault])


def validate[T](kind: type[T], content: Mapping[str, object], source: str) -> T:
    """Return `content` as the frozen dataclass `kind`, every fault of it collected.

    Raises
    ------
    SpecificationError
        Naming each key, what was found there and what is wanted.
    """
    try:
        # Strict validation of JSON, unlike that of Python objects, lets a string be an enum's value.
        return TypeAdapter(kind).validate_json(json.dumps(dict(content), default=str))
    except ValidationError as error:
        faults = [_fault(dict(detail)) for detail in error.errors(include_url=False)]
    raise SpecificationError(source, faults)


def _fault(detail: Mapping[str, object]) -> Fault:
    place = ".".join(str(part) for part in detail["loc"])  # type: ignore[attr-defined]
    found = repr(detail["input"])
    match detail["type"]:
        case "unexpected_keyword_argument":
            return Fault(place, f"unknown key (value {found})", "remove it or correct its spelling")
        case "missing" | "missing_argument":
            return Fault(place, "is missing", "add it")
    return Fault(place, f"found {found}", str(detail["msg"]))


def load_model(name: str) -> ModelSpec:
    """Return the model `models/<name>.toml`, or the file at the path `name` if it ends in `.toml`."""
    return _load(ModelSpec, name, models_folder())


def load_recipe(name: str) -> RecipeSpec:
    """Return the recipe `models/gmm/<name>.toml`, or the file at a path that ends in `.toml`."""
    return _load(RecipeSpec, name, models_folder() / "gmm")


def load_study_spec(name: str) -> StudySpec:
    """Return the study `models/studies/<name>.toml`, or the file at a path that ends in `.toml`."""
    return _load(StudySpec, name, models_folder() / "studies")


def _load[T](kind: type[T], name: str, folder: Path) -> T:
    path = Path(name) if name.endswith(".toml") else folder / f"{name}.toml"
    if not SAFE_NAME.fullmatch(path.stem):
        fault = Fault("name", f"{path.stem!r} is not a safe name", "use lower-case letters, digits and underscores")
        raise SpecificationError(str(path), [fault])
    content = read_toml(path)
    if "name" in content:
        fault = Fault("name", f"found {content['name']!r}", "remove it: a file's name is its name")
        raise SpecificationError(str(path), [fault])
    return validate(kind, {"name": path.stem, **content}, str(path))
