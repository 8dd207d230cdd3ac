"""May this fit be shown as a result?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import pandas as pd

from bayes_border import criteria
from bayes_border.bayes.posterior import Posterior
from bayes_border.checks.check import Check, CheckStatus
from bayes_border.errors import GateError


def convergence(posterior: Posterior) -> Check:
    """Return the convergence gate's finding (Vehtari et al. 2021; thresholds in `criteria`)."""
    found = posterior.convergence
    return Check(
        name=f"convergence of {posterior.spec.name} ({posterior.table})",
        status=CheckStatus.PASSED if found.passed else CheckStatus.FAILED,
        observed="; ".join(found.faults)
        or f"R-hat {found.rhat_max:.3f}, bulk ESS {found.ess_bulk_min:.0f}, tail ESS {found.ess_tail_min:.0f}, "
        f"divergent {found.divergent_share:.2%}, E-BFMI {found.ebfmi_min:.2f}",
        criterion=f"R-hat <= {criteria.RHAT_MAX}, ESS >= {criteria.ESS_PER_CHAIN_MIN:.0f} a chain, "
        f"divergent < {criteria.DIVERGENT_SHARE_MAX:.1%}, E-BFMI >= {criteria.EBFMI_MIN}",
        meaning="Where this fails the draws may not be the posterior, and no number from them is shown.",
        table=pd.DataFrame([{"model": posterior.spec.name, "table": posterior.table, **asdict(found)}]),
    )


def require_converged(posteriors: Sequence[Posterior], *, allow_unconverged: bool = False) -> None:
    """Refuse fits that fail the gate, all of them named, unless the caller takes them as they are.

    Raises
    ------
    GateError
        If a fit fails and `allow_unconverged` is false.
    """
    failed = [p for p in posteriors if not p.convergence.passed]
    if failed and not allow_unconverged:
        lines = [f"  {p.spec.name} ({p.table}): {'; '.join(p.convergence.faults)}" for p in failed]
        message = "\n".join(
            [
                "the convergence gate refuses:",
                *lines,
                "raise --tune and --draws, or pass --allow-unconverged, which is stamped on every output",
            ]
        )
        raise GateError(message)
