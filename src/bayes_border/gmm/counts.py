"""Are there too many instruments for the clusters, and what would leave fewer?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from bayes_border.criteria import STAR_LEVELS
from bayes_border.gmm.equation import Equation
from bayes_border.gmm.remarks import Remark


@dataclass(frozen=True, slots=True)
class Remedy:
    """A change of the recipe, and how many instruments it would leave."""

    change: str
    n_instruments: int


@dataclass(frozen=True, slots=True)
class CountWarning:
    """More instruments than clusters (Roodman 2009, Oxford Bulletin of Economics and Statistics 71, 135-158).

    Parameters
    ----------
    n_instruments, n_clusters, n_coefficients
        What the recipe has.
    most_testable
        The most instruments with which Hansen's J, at most the number of clusters, could still reject
        at the most lenient level of stars; None where no number of instruments allows it.
    remedies
        Changes of the lags, the mildest first of each kind.
    """

    n_instruments: int
    n_clusters: int
    n_coefficients: int
    most_testable: int | None
    remedies: tuple[Remedy, ...]

    @property
    def remark(self) -> Remark:
        """Return the warning with its remedies, for a reader."""
        limit = "no number" if self.most_testable is None else f"{self.most_testable} or fewer"
        meaning = (
            f"more instruments than clusters: a clustered weight has rank {self.n_clusters} at most, and Hansen's J "
            f"could reject with {limit} of them only. Collapse the lags, keep fewer, or take one step, which inverts "
            "no clustered weight and whose J is then not to be read. In brackets, how many would be left"
        )
        here = f"{self.n_instruments} instruments on {self.n_clusters} clusters"
        return Remark(meaning, f"{here} ({', '.join(self.said)})" if self.said else here)

    @property
    def said(self) -> tuple[str, ...]:
        """Return each remedy in words, with the number of instruments that it would leave."""
        return tuple(f"{each.change}: {each.n_instruments}{self._verdict(each)}" for each in self.remedies)

    def _verdict(self, remedy: Remedy) -> str:
        few = remedy.n_instruments < self.n_coefficients
        return f", too few for {self.n_coefficients} coefficients" if few else ""


def count_warning(equation: Equation, n_instruments: int) -> CountWarning | None:
    """Return a warning where the instruments of an equation outnumber its units, or None."""
    n_clusters, n_coefficients = equation.n_units, len(equation.names)
    if n_instruments <= n_clusters:
        return None
    remedies = tuple(_remedies(equation, n_instruments))
    return CountWarning(n_instruments, n_clusters, n_coefficients, most_testable(n_clusters, n_coefficients), remedies)


def most_testable(n_clusters: int, n_coefficients: int) -> int | None:
    """Return the most instruments with which a J of at most `n_clusters` can reject at the most lenient level."""
    df = 0
    while stats.chi2.sf(n_clusters, df + 1) <= max(STAR_LEVELS):
        df += 1
    return n_coefficients + df if df else None


def _remedies(equation: Equation, n_instruments: int) -> Iterator[Remedy]:
    families, enough = _families(equation), equation.n_units
    if not families:
        return
    now = [family.collapsed for family in families]
    beside = n_instruments - sum(family.upto(family.deepest, collapsed=family.collapsed) for family in families)
    deepest, first = max(family.deepest for family in families), max(family.first for family in families)

    def left(last: int, forms: Sequence[bool]) -> int:
        return beside + sum(f.upto(last, collapsed=form) for f, form in zip(families, forms, strict=True))

    for forms in [now] if all(now) else [now, [True] * len(now)]:
        words = "" if forms == now else "lags collapsed"
        if words:
            yield Remedy(words, left(deepest, forms))
            if left(deepest, forms) <= enough:
                continue
        last = next((last for last in range(deepest, first, -1) if left(last, forms) <= enough), first)
        if last < deepest:
            yield Remedy(f"{words or 'lags'} up to {last}", left(last, forms))


@dataclass(frozen=True, slots=True)
class _Family:
    """One declaration of lag instruments: in how many periods each lag of each level, shape `(lag, level)`, serves."""

    first: int
    collapsed: bool
    periods: np.ndarray

    @property
    def deepest(self) -> int:
        # The longest lag that gives an instrument, whatever the recipe asks for.
        serving = np.flatnonzero(self.periods.any(axis=1))
        return self.first + (int(serving[-1]) if len(serving) else 0)

    def upto(self, last: int, *, collapsed: bool) -> int:
        """Return the number of instruments up to a lag: each lag has columns of its own, so they add up."""
        kept = self.periods[: max(last - self.first + 1, 0)]
        return int((kept > 0).sum() if collapsed else kept.sum())


def _families(equation: Equation) -> list[_Family]:
    spec, history = equation.spec, equation.history
    found = []
    if spec.lags is not None:
        names = spec.lags.regressors or history.regressors
        columns = [history.level[:, history.regressors.index(name)] for name in names]
        found.append((spec.lags, columns))
    if spec.outcome_instruments is not None:
        found.append((spec.outcome_instruments, [history.levels(history.observed)]))
    reach = int(equation.period.max() - history.period.min())
    serving = _serving(equation)
    return [
        _Family(
            lags.first,
            lags.collapse,
            np.array(
                [[serving(column, lag) for column in columns] for lag in range(lags.first, min(lags.last, reach) + 1)]
            ),
        )
        for lags, columns in found
    ]


def _serving(equation: Equation) -> Callable[[np.ndarray, int], int]:
    def periods(level: np.ndarray, lag: int) -> int:
        known = np.nan_to_num(equation.history.lagged(level, lag)[equation.cells]) != 0
        return len(np.unique(equation.period[known]))

    return periods
