"""What do the frequentist recipes find in each window?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import xarray as xr

from bayes_border.criteria import INTERVAL_LEVEL
from bayes_border.errors import SpecificationError, UsageError
from bayes_border.gmm.estimate import gmm
from bayes_border.gmm.fit import GmmFit
from bayes_border.gmm.specification import specification_tests
from bayes_border.spec.reader import load_recipe
from bayes_border.spec.recipe import RecipeSpec
from bayes_border.vocabulary import Window
from bayes_border.workflow.inputs import Inputs, load_inputs
from bayes_border.workflow.provenance import of_request
from bayes_border.workflow.request import Request
from bayes_border.workflow.result import Result, Section

_ACCOUNT = ("se", "df", "p_value", "lower", "upper")
_ERROR_COLUMNS = ("recipe", "table", "window", "term", "errors", *_ACCOUNT)
_TEST_COLUMNS = ("recipe", "table", "window", "test", "about", "statistic", "df", "p_value", "bound", "vacuous")
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
    return Result(
        f"GMM on panel {inputs.panel.name}, break {inputs.break_.reading}",
        tuple(_sections(fits, request)),
        of_request(request, inputs.panel, inputs.break_.reading).meta(),
        notes=(*dict.fromkeys(warnings), *(f"Not estimated. {error}" for error in refused)),
    )


def _sections(fits: Sequence[GmmFit], request: Request) -> Iterator[Section]:
    rows = tuple(row for fit in fits for row in fit.estimates().to_rows())
    yield Section("estimates", "Estimates", rows, _COLUMNS)
    if request.errors:
        rows = tuple(row for fit in fits for row in error_rows(fit))
        yield Section("errors", "Every account of the errors", rows, _ERROR_COLUMNS)
    if request.tests:
        rows = tuple({**place_of(fit), **test.row()} for fit in fits for test in specification_tests(fit))
        yield Section("tests", "Specification tests", rows, _TEST_COLUMNS)


def place_of(fit: GmmFit) -> dict[str, object]:
    """Return what a row about a fit begins with."""
    return {"recipe": fit.recipe.name, "table": fit.table, "window": str(fit.window), "break": fit.reading}


def error_rows(fit: GmmFit) -> list[dict[str, object]]:
    """Return one row a coefficient and account of the errors; the family's own account stands first."""
    own = [
        {**place_of(fit), "term": x.term, "errors": x.extra["se_kind"], "se": x.se, "df": x.extra["df_resid"]}
        | {"p_value": x.extra["p_value"], "lower": x.lower, "upper": x.upper, "level": x.level, "says": ""}
        for x in fit.estimates()
    ]
    return own + [
        {
            **place_of(fit),
            "term": term,
            "errors": kind,
            **{name: _number(fit.accounts[name].sel(errors=kind, term=term)) for name in _ACCOUNT},
            "level": INTERVAL_LEVEL,
            "says": str(
                fit.accounts["reason"].sel(errors=kind, term=term).item()
                or fit.accounts["note"].sel(errors=kind).item()
            ),
        }
        for term in (str(name) for name in fit.params["term"].values)
        for kind in (str(name) for name in fit.accounts["errors"].values)
    ]


def _said(fit: GmmFit, kind: str, term: str) -> str:
    reason, note = fit.accounts["reason"].sel(errors=kind, term=term), fit.accounts["note"].sel(errors=kind)
    return str(reason.item() or note.item())


def _number(value: xr.DataArray) -> float | None:
    number = float(value)
    return None if np.isnan(number) else number


def load_recipes(request: Request) -> tuple[RecipeSpec, ...]:
    """Return the recipe that a request names, or all of the study's.

    Raises
    ------
    SpecificationError
        If a recipe cannot be read.
    UsageError
        If the request names none and the study lists none.
    """
    if request.recipe is not None:
        return (load_recipe(request.recipe),)
    study = load_inputs(request).study
    if not study.spec.recipes:
        message = f"study {study.name!r} lists no recipe; name one with --recipe"
        raise UsageError(message)
    return tuple(load_recipe(name) for name in study.spec.recipes)


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
