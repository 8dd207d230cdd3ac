"""What does the whole reanalysis find, from the print to the comparison?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from bayes_border.store.rows import write_csv, write_json
from bayes_border.workflow import audit, data, gmm, placebo
from bayes_border.workflow.inputs import load_inputs
from bayes_border.workflow.provenance import of_request
from bayes_border.workflow.request import Request
from bayes_border.workflow.result import Result, single

#: The steps, in the order in which a reader needs them.
STEPS: Mapping[str, Callable[[Request], Result]] = {
    "audit": audit.run,
    "data": data.run,
    "gmm": gmm.run,
    "placebo": placebo.run,
}


def run(request: Request) -> Result:
    """Run every step and write its rows below `reports/<study>/tables/`."""
    inputs = load_inputs(request)
    folder = request.output or Path("reports") / inputs.study.name
    rows, files = [], []
    for done, (name, step) in enumerate(STEPS.items()):
        request.progress("reanalysis", done, len(STEPS))
        found = step(request)
        files += write_tables(found, folder / "tables" / name)
        rows.append({"step": name, "rows": len(found.rows()), "title": found.title})
    request.progress("reanalysis", len(STEPS), len(STEPS))
    meta = of_request(request, inputs.panel, inputs.break_.reading).meta()
    return replace(single(f"Reanalysis: {inputs.study.spec.title}", rows, meta), files=tuple(files))


def write_tables(found: Result, stem: Path) -> tuple[Path, ...]:
    """Write a result as CSV and JSON, and return the paths."""
    content = {"rows": found.rows(), "meta": {"title": found.title, **found.meta, "notes": found.notes}}
    return write_csv(stem.with_suffix(".csv"), found.rows()), write_json(stem.with_suffix(".json"), content)
