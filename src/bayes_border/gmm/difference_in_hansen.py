"""Would Hansen's J be smaller without a group of instruments that is under suspicion?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from bayes_border.errors import Fault, SpecificationError
from bayes_border.gmm.bounded import BoundedTest, upper_tail
from bayes_border.gmm.columns import unit_length
from bayes_border.gmm.hansen import Hansen, hansen
from bayes_border.gmm.stacked import Stacked
from bayes_border.gmm.weights import Weight, inverse

#: What a refusal is headed with.
SOURCE: Final = "difference-in-Hansen test"
#: Roundoff of a difference of two forms, as a share of the larger.
_ROUNDOFF: Final = 1e-8


@dataclass(frozen=True, slots=True)
class DifferenceInHansen(BoundedTest):
    """C = J - J_r: what a group of instruments adds to J (Newey 1985; Hayashi 2000, section 3.6).

    J_r minimises the form of the remaining moments under the inverse of their own block of the same
    S. With S of full rank g'S^-1 g >= g_r'S_rr^-1 g_r for every b, hence 0 <= C <= J, and J's
    bound is C's. With a generalised inverse the first inequality needs g in the range of S, and C may be
    negative: the test then has no p-value and `reason` says so.

    Parameters
    ----------
    group, n_suspect
        The instruments' name, and how many they are.
    statistic, df, df_by_rank, bound
        C; instruments of the group; by how much the group raises the rank of the weight; the largest C
        that any data could give.
    j_without, df_without
        Hansen's J without the group and its degrees of freedom.
    reason
        Why no p-value can be read; empty otherwise.
    """

    group: str
    n_suspect: int
    j_without: float
    df_without: int
    reason: str = ""

    @property
    def p_value(self) -> float | None:
        """Return the upper tail of chi-squared, or None where `reason` says why not."""
        return None if self.reason else upper_tail(self.statistic, self.df)

    @property
    def sentence(self) -> str:
        """Return what the test says, for a reader."""
        head = f"{self.group} ({self.n_suspect} instruments): C = {self.statistic:.2f}"
        if self.p_value is None:
            return f"{head}; {self.reason}"
        found = f"{head} on {self.df} degrees of freedom, p = {self.p_value:.3f}"
        limit = self.limit("C")
        limit = f"vacuous: {limit}" if self.vacuous else limit
        return "; ".join(part for part in (found, limit, self.by_rank()) if part)


def difference_in_hansen(
    stacked: Stacked, G: np.ndarray, groups: Mapping[str, np.ndarray]
) -> tuple[DifferenceInHansen, ...]:
    """Return the test of each named group of instruments, both weights being of one matrix S = G'G.

    This is the default, for C >= 0 wherever S is regular. J is the minimum of the form, as it is after
    two steps; J of a one-step estimate is larger.

    Parameters
    ----------
    G
        Moments by cluster, of the previous step's residuals, shape `(cluster, instrument)`.
    groups
        By name which columns of Z belong to it, shape `(instrument,)`, boolean.

    Raises
    ------
    SpecificationError
        If a group has no instrument, or leaves fewer than there are coefficients.
    """
    _refuse_impossible(stacked, groups)
    full = _minimised(stacked, G, np.ones(stacked.Z.shape[1], dtype=bool))
    return tuple(between_two_fits(full, _minimised(stacked, G, ~mask), name) for name, mask in groups.items())


def between_two_fits(full: Hansen, without: Hansen, name: str) -> DifferenceInHansen:
    """Return the test from J with and without a group, whatever fits they come from.

    Of two separate fits each has its own first step and weight, as in Arellano and Bond (1991, section
    3). Nothing keeps that difference from being negative; it then has no p-value.
    """
    c, added = full.j - without.j, max(full.rank - without.rank, 0)
    n_suspect = full.n_instruments - without.n_instruments
    reason = ""
    if added == 0 and full.rank < full.n_instruments:
        reason = (
            f"the weight has rank {full.rank} with the group and without it (of {full.n_instruments} instruments on "
            f"{full.n_clusters} clusters): the group adds no restriction that the weight can see"
        )
    elif c < -_ROUNDOFF * max(full.j, without.j):
        reason = f"negative: J is {full.j:.4g} with and {without.j:.4g} without the group, which no chi-squared allows"
    return DifferenceInHansen(c, n_suspect, added, full.bound, name, n_suspect, without.j, without.df, reason)


def smallest_form(weight: Weight, ZX: np.ndarray, Zy: np.ndarray) -> float:
    """Return the minimum over b of (Z'y - Z'X b)'W (Z'y - Z'X b)."""
    X, y = weight.rotate(ZX), weight.rotate(Zy)
    scaled = unit_length(X)
    left = y - scaled @ np.linalg.lstsq(scaled, y)[0]
    return float(left @ left)


def _minimised(stacked: Stacked, G: np.ndarray, kept: np.ndarray) -> Hansen:
    weight, Z = inverse(G[:, kept]), stacked.Z[:, kept]
    return hansen(
        smallest_form(weight, Z.T @ stacked.X, Z.T @ stacked.y),
        n_instruments=Z.shape[1],
        rank=weight.rank,
        n_clusters=len(G),
        n_coefficients=stacked.X.shape[1],
    )


def _refuse_impossible(stacked: Stacked, groups: Mapping[str, np.ndarray]) -> None:
    k, L = stacked.X.shape[1], stacked.Z.shape[1]
    faults = []
    for name, suspect in groups.items():
        if suspect.shape != (L,) or suspect.dtype != bool:
            faults.append(
                Fault(name, f"a mask of {suspect.shape} for {L} instruments", "give one boolean a column of Z")
            )
            continue
        n = int(suspect.sum())
        if n == 0:
            faults.append(Fault(name, "no instrument belongs to it", "name a group that the recipe has"))
        elif L - n < k:
            found = f"{L} - {n} = {L - n} instruments would be left for {k} coefficients"
            faults.append(Fault(name, found, "suspect a smaller group"))
    if faults:
        raise SpecificationError(SOURCE, faults)
