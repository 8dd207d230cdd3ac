"""What is asked: a study pairs a panel, a set of published estimates, models and recipes."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field
from pydantic.dataclasses import dataclass

from bayes_border.spec.breaks import CHOICES, is_reading
from bayes_border.spec.model import STRICT
from bayes_border.vocabulary import COHERENT, Null, Outcome, Window


class Transform(StrEnum):
    """What is done to a level before it is differenced."""

    NONE = "none"
    LOG = "log"


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Column:
    """A column of a user's panel file: its name, the other names it goes by and the range it may take."""

    name: str
    aliases: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    unit: str = ""
    required: bool = True


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Regressor:
    """A regressor: the differenced series `term` is made from `level`, itself a transform of `column`."""

    term: str
    level: str
    column: str
    label: str
    unit: str
    transform: Transform = Transform.NONE


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Outcomes:
    """One published table and the outcome it explains."""

    table: str
    outcome: Outcome
    level: str
    label: str
    unit: str


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Role:
    """A part in the comparison: `model` plays it before and after the break, `full` in the window across it.

    A model with a break has no coefficient of the whole window; empty, nobody plays the part there.
    """

    name: str
    model: str
    full: str = ""

    def at(self, window: Window) -> str:
        """Return the model that plays the part in a window, empty where there is none."""
        return self.full if window is Window.FULL else self.model


@dataclass(frozen=True, config=STRICT, kw_only=True)
class StudySpec:
    """A study (DESIGN section 4): everything that is particular to one paper.

    The first of `roles` is the flagship's, named `coherent`. `null_model`, which has no interactions, is
    what the null `fitted` draws from.
    """

    name: str
    title: str
    citation: str
    published: str
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
    crossing: int = 0
    default_break: str = "count"
    roles: tuple[Role, ...]
    models: tuple[str, ...] = ()
    recipes: tuple[str, ...] = ()
    shown_recipes: tuple[str, ...] = ()
    nulls: tuple[Null, ...] = ()
    null_model: str = ""

    def __post_init__(self) -> None:
        """Refuse names that point nowhere or stand twice, and an unknown reading of the break."""
        columns = [column.name for column in self.columns]
        pointers = [
            ("default_panel", self.default_panel, self.panels),
            *((f"model of role {role.name}", role.model, self.models) for role in self.roles),
            *((f"full of role {role.name}", role.full, self.models) for role in self.roles if role.full),
            *(("recipe to be shown", name, self.recipes) for name in self.shown_recipes),
            ("name of the first role", self.roles[0].name if self.roles else "", (COHERENT,)),
            *(("null_model", name, self.models) for name in (self.null_model,) if name),
            *((f"column of {regressor.term}", regressor.column, columns) for regressor in self.regressors),
        ]
        for key, name, known in pointers:
            if name not in known:
                message = f"{key} {name!r} is not listed; use one of {', '.join(known)}"
                raise ValueError(message)
        if not is_reading(self.default_break):
            message = f"default_break {self.default_break!r} is no reading of the break; use {CHOICES}"
            raise ValueError(message)
        if Null.FITTED in self.nulls and not self.null_model:
            message = f"nulls has {Null.FITTED!s} but null_model names no fit to draw from; name one of models"
            raise ValueError(message)
        named = {
            "column": columns,
            "regressor": self.terms,
            "table": [table.table for table in self.tables],
            "unit": self.units,
            "null": self.nulls,
        }
        for kind, names in named.items():
            twice = sorted({name for name in names if list(names).count(name) > 1})
            if twice:
                message = f"{kind} {str(twice[0])!r} stands twice; keep one"
                raise ValueError(message)

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
