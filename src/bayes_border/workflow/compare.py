"""How do the printed estimates stand beside new ones?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bayes_border.bayes.posterior import Posterior
from bayes_border.checks.convergence import require_converged
from bayes_border.compare.comparison import Comparison, compare
from bayes_border.compare.draws import collect_draws
from bayes_border.errors import DataError, Fault
from bayes_border.estimates import Estimates
from bayes_border.spec.digest import model_digest
from bayes_border.spec.reader import load_model
from bayes_border.store.draws import read_tree
from bayes_border.store.estimates import read_estimates
from bayes_border.store.rows import write_csv, write_json
from bayes_border.vocabulary import Engine
from bayes_border.workflow.analysis import analyse, sample_models
from bayes_border.workflow.inputs import Inputs, load_inputs
from bayes_border.workflow.provenance import of_request
from bayes_border.workflow.request import Request
from bayes_border.workflow.result import Result, single

_COLUMNS = (
    "table", "window", "term", "printed", "printed_se", "recipe", "recipe_value", "coherent_mean", "coherent_lower",
    "coherent_upper", "coherent_contraction", "verdict",
)  # fmt: skip


def run(request: Request) -> Result:
    """Compare the print with the files a request names, or with all that the study's own reanalysis finds."""
    inputs = load_inputs(request)
    given = request.estimates is not None or request.draws is not None
    found = compare_files(request, inputs) if given else compare_study(request, inputs)
    rows = found.to_rows()
    meta = of_request(request, inputs.panel, inputs.break_.reading, published=found.published_digest).meta()
    tally = ", ".join(f"{verdict} {count}" for verdict, count in found.tally().items() if count)
    result = single(
        f"{len(rows)} printed estimates and their counterparts on panel {inputs.panel.name}",
        rows,
        {**meta, "unconverged": found.unconverged},
        columns=tuple(name for name in _COLUMNS if name in rows[0]),
        notes=(f"Verdicts: {tally}. Each speaks of this reconstructed panel, none of the paper as such.",),
    )
    return result if request.output is None else replace(result, files=write_comparison(result, request.output))


def compare_study(request: Request, inputs: Inputs) -> Comparison:
    """Return the comparison that a reanalysis of the study reports, placebos included."""
    return analyse(inputs, request, sample_models(inputs, request)).comparison


def compare_files(request: Request, inputs: Inputs) -> Comparison:
    """Return the comparison of a study's print with the estimates and draws that a request names.

    Raises
    ------
    GateError
        If a fit has not converged and the request does not allow that.
    """
    allowed = request.sampling.allow_unconverged
    estimates = Estimates(()) if request.estimates is None else read_estimates(request.estimates)
    fits = () if request.draws is None else (read_fit(request.draws, inputs),)
    require_converged(fits, allow_unconverged=allowed)
    by_engine = {engine: Estimates(tuple(e for e in estimates if e.engine is engine)) for engine in Engine}
    return compare(
        inputs.study.published(),
        roles=inputs.study.spec.roles,
        bayes=[*(fit.estimates() for fit in fits), by_engine[Engine.BAYES]],
        gmm=by_engine[Engine.GMM],
        draws=collect_draws(fits),
        designs={fit.table: fit.design for fit in fits},
        allow_unconverged=allowed,
    )


def read_fit(path: Path, inputs: Inputs) -> Posterior:
    """Return an earlier fit from its draws, refused where model or rows have changed since.

    Raises
    ------
    DataError
        If the file holds no fit of the study's model to these rows.
    """
    tree = read_tree(path)
    faults = [
        Fault(f"attribute {name}", "is missing", "give draws that `bayes-border fit --output` wrote")
        for name in ("model", "model_digest", "design_digest", "outcome")
        if name not in tree.attrs
    ]
    if faults:
        raise DataError(str(path), faults)
    spec = load_model(str(tree.attrs["model"]))
    table = next((t.table for t in inputs.study.spec.tables if t.outcome == tree.attrs["outcome"]), inputs.tables[0])
    design = inputs.design(table)
    current = {"model_digest": model_digest(spec), "design_digest": design.digest}
    faults = [
        Fault(f"attribute {name}", f"is {tree.attrs[name]}, now {digest}", "fit again: model, panel or break differ")
        for name, digest in current.items()
        if tree.attrs[name] != digest
    ]
    if faults:
        raise DataError(str(path), faults)
    return Posterior(spec, design, tree, table)


def write_comparison(result: Result, folder: Path) -> tuple[Path, ...]:
    """Write the comparison as CSV and JSON, and return the paths."""
    content = {"rows": result.rows(), "meta": result.meta}
    return write_csv(folder / "comparison.csv", result.rows()), write_json(folder / "comparison.json", content)
