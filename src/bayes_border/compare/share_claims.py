"""Do a table's sector shares bear a claim out?"""

from __future__ import annotations

from bayes_border.compare.judgement import Judgement, Outcome
from bayes_border.compare.shares import TEXT, legible
from bayes_border.published import Printed, Published, Shares
from bayes_border.published.claims import Claim, Sector, ShareChange, ShareGap


def judge_gap(claim: Claim, test: ShareGap, published: Published) -> Judgement:
    """Return whether two areas' shares lie as far apart as the claim says, rounding allowed for."""
    here, there = (_table_shares(test.year, area, published) for area in (test.area, test.against))
    one, other, gap = here.of(test.sector), there.of(test.sector), Printed(test.gap)
    lower, upper = one.lower - other.upper, one.upper - other.lower
    if lower < gap.upper and gap.lower < upper:
        return Judgement(claim, Outcome.HOLDS)
    note = f"the table's shares of {test.year} are {one} and {other}, a gap of {one.exact - other.exact}"
    readable = all(legible(shares, test.sector, published) for shares in (here, there))
    return Judgement(claim, Outcome.FAILS, (note,), readable)


def judge_change(claim: Claim, test: ShareChange, published: Published) -> Judgement:
    """Return whether a share moves as the claim says in every area."""
    notes, readable = [], True
    for area in test.areas:
        first, last = (_table_shares(year, area, published) for year in (test.first, test.last))
        change = last.of(test.sector).exact - first.of(test.sector).exact
        if change * test.direction.factor <= 0:
            notes.append(f"{area}: {_move(first, last, test.sector)}")
            readable &= legible(first, test.sector, published) and legible(last, test.sector, published)
    return Judgement(claim, Outcome.FAILS if notes else Outcome.HOLDS, tuple(notes), readable)


def _table_shares(year: int, area: str, published: Published) -> Shares:
    rows = [shares for shares in published.structure if (shares.year, shares.area) == (year, area)]
    return next((shares for shares in rows if shares.place != TEXT), rows[0])


def _move(first: Shares, last: Shares, sector: Sector) -> str:
    return f"{sector} share {first.of(sector)} in {first.year}, {last.of(sector)} in {last.year}"
