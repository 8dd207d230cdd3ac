"""What does the test of over-identifying restrictions say that takes errors for homoscedastic?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from bayes_border.gmm.bounded import BoundedTest
from bayes_border.gmm.stacked import Stacked
from bayes_border.gmm.weights import differenced_factor, inverse


class Errors(StrEnum):
    """Covariance of a homoscedastic equation's errors: of rows alike, or of differenced white noise."""

    WHITE = "white"
    DIFFERENCED = "differenced"


@dataclass(frozen=True, slots=True)
class Sargan(BoundedTest):
    """Sargan's statistic u'Z (s^2 Z'HZ)^- Z'u (Sargan 1958; Arellano and Bond 1991, section 3).

    H is the identity for white errors, with s^2 = u'u / n, and for differenced errors the matrix with 2
    on and -1 beside its diagonal, with s^2 = u'u / 2n (as xtabond2). The statistic is n u'A u / u'u times
    1 or 2, with A below H^-1, so that no data can carry it past n for white errors, nor past
    n / (2 sin^2(pi / (2T + 2))) for differenced ones, 4 sin^2(pi / (2T + 2)) being the smallest
    eigenvalue of H and T the longest unbroken run of rows. Unlike Hansen's it does not stop at the
    number of clusters; but it takes errors for homoscedastic and unrelated within a cluster.

    Parameters
    ----------
    statistic, df, df_by_rank, bound
        As above; instruments less coefficients; rank of the instruments less coefficients.
    statistic_by_df
        With n - k for n in s^2, as Arellano and Bond (1991) and Stata's xtabond.
    statistic_unscaled
        N u'Z (Z'HZ)^- Z'u without s^2, which R's plm prints for one-step weights (N units): it changes
        with the unit of the outcome and has no chi-squared distribution.
    n_instruments, rank, n_rows, errors
        Moments, rank of their weight, rows, assumed covariance of errors.
    """

    statistic_by_df: float
    statistic_unscaled: float
    n_instruments: int
    rank: int
    n_rows: int
    errors: Errors

    @property
    def saturated(self) -> bool:
        """Return whether the instruments span all rows, so that A = H^-1 and they restrict nothing."""
        return self.rank >= self.n_rows

    @property
    def sentence(self) -> str:
        """Return what the test says, for a reader."""
        if self.p_value is None:
            return "exactly identified: there are no restrictions to test"
        found = (
            f"Sargan's statistic (homoscedastic errors) = {self.statistic:.2f} on {self.df} degrees of freedom, "
            f"p = {self.p_value:.3f}; not robust to heteroscedastic or clustered errors, as Hansen's J is"
        )
        if self.saturated:
            return f"{found}; void: {self.n_instruments} instruments span all {self.n_rows} rows and restrict nothing"
        return "; ".join(part for part in (found, self.limit("the statistic"), self.by_rank()) if part)


def sargan(stacked: Stacked, residuals: np.ndarray, errors: Errors) -> Sargan:
    """Return Sargan's test of residuals, shape `(row,)`, of one-step or two-stage estimates.

    With `Errors.WHITE` it is the n R^2 of residuals on instruments that follows two-stage least squares.
    """
    (n, k), L = stacked.X.shape, stacked.Z.shape[1]
    differenced = errors is Errors.DIFFERENCED
    weight = inverse(differenced_factor(stacked.Z, stacked.continues) if differenced else stacked.Z)
    moments = weight.rotate(stacked.Z.T @ residuals)
    form, squares = float(moments @ moments), float(residuals @ residuals) / (2 if differenced else 1)
    smallest = 2 * np.sin(np.pi / (2 * _longest_run(stacked) + 2)) ** 2 if differenced else 1.0
    return Sargan(
        statistic=n * form / squares if squares > 0 else 0.0,
        df=L - k,
        df_by_rank=max(weight.rank - k, 0),
        bound=float(n / smallest),
        statistic_by_df=(n - k) * form / squares if squares > 0 else 0.0,
        statistic_unscaled=stacked.n_units * form,
        n_instruments=L,
        rank=weight.rank,
        n_rows=n,
        errors=errors,
    )


def _longest_run(stacked: Stacked) -> int:
    breaks = np.flatnonzero(~stacked.continues)
    return int(np.diff(np.append(breaks, len(stacked.y))).max())
