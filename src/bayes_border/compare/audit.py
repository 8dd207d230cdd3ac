"""Does what the paper prints hold together?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bayes_border.compare.claims import audit_claims
from bayes_border.compare.coherence import audit_coherence
from bayes_border.compare.counts import audit_counts
from bayes_border.compare.findings import Finding, Grade
from bayes_border.compare.shares import audit_shares
from bayes_border.compare.significance import audit_stars
from bayes_border.compare.specification_tests import audit_specification_tests
from bayes_border.compare.tables import audit_tables
from bayes_border.design import Design
from bayes_border.published import Published

#: Audits of print alone, in the order in which their findings stand within a grade.
_AUDITS = (audit_stars, audit_claims, audit_counts, audit_shares, audit_tables, audit_specification_tests)


@dataclass(frozen=True)
class Audit:
    """The findings of an audit, gravest first.

    `published_digest` and `panel_digest` say what was audited; the latter is None where no panel was.
    """

    findings: tuple[Finding, ...]
    published_digest: str
    panel_digest: str | None

    def __iter__(self) -> Iterator[Finding]:
        """Iterate over the findings."""
        return iter(self.findings)

    def __len__(self) -> int:
        """Return how many findings there are."""
        return len(self.findings)

    def graded(self, grade: Grade) -> tuple[Finding, ...]:
        """Return the findings of one grade."""
        return tuple(finding for finding in self.findings if finding.grade is grade)

    def finding(self, name: str) -> Finding:
        """Return one finding by its id.

        Raises
        ------
        KeyError
            If there is no such finding.
        """
        for finding in self.findings:
            if finding.id == name:
                return finding
        raise KeyError(name)

    def to_rows(self) -> list[dict[str, object]]:
        """Return one flat row a finding, ready for `pandas.DataFrame` or JSON."""
        return [finding.row() for finding in self.findings]

    def evidence_rows(self) -> list[dict[str, object]]:
        """Return the figures behind every finding, one flat row each, with the finding's id."""
        return [{"finding": finding.id, **row} for finding in self.findings for row in finding.evidence]


def audit(published: Published, design: Design | None = None) -> Audit:
    """Return every finding on the print; with a design, also on its rows at the printed coefficients.

    Only the regressors of the design are used, so one design serves every table.
    """
    findings = [finding for check in _AUDITS for finding in check(published)]
    if design is not None:
        findings += audit_coherence(published, design)
    order = list(Grade)
    ranked = sorted(findings, key=lambda finding: order.index(finding.grade))
    return Audit(tuple(ranked), published.digest, None if design is None else design.panel_digest)
