"""What are all the results that a reanalysis sets side by side?"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from bayes_border.bayes.posterior import Posterior
from bayes_border.checks.barrier import smallest_m, without_each
from bayes_border.checks.check import Check
from bayes_border.checks.convergence import convergence, require_converged
from bayes_border.checks.coverage import Coverage
from bayes_border.checks.placebo import Placebo, placebo
from bayes_border.checks.predictive import predictive_checks
from bayes_border.compare.audit import Audit, audit
from bayes_border.compare.comparison import Comparison, compare
from bayes_border.compare.draws import collect_draws
from bayes_border.compare.posterior_claims import PosteriorJudgement, judge_on_posteriors
from bayes_border.estimates import Estimates
from bayes_border.gmm.fit import GmmFit
from bayes_border.spec.breaks import READINGS
from bayes_border.spec.reader import load_model, load_recipe
from bayes_border.store.calibrations import (
    Calibration,
    Stored,
    calibration_digest,
    calibration_path,
    placebo_name,
    read_calibration,
)
from bayes_border.vocabulary import Engine, Null, Window
from bayes_border.workflow.fit import fit_models
from bayes_border.workflow.gmm import estimate
from bayes_border.workflow.inputs import Inputs, read_break
from bayes_border.workflow.placebo import DEFAULT_SIMULATIONS
from bayes_border.workflow.request import Request
from bayes_border.workflow.truths import joined_chains


@dataclass(frozen=True)
class Sampled:
    """What takes a sampler: the fits, and `barrier`, the rows nearest to incoherence with the answer without each."""

    fits: tuple[Posterior, ...]
    barrier: pd.DataFrame


@dataclass(frozen=True, slots=True)
class Replicated:
    """What the recipes find, what they and the coherent models find on panels that have no interactions.

    `own_placebos` are the stored ones of the coherent models, stale ones marked.
    """

    recipes: tuple[GmmFit, ...]
    placebos: tuple[Placebo, ...]
    own_placebos: tuple[Stored, ...]

    @property
    def estimates(self) -> Estimates:
        """Return the recipes' estimates, every reading of the break."""
        return Estimates(tuple(row for fit in self.recipes for row in fit.estimates()))


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """Everything that was computed, nothing of it formatted.

    `placebos` are the linear recipes', `own_placebos` the stored ones of the coherent models;
    `barrier` names the rows nearest to incoherence with the answer without each. `refused` are fits that
    did not pass the convergence gate: no number of theirs is shown.
    """

    fits: tuple[Posterior, ...]
    refused: tuple[Posterior, ...]
    recipes: tuple[GmmFit, ...]
    placebos: tuple[Placebo, ...]
    own_placebos: tuple[Stored, ...]
    calibration: Stored | None
    audit: Audit
    comparison: Comparison
    claims: tuple[PosteriorJudgement, ...]
    checks: tuple[Check, ...]
    barrier: pd.DataFrame

    @property
    def gmm(self) -> Estimates:
        """Return the recipes' estimates, every reading of the break."""
        return Estimates(tuple(row for fit in self.recipes for row in fit.estimates()))

    def by_table(self) -> Mapping[str, Mapping[str, Posterior]]:
        """Return the fits by table and model."""
        found: dict[str, dict[str, Posterior]] = defaultdict(dict)
        for fit in self.fits:
            found[fit.table][fit.spec.name] = fit
        return found


def sample_models(inputs: Inputs, request: Request) -> Sampled:
    """Return the study's fits and, for the flagship, the answer without each row nearest to incoherence.

    Raises
    ------
    GateError
        If the flagship, or its counterpart for the full window, has not converged on the study's first
        table and the request does not allow that.
    """
    fits = fit_models(request, inputs)
    essential = [fit for fit in fits if _essential(fit, inputs)]
    require_converged(essential, allow_unconverged=request.sampling.allow_unconverged)
    return Sampled(fits, _barrier(flagship_of(fits, inputs), request))


def flagship_of(fits: tuple[Posterior, ...], inputs: Inputs) -> Posterior:
    """Return the flagship's fit to the study's first table."""
    wanted = (inputs.study.spec.flagship, inputs.tables[0])
    return next(fit for fit in fits if (fit.spec.name, fit.table) == wanted)


def analyse(inputs: Inputs, request: Request, sampled: Sampled) -> Analysis:
    """Set everything that a study asks for beside its fits."""
    published = inputs.study.published()
    replicated = replicate(inputs, request, sampled.fits)
    allowed = request.sampling.allow_unconverged
    fits = tuple(fit for fit in sampled.fits if allowed or fit.convergence.passed)
    refused = tuple(fit for fit in sampled.fits if not (allowed or fit.convergence.passed))
    flagship = flagship_of(fits, inputs)
    return Analysis(
        fits=fits,
        refused=refused,
        recipes=replicated.recipes,
        placebos=replicated.placebos,
        own_placebos=replicated.own_placebos,
        calibration=stored_coverage(inputs),
        audit=audit(published, flagship.design),
        comparison=set_beside(inputs, replicated, fits, refused=refused, allow_unconverged=allowed),
        claims=judge_on_posteriors(published, collect_draws(fits), inputs.study.spec.roles[0].at),
        checks=(*map(convergence, sampled.fits), *predictive_checks(flagship)),
        barrier=sampled.barrier,
    )


def replicate(inputs: Inputs, request: Request, fits: Sequence[Posterior] = ()) -> Replicated:
    """Return what the study's recipes find, in the panel and on panels that have no interactions.

    The null that is drawn from a fit is left out where the fits lack it.
    """
    return Replicated(estimate_readings(inputs), linear_placebos(inputs, request, fits), own_placebos(inputs))


def set_beside(  # noqa: PLR0913 -- one keyword a kind of counterpart
    inputs: Inputs,
    replicated: Replicated,
    fits: Sequence[Posterior],
    *,
    refused: Sequence[Posterior] = (),
    others: Estimates | None = None,
    allow_unconverged: bool = False,
) -> Comparison:
    """Return the study's print beside fits, recipes, placebos and `others`, estimates that come without draws.

    Raises
    ------
    GateError
        If a fit has not converged and is not allowed in.
    """
    given = others or Estimates(())
    own = (stored.data for stored in replicated.own_placebos if not stored.stale)
    return compare(
        inputs.study.published(),
        roles=inputs.study.spec.roles,
        bayes=[*(fit.estimates() for fit in fits), Estimates(tuple(x for x in given if x.engine is Engine.BAYES))],
        gmm=replicated.estimates + Estimates(tuple(x for x in given if x.engine is Engine.GMM)),
        draws=collect_draws(fits),
        placebo=[*(found.data for found in replicated.placebos), *own],
        designs={table: inputs.design(table) for table in inputs.tables},
        missing={
            (fit.spec.name, fit.table): f"{fit.spec.name} was refused: {'; '.join(fit.convergence.faults)}"
            for fit in refused
        },
        allow_unconverged=allow_unconverged,
    )


def _essential(fit: Posterior, inputs: Inputs) -> bool:
    spec = inputs.study.spec
    return fit.table == inputs.tables[0] and fit.spec.name in {spec.flagship, spec.full_window}


def estimate_readings(inputs: Inputs) -> tuple[GmmFit, ...]:
    """Return every recipe under every named reading of the break; models are fitted under one.

    Where a recipe is impossible there is no fit.
    """
    recipes = tuple(load_recipe(name) for name in inputs.study.spec.recipes)
    readings = dict.fromkeys((inputs.break_.reading, *READINGS))
    found: list[GmmFit] = []
    for reading in readings:
        here = Inputs(inputs.study, inputs.panel, read_break(inputs.study, reading), inputs.tables)
        fits, _ = estimate(here, recipes, tuple(Window))
        found += fits
    return tuple(found)


def linear_placebos(inputs: Inputs, request: Request, fits: Sequence[Posterior]) -> tuple[Placebo, ...]:
    """Return what each recipe finds under each null, for every table's outcome; `fitted` draws from the fits."""
    spec = inputs.study.spec
    own = {fit.table: fit.tree["posterior"].to_dataset() for fit in fits if fit.spec.name == spec.null_model}
    draws = {table: joined_chains(posterior) for table, posterior in own.items()}
    every = itertools.product(inputs.tables, spec.recipes, spec.nulls)
    asked = [(table, name, null) for table, name, null in every if null is not Null.FITTED or table in draws]
    found = []
    for done, (table, name, null) in enumerate(asked):
        request.progress("placebo", done, len(asked))
        found.append(
            placebo(
                load_recipe(name),
                inputs.panel,
                inputs.design(table),
                null,
                simulations=request.simulations or DEFAULT_SIMULATIONS,
                seed=request.seed,
                table=table,
                parameters=draws.get(table) if null is Null.FITTED else None,
            )
        )
    request.progress("placebo", len(asked), len(asked))
    return tuple(found)


def own_placebos(inputs: Inputs) -> tuple[Stored, ...]:
    """Return the stored placebos of the coherent models, every table's, stale ones marked."""
    spec = inputs.study.spec
    found = []
    for table, null, name in itertools.product(inputs.tables, spec.nulls, (spec.flagship, spec.full_window)):
        path = calibration_path(Calibration.PLACEBO, placebo_name(table, name, null))
        found.append(read_calibration(path, calibration_digest(load_model(name), inputs.design(table))))
    return tuple(stored for stored in found if stored is not None)


def stored_coverage(inputs: Inputs) -> Stored | None:
    """Return the stored coverage of the flagship's intervals."""
    flagship, design = load_model(inputs.study.spec.flagship), inputs.design(inputs.tables[0])
    path = calibration_path(Calibration.COVERAGE, flagship.name)
    return read_calibration(path, calibration_digest(flagship, design))


def coverage_of(stored: Stored) -> Coverage:
    """Return a stored coverage as what it was when it was computed."""
    return Coverage(str(stored.data.attrs["model"]), stored.data["ranks"], stored.data["converged"])


def own_placebo_table(stored: tuple[Stored, ...]) -> pd.DataFrame:
    """Return the summaries of stored placebos, one row a null, window and term."""
    return pd.concat([Placebo(one.data).summary() for one in stored], ignore_index=True)


def _barrier(flagship: Posterior, request: Request) -> pd.DataFrame:
    rows = smallest_m(flagship)
    request.progress("leaving rows out", 0, 1)
    found = without_each(flagship, rows, seed=request.seed)
    request.progress("leaving rows out", 1, 1)
    return found
