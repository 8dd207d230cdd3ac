"""On how many rows of a panel would the printed interactions turn a shock to growth round?"""

from __future__ import annotations

from itertools import product

import numpy as np

from bayes_border.compare.findings import Finding, Grade, count
from bayes_border.design import Design
from bayes_border.published import Published
from bayes_border.vocabulary import Window, interaction


def audit_coherence(published: Published, design: Design) -> list[Finding]:
    """Return the finding on m = 1 - x'gamma at the printed gamma, over the rows of a design."""
    if any(interaction(term) not in published.terms for term in design.terms):
        return []
    keys = [key for key in product(published.tables, published.windows) if design.n_obs(key[1])]
    rows = [_row(published, design, table, window) for table, window in keys]
    crossed = [row for row in rows if row["outside"]]
    return [
        Finding(
            id="coherence",
            grade=Grade.WORTH_KNOWING if crossed else Grade.CONSISTENT,
            title="Rows where the printed equation turns a growth shock round",
            detail=_opening() + _sentences(published, rows) + _caveat(design),
            cells=tuple(f"{row['table']}/{row['window']}/{interaction(x)}" for row in crossed for x in design.terms),
            evidence=tuple(rows),
        )
    ]


def printed_m(published: Published, design: Design, table: str, window: Window) -> np.ndarray:
    """Return m = 1 - x'gamma at a column's printed gamma, shape `(rows of the window,)`."""
    gamma = [published.cell(table, window, interaction(term)).estimate.value for term in design.terms]
    return np.asarray(1.0 - design.x[design.rows_of(window)] @ np.array(gamma))


def _row(published: Published, design: Design, table: str, window: Window) -> dict[str, object]:
    m = printed_m(published, design, table, window)
    inside = design.data.isel(row=np.flatnonzero(design.rows_of(window)))
    worst = int(m.argmin())
    return {
        "table": table,
        "window": str(window),
        "rows": len(m),
        "outside": int((m <= 0).sum()),
        "smallest_m": float(m.min()),
        "largest_m": float(m.max()),
        "smallest_inverse": float((1 / m).min()),
        "median_inverse": float(np.median(1 / m)),
        "largest_inverse": float((1 / m).max()),
        "worst_row": f"{inside['province'].values[worst]} {inside['year'].values[worst]}",
    }


def _opening() -> str:
    return (
        "Solved for the outcome, equation (3) divides by m = 1 - x'gamma. Where m is negative a positive shock lowers "
        "growth, and near zero any shock is magnified without limit. "
    )


def _sentences(published: Published, rows: list[dict[str, object]]) -> str:
    return "".join(
        f"{published.table_label(str(row['table'])).label}, {published.window_label(str(row['window'])).label}: "
        f"m is not positive on {row['outside']} of {count(int(str(row['rows'])), 'row')}; 1/m runs from "
        f"{row['smallest_inverse']:.2f} to {row['largest_inverse']:.2f}. "
        for row in rows
    )


def _caveat(design: Design) -> str:
    return (
        f"The regressors are those of a reconstructed panel ({design.panel_name}, reading `{design.break_.reading}` of "
        "the break): the authors' own data may differ."
    )
