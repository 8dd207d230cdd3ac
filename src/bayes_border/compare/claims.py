"""Does the text say what the tables show?"""

from __future__ import annotations

from bayes_border.compare.cell_claims import judge_cells, judge_pattern
from bayes_border.compare.findings import Finding, Grade, count
from bayes_border.compare.judgement import Judgement, Outcome
from bayes_border.compare.share_claims import judge_change, judge_gap
from bayes_border.published import Published
from bayes_border.published.claims import (
    Agrees,
    Claim,
    LargerIn,
    NotSignificant,
    Reading,
    Refuted,
    SameSign,
    ShareChange,
    ShareGap,
    Significant,
    Starred,
    Untested,
)


def judge(claim: Claim, published: Published) -> Judgement:
    """Return what the print says of a claim."""
    match claim.on_print:
        case (Starred() | Significant() | NotSignificant()) as test:
            return judge_cells(claim, test, published)
        case (SameSign() | LargerIn() | Agrees()) as test:
            return judge_pattern(claim, test, published)
        case ShareGap() as test:
            return judge_gap(claim, test, published)
        case ShareChange() as test:
            return judge_change(claim, test, published)
        case Refuted() as test:
            return Judgement(claim, Outcome.FAILS, (test.reason,), test.legible)
        case Untested() as test:
            return Judgement(claim, Outcome.UNTESTED, (test.reason,))


def audit_claims(published: Published) -> list[Finding]:
    """Return a finding for each claim that the print does not bear out, and one for those that it does."""
    judgements = [judge(claim, published) for claim in published.claims]
    open_ = [one for one in judgements if one.outcome in {Outcome.FAILS, Outcome.NOT_SHOWN}]
    findings = [_finding(judgement) for judgement in open_]
    held = [one for one in judgements if one.outcome is Outcome.HOLDS]
    if held:
        findings.append(_held(held, judgements))
    untested = [one for one in judgements if one.outcome is Outcome.UNTESTED]
    if untested:
        findings.append(_untested(untested))
    return findings


def _finding(judgement: Judgement) -> Finding:
    claim = judgement.claim
    place = claim.section.capitalize() if claim.section.isalpha() else f"Section {claim.section}"
    return Finding(
        id=f"claim_{claim.id}",
        grade=_grade(judgement),
        title=f"{place}: {claim.meaning}",
        detail=f"The text says that {claim.meaning}. {_against(judgement)}: {'; '.join(judgement.notes)}.",
        cells=tuple("/".join(key) for key in claim.keys),
        evidence=(judgement.row(),),
    )


def _against(judgement: Judgement) -> str:
    if isinstance(judgement.claim.on_print, Refuted):
        return "The equations as printed say otherwise"
    if judgement.outcome is Outcome.NOT_SHOWN:
        return "The print leaves it open"
    stated = judgement.claim.reading is Reading.STATEMENT
    return "The tables show otherwise" if stated else "The tables do not bear this out"


def _grade(judgement: Judgement) -> Grade:
    if not judgement.legible:
        return Grade.TO_CHECK
    stated = judgement.claim.reading is Reading.STATEMENT
    return Grade.CONTRADICTION if stated and judgement.outcome is Outcome.FAILS else Grade.WORTH_KNOWING


def _held(held: list[Judgement], judgements: list[Judgement]) -> Finding:
    tested = [one for one in judgements if one.outcome is not Outcome.UNTESTED]
    return Finding(
        id="claims_held",
        grade=Grade.CONSISTENT,
        title="What the text says and the tables show",
        detail=(
            f"{len(held)} of {count(len(tested), 'claim')} of the text that the print can test are borne out by it, "
            "stars and signs as stated."
        ),
        cells=tuple(dict.fromkeys("/".join(key) for one in held for key in one.claim.keys)),
        evidence=tuple(one.row() for one in held),
    )


def _untested(untested: list[Judgement]) -> Finding:
    return Finding(
        id="claims_untested",
        grade=Grade.WORTH_KNOWING,
        title="What the text says and no table can test",
        detail=(
            f"{count(len(untested), 'claim')} of the text rest on nothing that the tables print: "
            + "; ".join(f"that {one.claim.meaning} ({one.notes[0]})" for one in untested)
            + "."
        ),
        evidence=tuple(one.row() for one in untested),
    )
