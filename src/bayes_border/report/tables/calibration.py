"""What does a calibration say of each quantity?"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from bayes_border import criteria
from bayes_border.report import labels
from bayes_border.report.contents import StoredCalibration
from bayes_border.report.numbers import count, interval, number, percent, probability, signed
from bayes_border.report.views import TableView
from bayes_border.vocabulary import TruthSource

_LEVEL = percent(criteria.INTERVAL_LEVEL, 0)


def calibration(run: StoredCalibration, source: TruthSource) -> TableView:
    """Return one row a quantity, the least uniform first."""
    table = run.verdict.table().sort_values("p_value", kind="stable")
    records = table.to_dict("records")
    headers = (
        "quantity", "what it is", "p", "p (Holm)", "coverage", "by chance", "mean z", f"{_LEVEL} of z", "contraction",
        "fits", "verdict",
    )  # fmt: skip
    return TableView(
        f"Truths from the {source}, the least uniform quantity first: p of two tests together, of any departure from "
        f"uniform and of truths to a side; coverage of {_LEVEL} intervals beside the band in which chance leaves it",
        headers,
        tuple(_row(record) for record in records),
        right=frozenset(range(2, 10)),
        row_classes=tuple("" if record["passed"] else "status-failed" for record in records),
    )


def _row(row: Mapping[Hashable, Any]) -> tuple[str, ...]:
    return (
        str(row["quantity"]),
        labels.quantity(labels.family(str(row["quantity"]))),
        probability(row["p_value"]),
        probability(row["p_adjusted"]),
        percent(row["coverage"]),
        f"{percent(row['lower_band'])} to {percent(row['upper_band'])}",
        signed(row["mean_z"], 2),
        interval(row["lower_z"], row["upper_z"]),
        number(row["contraction"], 2),
        count(row["n"]),
        "passed" if row["passed"] else "failed",
    )
