"""Which names are safe in a path, in a page's anchor and as an array's label?"""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import AfterValidator

_FILE: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_LABEL: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")

#: What a name of a file may be made of, for a message.
FILE_REMEDY: Final = "use lower-case letters, digits and underscores"
_LABEL_REMEDY: Final = "use letters, digits and underscores, a letter first"


def is_file_name(text: str) -> bool:
    """Return whether a file may be called so: not every file system tells capitals apart, so there are none."""
    return _FILE.fullmatch(text) is not None


def _file_name(text: str) -> str:
    return _safe(text, _FILE, FILE_REMEDY)


def _label(text: str) -> str:
    return _safe(text, _LABEL, _LABEL_REMEDY)


def _safe(text: str, pattern: re.Pattern[str], remedy: str) -> str:
    if not pattern.fullmatch(text):
        message = f"{text!r} is not a safe name; {remedy}"
        raise ValueError(message)
    return text


#: The name of a file or a folder of the project, without its ending.
type FileName = Annotated[str, AfterValidator(_file_name)]

#: The name of a series, a column or a table: `dlnFAI`.
type Label = Annotated[str, AfterValidator(_label)]
