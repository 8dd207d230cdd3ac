"""Do the printed observation counts fit the years that the columns name?"""

from __future__ import annotations

from bayes_border.compare.findings import Finding, Grade, listed
from bayes_border.published import Published
from bayes_border.spec.breaks import READINGS, Break
from bayes_border.vocabulary import Window


def audit_counts(published: Published) -> list[Finding]:
    """Return the findings on observation counts, for every table that prints them."""
    if {Window.FULL, Window.PRE, Window.POST} - set(published.windows):
        return []
    return [_total(published), _windows(published)]


def _total(published: Published) -> Finding:
    full = published.window_label(Window.FULL)
    rows = full.last - full.first
    expected = published.paper.units * rows
    counts = {table: [published.n_obs(table, window) for window in Window] for table in published.tables}
    complete = all(total == expected for total, _, _ in counts.values())
    adds_up = all(total == pre + post for total, pre, post in counts.values())
    printed = listed([f"{total} = {pre} + {post} ({table})" for table, (total, pre, post) in counts.items()])
    return Finding(
        id="counts_total",
        grade=Grade.CONSISTENT if complete and adds_up else Grade.CONTRADICTION,
        title="Number of observations over the whole period",
        detail=(
            f"Printed: {printed}. {published.paper.units} provinces and the {rows} first differences of {full.label} "
            f"make {expected}. " + _verdict(complete=complete, adds_up=adds_up)
        ),
        evidence=tuple(
            {"table": table, "full": total, "pre": pre, "post": post, "expected": expected}
            for table, (total, pre, post) in counts.items()
        ),
    )


def _verdict(*, complete: bool, adds_up: bool) -> str:
    if complete and adds_up:
        return "The counts fit a complete differenced panel, as a text that fills single gaps would lead to expect."
    what = "do not add up" if not adds_up else "are not those of a complete differenced panel"
    return f"The counts {what}."


def _windows(published: Published) -> Finding:
    full = published.window_label(Window.FULL)
    crossing = published.window_label(Window.POST).first
    rows = []
    for table in published.tables:
        printed = (published.n_obs(table, Window.PRE), published.n_obs(table, Window.POST))
        for reading in READINGS:
            expected = _expected(published.paper.units, full.first, full.last, Break.read(reading, crossing))
            rows.append(
                {
                    "table": table,
                    "reading": reading,
                    "expected_pre": expected[0],
                    "expected_post": expected[1],
                    "printed_pre": printed[0],
                    "printed_post": printed[1],
                    "fits": expected == printed,
                }
            )
    fitting = [name for name in READINGS if all(row["fits"] for row in rows if row["reading"] == name)]
    return Finding(
        id="counts_windows",
        grade=_grade(fitting),
        title="Which period holds the difference that crosses the break",
        detail=_detail(published, crossing, fitting),
        evidence=tuple(rows),
    )


def _grade(fitting: list[str]) -> Grade:
    # The column headings, taken at their word, put the crossing difference into the second period.
    if "label" in fitting:
        return Grade.CONSISTENT
    return Grade.WORTH_KNOWING if fitting else Grade.CONTRADICTION


def _detail(published: Published, crossing: int, fitting: list[str]) -> str:
    pre, post = (published.window_label(window).label for window in (Window.PRE, Window.POST))
    opening = (
        f"The columns are headed {pre} and {post}, but the difference of {crossing} spans both periods. "
        "Readings: `count` puts it in the first period, `label` in the second, `split` in neither. "
    )
    if not fitting:
        return opening + "No reading gives the printed counts."
    closing = f"The printed counts fit the reading {listed([f'`{name}`' for name in fitting])} only"
    if "label" in fitting:
        return opening + closing + ", as the headings say."
    return (
        opening
        + closing
        + (
            f": the first period's estimates then use a difference that ends in {crossing}, "
            "a year that its heading leaves out."
        )
    )


def _expected(units: int, first: int, last: int, break_: Break) -> tuple[int, int]:
    years = range(first + 1, last + 1)
    pre, post = (units * sum(break_.contains(window, year) for year in years) for window in (Window.PRE, Window.POST))
    return pre, post
