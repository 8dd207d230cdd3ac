"""Does a model's inference find truths that are drawn from its own prior, or from its posterior?"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Final

from bayes_border import criteria
from bayes_border.checks.sbc import AROUND_POSTERIOR, SbcRun
from bayes_border.errors import ExitCode, UsageError
from bayes_border.spec.digest import model_digest
from bayes_border.spec.reader import load_model
from bayes_border.spec.sampling import SBC_SETTINGS, SamplerSettings
from bayes_border.store.open_run import require_settings
from bayes_border.store.place import require_place
from bayes_border.vocabulary import TruthSource
from bayes_border.workflow.calibrate import calibrate, generator_of
from bayes_border.workflow.executors import open_executor
from bayes_border.workflow.fit import settings
from bayes_border.workflow.inputs import Inputs, load_inputs
from bayes_border.workflow.provenance import of_request
from bayes_border.workflow.request import Request, Sampling
from bayes_border.workflow.result import Result, Section
from bayes_border.workflow.sizes import OF_CALIBRATION
from bayes_border.workflow.truths import Truths

#: Draws behind one effective draw of a generator's slowest quantity, with a margin: a pool of truths is made so long.
_DRAWS_PER_EFFECTIVE: Final = 8

_COLUMNS = (
    "quantity", "n", "p_value", "p_adjusted", "coverage", "lower_band", "upper_band", "mean_z", "contraction", "passed",
)  # fmt: skip


def run(request: Request) -> Result:
    """Calibrate a model by simulation; the exit code says whether it passed.

    Raises
    ------
    UsageError
        If the generator is no density of the outcome, a scheduler is named that cannot be used, or a folder of fits
        without truths from a posterior.
    DataError
        If the store is another run's, damaged or cannot be written.
    GateError
        If truths are to come from a posterior that has not converged.
    """
    inputs = load_inputs(request)
    if request.output is not None:
        require_place(request.output)
    with open_executor(request.workers, request.scheduler) as executor:
        task = sbc_run(request, inputs)
        found = calibrate(
            task,
            _simulations(request),
            executor=executor,
            path=request.output,
            progress=request.progress,
        )
    digests = {"model": model_digest(task.spec), "generator": model_digest(task.source), "design": task.design.digest}
    about = of_request(request, inputs.panel, inputs.break_.reading, **digests).meta()
    verdict = found.verdict
    return Result(
        _title(task),
        (Section("sbc", "Quantities", tuple(map(asdict, verdict.quantities)), _COLUMNS),),
        {**about, "model": task.spec.name, "run": task.settings(), "passed": verdict.passed},
        notes=(*inputs.remarks, verdict.summary, *_pool(task), *_not_judged(task)),
        files=() if request.output is None else (request.output,),
        code=ExitCode.DONE if verdict.passed else ExitCode.CALIBRATION,
    )


def sbc_run(request: Request, inputs: Inputs) -> SbcRun:
    """Return the run that a request asks for; around a posterior, its generator is fitted for it.

    Raises
    ------
    UsageError, DataError, GateError
        As `run` raises them, what needs no fit before there is one.
    """
    if request.fits is not None and not request.posterior:
        message = "--fits names fits that truths come from, and truths come from the prior: add --posterior"
        raise UsageError(message)
    spec, table = load_model(request.model or inputs.study.spec.flagship), inputs.tables[0]
    source = generator_of(spec, request.generator, inputs.study.spec)
    task = SbcRun(
        spec,
        inputs.design(table),
        request.seed,
        sampler=settings(request.sampling, SBC_SETTINGS),
        generator=source,
        table=table,
    )
    if not request.posterior:
        return task
    if request.output is not None:
        # Of the draws to come nothing is known yet; of the rest, what would be refused after minutes of sampling.
        require_settings(request.output, {**task.settings(), "check": AROUND_POSTERIOR}, but=("draws_digest",))
    # What was said about sampling is for the many fits; the one that truths come from must pass the gate.
    said = Sampling(allow_unconverged=request.sampling.allow_unconverged)
    truths = Truths(inputs, replace(request, sampling=said), _pool_settings(_simulations(request)))
    return replace(task, around=truths.chains(source, table))


def _simulations(request: Request) -> int:
    return request.simulations or OF_CALIBRATION[TruthSource.POSTERIOR if request.posterior else TruthSource.PRIOR]


def _pool_settings(simulations: int) -> SamplerSettings:
    """Return how a generator is fitted whose draws are the truths of so many simulations."""
    usual = SamplerSettings()
    wanted = criteria.POOL_SIZE_PER_SIMULATION * simulations * _DRAWS_PER_EFFECTIVE
    return replace(usual, draws=max(usual.draws, math.ceil(wanted / usual.chains)))


def _pool(task: SbcRun) -> Iterator[str]:
    """Yield how many truths there were to draw from, where they come from a posterior."""
    if task.around is not None:
        effective, slowest = task.pool_size
        draws = task.around.sizes["chain"] * task.around.sizes["draw"]
        yield f"Truths from {draws} draws, worth {effective:.0f} independent ones of {slowest}, the slowest quantity."


def _not_judged(task: SbcRun) -> Iterator[str]:
    """Yield which quantities only one of generator and fitted model has: families, and how many of each."""
    for labels, lacking in ((task.only_simulated, task.spec.name), (task.only_fitted, f"generator {task.source.name}")):
        families = Counter(label.split("[")[0] for label in labels)
        if families:
            named = ", ".join(name if count == 1 else f"{name} ({count})" for name, count in families.items())
            yield f"Not judged, since {lacking} lacks them: {named}."


def _title(task: SbcRun) -> str:
    truths = "the prior" if task.around is None else "the posterior"
    return (
        f"Simulation-based calibration of {task.spec.name}: truths from {truths} of {task.source.name}, "
        f"panel {task.design.panel_name}, break {task.design.break_.reading}"
    )
