"""What may be said of one printed estimate, beside everything else that is known of its cell?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from bayes_border import criteria
from bayes_border.compare.intervals import Interval
from bayes_border.compare.noise import PlaceboPlace
from bayes_border.compare.summary import PosteriorSummary
from bayes_border.estimates import Estimate
from bayes_border.published import Cell

#: No verdict says that the paper is right or wrong: each speaks of the panel that it rests on.
CAVEAT = "on this reconstructed panel"
#: The same of a panel that a user supplies.
SUPPLIED = "on the panel supplied"


class Verdict(StrEnum):
    """Verdicts, in the order in which they are tried."""

    NO_COUNTERPART = "no counterpart"
    PANEL_DIFFERS = "panel differs"
    AS_IN_NOISE = "as in noise"
    PRIOR_BOUND = "prior-bound"
    SAME_SIZE = "same sign, same size"
    OTHER_SIZE = "same sign, other size"
    OPPOSITE_SIGN = "opposite sign"
    NEGLIGIBLE = "negligible"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Nearest:
    """The recipe whose estimate comes nearest to print, `distance` in printed standard errors."""

    estimate: Estimate
    distance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything that a verdict on a cell rests on.

    `placebo`: the nearest recipe's, under the null that the verdict uses. `rope`: half-width of the
    region of practical equivalence, in units of `scale` times the coefficient. `missing`: why there
    is no counterpart. `caveat`: of which panel a verdict speaks.
    """

    cell: Cell
    nearest: Nearest | None
    placebo: PlaceboPlace | None
    coherent: PosteriorSummary | None
    rope: float
    missing: str = ""
    caveat: str = CAVEAT


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict and the sentence that gives its reason."""

    verdict: Verdict
    reason: str


def decide(evidence: Evidence) -> Decision:
    """Return the first verdict that applies."""
    if evidence.coherent is None:
        return Decision(Verdict.NO_COUNTERPART, f"{evidence.missing}; no statement {evidence.caveat}.")
    for verdict, rule in _RULES:
        reason = rule(evidence, evidence.coherent)
        if reason:
            return Decision(verdict, f"{reason} {evidence.caveat}.{_untested(evidence, verdict)}")
    sentence = f"{_probability(evidence.coherent)}: neither sign is settled {evidence.caveat}."
    return Decision(Verdict.UNDECIDED, sentence + _untested(evidence, Verdict.UNDECIDED))


def _untested(evidence: Evidence, verdict: Verdict) -> str:
    """Return which earlier verdicts could not be tried: a test left out would otherwise speak for the print."""
    order = list(Verdict)
    coherent = evidence.coherent
    absent = {
        Verdict.PANEL_DIFFERS: evidence.nearest is None,
        Verdict.AS_IN_NOISE: evidence.placebo is None,
        Verdict.PRIOR_BOUND: coherent is None or coherent.contraction is None,
        Verdict.NEGLIGIBLE: coherent is None or coherent.scale is None,
    }
    names = [f"“{name}”" for name, missing in absent.items() if missing and order.index(name) < order.index(verdict)]
    return f" Not tested: {', '.join(names)}." if names else ""


def _panel_differs(evidence: Evidence, _: PosteriorSummary) -> str:
    nearest = evidence.nearest
    if nearest is None or nearest.distance <= criteria.PANEL_DIFFERS_SE:
        return ""
    return (
        f"The nearest recipe, {nearest.estimate.recipe}, gives {nearest.estimate.value:.3g}, "
        f"{nearest.distance:.1f} printed standard errors away: the printed estimate is not reproduced"
    )


def _as_in_noise(evidence: Evidence, _: PosteriorSummary) -> str:
    place = evidence.placebo
    if place is None or not place.holds(evidence.cell.estimate.value):
        return ""
    return (
        f"Under {place.null.replace('_', ' ')} the recipe {place.recipe} gives estimates between {place.lower:.3g} and "
        f"{place.upper:.3g} in {criteria.NOISE_CENTRAL:.0%} of cases, and the printed one is among them,"
    )


def _prior_bound(_: Evidence, coherent: PosteriorSummary) -> str:
    if coherent.contraction is None or coherent.contraction >= criteria.CONTRACTION_MIN:
        return ""
    return f"The data take {coherent.contraction:.0%} off the prior variance: the posterior mostly repeats the prior"


def _same_size(evidence: Evidence, coherent: PosteriorSummary) -> str:
    if not (_same_sign(coherent) and coherent.interval.meets(_one_se(evidence.cell))):
        return ""
    return f"{_probability(coherent)}, and the posterior interval meets print plus or minus one standard error,"


def _other_size(evidence: Evidence, coherent: PosteriorSummary) -> str:
    if not _same_sign(coherent):
        return ""
    size = "smaller" if abs(coherent.mean) < abs(evidence.cell.estimate.value) else "larger"
    return f"{_probability(coherent)}, but the coefficient is {size} than print allows for"


def _opposite_sign(_: Evidence, coherent: PosteriorSummary) -> str:
    if coherent.same_sign is None or 1.0 - coherent.same_sign <= criteria.SAME_SIGN:
        return ""
    return f"{_probability(coherent)}: the coefficient has the other sign"


def _negligible(evidence: Evidence, coherent: PosteriorSummary) -> str:
    if coherent.scale is None:
        return ""
    ends = Interval(coherent.interval.lower * coherent.scale, coherent.interval.upper * coherent.scale)
    if not ends.inside(evidence.rope):
        return ""
    return f"The posterior interval lies within {evidence.rope:g} of zero for one standard deviation of the regressor"


type _Rule = Callable[[Evidence, PosteriorSummary], str]

_RULES: tuple[tuple[Verdict, _Rule], ...] = (
    (Verdict.PANEL_DIFFERS, _panel_differs),
    (Verdict.AS_IN_NOISE, _as_in_noise),
    (Verdict.PRIOR_BOUND, _prior_bound),
    (Verdict.SAME_SIZE, _same_size),
    (Verdict.OTHER_SIZE, _other_size),
    (Verdict.OPPOSITE_SIGN, _opposite_sign),
    (Verdict.NEGLIGIBLE, _negligible),
)


def _same_sign(coherent: PosteriorSummary) -> bool:
    return coherent.same_sign is not None and coherent.same_sign > criteria.SAME_SIGN


def _one_se(cell: Cell) -> Interval:
    value, se = cell.estimate.value, cell.se.value
    return Interval(value - se, value + se)


def _probability(coherent: PosteriorSummary) -> str:
    if coherent.same_sign is None:
        return "The posterior does not say how probable the printed sign is"
    sentence = f"The printed sign has posterior probability {coherent.same_sign:.2f}"
    return sentence if coherent.prior_same_sign is None else f"{sentence} (prior {coherent.prior_same_sign:.2f})"
