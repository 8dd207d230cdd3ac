"""Do the printed tables and claims hold together?"""

from __future__ import annotations

from bayes_border.compare.audit import audit
from bayes_border.published import load_published
from bayes_border.workflow.inputs import load_inputs
from bayes_border.workflow.provenance import of_request
from bayes_border.workflow.request import Request
from bayes_border.workflow.result import Result, single


def run(request: Request) -> Result:
    """Audit a study's printed figures, and its equation on the panel's rows."""
    inputs = load_inputs(request)
    published = load_published(inputs.study.spec.published)
    found = audit(published, inputs.design(inputs.tables[0]))
    meta = of_request(request, inputs.panel, inputs.break_.reading, published=found.published_digest).meta()
    return single(
        f"Audit of the print: {len(found)} findings, gravest first",
        found.to_rows(),
        {**meta, "evidence": found.evidence_rows()},
        columns=("grade", "id", "detail"),
        notes=("An audit compares print with print; it says nothing of how a difference came about.",),
    )
