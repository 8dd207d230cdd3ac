"""Which sentences does the print itself allow, for and against the paper?"""

from __future__ import annotations

from collections.abc import Iterator

from bayes_border.compare.findings import Grade
from bayes_border.report import facts, labels
from bayes_border.report.contents import ReportContents
from bayes_border.report.numbers import count, number
from bayes_border.report.views import Side, Statement


def consistent(contents: ReportContents) -> Iterator[Statement]:
    """Repeat what the audit found in order."""
    for finding in contents.audit.graded(Grade.CONSISTENT):
        yield Statement(Side.SUPPORTS, finding.detail, "printed")


def contradictions(contents: ReportContents) -> Iterator[Statement]:
    """Name the statements that the paper's own print contradicts."""
    found = contents.audit.graded(Grade.CONTRADICTION)
    if found:
        verb, noun = ("is", "statement") if len(found) == 1 else ("are", "statements")
        titles = facts.listed(finding.title[:1].lower() + finding.title[1:] for finding in found)
        text = f"{len(found)} {noun} of the text {verb} contradicted by the paper's own print: {titles}."
        yield Statement(Side.AGAINST, text, "printed")


def outside(contents: ReportContents) -> Iterator[Statement]:
    """Count the rows on which the printed equation turns a shock round."""
    finding = next((each for each in contents.audit if each.id == "coherence"), None)
    if finding is None:
        return
    rows = [row for row in finding.evidence if row["table"] == contents.main_table]
    crossed = [row for row in rows if row["outside"]]
    name = labels.table(contents, contents.main_table)
    if crossed:
        parts = facts.listed(f"{row['outside']} of {row['rows']} rows ({row['window']})" for row in crossed)
        text = (
            f"At the γ printed in {name} the equation turns a growth shock round (m ≤ 0) on {parts} {contents.caveat}."
        )
        yield Statement(Side.AGAINST, text, "coherence")
    elif rows:
        text = f"At the γ printed in {name} the equation is coherent (m > 0) on every row {contents.caveat}."
        yield Statement(Side.SUPPORTS, text, "coherence")


def hansen(contents: ReportContents) -> Iterator[Statement]:
    """Say that the printed Hansen tests could not have rejected, where the recipes' could not."""
    tests = contents.hansen_tests
    footers = [footer for footer in contents.published.footers if footer.hansen_p is not None]
    if tests.empty or not footers:
        return
    vacuous = tests[tests["vacuous"].eq(other=True)]
    if vacuous.empty:
        return
    one = vacuous.iloc[0]
    name = labels.table(contents, footers[0].table)
    printed = facts.listed(str(footer.hansen_p) for footer in footers if footer.table == footers[0].table)
    size = f"{count(one['n_clusters'])} clusters and {count(one['n_instruments'])} instruments"
    yield Statement(
        Side.AGAINST,
        f"A Hansen test with {size} cannot give J "
        f"above {number(one['bound'], 1)} whatever the data, so its p cannot fall below {number(one['smallest_p'])} "
        f"({facts.of(len(vacuous), len(tests), 'fits')} here are of this kind). If the paper's tests are of this kind, "
        f"the printed p of {printed} in {name} is no evidence for the instruments.",
        "reproduced",
    )
