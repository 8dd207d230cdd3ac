"""What does the table of docs/calibration.md show?

    python scripts/pages/calibration.py

Writes the table into the page.
"""

from __future__ import annotations

from page import table, update

from bayes_border.checks.detectable import smallest_detectable

#: Test quantities of the flagship on the study's panel.
QUANTITIES = 68
FITS = (50, 100, 200, 500, 1000, 5000)


def detectable() -> str:
    """Return the smallest faults that so many fits find in one of the flagship's quantities."""
    header = ("fits", "bias, in posterior sd", "sd too narrow by a factor of", "sd too wide by a factor of")
    found = [smallest_detectable(n, quantities=QUANTITIES) for n in FITS]
    return table(header, [(f"{x.n}", f"{x.bias:.2f}", f"{x.narrow:.2f}", f"{x.wide:.2f}") for x in found])


if __name__ == "__main__":
    update("calibration.md", {"detectable": detectable()})
