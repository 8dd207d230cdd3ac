"""Which numbers of the official panel do the reference scripts of this folder see?

    PYTHONPATH=src python tests/gmm/reference/official_rows.py

Writes `official.csv`: nine provinces, 2000-2020, levels whose first differences are equation (3). `WlnFAI`,
`WIS` and `WBO` are the cumulated products W_t = sum over s <= t of dg_s dX_s, so that dW_t = dg_t dX_t.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from bayes_border.panel.official import official_panel

LEVELS = ["lnFAI", "IS", "BO"]


def official_rows() -> pd.DataFrame:
    """Return one row a province and year: `unit`, `year`, `growth`, the levels and the cumulated products."""
    frame = official_panel("balanced").data[["growth", *LEVELS]].to_dataframe().reset_index()
    frame["unit"] = frame["province"].rank(method="dense").astype(int)
    differences = frame.groupby("unit")[["growth", *LEVELS]].diff().fillna(0.0)
    for level in LEVELS:
        product = differences["growth"] * differences[level]
        frame[f"W{level}"] = product.groupby(frame["unit"]).cumsum()
    return frame[["unit", "year", "growth", *LEVELS, *(f"W{level}" for level in LEVELS)]]


if __name__ == "__main__":
    official_rows().to_csv(Path(__file__).parent / "official.csv", index=False)
