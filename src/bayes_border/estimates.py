"""What every engine reports: one estimate a row, in the paper's own units."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from bayes_border.vocabulary import Engine, Window


@dataclass(frozen=True, slots=True)
class Estimate:
    """One number about one term in one window.

    Parameters
    ----------
    engine
        Where the number comes from.
    recipe
        Name of the model, the GMM recipe or the published table.
    table
        Published table that asks for the estimate ("table1", "table3").
    window
        Period that the estimate speaks of.
    term
        `dlnFAI` and so on for beta, `dg_dlnFAI` for gamma.
    value
        Point estimate; the posterior mean for a Bayesian engine. Percentage points of growth a unit
        of the regressor for beta, one over the regressor's unit for gamma.
    se
        Standard error, or posterior standard deviation.
    lower, upper
        Equal-tailed interval at `level`.
    level
        Coverage that the interval claims.
    n_obs
        Province-years behind the estimate.
    extra
        What else the engine has to say of the row: flat, JSON-serialisable.
    """

    engine: Engine
    recipe: str
    table: str
    window: Window
    term: str
    value: float
    se: float
    lower: float
    upper: float
    level: float
    n_obs: int
    extra: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))

    def row(self) -> dict[str, object]:
        """Return the estimate as one flat row, `extra` spread behind the common columns."""
        common = {name: getattr(self, name) for name in self.__slots__ if name != "extra"}
        return {**common, "engine": str(self.engine), "window": str(self.window), **self.extra}


@dataclass(frozen=True, slots=True)
class Estimates:
    """Several estimates, in the order in which they are shown."""

    rows: tuple[Estimate, ...]

    def __iter__(self) -> Iterator[Estimate]:
        """Iterate over the estimates."""
        return iter(self.rows)

    def __len__(self) -> int:
        """Return how many estimates there are."""
        return len(self.rows)

    def __add__(self, other: Estimates) -> Estimates:
        """Return both sets, `self` first."""
        return Estimates(self.rows + other.rows)

    def at(self, *, table: str, window: Window, term: str) -> Estimate | None:
        """Return the estimate of one cell, or None where there is none."""
        return next((e for e in self.rows if (e.table, e.window, e.term) == (table, window, term)), None)

    def to_rows(self) -> list[dict[str, object]]:
        """Return flat rows, ready for `pandas.DataFrame` or JSON."""
        return [estimate.row() for estimate in self.rows]
