"""Are there too many instruments for the clusters, and what would leave fewer?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from scipy import stats

from bayes_border.criteria import STAR_LEVELS
from bayes_border.spec.instruments import LagInstruments


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
        at the most lenient level of stars.
    remedies
        Changes of the lags, the mildest first of each kind.
    """

    n_instruments: int
    n_clusters: int
    n_coefficients: int
    most_testable: int
    remedies: tuple[Remedy, ...]

    @property
    def sentence(self) -> str:
        """Return the warning with its remedies, for a reader."""
        L, N = self.n_instruments, self.n_clusters
        found = (
            f"{L} instruments on {N} clusters: a clustered weight has rank {N} at most, and Hansen's J could reject "
            f"with {self.most_testable} instruments or fewer only"
        )
        changes = [f"{remedy.change} leaves {remedy.n_instruments}{self._verdict(remedy)}" for remedy in self.remedies]
        one_step = f"a one-step recipe keeps all {L}, inverts no clustered weight, and is then not to be judged by J"
        return "; ".join([found, *changes, one_step])

    def _verdict(self, remedy: Remedy) -> str:
        if remedy.n_instruments < self.n_coefficients:
            return f", fewer than the {self.n_coefficients} coefficients"
        return ", still more than clusters" if remedy.n_instruments > self.n_clusters else ""


def count_warning(
    n_instruments: int,
    n_clusters: int,
    n_coefficients: int,
    *,
    lags: LagInstruments | None = None,
    count: Callable[[LagInstruments], int] | None = None,
) -> CountWarning | None:
    """Return a warning where instruments outnumber clusters, or None.

    Parameters
    ----------
    lags
        The recipe's lag instruments, if it has any.
    count
        How many instruments the recipe would have with other lags, on the same rows; more lags must
        not give fewer.
    """
    if n_instruments <= n_clusters:
        return None
    remedies = () if lags is None or count is None else _remedies(lags, count, n_clusters)
    most = most_testable(n_clusters, n_coefficients)
    return CountWarning(n_instruments, n_clusters, n_coefficients, most, remedies)


def most_testable(n_clusters: int, n_coefficients: int) -> int:
    """Return the most instruments with which a J of at most `n_clusters` can reject at the most lenient level."""
    df = 0
    while stats.chi2.sf(n_clusters, df + 1) <= max(STAR_LEVELS):
        df += 1
    return n_coefficients + df


def _remedies(lags: LagInstruments, count: Callable[[LagInstruments], int], enough: int) -> tuple[Remedy, ...]:
    found = []
    forms = [lags] if lags.collapse else [lags, replace(lags, collapse=True)]
    for form in forms:
        if form is not lags:
            found.append(Remedy("collapsing the lags", count(form)))
            if found[-1].n_instruments <= enough:
                continue
        shorter = _shortened(form, count, enough)
        if shorter.last < form.last:
            words = " and collapsing" if form is not lags else ""
            found.append(Remedy(f"shortening the lags to {_range(shorter)}{words}", count(shorter)))
    return tuple(found)


def _shortened(lags: LagInstruments, count: Callable[[LagInstruments], int], enough: int) -> LagInstruments:
    # The longest lags with few enough instruments, by bisection; the first lag alone if none has.
    low, high = lags.first, lags.last
    while low < high:
        middle = (low + high + 1) // 2
        if count(replace(lags, last=middle)) <= enough:
            low = middle
        else:
            high = middle - 1
    return replace(lags, last=low)


def _range(lags: LagInstruments) -> str:
    return f"{lags.first}" if lags.first == lags.last else f"{lags.first} to {lags.last}"
