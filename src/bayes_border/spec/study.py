"""What is asked: a study pairs a panel, a set of published estimates, models and recipes."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field
from pydantic.dataclasses import dataclass

from bayes_border.spec.model import STRICT
from bayes_border.spec.names import FileName, Label
from bayes_border.spec.study_faults import require_sound
from bayes_border.vocabulary import Null, Outcome, Window


class Transform(StrEnum):
    """What is done to a level before it is differenced."""

    NONE = "none"
    LOG = "log"


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Column:
    """A column of a user's panel file: its name, the other names it goes by and the range it may take."""

    name: Label
    aliases: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    unit: str = ""
    required: bool = True

    def __post_init__(self) -> None:
        """Refuse a range that holds nothing."""
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            message = f"minimum {self.minimum:g} lies above maximum {self.maximum:g}; exchange or correct them"
            raise ValueError(message)


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Regressor:
    """A regressor: the differenced series `term` is made from `level`, itself a transform of `column`."""

    term: Label
    level: Label
    column: Label
    label: str
    unit: str
    transform: Transform = Transform.NONE


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Outcomes:
    """One published table and the outcome it explains."""

    table: Label
    outcome: Outcome
    level: Label
    label: str
    unit: str


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Role:
    """A part in the comparison: `model` plays it before and after the break, `full` in the window across it.

    A model with a break has no coefficient of the whole window; empty, nobody plays the part there.
    """

    name: FileName
    model: str
    full: str = ""

    def at(self, window: Window) -> str:
        """Return the model that plays the part in a window, empty where there is none."""
        return self.full if window is Window.FULL else self.model


@dataclass(frozen=True, config=STRICT, kw_only=True)
class StudySpec:
    """A study: everything that is particular to one paper.

    `panels` are names of official ones or paths of files; read from a TOML file, a path is relative to its
    folder. `crossing` is the differenced row's year that crosses the break. The first of `roles` is the
    flagship's, named `coherent`. `null_model`, which has no interactions, is what the null `fitted` draws from.
    """

    name: str
    title: str
    citation: str
    published: FileName
    panels: tuple[str, ...]
    default_panel: str
    unit: Column
    time: Column
    columns: tuple[Column, ...]
    regressors: tuple[Regressor, ...]
    tables: tuple[Outcomes, ...]
    units: tuple[str, ...] = ()
    unit_aliases: dict[str, str] = Field(default_factory=dict)
    gaps: bool = False
    crossing: int
    default_break: str = "count"
    roles: tuple[Role, ...]
    models: tuple[str, ...] = ()
    recipes: tuple[str, ...] = ()
    shown_recipes: tuple[str, ...] = ()
    nulls: tuple[Null, ...] = ()
    null_model: str = ""

    def __post_init__(self) -> None:
        """Refuse a study whose parts do not fit one another, every fault at once."""
        require_sound(self)

    @property
    def flagship(self) -> str:
        """Return the model that the study rests on."""
        return self.roles[0].model

    @property
    def full_window(self) -> str:
        """Return the flagship's counterpart for the window across the break."""
        return self.roles[0].full

    @property
    def terms(self) -> tuple[str, ...]:
        """Return the regressors' names, in the equation's order."""
        return tuple(regressor.term for regressor in self.regressors)
