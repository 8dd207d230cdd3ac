"""Could a chi-squared test have rejected at all, whatever the data?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from scipy import stats

from bayes_border.criteria import STAR_LEVELS

#: By how much roundoff alone may carry a statistic past its bound.
_ROUNDOFF: Final = 1e-6
#: A limit of p below this limits nothing that a reader would look at.
_NO_LIMIT: Final = 1e-6


@dataclass(frozen=True, slots=True)
class BoundedTest:
    """A statistic that is compared with chi-squared although arithmetic limits it.

    Whenever a statistic is g'(sum over N clusters of g_i g_i')^- g with g the sum of the same g_i, it
    is 1'G(G'G)^-G'1, the squared length of N ones projected on the columns of G = (g_1, ..., g_N)':
    at most N, for any data and for any number of moments.

    Parameters
    ----------
    statistic, df
        What is compared with what; restrictions are counted by instruments, as programs print them.
    df_by_rank
        The same counted by the rank of the matrix that is inverted, not negative: what the statistic sees.
    bound
        The largest statistic that any data could give; None where no such bound is known.
    """

    statistic: float
    df: int
    df_by_rank: int
    bound: float | None

    @property
    def p_value(self) -> float | None:
        """Return the upper tail of chi-squared, or None where there is nothing to test."""
        return upper_tail(self.statistic, self.df)

    @property
    def smallest_p(self) -> float | None:
        """Return the smallest p-value that any data could give, or None without a bound."""
        return None if self.bound is None else upper_tail(self.bound, self.df)

    @property
    def p_by_rank(self) -> float | None:
        """Return the p-value on `df_by_rank`."""
        return upper_tail(self.statistic, self.df_by_rank)

    @property
    def vacuous(self) -> bool:
        """Return whether no data could have rejected at the most lenient level that stars are given for."""
        return self.smallest_p is not None and self.smallest_p > max(STAR_LEVELS)

    @property
    def sound(self) -> bool:
        """Return whether the statistic respects its bound; if not, a matrix was inverted past its precision."""
        return self.bound is None or self.statistic <= self.bound * (1 + _ROUNDOFF)

    def limit(self, name: str) -> str:
        """Return in words what the bound means for the statistic of that name; empty without one."""
        if self.bound is None or self.smallest_p is None:
            return ""
        if not self.sound:
            return (
                f"{name} passes its bound of {self.bound:g}: a matrix was inverted past its precision, do not read it"
            )
        found = f"{name} cannot exceed {self.bound:g}"
        return f"{found}, so p cannot fall below {self.smallest_p:.3g}" if self.smallest_p > _NO_LIMIT else found

    def by_rank(self) -> str:
        """Return in words what the other count of degrees of freedom says; empty where the two agree."""
        if self.df_by_rank == self.df:
            return ""
        if self.p_by_rank is None:
            return "counted by rank there is nothing to test"
        return f"counted by rank there are {self.df_by_rank} degrees of freedom and p = {self.p_by_rank:.3f}"


def upper_tail(statistic: float, df: int) -> float | None:
    """Return the upper tail of chi-squared, or None without degrees of freedom."""
    return float(stats.chi2.sf(statistic, df)) if df > 0 else None
