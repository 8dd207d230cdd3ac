"""What can a test of over-identifying restrictions say here, and could it have said anything else?"""

from __future__ import annotations

from dataclasses import dataclass

from scipy import stats

from bayes_border.criteria import STAR_LEVELS


@dataclass(frozen=True, slots=True)
class Hansen:
    """Hansen's J with the arithmetic that limits it (DESIGN section 2.3).

    With uncentred weights S = sum of g_i g_i' over N clusters at the previous step's estimate b1, the
    form at b1 is 1'G(G'G)^-G'1, the squared length of a projection of N ones: at most N. The estimate
    b minimises the form, so J <= N for any data, with valid instruments or without.

    Parameters
    ----------
    n_instruments, rank, n_clusters
        Moments, rank of their weight matrix, clusters that it is summed over.
    j, df, p_value
        Statistic, instruments less coefficients, upper tail of chi-squared.
    bound
        The largest J that any data could give; None where the conditions above do not hold.
    """

    n_instruments: int
    rank: int
    n_clusters: int
    j: float
    df: int
    p_value: float
    bound: float | None

    @property
    def smallest_p(self) -> float | None:
        """Return the smallest p-value that any data could give, or None without a bound."""
        return None if self.bound is None else _upper_tail(self.bound, self.df)

    @property
    def vacuous(self) -> bool:
        """Return whether no data could have rejected at the most lenient level that stars are given for."""
        return self.smallest_p is not None and self.smallest_p > max(STAR_LEVELS)

    @property
    def sentence(self) -> str:
        """Return what the test says, for a reader."""
        found = f"J = {self.j:.2f} on {self.df} degrees of freedom, p = {self.p_value:.3f}"
        if self.df == 0:
            return "exactly identified: there are no restrictions to test"
        if self.bound is None:
            return found
        limit = f"J cannot exceed {self.bound:g}, so p cannot fall below {self.smallest_p:.3g}"
        if self.vacuous:
            return f"{found}; vacuous: with {self.n_instruments} instruments and {self.n_clusters} clusters {limit}"
        return f"{found}; {limit}"


def hansen(j: float, *, n_instruments: int, rank: int, n_clusters: int, n_coefficients: int) -> Hansen:
    """Return the Hansen object of uncentred, clustered weights taken at the previous step's estimate."""
    df = n_instruments - n_coefficients
    return Hansen(n_instruments, rank, n_clusters, j, df, _upper_tail(j, df), float(n_clusters))


def _upper_tail(statistic: float, df: int) -> float:
    return float(stats.chi2.sf(statistic, df)) if df > 0 else float("nan")
