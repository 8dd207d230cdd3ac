"""How do the printed estimates stand beside new ones?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import xarray as xr

from bayes_border.bayes.posterior import Posterior
from bayes_border.checks.convergence import require_converged
from bayes_border.compare.comparison import Comparison
from bayes_border.criteria import INTERVAL_LEVEL
from bayes_border.design import Design
from bayes_border.errors import DataError, Fault
from bayes_border.estimates import Estimates
from bayes_border.spec.digest import model_digest
from bayes_border.spec.model import ModelSpec
from bayes_border.spec.reader import load_model
from bayes_border.spec.study import Role
from bayes_border.store.draws import read_tree
from bayes_border.store.estimates import read_estimates
from bayes_border.store.rows import write_csv, write_json
from bayes_border.study import Study
from bayes_border.vocabulary import Engine, Window
from bayes_border.workflow.analysis import analyse, sample_models, set_beside
from bayes_border.workflow.fit import IDENTIFICATION
from bayes_border.workflow.inputs import Inputs, load_inputs
from bayes_border.workflow.provenance import of_request
from bayes_border.workflow.replication import replicate
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
        {**meta, "unconverged": found.unconverged, "left_out": dict(inputs.left_out)},
        columns=tuple(name for name in _COLUMNS if name in rows[0]),
        notes=(
            *inputs.remarks,
            f"Verdicts: {tally}. Each speaks of this panel, none of the paper as such.",
            IDENTIFICATION,
        ),
    )
    return result if request.output is None else replace(result, files=write_comparison(result, request.output))


def compare_study(request: Request, inputs: Inputs) -> Comparison:
    """Return the comparison that a reanalysis of the study reports, placebos included."""
    return analyse(inputs, request, sample_models(inputs, request)).comparison


def compare_files(request: Request, inputs: Inputs) -> Comparison:
    """Return the comparison of a study's print with the estimates and draws that a request names.

    The study's recipes and placebos stand beside them: without these a verdict would leave out its tests.

    Raises
    ------
    GateError
        If a fit has not converged and the request does not allow that.
    """
    allowed = request.sampling.allow_unconverged
    fits = () if request.draws is None else (read_fit(request.draws, inputs),)
    require_converged(fits, allow_unconverged=allowed)
    others = Estimates(()) if request.estimates is None else read_estimates(request.estimates)
    require_printed(others, inputs, str(request.estimates))
    names = [fit.spec.name for fit in fits] + [x.recipe for x in others if x.engine is Engine.BAYES]
    beside = replace(inputs, study=with_parts(inputs.study, dict.fromkeys(names)))
    return set_beside(beside, replicate(inputs, request), fits, others=others, allow_unconverged=allowed)


def require_printed(estimates: Estimates, inputs: Inputs, source: str) -> None:
    """Refuse estimates that could stand beside no printed cell, or that are no estimates.

    Raises
    ------
    DataError
        Naming the row and what is wrong with it: nothing is dropped in silence.
    """
    published = inputs.study.published()
    cells = {cell.key for cell in published.cells}
    faults = []
    for number, x in enumerate(estimates, start=1):
        place = f"row {number}"
        if x.engine is Engine.PUBLISHED:
            faults.append(Fault(f"{place}, engine", "found published", "give new estimates: the print is known"))
        elif (x.table, x.window, x.term) not in cells:
            found = f"found {x.table}, {x.window}, {x.term}, which the paper does not print"
            known = f"use tables {', '.join(published.tables)} and terms {', '.join(published.terms)}"
            faults.append(Fault(place, found, known))
        if not np.isfinite([x.value, x.se, x.lower, x.upper]).all() or x.se < 0 or x.lower > x.upper or x.n_obs < 0:
            found = f"value {x.value:g}, se {x.se:g}, lower {x.lower:g}, upper {x.upper:g}, n_obs {x.n_obs}"
            faults.append(Fault(place, found, "give finite numbers with se >= 0, lower <= upper, n_obs >= 0"))
        if not np.isclose(x.level, INTERVAL_LEVEL):
            found = f"found {x.level:g}"
            faults.append(Fault(f"{place}, level", found, f"give intervals at {INTERVAL_LEVEL:g}, which verdicts use"))
    if faults:
        raise DataError(source, faults)


def with_parts(study: Study, names: Iterable[str]) -> Study:
    """Return the study with a part for each model that has none: the first stranger plays the first part."""
    roles = study.spec.roles
    playing = {role.at(window) for role in roles for window in Window}
    strangers = [name for name in names if name not in playing]
    if not strangers:
        return study
    first, *rest = strangers
    parts = [replace(roles[0], model=first, full=first), *roles[1:]]
    parts += [Role(name=name, model=name, full=name) for name in rest]
    models = dict.fromkeys((*study.spec.models, *strangers))
    return replace(study, spec=replace(study.spec, roles=tuple(parts), models=tuple(models)))


def read_fit(path: Path, inputs: Inputs) -> Posterior:
    """Return a fit from its draws: this program's, or another one's under the same names.

    Raises
    ------
    DataError
        If the file holds no fit of these rows, or the model of that name has changed since.
    """
    tree = read_tree(path)
    if tree.attrs.get("creation_library") != "bayes_border":
        return foreign_fit(path, tree, inputs)
    name, outcome = str(tree.attrs["model"]), tree.attrs["outcome"]
    table = next((t.table for t in inputs.study.spec.tables if t.outcome == outcome), inputs.tables[0])
    design = inputs.design(table)
    shipped = name in inputs.study.spec.models
    spec = load_model(name) if shipped else stand_in(name, inputs)
    current = {"design_digest": design.digest, **({"model_digest": model_digest(spec)} if shipped else {})}
    faults = [
        Fault(f"attribute {key}", f"is {tree.attrs[key]}, now {digest}", "fit again: model, panel or break differ")
        for key, digest in current.items()
        if tree.attrs[key] != digest
    ]
    if faults:
        raise DataError(str(path), faults)
    return Posterior(spec, design, tree, table)


def foreign_fit(path: Path, tree: xr.DataTree, inputs: Inputs) -> Posterior:
    """Return another program's draws as a fit; attributes `model` and `table` name it, else file and first table.

    Raises
    ------
    DataError
        Naming each group, variable, dimension or label that is missing.
    """
    table = str(tree.attrs.get("table", inputs.tables[0]))
    design = inputs.design(table)
    faults = [
        Fault(f"group {group}", "is missing", f"give {what}")
        for group, what in _GROUPS.items()
        if group not in tree.children
    ]
    for group in {"posterior", "prior"} & set(tree.children):
        faults += _unlabelled(group, tree[group].to_dataset(), design)
    if faults:
        raise DataError(str(path), faults)
    return Posterior(stand_in(str(tree.attrs.get("model", path.stem)), inputs), design, tree, table)


_GROUPS = {
    "posterior": "draws `beta` and perhaps `gamma`, dims chain, draw, regime, regressor, in the paper's units",
    "prior": "prior draws of the same variables: no probability is shown without its prior value",
    "sample_stats": "at least `diverging` and `energy`: the convergence gate needs them",
}


def _unlabelled(group: str, draws: xr.Dataset, design: Design) -> list[Fault]:
    if "beta" not in draws:
        return [Fault(f"{group}/beta", "is missing", "give the coefficients of the regressors under this name")]
    known = {"regime": [str(window) for window in Window], "regressor": list(design.terms)}
    return [
        Fault(f"{group}/{name}, {dim}", f"found {_labels(draws[name], dim)}", f"label it with {', '.join(labels)}")
        for name in ("beta", "gamma")
        if name in draws
        for dim, labels in known.items()
        if not set(_labels(draws[name], dim)) <= set(labels) or not _labels(draws[name], dim)
    ]


def _labels(values: xr.DataArray, dim: str) -> list[str]:
    return [str(label) for label in values[dim].values] if dim in values.coords else []


def stand_in(name: str, inputs: Inputs) -> ModelSpec:
    """Return a specification that only names a model of which nothing but draws is known."""
    return replace(load_model(inputs.study.spec.flagship), name=name)


def write_comparison(result: Result, folder: Path) -> tuple[Path, ...]:
    """Write the comparison as CSV and JSON, and return the paths."""
    content = {"rows": result.rows(), "meta": result.meta}
    return write_csv(folder / "comparison.csv", result.rows()), write_json(folder / "comparison.json", content)
