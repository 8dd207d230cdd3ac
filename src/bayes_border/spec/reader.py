"""How is a TOML file read strictly: unknown keys, unsafe names and wrong types refused, every fault at once?"""

from __future__ import annotations

import json
import sys
import textwrap
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from bayes_border.errors import Fault, SpecificationError
from bayes_border.project import models_folder
from bayes_border.spec.extend import extended
from bayes_border.spec.model import ModelSpec
from bayes_border.spec.names import FILE_REMEDY, is_file_name
from bayes_border.spec.recipe import RecipeSpec
from bayes_border.spec.study import StudySpec
from bayes_border.spec.study_faults import StudyFaultsError

_TOO_DEEP = ("is nested too deeply", "keep to tables and lists of plain values")


def read_toml(path: Path) -> dict[str, object]:
    """Return the content of a TOML file; a byte order mark is allowed.

    Raises
    ------
    SpecificationError
        If the file is missing, not UTF-8, not TOML, or beyond what can be read.
    """
    try:
        content = path.read_bytes()
        return tomllib.loads(content.decode("utf-8-sig"))
    except FileNotFoundError:
        fault = Fault("file", "does not exist", "give the path of a TOML file that does")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        fault = Fault(f"line {line}", f"is not UTF-8 (byte 0x{content[error.start]:02x})", "save the file as UTF-8")
    except tomllib.TOMLDecodeError as error:
        fault = Fault("syntax", str(error), _toml_remedy(str(error)))
    except RecursionError:
        fault = Fault("file", *_TOO_DEEP)
    except ValueError:  # the only one that `tomllib` lets through: Python converts so many digits and no more
        found = f"holds a number of more than {sys.get_int_max_str_digits():,} digits"
        fault = Fault("syntax", found, "give a number of usual length")
    except OSError as error:
        fault = Fault("file", f"cannot be read ({error.strerror})", "give the path of a readable TOML file")
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
        return TypeAdapter(kind).validate_json(json.dumps(dict(content), default=_date))
    except ValidationError as error:
        faults = [fault for detail in error.errors(include_url=False) for fault in _faults(dict(detail))]
    except RecursionError:
        faults = [Fault("file", *_TOO_DEEP)]
    raise SpecificationError(source, faults)


def _toml_remedy(message: str) -> str:
    twice = message.startswith(("Cannot overwrite", "Cannot declare"))
    return "a key or table stands twice: keep one" if twice else "mend the TOML at this place"


def _date(value: object) -> dict[str, str]:
    # JSON has no dates and no key here wants one: as a table it fits nothing, and is refused.
    return {type(value).__name__: str(value)}


def _faults(detail: Mapping[str, object]) -> Sequence[Fault]:
    raised = detail.get("ctx", {}).get("error")  # type: ignore[attr-defined]
    return raised.faults if isinstance(raised, StudyFaultsError) else [_fault(detail)]


def _fault(detail: Mapping[str, object]) -> Fault:
    place = ".".join(str(part) for part in detail["loc"]) or "file"  # type: ignore[attr-defined]
    found = _shown(detail["input"])
    match detail["type"]:
        case "unexpected_keyword_argument":
            return Fault(place, f"unknown key (found {found})", "remove it or correct its spelling")
        case "missing" | "missing_argument":
            return Fault(place, "is missing", "add it")
        case "json_invalid":  # it was written here, and is refused for its depth alone
            return Fault(place, *_TOO_DEEP)
        case "value_error":  # raised by a declaration of ours, as "what was found; what to do"
            found, _, remedy = str(detail["msg"]).removeprefix("Value error, ").partition("; ")
            return Fault(place, found, remedy)
    return Fault(place, f"found {found}", str(detail["msg"]).replace("Input should be", "it should be"))


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    # JSON's spelling is TOML's too, unlike Python's: true, not True.
    return textwrap.shorten(json.dumps(value, ensure_ascii=False, default=str), 60, placeholder=" ...")


def load_model(name: str) -> ModelSpec:
    """Return the model `models/<name>.toml`, or the file at the path `name` if it ends in `.toml`.

    A model may state only in what it differs from another one, which it `extends`.
    """
    path, content = _read(name, models_folder())

    def read(other: str) -> tuple[Mapping[str, object], str]:
        found, told = _read(other, models_folder())
        return told, str(found)

    return validate(ModelSpec, {"name": path.stem, **extended(content, str(path), read)}, str(path))


def load_recipe(name: str) -> RecipeSpec:
    """Return the recipe `models/gmm/<name>.toml`, or the file at a path that ends in `.toml`."""
    return _load(RecipeSpec, name, _recipes())


def recipe_path(name: str) -> Path:
    """Return the file that a recipe of this name, or path, is read from."""
    return _path(name, _recipes())


def load_study_spec(name: str) -> StudySpec:
    """Return the study `models/studies/<name>.toml`, or the file at a path that ends in `.toml`.

    The paths of its panels are made absolute: in the file they are relative to its own folder.
    """
    spec = _load(StudySpec, name, _studies())
    folder = study_path(name).parent.absolute()
    panels = {panel: str(folder / panel) if Path(panel).suffix else panel for panel in spec.panels}
    return replace(spec, panels=tuple(panels.values()), default_panel=panels[spec.default_panel])


def study_path(name: str) -> Path:
    """Return the file that a study of this name, or path, is read from."""
    return _path(name, _studies())


def _recipes() -> Path:
    return models_folder() / "gmm"


def _studies() -> Path:
    return models_folder() / "studies"


def _load[T](kind: type[T], name: str, folder: Path) -> T:
    path, content = _read(name, folder)
    return validate(kind, {"name": path.stem, **content}, str(path))


def _read(name: str, folder: Path) -> tuple[Path, dict[str, object]]:
    path = _path(name, folder)
    if path.parent == folder and not path.exists():
        known = ", ".join(sorted(other.stem for other in folder.glob("*.toml")))
        fault = Fault("file", "does not exist", f"use one of {known}, or the path of a file")
        raise SpecificationError(str(path), [fault])
    content = read_toml(path)
    if "name" in content:
        fault = Fault("name", f"found {_shown(content['name'])}", "remove it: a file's name is its name")
        raise SpecificationError(str(path), [fault])
    return path, content


def _path(name: str, folder: Path) -> Path:
    named = name.endswith(".toml")
    path = Path(name) if named else folder / f"{name}.toml"
    # A bare name is checked whole: `../x` must not reach outside the folder.
    called = path.stem if named else name
    if not is_file_name(called):
        remedy = f"{FILE_REMEDY}, or the path of a file that ends in .toml"
        raise SpecificationError(name, [Fault("name", f"{called!r} is not a safe name", remedy)])
    return path
