"""Would a fitted model have produced a panel like the one observed?"""

from __future__ import annotations

from dataclasses import replace

from bayes_border.checks.check import CheckStatus
from bayes_border.checks.predictive import predictive_checks
from bayes_border.store.draws import write_tree
from bayes_border.workflow.fit import meta, notes, sample
from bayes_border.workflow.request import Request
from bayes_border.workflow.result import Result, single

_PREFIX = "posterior predictive: "


def run(request: Request) -> Result:
    """Sample a model and set statistics of the observed panel beside those of replicated ones."""
    posterior, inputs = sample(request)
    checks = predictive_checks(posterior)
    rows = [
        {"check": check.name.removeprefix(_PREFIX), "status": str(check.status)}
        | {str(name): value for name, value in row.items()}
        for check in checks
        for row in check.table.to_dict("records")
    ]
    failed = [check for check in checks if check.status is CheckStatus.FAILED]
    remarks = [f"{check.name} failed ({check.observed}; asked {check.criterion}). {check.meaning}" for check in failed]
    return replace(
        single(
            f"Posterior predictive checks of {posterior.spec.name}, {posterior.table}, break {inputs.break_.reading}",
            rows,
            meta(request, inputs, posterior),
            notes=(*remarks, *notes(posterior)),
        ),
        files=() if request.output is None else (write_tree(request.output, posterior.tree),),
    )
