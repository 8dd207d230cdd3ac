"""Which source serves which years of which series, as `data/series.toml` declares it?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from enum import StrEnum
from functools import cache
from pathlib import Path

from pydantic import Field
from pydantic.dataclasses import dataclass

from bayes_border.errors import Fault, SpecificationError
from bayes_border.project import data_folder
from bayes_border.spec.model import STRICT
from bayes_border.spec.reader import read_toml, validate
from bayes_border.spec.study import Transform
from bayes_border.vocabulary import Status


class Method(StrEnum):
    """How a rule turns figures into a difference."""

    DIFFERENCE = "difference"
    GROWTH_RATE = "growth_rate"


class Rate(StrEnum):
    """What two sources of a series are compared by: the level itself or its change in percent."""

    LEVEL = "level"
    CHANGE = "change"


@dataclass(frozen=True, config=STRICT, kw_only=True)
class FigureName:
    """One series of one source; `nation` takes the whole country's figure for every province."""

    source: str
    series: str
    nation: bool = False


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Rule:
    """Years and provinces that one source serves: the product of `numerator` over that of `denominator`."""

    first: int
    last: int
    method: Method
    numerator: tuple[FigureName, ...]
    denominator: tuple[FigureName, ...] = ()
    provinces: tuple[str, ...] = ()
    status: Status = Status.OFFICIAL
    note: str = ""

    @property
    def figures(self) -> tuple[FigureName, ...]:
        """Return every figure that the rule needs."""
        return self.numerator + self.denominator

    @property
    def source(self) -> str:
        """Return the source of the measured quantity, which is the numerator's first figure."""
        return self.numerator[0].source

    def serves(self, province: str, year: int) -> bool:
        """Return whether the difference row of this province and year is the rule's."""
        return self.first <= year <= self.last and (not self.provinces or province in self.provinces)


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Gap:
    """Cells that no source serves, and why."""

    first: int
    last: int
    reason: str
    provinces: tuple[str, ...] = ()

    def holds(self, province: str, year: int) -> bool:
        """Return whether the cell is declared missing."""
        return self.first <= year <= self.last and (not self.provinces or province in self.provinces)


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Series:
    """A differenced series, the level it comes from and the rules that serve it."""

    name: str
    level: str
    meaning: str
    unit: str
    anchor: int
    rate: Rate
    rules: tuple[Rule, ...]
    gaps: tuple[Gap, ...] = ()
    transform: Transform = Transform.NONE
    scale: float = 1.0
    offset: float = 0.0

    def rule_for(self, province: str, year: int) -> Rule | None:
        """Return the rule that serves a cell, or None for a gap."""
        return next((rule for rule in self.rules if rule.serves(province, year)), None)


@dataclass(frozen=True, config=STRICT, kw_only=True)
class SourceBreak:
    """A year in which the definition of a source's series changes: no difference may cross it."""

    source: str
    series: str
    year: int
    reason: str


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Comparison:
    """An independent source of a series, for the years that it covers."""

    series: str
    first: int
    last: int
    method: Method
    numerator: tuple[FigureName, ...]
    denominator: tuple[FigureName, ...] = ()

    def as_rule(self) -> Rule:
        """Return the comparison in the form of a rule."""
        return Rule(
            first=self.first,
            last=self.last,
            method=self.method,
            numerator=self.numerator,
            denominator=self.denominator,
        )


@dataclass(frozen=True, config=STRICT, kw_only=True)
class PanelRule:
    """One named panel: its years, and the series that may have no gap in them.

    Gaps of the series in `fill` take the mean of the `fill_years` observed differences nearest in time.
    """

    name: str
    meaning: str
    base: int
    first_row: int
    last_row: int
    complete: tuple[str, ...]
    fill: tuple[str, ...] = ()
    fill_years: int = Field(default=5, ge=1)


@dataclass(frozen=True, config=STRICT, kw_only=True)
class SeriesFile:
    """The content of `data/series.toml`."""

    panels: tuple[PanelRule, ...]
    series: tuple[Series, ...]
    breaks: tuple[SourceBreak, ...] = ()
    comparisons: tuple[Comparison, ...] = field(default=())

    def named(self, name: str) -> Series:
        """Return the series of a name."""
        return next(series for series in self.series if series.name == name)


@cache
def load_series() -> SeriesFile:
    """Return the declaration that ships with the project."""
    return read_series(data_folder() / "series.toml")


def read_series(path: Path) -> SeriesFile:
    """Return a declaration of sources, checked for sense.

    Raises
    ------
    SpecificationError
        If keys are unknown or missing, years run backwards, two rules serve one cell, a difference
        crosses a known break, or a name is not declared.
    """
    declared = validate(SeriesFile, read_toml(path), str(path))
    faults = [*_undeclared(declared)]
    for series in declared.series:
        compared = [c.as_rule() for c in declared.comparisons if c.series == series.name]
        faults += [*_backwards(series), *_overlaps(series), *_without_logarithm(series)]
        faults += _crossings(series.name, [*series.rules, *compared], declared.breaks)
    if faults:
        raise SpecificationError(str(path), faults)
    return declared


def _undeclared(declared: SeriesFile) -> list[Fault]:
    known = [series.name for series in declared.series]
    used = [(f"comparisons.{i}.series", c.series) for i, c in enumerate(declared.comparisons)]
    for panel in declared.panels:
        used += [(f"panels.{panel.name}.complete", name) for name in panel.complete]
        used += [(f"panels.{panel.name}.fill", name) for name in panel.fill]
    return [
        Fault(place, f"found {name!r}", f"use one of {', '.join(known)}") for place, name in used if name not in known
    ]


def _backwards(series: Series) -> list[Fault]:
    entries: list[Rule | Gap] = [*series.rules, *series.gaps]
    return [
        Fault(f"{series.name}: {entry.first}-{entry.last}", "the years run backwards", "set first <= last")
        for entry in entries
        if entry.first > entry.last
    ]


def _overlaps(series: Series) -> list[Fault]:
    entries: list[Rule | Gap] = [*series.rules, *series.gaps]
    faults = []
    for i, one in enumerate(entries):
        for other in entries[i + 1 :]:
            first, last = max(one.first, other.first), min(one.last, other.last)
            apart = one.provinces and other.provinces and not set(one.provinces) & set(other.provinces)
            if first <= last and not apart:
                found = f"{first}-{last} is served twice"
                faults.append(Fault(series.name, found, "give each province and year one rule or one gap"))
    return faults


def _crossings(series: str, rules: Sequence[Rule], breaks: Sequence[SourceBreak]) -> list[Fault]:
    return [
        Fault(
            f"{series}: {rule.first}-{rule.last}",
            f"a difference of {name.source}.{name.series} crosses its break in {known.year} ({known.reason})",
            "split the rule and serve that year from elsewhere",
        )
        for rule in rules
        if rule.method is Method.DIFFERENCE
        for name in rule.figures
        for known in breaks
        if (name.source, name.series) == (known.source, known.series) and rule.first <= known.year <= rule.last
    ]


def _without_logarithm(series: Series) -> list[Fault]:
    return [
        Fault(f"{series.name}: {rule.first}-{rule.last}", "a growth rate serves a level", 'set transform = "log"')
        for rule in series.rules
        if rule.method is Method.GROWTH_RATE and series.transform is not Transform.LOG
    ]
