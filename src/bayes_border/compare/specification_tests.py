"""What do the printed Hansen and autocorrelation tests say?"""

from __future__ import annotations

from scipy import stats

from bayes_border.compare.findings import Finding, Grade, listed
from bayes_border.criteria import SIGNIFICANCE
from bayes_border.published import Footer, Printed, Published

#: Decimals with which a p-value may have been rounded to "1".
_DECIMALS = (0, 1, 2, 3, 4)
_MOST_RESTRICTIONS = 200


def audit_specification_tests(published: Published) -> list[Finding]:
    """Return the findings on Hansen's J and on m1 and m2, where they are printed."""
    return [*_hansen(published), *_autocorrelation(published)]


def restrictions_for(p: float, bound: float) -> int | None:
    """Return the fewest overidentifying restrictions at which J at its bound still has this p-value."""
    candidates = range(1, _MOST_RESTRICTIONS)
    return next((freedom for freedom in candidates if stats.chi2.sf(bound, freedom) >= p), None)


def _hansen(published: Published) -> list[Finding]:
    footers = [footer for footer in published.footers if footer.hansen_p is not None]
    ones = [footer for footer in footers if footer.hansen_p is not None and footer.hansen_p.value == 1.0]
    if not footers:
        return []
    if not ones:
        return [
            Finding(
                id="hansen_one",
                grade=Grade.CONSISTENT,
                title="Hansen test",
                detail=f"None of {len(footers)} printed p-values of Hansen's test is 1.",
            )
        ]
    units = published.paper.units
    rows = [
        {"printed_decimals": decimals, "smallest_p": 1 - 0.5 / 10**decimals, "J_bound": units, "restrictions": df}
        for decimals in _DECIMALS
        for df in [restrictions_for(1 - 0.5 / 10**decimals, units)]
    ]
    at_two = next(row["restrictions"] for row in rows if row["printed_decimals"] == 2)  # noqa: PLR2004 as m1 and m2 are
    at_three = next(row["restrictions"] for row in rows if row["printed_decimals"] == 3)  # noqa: PLR2004
    detail = (
        f"Hansen's p-value is printed as 1 in {len(ones)} of {len(footers)} columns. If the weights were uncentred "
        f"and clustered on {units} provinces, as is usual for two-step GMM, J cannot exceed {units} for any data: "
        f"then p rounds to 1.00 from {at_two} overidentifying restrictions on and to 1.000 from {at_three} on. "
        "A p-value of 1 is then a property of the number of provinces and instruments, and says neither that the "
        "instruments are valid nor that they are not. The paper does not print the number of instruments."
    )
    return [
        Finding(
            id="hansen_one",
            grade=Grade.WORTH_KNOWING,
            title="Hansen's p-value of 1",
            detail=detail,
            evidence=tuple(rows),
        )
    ]


def _autocorrelation(published: Published) -> list[Finding]:
    footers = [footer for footer in published.footers if footer.m1_p is not None or footer.m2_p is not None]
    without = [table for table in published.tables if table not in {footer.table for footer in footers}]
    findings = []
    if footers:
        findings.append(_second_order(published, footers))
    if footers and without:
        labels = [published.table_label(table).label for table in without]
        findings.append(
            Finding(
                id="autocorrelation_not_printed",
                grade=Grade.WORTH_KNOWING,
                title=f"No autocorrelation tests below {listed(labels)}",
                detail=(
                    f"Tests of first- and second-order autocorrelation (m1, m2) are printed for other tables but not "
                    f"for {listed(labels)}."
                ),
            )
        )
    return findings


def _second_order(published: Published, footers: list[Footer]) -> Finding:
    first = [_p(footer.m1_p) for footer in footers]
    second = [_p(footer.m2_p) for footer in footers]
    signalled = [footer for footer, p in zip(footers, second, strict=True) if p is not None and p < SIGNIFICANCE]
    absent = [footer for footer, p in zip(footers, first, strict=True) if p is not None and p >= SIGNIFICANCE]
    detail = (
        "In differences first-order autocorrelation is expected and second-order autocorrelation is a fault of the "
        f"instruments. m2 gives no sign of the latter in {len(footers) - len(signalled)} of {len(footers)} columns."
    )
    if absent:
        named = listed([f"{published.table_label(x.table).label}, {x.column} (p = {x.m1_p})" for x in absent])
        detail += f" m1 finds no first-order autocorrelation either in {named}."
    return Finding(
        id="autocorrelation",
        grade=Grade.WORTH_KNOWING if signalled else Grade.CONSISTENT,
        title="Autocorrelation tests",
        detail=detail,
        evidence=tuple(
            {"table": x.table, "window": str(x.window), "m1_p": str(x.m1_p), "m2_p": str(x.m2_p)} for x in footers
        ),
    )


def _p(number: Printed | None) -> float | None:
    return None if number is None else number.value
