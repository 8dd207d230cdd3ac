"""What do the tables and the figure of docs/hansen_bound.md show?

    python scripts/pages/hansen_bound.py

Writes the tables into the page and draws `docs/figures/hansen_bound.png`.
"""

from __future__ import annotations

from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from page import DOCS, table, update
from scipy import stats

from bayes_border.gmm.difference import difference_gmm
from bayes_border.gmm.stacked import Stacked

UNITS = 9
YEARS = 20
COEFFICIENTS = 3
INSTRUMENTS = (4, 6, 9, 12, 30, 60)
SIMULATIONS = 200
SEED = 20260101
#: Printed with three decimals, a p-value from here on is "1.000".
PRINTS_ONE = 0.9995


@dataclass(frozen=True)
class Simulated:
    """Hansen's J, shape `(simulation,)`, of one number of instruments, valid or not."""

    n_instruments: int
    valid: bool
    j: np.ndarray

    @property
    def rejects(self) -> float:
        """Return the share of panels that chi-squared rejects at 5 %."""
        df = self.n_instruments - COEFFICIENTS
        return float((stats.chi2.sf(self.j, df) < 0.05).mean())  # noqa: PLR2004 -- the usual level


def random_panel(rng: np.random.Generator, n_instruments: int, *, valid: bool) -> Stacked:
    """Return a panel whose instruments move the regressors; if not valid, each also moves with the error."""
    n = UNITS * YEARS
    Z, u = rng.normal(size=(n, n_instruments)), rng.normal(size=n)  # noqa: N806 -- as the formulae write it
    X = Z[:, :COEFFICIENTS] + rng.normal(size=(n, COEFFICIENTS)) + 0.5 * u[:, None]  # noqa: N806
    y = X @ np.ones(COEFFICIENTS) + u
    if not valid:
        Z = Z + 0.5 * u[:, None]  # noqa: N806 -- X was made from the valid ones
    return Stacked(y, X, Z, np.repeat(np.arange(UNITS), YEARS), np.tile(np.arange(YEARS), UNITS))


def simulate(n_instruments: int, *, valid: bool) -> Simulated:
    """Return two-step J of many random panels."""
    rng = np.random.default_rng([SEED, n_instruments, int(valid)])
    panels = (random_panel(rng, n_instruments, valid=valid) for _ in range(SIMULATIONS))
    return Simulated(n_instruments, valid, np.array([difference_gmm(p, steps=2).hansen.j for p in panels]))


def most_restrictions(level: float, units: int) -> int:
    """Return the largest degrees of freedom at which a J of `units` still rejects at a level; 0 if none."""
    df = np.arange(1, 2000)
    return int(df[stats.chi2.ppf(1 - level, df) <= units].max(initial=0))


def fewest_that_print_one(units: int) -> int:
    """Return the smallest degrees of freedom at which every possible p is printed as 1.000."""
    df = np.arange(1, 5000)
    return int(df[stats.chi2.sf(units, df) >= PRINTS_ONE].min())


def smallest_p() -> str:
    """Return the table of the smallest p that nine units allow."""
    rows = [(str(df), f"{stats.chi2.sf(UNITS, df):.4g}") for df in (1, 2, 3, 4, 5, 9, 18, 27, 108, 567)]
    return table(("restrictions L - K", "smallest p with nine units"), rows)


def by_units() -> str:
    """Return the table of what a number of units can reject at all."""
    rows = [
        (str(n), *(str(most_restrictions(level, n)) for level in (0.1, 0.05, 0.01)), str(fewest_that_print_one(n)))
        for n in (9, 31, 100, 300)
    ]
    return table(("units", "most at 10 %", "most at 5 %", "most at 1 %", "p is 1.000 from"), rows)


def simulated(found: list[Simulated]) -> str:
    """Return the table of the simulation."""
    header = ("instruments", "instruments are", "mean J", "largest J", "restrictions", "rejected at 5 %")
    rows = [
        (
            str(one.n_instruments),
            "valid" if one.valid else "invalid",
            f"{one.j.mean():.1f}",
            f"{one.j.max():.1f}",
            str(one.n_instruments - COEFFICIENTS),
            f"{100 * one.rejects:.0f} %",
        )
        for one in found
    ]
    return table(header, rows)


def simulations() -> list[Simulated]:
    """Return every case of the simulation."""
    return [simulate(n, valid=valid) for n in INSTRUMENTS for valid in (True, False)]


def draw(found: list[Simulated]) -> Figure:
    """Return the figure: simulated J under its bound, and the smallest p that a bound leaves."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    rng = np.random.default_rng(SEED)
    for one in found:
        place = INSTRUMENTS.index(one.n_instruments) + (-0.18 if one.valid else 0.18)
        colour = "#0072b2" if one.valid else "#d55e00"
        jitter = rng.uniform(-0.12, 0.12, len(one.j))
        left.scatter(place + jitter, one.j, s=5, color=colour, alpha=0.5, linewidths=0)
    places = np.arange(len(INSTRUMENTS))
    critical = stats.chi2.ppf(0.95, np.array(INSTRUMENTS) - COEFFICIENTS)
    left.plot(places, critical, "_", color="black", markersize=26)
    left.axhline(UNITS, color="black", linewidth=1)
    left.set_ylim(0, 26)
    left.set_xticks(places, [str(n) for n in INSTRUMENTS])
    left.set_xlabel("instruments")
    left.set_ylabel("Hansen's J, two steps")
    left.set_title("J of 9 units never passes 9", loc="left")
    left.text(-0.4, UNITS + 0.4, "J = N = 9", fontsize=9)
    left.text(
        2.1, critical[2] + 0.9, "dashes: 5 % critical value (beyond the top for 30 and 60)", fontsize=8, ha="center"
    )
    for colour, words, height in (("#0072b2", "valid instruments", 24), ("#d55e00", "invalid instruments", 22.3)):
        left.text(-0.4, height, words, color=colour, fontsize=9)
    df = np.arange(1, 121)
    for units, colour in ((9, "#0072b2"), (31, "#009e73"), (100, "#cc79a7")):
        smallest = stats.chi2.sf(units, df)
        right.plot(df, smallest, color=colour)
        half = int(np.argmin(np.abs(smallest - 0.5)))
        right.text(df[half] + 1.5, 0.45, f"{units} units", color=colour, fontsize=9)
    right.axhline(0.1, color="0.6", linewidth=0.8)
    right.text(119, 0.115, "10 %", color="0.4", fontsize=9, ha="right")
    right.set_xlabel("over-identifying restrictions")
    right.set_ylabel("smallest p that any data can give")
    right.set_title("Beyond some restrictions the test cannot reject", loc="left")
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    return figure


if __name__ == "__main__":
    cases = simulations()
    update("hansen_bound.md", {"smallest_p": smallest_p(), "by_units": by_units(), "simulated": simulated(cases)})
    draw(cases).savefig(DOCS / "figures" / "hansen_bound.png", dpi=150)
