"""What is the outcome of testing one claim of the text against print?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bayes_border.published.claims import Claim


class Outcome(StrEnum):
    """What a test of a claim has shown."""

    HOLDS = "holds"
    FAILS = "fails"
    NOT_SHOWN = "not shown"
    UNTESTED = "untested"


@dataclass(frozen=True)
class Judgement:
    """A claim set against print: `notes` say what the print shows where it does not bear the claim out.

    `legible` is false where the failure may be one of text extraction.
    """

    claim: Claim
    outcome: Outcome
    notes: tuple[str, ...] = ()
    legible: bool = True

    def row(self) -> dict[str, object]:
        """Return the judgement as one flat row."""
        return {
            "claim": self.claim.id,
            "section": self.claim.section,
            "reading": str(self.claim.reading),
            "meaning": self.claim.meaning,
            "quotation": self.claim.quotation,
            "test": self.claim.on_print.kind,
            "outcome": str(self.outcome),
            "notes": "; ".join(self.notes),
        }


def every(claim: Claim, notes: list[str]) -> Judgement:
    """Return that a claim holds if no cell gave rise to a note, and fails otherwise."""
    failures = tuple(note for note in notes if note)
    return Judgement(claim, Outcome.FAILS if failures else Outcome.HOLDS, failures)
