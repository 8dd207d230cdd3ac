"""What do the recipes find on panels that have no interactions?"""

from __future__ import annotations

from bayes_border.checks.placebo import Placebo, placebo
from bayes_border.published import load_published
from bayes_border.vocabulary import Null, Window
from bayes_border.workflow.gmm import load_recipes
from bayes_border.workflow.inputs import Inputs, load_inputs
from bayes_border.workflow.provenance import of_request
from bayes_border.workflow.request import Request
from bayes_border.workflow.result import Result, single

DEFAULT_SIMULATIONS = 1000

_COLUMNS = (
    "recipe", "null", "table", "window", "term", "mean", "q2.5", "q97.5", "rejects_5", "printed", "printed_percentile",
)  # fmt: skip

_READING = (
    "`rejects_5` is the share of panels on which the recipe rejects zero at 5 %: 0.05 if its test held its size.",
    "`printed_percentile` is the share of placebo estimates at or below the printed one.",
)


def run(request: Request) -> Result:
    """Calibrate every recipe under every null that a request asks for."""
    recipes = load_recipes(request)
    inputs = load_inputs(request)
    nulls = inputs.study.spec.nulls if request.null is None else (request.null,)
    simulations = request.simulations or DEFAULT_SIMULATIONS
    asked = [(table, recipe, Null(null)) for table in inputs.tables for recipe in recipes for null in nulls]
    rows = []
    for done, (table, recipe, null) in enumerate(asked):
        request.progress("placebo", done, len(asked))
        design = inputs.design(table)
        found = placebo(recipe, inputs.panel, design, null, simulations=simulations, seed=request.seed, table=table)
        rows += place_print(found, inputs, table)
    request.progress("placebo", len(asked), len(asked))
    return single(
        f"{simulations} panels without interactions, regressors of panel {inputs.panel.name}",
        rows,
        {**of_request(request, inputs.panel, inputs.break_.reading).meta(), "simulations": simulations},
        columns=_COLUMNS,
        notes=_READING,
    )


def place_print(found: Placebo, inputs: Inputs, table: str) -> list[dict[str, object]]:
    """Return the summary of a placebo distribution with the printed estimate's place in it."""
    published = load_published(inputs.study.spec.published)
    rows = []
    for row in found.summary().to_dict("records"):
        window, term = Window(row["window"]), str(row["term"])
        cell = published.estimates().at(table=table, window=window, term=term)
        printed = None if cell is None else cell.value
        place = None if printed is None else found.percentile_of(window=window, term=term, value=printed)
        rows.append({**{str(k): v for k, v in row.items()}, "printed": printed, "printed_percentile": place})
    return rows
