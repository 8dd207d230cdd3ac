"""Do the printed stars agree with the printed estimates and standard errors?"""

from __future__ import annotations

from bayes_border.compare.findings import Finding, Grade, count, listed
from bayes_border.compare.stars import Match, StarCheck, check_stars
from bayes_border.published import Published


def audit_stars(published: Published) -> list[Finding]:
    """Return the findings on stars, under the normal distribution and with few clusters."""
    checks = [check_stars(cell, published) for cell in published.cells]
    findings = [_reproduced(checks)]
    findings += [_wrong(check) for check in checks if check.match is Match.CANNOT_BE]
    borderline = [check for check in checks if check.match is Match.MAY_BE]
    if borderline:
        findings.append(_borderline(borderline))
    return [*(finding for finding in findings if finding), _few_clusters(published)]


def _reproduced(checks: list[StarCheck]) -> Finding:
    exact = [check for check in checks if check.match is Match.ARE]
    possible = [check for check in checks if check.match is not Match.CANNOT_BE]
    return Finding(
        id="stars_normal",
        grade=Grade.CONSISTENT if len(possible) == len(checks) else Grade.WORTH_KNOWING,
        title="Stars recomputed under the normal distribution",
        detail=(
            f"{len(exact)} of {count(len(checks), 'cell')} carry exactly the stars that estimate over standard "
            f"error gives under the normal distribution, whatever the rounding; {len(possible)} are possible."
        ),
        cells=tuple(check.cell.place for check in exact),
        evidence=tuple(check.row() for check in checks),
    )


def _wrong(check: StarCheck) -> Finding:
    cell = check.cell
    return Finding(
        id=f"stars_{cell.table}_{cell.window}_{cell.term}",
        grade=Grade.CONTRADICTION,
        title=f"Stars of {cell.row}, {cell.column}, do not follow from the printed figures",
        detail=(
            f"{cell.estimate} with standard error {cell.se} has a p-value between {check.p[0]:.4f} and "
            f"{check.p[1]:.4f} under the normal distribution; the table prints "
            f"{cell.stars or 'no star'} where {check.row()['possible']} would follow."
        ),
        cells=(cell.place,),
        evidence=(check.row(),),
    )


def _borderline(checks: list[StarCheck]) -> Finding:
    return Finding(
        id="stars_rounding",
        grade=Grade.WORTH_KNOWING,
        title="Stars that hang on the last printed digit",
        detail=(
            f"In {count(len(checks), 'cell')} the printed stars are possible, and other stars are possible too "
            "once every number that rounds to the printed one is allowed."
        ),
        cells=tuple(check.cell.place for check in checks),
        evidence=tuple(check.row() for check in checks),
    )


def _few_clusters(published: Published) -> Finding:
    freedom = published.paper.units - 1
    checks = [check_stars(cell, published, freedom) for cell in published.cells]
    starred = [check for check in checks if check.cell.stars]
    lost = [check for check in starred if check.match is Match.CANNOT_BE]
    bare = [check for check in lost if check.possible == ("",)]
    detail = (
        f"Standard errors clustered on {published.paper.units} provinces are better judged by Student's t with "
        f"{freedom} degrees of freedom. Of {count(len(starred), 'starred cell')}, {len(lost)} would then carry fewer "
        f"stars and {len(bare)} of these none at all"
    )
    detail += f": {listed([_named(check, published) for check in bare])}." if bare else "."
    return Finding(
        id="stars_few_clusters",
        grade=Grade.WORTH_KNOWING if lost else Grade.CONSISTENT,
        title=f"Stars under Student's t with {freedom} degrees of freedom",
        detail=detail,
        cells=tuple(check.cell.place for check in lost),
        evidence=tuple(check.row() for check in checks),
    )


def _named(check: StarCheck, published: Published) -> str:
    cell = check.cell
    return f"{cell.row} in {published.table_label(cell.table).label}, {cell.column}"
