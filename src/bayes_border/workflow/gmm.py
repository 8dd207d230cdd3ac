"""What do the frequentist recipes find in each window?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bayes_border.design import build_design
from bayes_border.errors import Fault, SpecificationError, UsageError
from bayes_border.gmm.equation import Equation
from bayes_border.gmm.estimate import fit_equation
from bayes_border.gmm.families import refuse_by_count
from bayes_border.gmm.fit import GmmFit
from bayes_border.gmm.history import history_of
from bayes_border.gmm.remarks import Remark
from bayes_border.gmm.rows import window_equation
from bayes_border.spec.reader import load_recipe, recipe_path
from bayes_border.spec.recipe import RecipeSpec
from bayes_border.vocabulary import Window
from bayes_border.workflow.inputs import Inputs, load_inputs
from bayes_border.workflow.provenance import of_request
from bayes_border.workflow.recipe_rows import error_rows, influence_rows, set_rows, test_rows
from bayes_border.workflow.remarks import Place, grouped
from bayes_border.workflow.request import Request
from bayes_border.workflow.result import Result, Row, Section

_FIT = "{recipe}, {table} {window}"
_COLUMNS = ("window", "term", "value", "se", "lower", "upper", "p_value", "n_obs", "hansen_p")
_ERRORS = ("term", "errors", "se", "df", "p_value", "lower", "upper")
_SETS = ("term", "lower", "upper", "p_value", "says")
_INFLUENCE = ("term", "value", "left_out", "without", "moved_se", "held_by", "share_held", "effective_clusters")
_TESTS = ("test", "about", "statistic", "df", "p_value", "bound", "vacuous")

#: How the sections of `--errors` are to be read.
_READING = (
    (
        "An Anderson-Rubin set holds every value that the instruments do not contradict, errors clustered by year: "
        "valid however weak they are, and the same for recipes of one equation with the same instruments. Its p is "
        "that of zero."
    ),
    (
        "`without` is the estimate without the province `left_out`, which moves it most, weights and first stages held "
        "as they are (exact for least squares); `moved_se` says by how many standard errors. `share_held` is the part "
        "of the regressor's own variation that the province `held_by` holds."
    ),
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A recipe that cannot be carried out in a window, and why."""

    place: Place
    error: SpecificationError


def run(request: Request) -> Result:
    """Estimate every recipe, table and window that a request asks for.

    Raises
    ------
    SpecificationError
        If a recipe cannot be read, or none can be carried out anywhere: what the arithmetic of rows and
        instruments forbids is refused before anything is estimated.
    """
    recipes = load_recipes(request)
    inputs = load_inputs(request)
    windows = tuple(Window) if request.window is None else (Window(request.window),)
    asked, impossible = equations(inputs, recipes, windows)
    fits, unsolved = fitted(inputs, asked)
    refused = [*impossible, *unsolved]
    if not fits:
        raise refusal(_heading(request, recipes), refused)
    return Result(
        f"GMM on panel {inputs.panel.name}, break {inputs.break_.reading}",
        tuple(_sections(fits, request)),
        of_request(request, inputs.panel, inputs.break_.reading).meta(),
        notes=(*_notes(request, fits, refused), *(_READING if request.errors else ())),
    )


def _sections(fits: Sequence[GmmFit], request: Request) -> Iterator[Section]:
    estimates = tuple(row for fit in fits for row in fit.estimates().to_rows())
    yield Section("estimates", "Estimates", estimates, _COLUMNS, heading="{recipe}, {table}: standard errors {se_kind}")
    if request.errors:
        rows = _rows(error_rows, fits)
        yield Section("errors", "Every account of the errors", rows, _ERRORS, heading=_FIT, below=("says", "se"))
        title = "Anderson-Rubin sets, errors clustered by year"
        yield Section("sets", title, tuple(set_rows(fits, request.progress)), _SETS, heading=_FIT)
        rows = _rows(influence_rows, fits)
        title = "What each province is to the estimates"
        yield Section("influence", title, rows, _INFLUENCE, heading=_FIT, below=("says", "effective_clusters"))
    if request.tests:
        rows = _rows(test_rows, fits)
        yield Section("tests", "Specification tests", rows, _TESTS, heading=_FIT, below=("says", "statistic"))


def _rows(of: Callable[[GmmFit], Sequence[Row]], fits: Sequence[GmmFit]) -> tuple[Row, ...]:
    return tuple(row for fit in fits for row in of(fit))


def _notes(request: Request, fits: Sequence[GmmFit], refused: Sequence[Refusal]) -> Iterator[str]:
    everywhere = [_place(fit) for fit in fits] + [one.place for one in refused]
    yield from grouped(((_place(fit), remark) for fit in fits for remark in fit.remarks), everywhere)
    for name in dict.fromkeys(one.place.recipe for one in refused):
        own = [one for one in refused if one.place.recipe == name]
        said = [(one.place, Remark("not estimated", one.error.summary)) for one in own]
        (note,) = grouped(said, everywhere)
        yield note.replace("Not estimated.", f"Not estimated, {_file(request, name)}.")


def refusal(source: str, refused: Sequence[Refusal]) -> SpecificationError:
    """Return what is wrong everywhere as one error, headed with the file, or the recipe, that is to be mended."""
    several = len({one.place.recipe for one in refused}) > 1
    faults = [
        Fault(f"{' '.join(one.place if several else one.place[1:])}, {fault.place}", fault.found, fault.remedy)
        for one in refused
        for fault in one.error.faults
    ]
    return SpecificationError(source, faults)


def _heading(request: Request, recipes: Sequence[RecipeSpec]) -> str:
    return _file(request, recipes[0].name) if len(recipes) == 1 else "gmm"


def _file(request: Request, name: str) -> str:
    return str(recipe_path(request.recipe or name))


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
) -> tuple[list[GmmFit], list[Refusal]]:
    """Return the fits, and why a recipe could not be carried out where it could not."""
    asked, impossible = equations(inputs, recipes, windows)
    fits, refused = fitted(inputs, asked)
    return fits, [*impossible, *refused]


def fitted(inputs: Inputs, asked: Mapping[Place, Equation]) -> tuple[list[GmmFit], list[Refusal]]:
    """Return the fits of equations, and why one could not be fitted."""
    fits: list[GmmFit] = []
    refused = []
    for place, equation in asked.items():
        try:
            window, reading = Window(place.window), inputs.break_.reading
            fits.append(fit_equation(equation, table=place.table, window=window, reading=reading))
        except SpecificationError as error:
            refused.append(Refusal(place, error))
    return fits, refused


def equations(
    inputs: Inputs, recipes: tuple[RecipeSpec, ...], windows: tuple[Window, ...]
) -> tuple[dict[Place, Equation], list[Refusal]]:
    """Return every equation, and why there is none where rows, units and instruments are too few; nothing is fitted."""
    asked, refused = {}, []
    for table in (label for label in inputs.study.spec.tables if label.table in inputs.tables):
        design = build_design(inputs.panel, inputs.study.spec.terms, inputs.break_, outcome=table.outcome)
        history = history_of(inputs.panel, design)
        for recipe in recipes:
            for window in windows:
                place = Place(recipe.name, table.table, str(window))
                try:
                    asked[place] = window_equation(recipe, history, design, window)
                    refuse_by_count(recipe, asked[place].stacked())
                except SpecificationError as error:
                    asked.pop(place, None)
                    refused.append(Refusal(place, error))
    return asked, refused


def _place(fit: GmmFit) -> Place:
    return Place(fit.recipe.name, fit.table, str(fit.window))
