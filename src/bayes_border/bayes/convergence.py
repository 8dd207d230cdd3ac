"""Did the chains find the same place, and explore it?"""

from __future__ import annotations

from dataclasses import dataclass

import arviz_stats as azs
import numpy as np
import xarray as xr

from bayes_border import criteria


@dataclass(frozen=True, slots=True)
class Convergence:
    """The worst value of each diagnostic over all quantities of a fit (Vehtari et al. 2021; Betancourt 2016)."""

    rhat_max: float
    ess_bulk_min: float
    ess_tail_min: float
    divergent_share: float
    ebfmi_min: float
    chains: int
    draws: int

    @property
    def faults(self) -> tuple[str, ...]:
        """Return what falls short of the gate, in words; empty when the fit passes."""
        needed = criteria.ESS_PER_CHAIN_MIN * self.chains
        tests = (
            (self.rhat_max <= criteria.RHAT_MAX, f"R-hat {self.rhat_max:.3f} > {criteria.RHAT_MAX}"),
            (self.ess_bulk_min >= needed, f"bulk ESS {self.ess_bulk_min:.0f} < {needed:.0f}"),
            (self.ess_tail_min >= needed, f"tail ESS {self.ess_tail_min:.0f} < {needed:.0f}"),
            (
                self.divergent_share < criteria.DIVERGENT_SHARE_MAX,
                f"divergent transitions {self.divergent_share:.2%} >= {criteria.DIVERGENT_SHARE_MAX:.1%}",
            ),
            (self.ebfmi_min >= criteria.EBFMI_MIN, f"E-BFMI {self.ebfmi_min:.2f} < {criteria.EBFMI_MIN}"),
        )
        # A NaN compares false with everything, so an undefined diagnostic is a fault too.
        return tuple(words for passed, words in tests if not passed)

    @property
    def passed(self) -> bool:
        """Return whether the fit may be shown as a result."""
        return not self.faults


def diagnose(posterior: xr.Dataset, sample_stats: xr.Dataset) -> Convergence:
    """Return the worst diagnostics over every scalar of `posterior`, dims `chain`, `draw` and any others."""
    return Convergence(
        rhat_max=float(_all_values(azs.rhat(posterior)).max()),
        ess_bulk_min=float(_all_values(azs.ess(posterior, method="bulk")).min()),
        ess_tail_min=float(_all_values(azs.ess(posterior, method="tail")).min()),
        divergent_share=float(sample_stats["diverging"].mean()),
        ebfmi_min=float(_all_values(azs.bfmi(sample_stats[["energy"]])).min()),
        chains=posterior.sizes["chain"],
        draws=posterior.sizes["draw"],
    )


def _all_values(diagnostic: xr.Dataset) -> np.ndarray:
    return np.concatenate([np.ravel(values) for values in diagnostic.data_vars.values()])
