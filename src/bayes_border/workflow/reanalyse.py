"""What does the whole reanalysis find, from the print to the comparison?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bayes_border.spec.reader import load_model, load_recipe
from bayes_border.workflow.analysis import Sampled, analyse
from bayes_border.workflow.inputs import Inputs, load_inputs
from bayes_border.workflow.memory import give_large_arrays_back
from bayes_border.workflow.outputs import output_folder, sample_into, write_outputs
from bayes_border.workflow.provenance import of_request
from bayes_border.workflow.request import Request
from bayes_border.workflow.result import Result, single


def run(request: Request) -> Result:
    """Sample every model, set it beside print, recipes and placebos, and write report and tables."""
    give_large_arrays_back()
    inputs = load_inputs(request)
    require_readable(inputs)
    folder = output_folder(inputs, request)
    sampled, written = sample_into(folder / "draws", inputs, request)
    return finish(inputs, request, sampled, written)


def require_readable(inputs: Inputs) -> None:
    """Read everything that the analysis will need, so that a fault is found before minutes of sampling.

    Raises
    ------
    SpecificationError, DataError
        Naming the file and what is wrong with it.
    """
    inputs.study.published()
    spec = inputs.study.spec
    for names, load in ((spec.models, load_model), (spec.recipes, load_recipe)):
        for name in names:
            load(name)


def finish(inputs: Inputs, request: Request, sampled: Sampled, written: tuple[Path, ...] = ()) -> Result:
    """Analyse what was sampled, write everything that is shown, and return the comparison."""
    analysis = analyse(inputs, request, sampled)
    files = write_outputs(analysis, inputs, request)
    tally = ", ".join(f"{verdict} {count}" for verdict, count in analysis.comparison.tally().items() if count)
    refused = [f"{fit.spec.name} ({fit.table}): {'; '.join(fit.convergence.faults)}" for fit in analysis.refused]
    found = single(
        f"Reanalysis: {inputs.study.spec.title}",
        [{"file": str(path)} for path in files],
        of_request(request, inputs.panel, inputs.break_.reading).meta(),
        notes=(
            *inputs.remarks,
            f"Verdicts: {tally}. Each speaks of this panel, none of the paper as such.",
            *(f"Not shown, the convergence gate refuses it: {words}." for words in refused),
        ),
    )
    return replace(found, files=(*written, *files))
