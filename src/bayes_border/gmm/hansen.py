"""What can a test of over-identifying restrictions say here, and could it have said anything else?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from bayes_border.gmm.bounded import BoundedTest


class NoBound(StrEnum):
    """Which condition of the bound J <= N a test does not meet."""

    CENTRED = "centred"
    KERNEL = "kernel"
    TWO_WAY = "two_way"
    ELSEWHERE = "elsewhere"


#: Why there is no bound by the number of clusters, for a reader.
WHY: Final = MappingProxyType(
    {
        NoBound.CENTRED: "centred weights turn a J of x into x / (1 - x / N), which has no limit as x nears N",
        NoBound.KERNEL: "kernel weights count products of different rows, so that clusters do not limit J",
        NoBound.TWO_WAY: "two-way weights subtract one sum of squares from two others and may be indefinite",
        NoBound.ELSEWHERE: "J is not formed with the clusters and at the estimate that its weight was taken at",
    }
)


@dataclass(frozen=True, slots=True)
class Hansen(BoundedTest):
    """Hansen's J with the arithmetic that limits it (Hansen 1982).

    Let g_i(b) = Z_i'(y_i - X_i b) be a cluster's moments, G(b) = (unit, moment) and
    Q(b, a) = 1'G(b) (G(a)'G(a))^- G(b)'1, the form at b under the uncentred weight taken at a.

    - Q(b, b) <= N for every b, since it is the squared length of a projection of N ones
      (`BoundedTest`). This is J of iterated GMM at convergence, of continuously updated GMM, and of a
      one-step estimate with the clustered weight of its own residuals: no minimisation is needed.
    - Two steps, or any step of the iteration: the weight is taken at a, b minimises Q(., a), hence
      J = Q(b, a) <= Q(a, a) <= N.

    Neither uses that the instruments are valid, that G'G has full rank, that the panel is balanced,
    or what a cluster is: N counts whatever one-way clusters S is summed over (units, years, or single
    rows for heteroscedastic weights). Q(b, a) with b not its minimiser may pass N, and so may forms
    with other weights (`NoBound`). Kernel weights G'KG with K positive definite obey
    J <= 1'K^-1 1 instead, a bound of the order of the number of rows.

    Parameters
    ----------
    statistic, df, df_by_rank, bound
        J; instruments less coefficients, as plm and xtabond2 count whatever the rank; rank less
        coefficients; the largest J that any data could give.
    n_instruments, rank, n_clusters, n_coefficients
        Moments, rank of their weight, clusters that it is summed over, estimated coefficients.
    no_bound
        Which condition is not met where `bound` is None.
    """

    n_instruments: int
    rank: int
    n_clusters: int
    n_coefficients: int
    no_bound: NoBound | None = None

    @property
    def j(self) -> float:
        """Return the statistic."""
        return self.statistic

    @property
    def saturated(self) -> bool:
        """Return whether the weight's rank is the number of clusters.

        The ones are then in the span of G, and the form at the weight's own estimate is N exactly, for
        any data: J differs from N only by what minimisation takes off.
        """
        return self.bound is not None and self.rank >= self.n_clusters

    @property
    def sentence(self) -> str:
        """Return what the test says, for a reader."""
        if self.p_value is None:
            return "exactly identified: there are no restrictions to test"
        parts = [f"J = {self.j:.2f} on {self.df} degrees of freedom, p = {self.p_value:.3f}"]
        if self.vacuous:
            counts = f"with {self.n_instruments} instruments and {self.n_clusters} clusters"
            parts.append(f"vacuous: {counts} {self.limit('J')}")
        elif self.bound is not None:
            parts.append(self.limit("J"))
        elif self.no_bound is not None:
            parts.append(f"no bound by the number of clusters: {WHY[self.no_bound]}")
        if self.rank < self.n_instruments:
            seen = f"the weight sees {self.rank} combinations of the {self.n_instruments} moments"
            parts.append(f"{seen}: {self.by_rank()}")
        return "; ".join(parts)

    def without_bound(self, why: NoBound) -> Hansen:
        """Return the same test where the conditions of the bound do not hold."""
        return replace(self, bound=None, no_bound=why)


def hansen(j: float, *, n_instruments: int, rank: int, n_clusters: int, n_coefficients: int) -> Hansen:
    """Return the Hansen object of uncentred, one-way clustered weights under the conditions of `Hansen`.

    Where they do not hold, `.without_bound(why)` says so.
    """
    df, df_by_rank = n_instruments - n_coefficients, max(rank - n_coefficients, 0)
    return Hansen(j, df, df_by_rank, float(n_clusters), n_instruments, rank, n_clusters, n_coefficients)
