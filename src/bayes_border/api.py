"""What can a script or a notebook ask, with names or with specifications?"""

from __future__ import annotations

from concurrent.futures import Executor
from pathlib import Path

import pandas as pd
import xarray as xr

from bayes_border.bayes.posterior import Posterior
from bayes_border.checks.check import Check
from bayes_border.checks.convergence import convergence, require_converged
from bayes_border.checks.placebo import Placebo
from bayes_border.checks.predictive import predictive_checks
from bayes_border.design import Design, build_design
from bayes_border.errors import UsageError
from bayes_border.gmm.fit import GmmFit
from bayes_border.panel.panel import Panel
from bayes_border.simulate.nulls import NullPanels
from bayes_border.spec.breaks import Break
from bayes_border.spec.model import ModelSpec
from bayes_border.spec.reader import load_model, load_recipe, recipe_path
from bayes_border.spec.recipe import RecipeSpec
from bayes_border.spec.sampling import SBC_SETTINGS, SamplerSettings
from bayes_border.study import Study, load_study
from bayes_border.vocabulary import DEFAULT_SEED, DEFAULT_STUDY, Null, TruthSource, Window
from bayes_border.workflow.analysis import set_beside
from bayes_border.workflow.calibrate import Calibrated, calibrate, generator_of
from bayes_border.workflow.gmm import equations, fitted, refusal
from bayes_border.workflow.inputs import Inputs, every_table, find_table, read_break
from bayes_border.workflow.placebo import linear_placebo
from bayes_border.workflow.replication import replicate
from bayes_border.workflow.request import Request
from bayes_border.workflow.sizes import OF_CALIBRATION, OF_RECIPE
from bayes_border.workflow.truths import joined_chains, parameters_of, require_fit_of

__all__ = ["check", "compare", "design", "fit", "gmm", "load_study", "placebo", "posterior_predictive", "sbc"]


def design(
    panel: Panel | str | Path,
    *,
    study: Study | str | None = None,
    table: str | None = None,
    break_: str | Break | None = None,
) -> Design:
    """Return the rows of equation (3) that explain one published table's outcome.

    Parameters
    ----------
    panel
        What was observed: a panel, the name of one of the study's, or the path of a file.
    study
        The paper, or its study's name or file; the default is the study that ships with the project.
    table
        Published table whose outcome is explained; the default is the study's first.
    break_
        Reading of the break: `count`, `label`, `split`, a year, or a `Break`; the default is the study's.

    Raises
    ------
    UsageError
        If the study has no such table or panel, or the reading is unknown.
    DataError
        If the file is no usable panel, or a regressor does not vary.
    """
    study = _study(study)
    chosen = find_table(study, table)
    return build_design(_panel(panel, study), study.spec.terms, read_break(study, break_), outcome=chosen.outcome)


def fit(  # noqa: PLR0913 -- of what, of which study, and two ways of running it
    model: str | ModelSpec,
    panel: Panel | Design | str | Path,
    *,
    study: Study | str | None = None,
    table: str | None = None,
    break_: str | Break | None = None,
    settings: SamplerSettings | None = None,
    seed: int = DEFAULT_SEED,
) -> Posterior:
    """Sample a model, given by name, path or specification; `check` the fit before believing it.

    Parameters
    ----------
    model
        Name in `models/`, path of a TOML file, or a specification.
    panel
        As in `design`, or a design made by hand.
    study, table, break_
        As in `design`; of a design made by hand only `table` matters, by default the first of its outcome.
    settings, seed
        How the sampler runs.

    Raises
    ------
    SpecificationError
        If the model cannot be read.
    UsageError, DataError
        As `design` raises them.
    """
    # The sampler takes seconds to import: a script that fits nothing does not wait for it.
    from bayes_border.bayes.fit import fit as sample  # noqa: PLC0415

    spec = load_model(model) if isinstance(model, str) else model
    made = panel if isinstance(panel, Design) else design(panel, study=study, table=table, break_=break_)
    named = table or _table_of(_study(study), made)
    return sample(spec, made, table=named, settings=settings, seed=seed)


def posterior_predictive(posterior: Posterior) -> xr.Dataset:
    """Return replicated outcomes `dg`, dims `(chain, draw, row)`, drawn from the reduced form.

    Raises
    ------
    UsageError
        If the model is no density of the outcome, so that nothing can be drawn from it.
    """
    if "posterior_predictive" not in posterior.tree.children:
        message = f"model {posterior.spec.name!r} is no density of the outcome: nothing can be drawn from it"
        raise UsageError(message)
    return posterior.tree["posterior_predictive"].to_dataset()


def check(posterior: Posterior) -> tuple[Check, ...]:
    """Return the convergence gate's finding and, where the model can replicate a panel, the predictive checks."""
    replicates = "posterior_predictive" in posterior.tree.children
    return (convergence(posterior), *(predictive_checks(posterior) if replicates else ()))


def gmm(
    recipe: str | RecipeSpec,
    panel: Panel | str | Path,
    *,
    study: Study | str | None = None,
    table: str | None = None,
    break_: str | Break | None = None,
) -> tuple[GmmFit, ...]:
    """Return what a recipe finds in each window, `full`, `pre` and `post`.

    Parameters
    ----------
    recipe
        Name in `models/gmm/`, path of a TOML file, or a specification.
    panel, study, table, break_
        As in `design`.

    Raises
    ------
    SpecificationError
        If the recipe cannot be read, or cannot be carried out in a window.
    UsageError, DataError
        As `design` raises them.
    """
    study = _study(study)
    chosen = find_table(study, table)
    spec = load_recipe(recipe) if isinstance(recipe, str) else recipe
    inputs = Inputs(study, _panel(panel, study), read_break(study, break_), (chosen.table,))
    asked, refused = equations(inputs, (spec,), tuple(Window))
    if not refused:
        fits, refused = fitted(inputs, asked)
    if refused:
        raise refusal(str(recipe_path(recipe)) if isinstance(recipe, str) else spec.name, refused)
    return tuple(fits)


def placebo(  # noqa: PLR0913 -- one keyword each for what is drawn, how often and from which fit
    recipe: str | RecipeSpec,
    panel: Panel | str | Path,
    *,
    null: str | Null,
    simulations: int = OF_RECIPE,
    seed: int = DEFAULT_SEED,
    draws: Posterior | None = None,
) -> Placebo:
    """Return what a recipe finds on panels drawn without interactions, the regressors being the real ones.

    Parameters
    ----------
    recipe
        Name in `models/gmm/`, path of a TOML file, or a specification.
    panel
        As in `design`; the default study says what is made of it.
    null
        A name of `vocabulary.Null`; `simulate.nulls.NullPanels` says what each keeps and breaks.
    simulations, seed
        How many panels are drawn, and from which stream.
    draws
        A fit of a model without interactions, which the null `fitted` draws from.

    Raises
    ------
    SpecificationError
        If the recipe cannot be read, or can be carried out in no window.
    UsageError
        If the null is unknown, or needs a fit and has none, or no panel is asked for.
    """
    spec = load_recipe(recipe) if isinstance(recipe, str) else recipe
    if null not in set(Null):
        message = f"null {str(null)!r} is unknown; use one of {', '.join(Null)}"
        raise UsageError(message)
    parameters = None if draws is None else joined_chains(draws.tree["posterior"].to_dataset())
    study = _study(None)
    observed = _panel(panel, study)
    rows = design(observed)
    drawn = NullPanels(Null(null), rows, seed, parameters)
    return linear_placebo(spec, observed, drawn, _table_of(study, rows), simulations=simulations)


def sbc(  # noqa: PLR0913 -- of what, how often, on what, kept where
    model: str | ModelSpec,
    panel: Panel | Design | str | Path,
    *,
    study: Study | str | None = None,
    table: str | None = None,
    break_: str | Break | None = None,
    simulations: int | None = None,
    executor: Executor | None = None,
    path: Path | str | None = None,
    generator: str | ModelSpec | None = None,
    around: Posterior | None = None,
    allow_unconverged: bool = False,
    settings: SamplerSettings | None = None,
    seed: int = DEFAULT_SEED,
) -> Calibrated:
    """Calibrate a model by simulation: does its inference find truths that are drawn from its own prior?

    Parameters
    ----------
    model, panel, study, table, break_
        As in `fit`.
    simulations
        How many panels are simulated and fitted; the default is `workflow.sizes.OF_CALIBRATION`.
    executor
        Any `concurrent.futures.Executor`, of a Dask cluster `Client(...).get_executor(pure=False)`; the default is
        threads, one more than cores.
    path
        Zarr store of the run; the same call goes on from what it holds. None keeps nothing.
    generator
        The model that truths and panels are drawn from; the default is the one fitted in `around`, without it
        `model` itself or, if that is no density of the outcome, its coherent counterpart.
    around
        A fit of the generator to these rows: truths are draws of its posterior, and what is fitted sees the
        panel and a simulated copy. Its smallest effective size must be ten times the simulations: `fit` takes
        `settings=SamplerSettings(draws=...)`.
    allow_unconverged
        Take a fit in `around` that did not pass the convergence gate.
    settings, seed
        How each fit runs; the default is `spec.sampling.SBC_SETTINGS`.

    Raises
    ------
    UsageError
        If the generator has no density that a panel could be drawn from, or `around` is a fit of another model or
        of other rows, or has too few effective draws for so many simulations.
    GateError
        If the fit in `around` has not converged and is not allowed in.
    DataError
        If the store is another run's, damaged, or cannot be written.
    """
    # The sampler takes seconds to import: a script that fits nothing does not wait for it.
    from bayes_border.checks.sbc import SbcRun  # noqa: PLC0415

    study, spec = _study(study), load_model(model) if isinstance(model, str) else model
    rows = panel if isinstance(panel, Design) else design(panel, study=study, table=table, break_=break_)
    source = around.spec if around is not None and generator is None else generator_of(spec, generator, study.spec)
    if around is not None:
        require_fit_of(around, source, rows)
        require_converged([around], allow_unconverged=allow_unconverged)
    task = SbcRun(
        spec,
        rows,
        seed,
        sampler=settings or SBC_SETTINGS,
        generator=source,
        around=None if around is None else parameters_of(around),
        table=table or _table_of(study, rows),
    )
    usual = OF_CALIBRATION[TruthSource.PRIOR if around is None else TruthSource.POSTERIOR]
    wanted = usual if simulations is None else simulations
    return calibrate(task, wanted, executor=executor, path=None if path is None else Path(path))


def compare(
    study: Study | str, *fits: Posterior, panel: Panel | str | Path | None = None, allow_unconverged: bool = False
) -> pd.DataFrame:
    """Return one row a printed cell: the print beside fits, the study's recipes and placebos, with a verdict.

    Parameters
    ----------
    study
        The paper, or its study's name or file.
    fits
        Fits to rows of one panel, under one reading of the break.
    panel
        The panel that was fitted, as in `design`; the default is the study's.
    allow_unconverged
        Take fits that did not pass the convergence gate; every row that uses one says so.

    Raises
    ------
    UsageError
        If a fit is to another panel, or fits differ in their reading of the break.
    GateError
        If a fit has not converged and is not allowed in.
    """
    study = _study(study)
    rows = study.panel() if panel is None else _panel(panel, study)
    other = next((fit for fit in fits if fit.design.panel_digest != rows.digest), None)
    if other is not None:
        message = (
            f"{other.spec.name} was fitted to panel {other.design.panel_name!r}, not to {rows.name!r}; give `panel`"
        )
        raise UsageError(message)
    readings = {fit.design.break_ for fit in fits} or {read_break(study, None)}
    if len(readings) > 1:
        message = f"fits differ in their reading of the break: {', '.join(sorted(x.reading for x in readings))}"
        raise UsageError(message)
    inputs = every_table(study, rows, readings.pop())
    replicated = replicate(inputs, Request(study=study.name))
    return set_beside(inputs, replicated, fits, allow_unconverged=allow_unconverged).to_frame()


def _study(given: Study | str | None) -> Study:
    if given is None or isinstance(given, str):
        return load_study(given or DEFAULT_STUDY)
    return given


def _panel(given: object, study: Study) -> Panel:
    if isinstance(given, str | Path):
        return study.panel(given)
    if not isinstance(given, Panel):
        message = f"the panel is a {type(given).__name__}; give a Panel, the name of one, or the path of a file"
        raise UsageError(message)
    return given


def _table_of(study: Study, rows: Design) -> str:
    return next((table.table for table in study.spec.tables if table.outcome == rows.outcome), "")
