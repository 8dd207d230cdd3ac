"""Does a posterior bear out what the text says of the tables?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

from bayes_border.compare.draws import DrawKey, Draws
from bayes_border.compare.judgement import Outcome
from bayes_border.criteria import SAME_SIGN
from bayes_border.published import Published
from bayes_border.published.claims import Agrees, Claim, HasSign, LargerIn, SameSign, Sign, Undecided, Untested
from bayes_border.vocabulary import Window


@dataclass(frozen=True, slots=True)
class Probability:
    """Posterior and prior probability of one thing that a claim implies."""

    event: str
    posterior: float
    prior: float


@dataclass(frozen=True, slots=True)
class PosteriorJudgement:
    """A claim set against posteriors.

    It holds where every event is probable (`criteria.SAME_SIGN`), fails where one is improbable, and is
    not shown in between; a claim that nothing is settled holds where no event is settled. `note` says why
    a claim is untested.
    """

    claim: Claim
    outcome: Outcome
    probabilities: tuple[Probability, ...] = ()
    note: str = ""

    def to_rows(self) -> list[dict[str, object]]:
        """Return one flat row an event, or a single one where there is none."""
        claim = {"claim": self.claim.id, "meaning": self.claim.meaning, "outcome": str(self.outcome), "note": self.note}
        events = [{"event": x.event, "posterior": x.posterior, "prior": x.prior} for x in self.probabilities]
        return [claim | event for event in events or [{"event": "", "posterior": None, "prior": None}]]


def judge_on_posteriors(
    published: Published, draws: Mapping[DrawKey, Draws], model: Callable[[Window], str]
) -> tuple[PosteriorJudgement, ...]:
    """Return what the posteriors say of every claim; `model` names the model that speaks for a window."""

    def at(table: str, window: Window, term: str) -> Draws | None:
        return draws.get(DrawKey(model(window), table, window, term))

    return tuple(_judge(claim, at) for claim in published.claims)


type _Find = Callable[[str, Window, str], Draws | None]
type _Holds = Callable[[list[np.ndarray]], np.ndarray]


def _judge(claim: Claim, at: _Find) -> PosteriorJudgement:
    test = claim.on_posterior
    if isinstance(test, Untested):
        return PosteriorJudgement(claim, Outcome.UNTESTED, note=test.reason)
    absent = [key for key in claim.keys if at(*key) is None]
    if absent:
        names = ", ".join("/".join(key) for key in absent)
        return PosteriorJudgement(claim, Outcome.UNTESTED, note=f"no posterior of {names}")
    match test:
        case HasSign(sign=sign):
            events = [_event(f"{'/'.join(key)} {sign}", [at(*key)], _towards(sign)) for key in claim.keys]
        case Undecided():
            events = [_event(f"{'/'.join(key)} above zero", [at(*key)], lambda x: x[0] > 0) for key in claim.keys]
            settled = [x for x in events if max(x.posterior, 1.0 - x.posterior) > SAME_SIGN]
            return PosteriorJudgement(claim, Outcome.FAILS if settled else Outcome.HOLDS, tuple(events))
        case SameSign():
            events = _same_sign(claim, at)
        case LargerIn(windows=windows):
            events = _larger_in(claim, windows, at)
        case Agrees():
            events = _agrees(claim, at)
    return PosteriorJudgement(claim, _outcome(events), tuple(events))


def _outcome(events: Sequence[Probability]) -> Outcome:
    if all(event.posterior > SAME_SIGN for event in events):
        return Outcome.HOLDS
    return Outcome.FAILS if any(1.0 - event.posterior > SAME_SIGN for event in events) else Outcome.NOT_SHOWN


def _event(name: str, draws: Sequence[Draws | None], holds: _Holds) -> Probability:
    known = [each for each in draws if each is not None]
    posterior = holds([each.values for each in known])
    prior = holds([each.prior for each in known])
    return Probability(name, float(posterior.mean()), float(prior.mean()))


def _towards(sign: Sign) -> _Holds:
    return lambda draws: draws[0] * sign.factor > 0


def _same_sign(claim: Claim, at: _Find) -> list[Probability]:
    return [
        _event(
            f"{table}/{window}: {first} and {second} of one sign",
            [at(table, window, first), at(table, window, second)],
            lambda x: x[0] * x[1] > 0,
        )
        for table, window in product(claim.tables, claim.windows)
        for first, second in combinations(claim.terms, 2)
    ]


def _larger_in(claim: Claim, windows: tuple[Window, Window], at: _Find) -> list[Probability]:
    return [
        _event(
            f"{table}/{term}: larger in {windows[0]} than in {windows[1]}",
            [at(table, window, term) for window in windows],
            lambda x: x[0] > x[1],
        )
        for table, term in product(claim.tables, claim.terms)
    ]


def _agrees(claim: Claim, at: _Find) -> list[Probability]:
    # Two tables are two fits: their draws are independent, not joint.
    events = []
    for window, term in product(claim.windows, claim.terms):
        signs = [_event("", [at(table, window, term)], lambda x: x[0] > 0) for table in claim.tables]
        both = [np.array([each.posterior, each.prior]) for each in signs]
        agree = np.prod(both, axis=0) + np.prod([1.0 - each for each in both], axis=0)
        events.append(Probability(f"{window}/{term}: one sign in every table", float(agree[0]), float(agree[1])))
    return events
