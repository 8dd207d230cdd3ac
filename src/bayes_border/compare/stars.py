"""Which stars can a printed estimate and standard error have earned, rounding allowed for?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from scipy import stats

from bayes_border.published import Cell, Published


class Match(StrEnum):
    """Do the printed stars follow from the printed figures?"""

    ARE = "are"
    MAY_BE = "may be"
    CANNOT_BE = "cannot be"


@dataclass(frozen=True)
class StarCheck:
    """Stars recomputed for one cell.

    Every estimate and standard error that rounds to what is printed is considered: `ratio` and `p`
    are the smallest and largest values that they allow. `degrees_of_freedom` is None for the normal
    distribution. `possible` lists the stars that can result, strictest first, "" for none.
    """

    cell: Cell
    degrees_of_freedom: int | None
    ratio: tuple[float, float]
    p: tuple[float, float]
    possible: tuple[str, ...]

    @property
    def match(self) -> Match:
        """Return whether the printed stars are, may be or cannot be the right ones."""
        if self.cell.stars not in self.possible:
            return Match.CANNOT_BE
        return Match.ARE if len(self.possible) == 1 else Match.MAY_BE

    def row(self) -> dict[str, object]:
        """Return the check as one flat row."""
        return {
            "cell": self.cell.place,
            "printed": f"{self.cell.estimate}{self.cell.stars} ({self.cell.se})",
            "reference": "normal" if self.degrees_of_freedom is None else f"t({self.degrees_of_freedom})",
            "ratio_lower": self.ratio[0],
            "ratio_upper": self.ratio[1],
            "p_lower": self.p[0],
            "p_upper": self.p[1],
            "possible": " or ".join(stars or "none" for stars in self.possible),
            "match": str(self.match),
        }


def check_stars(cell: Cell, published: Published, degrees_of_freedom: int | None = None) -> StarCheck:
    """Return the stars that a cell's printed figures allow, under the normal or a t distribution."""
    ratio = ratio_interval(cell)
    p = (two_sided_p(ratio[1], degrees_of_freedom), two_sided_p(ratio[0], degrees_of_freedom))
    return StarCheck(cell, degrees_of_freedom, ratio, p, _possible(p, published))


def ratio_interval(cell: Cell) -> tuple[float, float]:
    """Return the smallest and largest |estimate| / standard error that round to the printed figures."""
    ends = (cell.estimate.lower, cell.estimate.upper)
    smallest = 0.0 if ends[0] <= 0.0 <= ends[1] else min(map(abs, ends))
    low_se = cell.se.lower
    return smallest / cell.se.upper, max(map(abs, ends)) / low_se if low_se > 0.0 else math.inf


def two_sided_p(ratio: float, degrees_of_freedom: int | None) -> float:
    """Return the two-sided p-value of a ratio under the normal (None) or a t distribution."""
    tail = stats.norm.sf(ratio) if degrees_of_freedom is None else stats.t.sf(ratio, degrees_of_freedom)
    return float(2.0 * tail)


def _possible(p: tuple[float, float], published: Published) -> tuple[str, ...]:
    ladder = sorted(published.paper.stars, key=lambda star: star.level)
    bounds = [0.0, *(star.level for star in ladder), math.inf]
    marks = [*(star.stars for star in ladder), ""]
    # A class of stars holds p from its lower bound, which already belongs to the stricter class, on.
    classes = zip(marks, bounds[:-1], bounds[1:], strict=True)
    return tuple(mark for mark, low, high in classes if p[0] < high and (p[1] >= low))
