"""Which remarks hold of which fits, each said once?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from bayes_border.gmm.remarks import Remark


class Place(NamedTuple):
    """A recipe, table and window."""

    recipe: str
    table: str
    window: str


def grouped(remarks: Iterable[tuple[Place, Remark]], everywhere: Sequence[Place]) -> tuple[str, ...]:
    """Return one paragraph a meaning: the sentence, and below it a line a recipe with the places it holds in.

    Parameters
    ----------
    remarks
        Each with its place.
    everywhere
        Every place that there is: a recipe of which a remark holds throughout is named alone.
    """
    found: dict[str, dict[str, dict[str, list[Place]]]] = {}
    for place, remark in remarks:
        found.setdefault(remark.meaning, {}).setdefault(place.recipe, {}).setdefault(remark.here, []).append(place)
    return tuple(
        "\n".join([f"{meaning[0].upper()}{meaning[1:]}.", *_lines(here, everywhere)]) for meaning, here in found.items()
    )


def _lines(found: Mapping[str, Mapping[str, Sequence[Place]]], everywhere: Sequence[Place]) -> Iterator[str]:
    # Recipes of which the same holds in the same places share a line.
    shared: dict[str, list[str]] = {}
    for recipe, here in found.items():
        own = sum(place.recipe == recipe for place in everywhere)
        shared.setdefault(_said(here, own), []).append(recipe)
    for said, recipes in shared.items():
        yield f"  {', '.join(recipes)}{f': {said}' if said else ''}"


def _said(found: Mapping[str, Sequence[Place]], own: int) -> str:
    if len(found) == 1 and all(len(places) == own for places in found.values()):
        return next(iter(found))
    return "; ".join(f"{_where(places)}{f', {here}' if here else ''}" for here, places in found.items())


def _where(places: Sequence[Place]) -> str:
    tables = dict.fromkeys(place.table for place in places)
    windows = {table: [place.window for place in places if place.table == table] for table in tables}
    return " and ".join(f"{table} {', '.join(windows[table])}".strip() for table in tables)
