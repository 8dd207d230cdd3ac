"""What do the recipes find: in the panel, on panels whose truth is known, and how near do they come to print?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass, field, replace
from functools import cached_property

import pandas as pd
import xarray as xr

from bayes_border.bayes.posterior import Posterior
from bayes_border.checks.estimator import LinearEstimator
from bayes_border.checks.nearest import READINGS_OF_A_RATIO, Candidate, NearestSearch, nearest, read_as
from bayes_border.checks.placebo import Placebo, PlaceboRun
from bayes_border.checks.power import Power, PowerRun
from bayes_border.checks.resolution import Resolution, ResolutionRun
from bayes_border.checks.simulations import Simulations
from bayes_border.compare.counterparts import VERDICT_NULL
from bayes_border.design import Design, build_design
from bayes_border.estimates import Estimates
from bayes_border.gmm.fit import GmmFit
from bayes_border.panel.panel import Panel
from bayes_border.simulate.nulls import NullPanels
from bayes_border.spec.breaks import READINGS
from bayes_border.spec.reader import load_recipe
from bayes_border.spec.study import Outcomes
from bayes_border.store.calibrations import Stored
from bayes_border.vocabulary import Null, Outcome, Window
from bayes_border.workflow import sizes
from bayes_border.workflow.executors import AtOnce, open_executor
from bayes_border.workflow.gmm import estimate
from bayes_border.workflow.inputs import Inputs, find_table, read_break
from bayes_border.workflow.loop import run_loop
from bayes_border.workflow.own_models import own_placebos, own_power, own_resolution
from bayes_border.workflow.request import Request
from bayes_border.workflow.truths import joined_chains


@dataclass(frozen=True)
class Replicated:
    """What the recipes find, and what they and the coherent models find on panels whose truth is known.

    Parameters
    ----------
    recipes
        Fits under every reading of the break.
    placebos, own_placebos
        Of the recipes; the stored ones of the coherent models, stale ones marked.
    power, resolution
        One row a recipe, window and term, see `checks.power` and `checks.resolution`; the main table's.
    own_power, own_resolution
        The same of the coherent models, as stored, stale ones marked.
    searches
        By table, how near the recipes come to print.
    """

    recipes: tuple[GmmFit, ...]
    placebos: tuple[Placebo, ...]
    own_placebos: tuple[Stored, ...]
    power: pd.DataFrame = field(default_factory=pd.DataFrame)
    resolution: pd.DataFrame = field(default_factory=pd.DataFrame)
    own_power: tuple[Stored, ...] = ()
    own_resolution: tuple[Stored, ...] = ()
    searches: Mapping[str, NearestSearch] = field(default_factory=dict)

    @cached_property
    def estimates(self) -> Estimates:
        """Return the recipes' estimates, every reading of the break."""
        return Estimates(tuple(row for fit in self.recipes for row in fit.estimates()))


def replicate(inputs: Inputs, request: Request) -> Replicated:
    """Return what a comparison needs of the recipes: their estimates, and the null that verdicts rest on."""
    recipes = estimate_readings(inputs)
    return Replicated(recipes, linear_placebos(inputs, request, nulls=(VERDICT_NULL,)), own_placebos(inputs))


def replicate_fully(inputs: Inputs, request: Request, fits: Sequence[Posterior]) -> Replicated:
    """Return everything that the recipes are asked in a reanalysis.

    What is drawn from a fit is left out where the fits lack it.
    """
    return Replicated(
        estimate_readings(inputs),
        linear_placebos(inputs, request, fits),
        own_placebos(inputs),
        power(inputs, request, fits),
        resolution(inputs, request),
        own_power(inputs),
        own_resolution(inputs),
        {table: search(inputs, request, table) for table in inputs.tables},
    )


def run_all[T](
    stage: str, request: Request, loops: Sequence[tuple[Simulations, int]], read: Callable[[xr.Dataset], T]
) -> list[T]:
    """Return what is read off each loop's results; each loop has a thread to itself.

    Many loops have a single batch: one after the other they would leave all cores but one idle.
    """

    def run(loop: Simulations, usual: int) -> T:
        return read(run_loop(loop, request.simulations or usual, executor=AtOnce()))

    with open_executor() as executor:
        running = [executor.submit(run, *each) for each in loops]
        request.progress(stage, 0, len(loops))
        for done, future in enumerate(as_completed(running), 1):
            future.result()  # one that failed ends the others at once
            request.progress(stage, done, len(loops))
    return [future.result() for future in running]


def estimate_readings(inputs: Inputs) -> tuple[GmmFit, ...]:
    """Return every recipe under every named reading of the break; models are fitted under one.

    Where a recipe is impossible there is no fit.
    """
    recipes = tuple(load_recipe(name) for name in inputs.study.spec.recipes)
    readings = dict.fromkeys((inputs.break_.reading, *READINGS))
    found: list[GmmFit] = []
    for reading in readings:
        here = replace(inputs, break_=read_break(inputs.study, reading))
        fits, _ = estimate(here, recipes, tuple(Window))
        found += fits
    return tuple(found)


def linear_placebos(
    inputs: Inputs, request: Request, fits: Sequence[Posterior] = (), *, nulls: tuple[Null, ...] | None = None
) -> tuple[Placebo, ...]:
    """Return what each recipe finds under each null, for every table's outcome; `fitted` draws from the fits."""
    spec = inputs.study.spec
    own = {fit.table: fit.tree["posterior"].to_dataset() for fit in fits if fit.spec.name == spec.null_model}
    draws = {table: joined_chains(posterior) for table, posterior in own.items()}
    loops: list[tuple[Simulations, int]] = []
    for table in inputs.tables:
        estimators = _estimators(inputs, table, spec.recipes)
        for null in spec.nulls if nulls is None else nulls:
            if null is Null.FITTED and table not in draws:
                continue
            parameters = draws[table] if null is Null.FITTED else None
            panels = NullPanels(null, inputs.design(table), request.seed, parameters)
            usual = sizes.OF_RECIPE if null is VERDICT_NULL else sizes.OTHER_NULLS
            loops += [(PlaceboRun(estimator, panels, table), usual) for estimator in estimators]
    return tuple(run_all("placebo", request, loops, Placebo))


def power(inputs: Inputs, request: Request, fits: Sequence[Posterior]) -> pd.DataFrame:
    """Return how each recipe's intervals do on panels drawn from the coherent posterior of the main table."""
    spec, table = inputs.study.spec, inputs.tables[0]
    wanted = [fit for fit in fits if fit.table == table and fit.spec.name in {spec.flagship, spec.full_window}]
    truths = tuple(joined_chains(fit.tree["posterior"].to_dataset()) for fit in wanted)
    if not truths:
        return pd.DataFrame()
    estimators = _estimators(inputs, table, spec.recipes)
    loops = [(PowerRun(estimator, truths, request.seed, table), sizes.POWER) for estimator in estimators]
    found = run_all("power", request, loops, lambda data: Power(data).summary())
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()


def resolution(inputs: Inputs, request: Request) -> pd.DataFrame:
    """Return the smallest effects that the recipes shown can tell from zero, other things as in white noise."""
    table = inputs.tables[0]
    panels = NullPanels(VERDICT_NULL, inputs.design(table), request.seed)
    estimators = _estimators(inputs, table, inputs.study.spec.shown_recipes)
    runs = [ResolutionRun(estimator, panels, table) for estimator in estimators]
    data = run_all("resolution", request, [(run, sizes.QUICK_RESOLUTION) for run in runs], lambda data: data)
    found = [Resolution(each, run.labelled_effects()).summary() for run, each in zip(runs, data, strict=True)]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()


def search(inputs: Inputs, request: Request, table: str) -> NearestSearch:
    """Return how near each recipe, reading of break and outcome, and panel comes to a printed table.

    Of the study's own panels those without gaps take part; a panel of the user's stands alone.
    """
    outcome, panels = find_table(inputs.study, table), _complete_panels(inputs, table)
    recipes = [recipe for recipe in map(load_recipe, inputs.study.spec.recipes) if recipe.linear]
    candidates = [
        Candidate(recipe, read, design, words)
        for panel in panels
        for words, read in _read(panel, outcome)
        for design in [_design(inputs, read, reading, outcome.outcome) for reading in READINGS]
        for recipe in recipes
    ]
    widest = max(panels, key=lambda panel: panel.data.sizes["year"])
    rows = _design(inputs, widest, READINGS[0], outcome.outcome)
    drawn = NullPanels(VERDICT_NULL, rows, request.seed).draw(range(request.simulations or sizes.SEARCH))
    request.progress(f"nearest recipe, {table}", 0, 1)
    with open_executor() as executor:
        found = nearest(candidates, inputs.study.published(), table, drawn, rows, executor=executor)
    request.progress(f"nearest recipe, {table}", 1, 1)
    return found


def _estimators(inputs: Inputs, table: str, names: Sequence[str]) -> list[LinearEstimator]:
    design = inputs.design(table)
    every = [LinearEstimator(load_recipe(name), inputs.panel, design) for name in names]
    return [estimator for estimator in every if estimator.groups]


def _complete_panels(inputs: Inputs, table: str) -> list[Panel]:
    spec = inputs.study.spec
    if inputs.panel.name not in spec.panels:
        return [inputs.panel]
    every = [inputs.study.panel(name) for name in spec.panels]
    outcome = find_table(inputs.study, table).outcome
    complete = [panel for panel in every if _full(_design(inputs, panel, READINGS[0], outcome), panel)]
    return complete or [inputs.panel]


def _full(design: Design, panel: Panel) -> bool:
    """Return whether the regressors have no gap in the panel's rows."""
    return len(design.y) == len(panel.provinces) * (panel.last_row - panel.first_row + 1)


def _design(inputs: Inputs, panel: Panel, reading: str, outcome: Outcome) -> Design:
    return build_design(panel, inputs.study.spec.terms, read_break(inputs.study, reading), outcome=outcome)


def _read(panel: Panel, outcome: Outcomes) -> list[tuple[str, Panel]]:
    """Return the readings of an outcome with the panel read so: several for one in percent of the nation's."""
    if outcome.outcome is not Outcome.RELATIVE_INCOME:
        return [("", panel)]
    return [(words, read_as(panel, outcome.level, words)) for words in READINGS_OF_A_RATIO]
