"""What do the frequentist recipes find in each window?"""

from __future__ import annotations

from bayes_border.errors import SpecificationError
from bayes_border.gmm.estimate import gmm
from bayes_border.gmm.fit import GmmFit
from bayes_border.spec.reader import load_recipe
from bayes_border.spec.recipe import RecipeSpec
from bayes_border.vocabulary import Window
from bayes_border.workflow.inputs import Inputs, load_inputs
from bayes_border.workflow.provenance import of_request
from bayes_border.workflow.request import Request
from bayes_border.workflow.result import Result, single

_COLUMNS = ("recipe", "table", "window", "term", "value", "se", "lower", "upper", "p_value", "n_obs", "hansen_p")


def run(request: Request) -> Result:
    """Estimate every recipe, table and window that a request asks for."""
    recipes = load_recipes(request)
    inputs = load_inputs(request)
    windows = tuple(Window) if request.window is None else (Window(request.window),)
    fits, refused = estimate(inputs, recipes, windows)
    if not fits:
        raise SpecificationError("gmm", [fault for error in refused for fault in error.faults])
    warnings = [f"{_place(fit)}: {warning}." for fit in fits for warning in fit.warnings]
    return single(
        f"GMM on panel {inputs.panel.name}, break {inputs.break_.reading}",
        [row for fit in fits for row in fit.estimates().to_rows()],
        of_request(request, inputs.panel, inputs.break_.reading).meta(),
        columns=_COLUMNS,
        notes=(*dict.fromkeys(warnings), *(f"Not estimated. {error}" for error in refused)),
    )


def load_recipes(request: Request) -> tuple[RecipeSpec, ...]:
    """Return the recipe that a request names, or all of the study's.

    Raises
    ------
    SpecificationError
        If a recipe cannot be read.
    """
    if request.recipe is not None:
        return (load_recipe(request.recipe),)
    return tuple(load_recipe(name) for name in load_inputs(request).study.spec.recipes)


def estimate(
    inputs: Inputs, recipes: tuple[RecipeSpec, ...], windows: tuple[Window, ...]
) -> tuple[list[GmmFit], list[SpecificationError]]:
    """Return the fits, and why a recipe could not be carried out where it could not."""
    fits, refused = [], []
    for table in (label for label in inputs.study.spec.tables if label.table in inputs.tables):
        for recipe in recipes:
            for window in windows:
                try:
                    fits.append(
                        gmm(
                            recipe,
                            inputs.panel,
                            terms=inputs.study.spec.terms,
                            break_=inputs.break_,
                            outcome=table.outcome,
                            window=window,
                            table=table.table,
                        )
                    )
                except SpecificationError as error:
                    refused.append(error)
    return fits, refused


def _place(fit: GmmFit) -> str:
    return f"{fit.recipe.name}, {fit.table}, {fit.window}"
