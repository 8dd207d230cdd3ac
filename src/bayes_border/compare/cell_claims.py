"""Do printed signs, stars and sizes bear a claim out?"""

from __future__ import annotations

import math
from itertools import product
from statistics import NormalDist

from bayes_border.compare.findings import count
from bayes_border.compare.judgement import Judgement, Outcome, every
from bayes_border.criteria import INTERVAL_LEVEL
from bayes_border.published import Cell, Printed, Published
from bayes_border.published.claims import Agrees, Claim, LargerIn, NotSignificant, SameSign, Significant, Starred
from bayes_border.vocabulary import Window


def judge_cells(claim: Claim, test: Starred | Significant | NotSignificant, published: Published) -> Judgement:
    """Return whether every cell passes a test of its own sign and stars."""
    cells = [published.cell(*key) for key in claim.keys]
    failing = [cell for cell in cells if not _passes(cell, test, published)]
    return every(claim, [printed(cell, published) + _shown(cell, test, published) for cell in failing])


def judge_pattern(claim: Claim, test: SameSign | LargerIn | Agrees, published: Published) -> Judgement:
    """Return whether the cells stand to one another as the claim says."""
    match test:
        case SameSign():
            return _same_sign(claim, published)
        case LargerIn():
            return _larger_in(claim, test.windows, published)
        case Agrees():
            return _agrees(claim, published)


def printed(cell: Cell, published: Published) -> str:
    """Return a cell as the paper prints it, with its place in words."""
    place = f"{published.table_label(cell.table).label}, {cell.column}"
    return f"{cell.row} ({place}) is {cell.estimate}{cell.stars} ({cell.se})"


def sign_of(number: Printed) -> int:
    """Return 1, -1, or 0 where rounding leaves the sign open."""
    return (number.lower >= 0.0) - (number.upper <= 0.0)


def _passes(cell: Cell, test: Starred | Significant | NotSignificant, published: Published) -> bool:
    level = published.star_level(cell.stars)
    match test:
        case NotSignificant():
            return level is None or level > test.level
        case Starred():
            return sign_of(cell.estimate) == test.sign.factor and level == test.level
        case Significant():
            return sign_of(cell.estimate) == test.sign.factor and level is not None and level <= test.level


def _shown(cell: Cell, test: Starred | Significant | NotSignificant, published: Published) -> str:
    level = published.star_level(cell.stars)
    if level is None:
        return ", not significant"
    # Significant at 1 % is significant at 10 % too: the text names another level, it does not overstate.
    stronger = " (stronger than the text says)" if isinstance(test, Starred) and level < test.level else ""
    return f", significant at {level:.0%}{stronger}"


def _same_sign(claim: Claim, published: Published) -> Judgement:
    notes = []
    for table, window in product(claim.tables, claim.windows):
        cells = [published.cell(table, window, term) for term in claim.terms]
        if len({sign_of(cell.estimate) for cell in cells}) > 1:
            notes.append(" but ".join(printed(cell, published) for cell in cells))
    return every(claim, notes)


def _larger_in(claim: Claim, windows: tuple[Window, Window], published: Published) -> Judgement:
    z = NormalDist().inv_cdf(0.5 + INTERVAL_LEVEL / 2)
    reversed_, faint = [], []
    for table, term in product(claim.tables, claim.terms):
        first, second = (published.cell(table, window, term) for window in windows)
        difference = first.estimate.value - second.estimate.value
        ratio = difference / math.hypot(first.se.value, second.se.value)
        facts = f"{printed(first, published)} and {printed(second, published)}"
        if difference <= 0:
            reversed_.append(f"{facts}: the other way round")
        elif ratio < z:
            faint.append(f"{facts}: the difference is {ratio:.2f} joint standard errors")
    if reversed_:
        return Judgement(claim, Outcome.FAILS, (*reversed_, *faint))
    return Judgement(claim, Outcome.NOT_SHOWN if faint else Outcome.HOLDS, tuple(faint))


def _agrees(claim: Claim, published: Published) -> Judgement:
    groups = [
        [published.cell(table, window, term) for table in claim.tables]
        for window, term in product(claim.windows, claim.terms)
    ]
    flipped = [cells for cells in groups if len({sign_of(cell.estimate) for cell in cells}) > 1]
    opposed = [cells for cells in flipped if len({sign_of(cell.estimate) for cell in cells if cell.stars}) > 1]
    changed = [cells for cells in groups if len({bool(cell.stars) for cell in cells}) > 1]
    notes = [
        f"{' but '.join(printed(cell, published) for cell in cells)}: both starred, with opposite signs"
        for cells in opposed
    ]
    notes.append(f"{len(groups) - len(flipped)} of {len(groups)} pairs of cells agree in sign")
    notes.append(f"in {count(len(changed), 'pair')} one cell is starred and the other is not")
    if opposed:
        return Judgement(claim, Outcome.FAILS, tuple(notes))
    return Judgement(claim, Outcome.NOT_SHOWN if flipped or changed else Outcome.HOLDS, tuple(notes))
