"""Do the printed tables agree with one another, and the whole period with its parts?"""

from __future__ import annotations

import math
from itertools import combinations, product
from statistics import NormalDist

from bayes_border.compare.cell_claims import printed, sign_of
from bayes_border.compare.findings import Finding, Grade, count, listed
from bayes_border.criteria import INTERVAL_LEVEL, NEAR_EQUAL_SE
from bayes_border.published import Cell, Published
from bayes_border.vocabulary import Window, interaction

_Z = NormalDist().inv_cdf(0.5 + INTERVAL_LEVEL / 2)


def audit_tables(published: Published) -> list[Finding]:
    """Return the findings on pairs of tables, and on the whole period against its parts."""
    findings = []
    for first, second in combinations(published.tables, 2):
        findings += [_flips(published, first, second), _near_equal(published, first, second)]
        findings += _heading(published, first, second)
    if {Window.FULL, Window.PRE, Window.POST} <= set(published.windows):
        findings.append(_outside(published))
    return findings


def _pairs(published: Published, first: str, second: str) -> list[tuple[Cell, Cell]]:
    keys = product(published.windows, published.terms)
    return [(published.cell(first, window, term), published.cell(second, window, term)) for window, term in keys]


def _flips(published: Published, first: str, second: str) -> Finding:
    pairs = _pairs(published, first, second)
    flipped = [pair for pair in pairs if sign_of(pair[0].estimate) * sign_of(pair[1].estimate) < 0]
    opposed = [pair for pair in flipped if pair[0].stars and pair[1].stars]
    labels = [published.table_label(table).label for table in (first, second)]
    detail = f"{len(pairs) - len(flipped)} of {len(pairs)} coefficients have the same sign in {listed(labels)}."
    if flipped:
        detail += f" The sign changes in {count(len(flipped), 'cell')}: {_facts(flipped, published)}."
    if opposed:
        both = "Both estimates are starred" if len(opposed) == 1 else "Both estimates of each are starred"
        detail += f" {both} in {listed([f'{one.row}, {one.column}' for one, _ in opposed])}."
    return Finding(
        id=f"sign_flips_{first}_{second}",
        # Tables with different outcomes may differ in sign; the text's word on their agreement is judged as a claim.
        grade=Grade.WORTH_KNOWING if flipped else Grade.CONSISTENT,
        title=f"Signs in {listed(labels)}",
        detail=detail,
        cells=tuple(cell.place for pair in flipped for cell in pair),
        evidence=tuple(_pair_row(pair) for pair in pairs),
    )


def _facts(pairs: list[tuple[Cell, Cell]], published: Published) -> str:
    return "; ".join(f"{printed(one, published)} but {printed(other, published)}" for one, other in pairs)


def _joint_distance(one: Cell, other: Cell) -> float:
    """Return the distance of two estimates in joint standard errors, as if they were independent."""
    return abs(one.estimate.value - other.estimate.value) / math.hypot(one.se.value, other.se.value)


def _pair_row(pair: tuple[Cell, Cell]) -> dict[str, object]:
    one, other = pair
    return {
        "window": str(one.window),
        "term": one.term,
        one.table: f"{one.estimate}{one.stars} ({one.se})",
        other.table: f"{other.estimate}{other.stars} ({other.se})",
        "same_sign": sign_of(one.estimate) == sign_of(other.estimate),
        "joint_se_apart": _joint_distance(one, other),
    }


def _near_equal(published: Published, first: str, second: str) -> Finding:
    interactions = {interaction(term) for term in published.terms}
    pairs = [pair for pair in _pairs(published, first, second) if pair[0].term in interactions]
    near = [pair for pair in pairs if _joint_distance(*pair) < NEAR_EQUAL_SE]
    labels = [published.table_label(table) for table in (first, second)]
    differ = labels[0].outcome != labels[1].outcome
    detail = (
        f"{len(near)} of {count(len(pairs), 'interaction coefficient')} in {listed([x.label for x in labels])} lie "
        f"within {NEAR_EQUAL_SE:g} joint standard errors of each other"
    )
    if differ and near:
        detail += (
            ", although the two tables explain different outcomes. A coefficient on a product with the outcome that "
            "does not change when the outcome does is what would be seen if the regressors alone determined it; "
            "the print does not show whether that is so. Both outcomes may also move together."
        )
    return Finding(
        id=f"near_equal_{first}_{second}",
        grade=Grade.WORTH_KNOWING if differ and near else Grade.CONSISTENT,
        title=f"Interactions in {listed([x.label for x in labels])} compared",
        detail=detail.rstrip(".") + ".",
        cells=tuple(cell.place for pair in near for cell in pair),
        evidence=tuple(_pair_row(pair) for pair in pairs),
    )


def _heading(published: Published, first: str, second: str) -> list[Finding]:
    one, other = (published.table_label(table) for table in (first, second))
    if one.outcome == other.outcome or one.dependent != other.dependent:
        return []
    return [
        Finding(
            id=f"heading_{first}_{second}",
            grade=Grade.TO_CHECK,
            title=f"{other.label} is headed {other.dependent}",
            detail=(
                f"The text says that {other.label} replaces the dependent variable ({_spoken(other.outcome)} for "
                f"{_spoken(one.outcome)}), but its heading and its interaction rows still read {other.dependent}, as "
                f"in {one.label}. Whether the interactions were formed with the new outcome the table does not show."
            ),
        )
    ]


def _spoken(name: str) -> str:
    return name.replace("_", " ")


def _outside(published: Published) -> Finding:
    keys = list(product(published.tables, published.terms))
    rows = [_span_row(*(published.cell(table, window, term) for window in Window)) for table, term in keys]
    outside = [row for row in rows if row["outside_estimates"]]
    beyond = [row for row in rows if row["outside_intervals"]]
    names = [_span(row, published) for row in outside]
    detail = f"{len(rows) - len(outside)} of {len(rows)} estimates of the whole period lie between those of its parts"
    detail += f"; outside are {listed(names)}. " if names else ". "
    if outside:
        detail += (
            f"{len(beyond) or 'None'} of these {'is' if len(beyond) == 1 else 'are'} also outside the span of the "
            f"parts' {INTERVAL_LEVEL:.0%} intervals. With several regressors and other weights this can happen "
            "without any error."
        )
    return Finding(
        id="full_outside_parts",
        grade=Grade.WORTH_KNOWING if outside else Grade.CONSISTENT,
        title="The whole period against its parts",
        detail=detail.strip(),
        cells=tuple(f"{row['table']}/full/{row['term']}" for row in outside),
        evidence=tuple(rows),
    )


def _span(row: dict[str, object], published: Published) -> str:
    cell = published.cell(str(row["table"]), Window.FULL, str(row["term"]))
    label = published.table_label(cell.table).label
    return f"{cell.row} in {label} ({row['full']}; parts {row['pre']} and {row['post']})"


def _span_row(full: Cell, pre: Cell, post: Cell) -> dict[str, object]:
    value, parts = full.estimate.value, (pre, post)
    estimates = [cell.estimate.value for cell in parts]
    ends = [cell.estimate.value + side * _Z * cell.se.value for cell in parts for side in (-1, 1)]
    nearest = min(parts, key=lambda cell: abs(cell.estimate.value - value))
    return {
        "table": full.table,
        "term": full.term,
        "full": full.estimate.text,
        "pre": pre.estimate.text,
        "post": post.estimate.text,
        "outside_estimates": not min(estimates) <= value <= max(estimates),
        "outside_intervals": not min(ends) <= value <= max(ends),
        "joint_se_from_nearest": _joint_distance(full, nearest),
    }
