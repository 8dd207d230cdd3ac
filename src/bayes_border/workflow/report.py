"""How is the report written anew from fits that are already there?"""

from __future__ import annotations

from bayes_border.workflow.inputs import load_inputs
from bayes_border.workflow.outputs import output_folder, read_sampled
from bayes_border.workflow.reanalyse import finish
from bayes_border.workflow.request import Request
from bayes_border.workflow.result import Result


def run(request: Request) -> Result:
    """Write report and tables from the draws that `reanalyse` left."""
    inputs = load_inputs(request)
    return finish(inputs, request, read_sampled(inputs, output_folder(inputs, request) / "draws"))
