"""What do the tables and the figure of docs/ols_limit.md show?

    python scripts/pages/ols_limit.py [--simulations N]

Puts every recipe of the study through the placebo under white noise, writes the tables into the page and draws
`docs/figures/ols_limit.png`. A recipe added to the study enters both by running this again.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from page import DOCS, table, update

from bayes_border.design import Design, build_design
from bayes_border.errors import SpecificationError
from bayes_border.panel.panel import Panel
from bayes_border.simulate.nulls import NullPanels
from bayes_border.spec.breaks import Break
from bayes_border.spec.reader import load_recipe
from bayes_border.spec.recipe import Estimator, Interaction
from bayes_border.study import load_study
from bayes_border.vocabulary import DEFAULT_STUDY, Null, Window, interaction
from bayes_border.workflow.placebo import linear_placebo

SEED = 20260101
SIMULATIONS = 500
#: Recipes of the figure, one a colour; the table has the others too.
DRAWN = (
    "pooled_ols", "difference_one_step", "difference_two_step", "difference_collapsed", "iv_2sls", "iv_products",
    "difference_level_products", "within_products",
)  # fmt: skip
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000", "#999999")


@dataclass(frozen=True)
class Subject:
    """The panel of the study, its rows of equation (3) and its recipes."""

    panel: Panel
    design: Design
    recipes: tuple[str, ...]


def subject() -> Subject:
    """Return what the page speaks of."""
    study = load_study(DEFAULT_STUDY)
    panel = study.panel()
    reading = Break.read(study.spec.default_break, study.spec.crossing)
    recipes = tuple(name for name in study.spec.recipes if has_mean_interactions(name))
    return Subject(panel, build_design(panel, study.spec.terms, reading), recipes)


def has_mean_interactions(name: str) -> bool:
    """Return whether a recipe has interactions whose estimates have a mean: LIML's have none in any sample."""
    recipe = load_recipe(name)
    return recipe.interaction is not Interaction.NONE and recipe.estimator is not Estimator.IV_LIML


def limit(x: np.ndarray) -> np.ndarray:
    """Return (X'X)^-1 X'1, shape `(regressor,)`."""
    return np.linalg.solve(x.T @ x, x.sum(axis=0))


def noise_explained(x: np.ndarray) -> float:
    """Return 1'X (X'X)^-1 X'1 / n: the uncentred R-squared of the constant on x."""
    return float(x.sum(axis=0) @ limit(x) / len(x))


def limits(about: Subject) -> str:
    """Return the table of the limit on the real regressors."""
    rows = []
    for window in Window:
        x = about.design.x[about.design.rows_of(window)]
        rows.append((str(window), str(len(x)), *(f"{value:.3g}" for value in limit(x)), f"{noise_explained(x):.2f}"))
    names = tuple(f"`{interaction(term)}`" for term in about.design.terms)
    return table(("window", "rows", *names, "x'γ: mean over rows"), rows)


def calibrate(about: Subject, simulations: int) -> pd.DataFrame:
    """Return the placebo's summary rows of every recipe that can be carried out, interactions only."""
    drawn, found = NullPanels(Null.WHITE_NOISE, about.design, SEED), []
    for name in about.recipes:
        try:
            calibrated = linear_placebo(load_recipe(name), about.panel, drawn, "table1", simulations=simulations)
        except SpecificationError:
            continue
        found.append(calibrated.summary())
    rows = pd.concat(found, ignore_index=True)
    products = [interaction(term) for term in about.design.terms]
    return rows[rows["term"].isin(products)]


def remains(about: Subject, rows: pd.DataFrame) -> str:
    """Return the table of mean estimates beside the limit, and how often noise is called significant at 5 %."""
    terms = [interaction(term) for term in about.design.terms]
    cells = rows.set_index(["recipe", "window", "term"])
    lines = []
    for window in Window:
        x = about.design.x[about.design.rows_of(window)]
        bounds = limit(x)
        lines.append(
            (str(window), "*the limit*", *(f"{b:.2f}" for b in bounds), f"{noise_explained(x):.2f}", "", "", "")
        )
        for recipe in rows["recipe"].unique():
            here = [cells.loc[(recipe, str(window), term)] for term in terms]
            means = np.array([cell["mean"] for cell in here])
            shown = [f"{cell['mean']:.2f} ± {cell['mean_error']:.2f}" for cell in here]
            rejected = [f"{100 * cell['rejects_5']:.0f} %" for cell in here]
            lines.append((str(window), f"`{recipe}`", *shown, f"{x.mean(axis=0) @ means:.2f}", *rejected))
    header = ("window", "recipe", *(f"`{t}`" for t in terms), "x'γ", *(f"`{t}` rejected" for t in terms))
    return table(header, lines)


def draw(about: Subject, rows: pd.DataFrame) -> Figure:
    """Return the figure: central 95 % of each recipe's placebo, and the limit, in standard deviations of x."""
    figure, panels = plt.subplots(1, len(about.design.terms), figsize=(10, 3.6), layout="constrained", sharey=True)
    recipes = [name for name in DRAWN if (rows["recipe"] == name).any()]
    step = 0.7 / max(len(recipes), 1)
    for axes, term, scale, k in zip(panels, about.design.terms, about.design.scale, range(3), strict=True):
        for place, window in enumerate(Window):
            x = about.design.x[about.design.rows_of(window)]
            axes.plot([limit(x)[k] * scale] * 2, [place - 0.45, place + 0.45], color="black", linewidth=1.5)
            for number, recipe in enumerate(recipes):
                chosen = (rows["recipe"] == recipe) & (rows["window"] == str(window))
                cell = rows[chosen & (rows["term"] == interaction(term))].iloc[0]
                height = place + (number - (len(recipes) - 1) / 2) * step
                colour = COLOURS[number % len(COLOURS)]
                axes.plot([cell["q2.5"] * scale, cell["q97.5"] * scale], [height] * 2, color=colour, linewidth=2)
                axes.plot(
                    cell["mean"] * scale, height, "o", color=colour, markersize=4, label=recipe if not place else None
                )
        axes.axvline(0, color="0.8", linewidth=0.8, zorder=0)
        axes.set_title(interaction(term), loc="left")
        axes.set_yticks(range(len(Window)), [str(window) for window in Window])
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].invert_yaxis()
    figure.supxlabel("interaction coefficient times one standard deviation of its regressor", fontsize=10)
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper left", ncols=4, frameon=False, fontsize=9)
    return figure


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--simulations", type=int, default=SIMULATIONS)
    studied = subject()
    calibrated_rows = calibrate(studied, parser.parse_args().simulations)
    update("ols_limit.md", {"limits": limits(studied), "remains": remains(studied, calibrated_rows)})
    draw(studied, calibrated_rows).savefig(DOCS / "figures" / "ols_limit.png", dpi=150)
