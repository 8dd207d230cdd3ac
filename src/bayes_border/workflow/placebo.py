"""What do the recipes, or a model of ours, find on panels whose truth we know?"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pandas as pd
import xarray as xr

from bayes_border.checks.estimator import LinearEstimator, ManyEstimator
from bayes_border.checks.placebo import MIDDLE, Placebo, PlaceboRun
from bayes_border.checks.power import Power, PowerRun
from bayes_border.checks.resolution import COARSE, FINE, Resolution, ResolutionRun
from bayes_border.checks.simulations import Simulations
from bayes_border.compare.noise import place_in
from bayes_border.criteria import INTERVAL_LEVEL, POWER_WANTED
from bayes_border.design import Design
from bayes_border.errors import DataError, SpecificationError, UsageError
from bayes_border.panel.panel import Panel
from bayes_border.published import load_published
from bayes_border.report.numbers import number, percent
from bayes_border.simulate.nulls import NullPanels
from bayes_border.spec.reader import load_model
from bayes_border.spec.recipe import RecipeSpec
from bayes_border.store.place import require_folder
from bayes_border.vocabulary import Null, Window
from bayes_border.workflow import sizes
from bayes_border.workflow.executors import open_executor
from bayes_border.workflow.gmm import load_recipes
from bayes_border.workflow.inputs import Inputs, load_inputs
from bayes_border.workflow.loop import run_loop
from bayes_border.workflow.provenance import of_request
from bayes_border.workflow.request import Request
from bayes_border.workflow.result import Result, Row, Section
from bayes_border.workflow.truths import Truths

_PLACEBO = (
    "recipe", "null", "table", "window", "term", "n", "mean", *MIDDLE, "share_excluding_zero", "printed",
    "printed_percentile",
)  # fmt: skip
_POWER = ("recipe", "table", "window", "term", "n", "coverage", "power", "sign_error", "exaggeration")
_RESOLUTION = (
    "recipe", "null", "table", "window", "term", "sign", "n", "size", "resolution", "resolution_adjusted", "largest",
)  # fmt: skip

_LEVEL, _ERROR = percent(INTERVAL_LEVEL, 0), number(1 - INTERVAL_LEVEL, 1)
_READING = (
    "`n` is the number of panels: a common shift of a window of T years has T - 1 and no more.",
    f"`share_excluding_zero` is the share of {_LEVEL} intervals without zero: {_ERROR} if they held their level.",
    "`printed_percentile` is the share of placebo estimates at or below the printed one.",
)
_POWER_READING = (
    f"Truths are draws from our own posterior. `coverage` is the share of {_LEVEL} intervals that hold them.",
    "`power` is the share of intervals that leave out zero, `sign_error` the share of those with the wrong sign.",
)
_RESOLUTION_READING = (
    f"`resolution`, a standard deviation of the regressor, is the smallest effect with power {POWER_WANTED:g}.",
    f"`size` is the share of intervals that leave out zero without any effect: {_ERROR} is exact.",
    "`resolution_adjusted` uses critical values under which that share is exact.",
)
_COARSE_READING = (
    f"A model is a fit an effect, so it is asked about fewer: {len(COARSE.sizes) - 1} sizes, where a recipe has "
    f"{len(FINE.sizes) - 1}, positive ones only, main effects up to {COARSE.largest_main:g} standard deviations of the "
    f"outcome. Between two sizes power is taken as a straight line."
)


@dataclass(frozen=True)
class Asked:
    """What a request asks to be simulated, for whom, and on what it runs."""

    request: Request
    inputs: Inputs
    executor: Executor
    #: The stores of what has run.
    kept: list[Path] = field(default_factory=list)

    @cached_property
    def estimators(self) -> Mapping[str, tuple[ManyEstimator, ...]]:
        """Return by table the recipes, or the model that is named."""
        return {table: self._estimators(self.inputs.design(table)) for table in self.inputs.tables}

    @cached_property
    def truths(self) -> Truths:
        """Return the draws that panels are made from."""
        return Truths(self.inputs, self.request)

    def panels(self, null: Null, table: str) -> NullPanels:
        """Return a null's panels for a table; one that is drawn from a fit gets it."""
        model = self.inputs.study.spec.null_model
        draws = self.truths.draws(model, table) if null is Null.FITTED else None
        return NullPanels(null, self.inputs.design(table), self.request.seed, draws)

    def run(self, task: Simulations, default: int, *names: str) -> xr.Dataset:
        """Run a loop and keep it under the output folder, where one is given."""
        path = None if self.request.output is None else self.request.output / f"{'_'.join(names)}.zarr"
        simulations = self.request.simulations or default
        found = run_loop(task, simulations, executor=self.executor, path=path, progress=self.request.progress)
        if path is not None:
            self.kept.append(path)
        return found

    def require_possible(self) -> None:
        """Raise SpecificationError, with the arithmetic, where no recipe can be carried out in any window."""
        linear = [one for one in itertools.chain(*self.estimators.values()) if isinstance(one, LinearEstimator)]
        if linear and not any(one.groups for one in linear):
            raise SpecificationError("placebo", [fault for one in linear for fault in one.faults])

    def _estimators(self, design: Design) -> tuple[ManyEstimator, ...]:
        if self.request.model is None:
            return tuple(LinearEstimator(recipe, self.inputs.panel, design) for recipe in load_recipes(self.request))
        # The sampler takes seconds to import: recipes do not wait for it.
        from bayes_border.checks.own_placebo import ModelEstimator  # noqa: PLC0415
        from bayes_border.workflow.fit import settings  # noqa: PLC0415

        spec = load_model(self.request.model)
        return (ModelEstimator(spec, design, settings(self.request.sampling), self.request.seed),)


def run(request: Request) -> Result:
    """Calibrate what a request asks for under nulls or, where it says so, where there are effects.

    Raises
    ------
    SpecificationError
        If no recipe can be carried out in any window.
    DataError
        If the panel does not allow the null that is named, or the output is another run's store.
    UsageError
        If the request names a recipe and a model, or a scheduler that cannot be used.
    """
    if request.model and request.recipe:
        message = "--recipe and --model cannot be combined: name one"
        raise UsageError(message)
    if request.output is not None:
        require_folder(request.output)
    inputs = load_inputs(request)
    with open_executor(request.workers, request.scheduler) as executor:
        asked = Asked(request, inputs, executor)
        asked.require_possible()
        wanted = {_power: request.power, _resolution: request.resolution}
        sections = [section(asked) for section, yes in wanted.items() if yes] or [_placebo(asked)]
    return Result(
        f"Panels simulated on the regressors of panel {inputs.panel.name}, break {inputs.break_.reading}",
        tuple(section for section, _ in sections),
        of_request(request, inputs.panel, inputs.break_.reading).meta(),
        notes=(*inputs.remarks, *_refusals(asked), *(note for _, notes in sections for note in notes)),
        files=tuple(asked.kept),
    )


def linear_placebo(recipe: RecipeSpec, panel: Panel, drawn: NullPanels, table: str, *, simulations: int) -> Placebo:
    """Return a recipe's estimates on panels drawn under a null, every window, on threads and in memory.

    Parameters
    ----------
    recipe, panel
        What is estimated, and the panel whose levels may be its instruments.
    drawn
        The panels.
    table
        Published table whose outcome it is about.
    simulations
        How many panels are drawn.

    Raises
    ------
    SpecificationError
        If the recipe can be carried out in no window.
    DataError
        If the rows do not allow the null.
    UsageError
        If the null needs posterior draws and has none that serve, or no panel is asked for.
    """
    estimator = LinearEstimator(recipe, panel, drawn.design)
    if not estimator.groups:
        raise SpecificationError(recipe.name, estimator.faults)
    with open_executor() as executor:
        return Placebo(run_loop(PlaceboRun(estimator, drawn, table), simulations, executor=executor))


def _placebo(asked: Asked) -> tuple[Section, tuple[str, ...]]:
    rows: list[Row] = []
    refused: dict[str, None] = {}
    request = asked.request
    nulls = asked.inputs.study.spec.nulls if request.null is None else (Null(request.null),)
    for table, estimators in asked.estimators.items():
        for null, estimator in itertools.product(nulls, estimators):
            task = PlaceboRun(estimator, asked.panels(null, table), table)
            try:
                task.require_possible()
            except DataError as error:
                if request.null is not None:
                    raise
                refused[f"Not drawn, {null}. {error}"] = None
                continue
            data = asked.run(task, _panels(request), "placebo", table, estimator.name, null)
            rows += place_print(Placebo(data), asked.inputs, table)
    return Section("placebo", "Estimates on panels without interactions", tuple(rows), _PLACEBO), (*refused, *_READING)


def _power(asked: Asked) -> tuple[Section, tuple[str, ...]]:
    spec, rows = asked.inputs.study.spec, []
    for table, estimators in asked.estimators.items():
        truths = tuple(asked.truths.draws(model, table) for model in (spec.flagship, spec.full_window))
        for estimator in estimators:
            task = PowerRun(estimator, truths, asked.request.seed, table)
            data = asked.run(task, _panels(asked.request), "power", table, estimator.name)
            rows += _records(Power(data).summary())
    title = "Estimates on panels drawn from our own posterior"
    return Section("power", title, tuple(rows), _POWER), _POWER_READING


def _resolution(asked: Asked) -> tuple[Section, tuple[str, ...]]:
    null, rows = Null(asked.request.null or Null.WHITE_NOISE), []
    of_model = asked.request.model is not None
    grid = COARSE if of_model else FINE
    for table, estimators in asked.estimators.items():
        for estimator in estimators:
            task = ResolutionRun(estimator, asked.panels(null, table), table, grid)
            usual = sizes.MODEL_RESOLUTION if of_model else sizes.RESOLUTION
            data = asked.run(task, usual, "resolution", table, estimator.name, null)
            rows += _records(Resolution(data, task.labelled_effects()).summary())
    title = f"Smallest effects that can be told from zero, other things as under {null.replace('_', ' ')}"
    notes = (*_RESOLUTION_READING, *([_COARSE_READING] if of_model else []))
    return Section("resolution", title, tuple(rows), _RESOLUTION), notes


def _panels(request: Request) -> int:
    return sizes.OF_RECIPE if request.model is None else sizes.OF_MODEL


def _refusals(asked: Asked) -> tuple[str, ...]:
    linear = [one for each in asked.estimators.values() for one in each if isinstance(one, LinearEstimator)]
    found = [f"Not estimated, {one.name}. {error.summary}" for one in linear for error in one.refused]
    return tuple(dict.fromkeys(found))


def _records(frame: pd.DataFrame) -> list[Row]:
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def place_print(found: Placebo, inputs: Inputs, table: str) -> list[dict[str, object]]:
    """Return the summary of a placebo distribution with the printed estimate's place in it."""
    published = load_published(inputs.study.spec.published)
    rows = []
    for row in found.summary().to_dict("records"):
        window, term = Window(row["window"]), str(row["term"])
        cell = published.estimates().at(table=table, window=window, term=term)
        printed = None if cell is None else cell.value
        place = None if printed is None else place_in(found.data, window=window, term=term, value=printed)
        percentile = None if place is None else place.percentile
        rows.append({**{str(k): v for k, v in row.items()}, "printed": printed, "printed_percentile": percentile})
    return rows
