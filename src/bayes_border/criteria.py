"""Every threshold that turns a number into a judgement, with its reason."""

from __future__ import annotations

import math
from typing import Final

#: Level of every interval, equal-tailed; ArviZ's own default differs between versions.
INTERVAL_LEVEL: Final = 0.90

# --- convergence gate (Vehtari et al. 2021, Rank-normalization, folding, and localization)
RHAT_MAX: Final = 1.01
#: Beyond it chains have found different places, and longer ones of the same kind seldom find one another.
RHAT_APART: Final = 1.03
ESS_PER_CHAIN_MIN: Final = 100.0
DIVERGENT_SHARE_MAX: Final = 0.001
EBFMI_MIN: Final = 0.3

# --- verdicts
#: A recipe further than this many printed standard errors is no replication.
PANEL_DIFFERS_SE: Final = 2.0
#: Central share of a placebo distribution that counts as "what noise gives".
NOISE_CENTRAL: Final = 0.95
#: Below this contraction a posterior mostly repeats its prior.
CONTRACTION_MIN: Final = 0.5
#: Posterior probability of the printed sign that counts as agreement (and 1 - it as disagreement).
SAME_SIGN: Final = 0.95
#: Region of practical equivalence: percentage points of growth a standard deviation of the regressor.
ROPE_BETA: Final = 0.1
#: The same for an interaction: |gamma_k| times the regressor's standard deviation.
ROPE_GAMMA: Final = 0.05

# --- checks of a fit
#: A family of posterior predictive p-values fails when its smallest is below this, shared by its members.
PREDICTIVE_P_MIN: Final = 0.01
#: Rows nearest to the edge of the coherence region that are named, each with the answer without it.
BARRIER_ROWS: Final = 10
_PARETO_K_MAX: Final = 0.7

# --- data
#: Percentage points between two sources of a growth rate that are worth showing.
SOURCE_GAP: Final = 10.0

# --- calibration
#: A calibrated model fails with at most this probability, all quantities together.
CALIBRATION_LEVEL: Final = 0.01
#: Effective draws that a pool of truths must have for each simulation. Its Monte Carlo error is common to all of them
#: and reads as a bias: with draws enough for it to be small beside that of the simulations, the level above holds.
POOL_SIZE_PER_SIMULATION: Final = 10
#: R-hat up to which one of a calibration's many short fits counts as converged: with some hundred effective draws
#: chance alone takes it beyond `RHAT_MAX`, which is for fits that are shown.
CALIBRATION_RHAT_MAX: Final = 1.05
#: Coverage of a nominal interval must lie in this central binomial band.
COVERAGE_BAND: Final = 0.999
#: Power at which an effect counts as told from zero, by the usual convention (Cohen 1988).
POWER_WANTED: Final = 0.8

# --- inference with few clusters
#: Critical values and stars are also shown under Student's t with (clusters - 1) degrees of freedom.
STAR_LEVELS: Final = (0.01, 0.05, 0.10)

# --- audit and comparison
#: Level of the weakest printed star; also 1 - INTERVAL_LEVEL, so that "significant" means one thing everywhere.
SIGNIFICANCE: Final = 0.10
#: Two estimates closer than this many joint standard errors are called nearly equal.
NEAR_EQUAL_SE: Final = 0.5


def pareto_k_max(draws: int) -> float:
    """Return the largest tail shape at which this many weighted draws carry an answer (Vehtari et al. 2024)."""
    return min(_PARETO_K_MAX, 1.0 - 1.0 / math.log10(draws)) if draws > 1 else -math.inf
