"""What does a file say once the file that it extends has been filled in?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from bayes_border.errors import Fault, SpecificationError

type Content = Mapping[str, object]

#: Longer chains of files that extend one another are a circle, or as hard to follow as one.
_DEEPEST: Final = 5


def extended(content: Content, source: str, read: Callable[[str], tuple[Content, str]], *, depth: int = 0) -> Content:
    """Return `content` with all that it does not say taken from the file it `extends`.

    Tables are merged key by key, so that a file states its differences and a prior has one home.
    `without` lists tables of the other file that are left out. `meaning` is never taken over.

    Parameters
    ----------
    content, source
        What a file says, and its name.
    read
        Returns content and name of a file called so.
    depth
        How many files extend this one.

    Raises
    ------
    SpecificationError
        If `extends` or `without` name nothing, or files extend one another in a circle.
    """
    if "extends" not in content:
        if "without" in content:
            raise SpecificationError(source, [Fault("without", "nothing is extended", "remove it or add extends")])
        return content
    if depth >= _DEEPEST:
        found = f"more than {_DEEPEST} files extend one another"
        raise SpecificationError(source, [Fault("extends", found, "extend a file that is complete by itself")])
    name = content["extends"]
    if not isinstance(name, str):
        raise SpecificationError(source, [Fault("extends", f"found {name!r}", "give the name of one file")])
    base, base_source = read(name)
    base = extended(base, base_source, read, depth=depth + 1)
    own = {key: value for key, value in content.items() if key not in {"extends", "without"}}
    dropped = _dropped(content.get("without", []), base, source)
    return _merged({key: value for key, value in base.items() if key not in {*dropped, "meaning"}}, own)


def _dropped(names: object, base: Content, source: str) -> list[str]:
    tables = [key for key, value in base.items() if isinstance(value, Mapping)]
    if not isinstance(names, list) or not set(map(str, names)) <= set(tables):
        remedy = f"list some of {', '.join(tables)}"
        raise SpecificationError(source, [Fault("without", f"found {names!r}", remedy)])
    return names


def _merged(base: Content, own: Content) -> Content:
    out = dict(base)
    for key, value in own.items():
        before = base.get(key)
        out[key] = _merged(before, value) if isinstance(before, Mapping) and isinstance(value, Mapping) else value
    return out
