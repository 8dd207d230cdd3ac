"""Which flat rows does a recipe's fit give beside its estimates?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from bayes_border.criteria import INTERVAL_LEVEL
from bayes_border.errors import SpecificationError
from bayes_border.gmm.fit import GmmFit
from bayes_border.gmm.inference.influence import ClusterInfluence, cluster_influence
from bayes_border.gmm.inference.weak_sets import WeakSet, weak_sets
from bayes_border.gmm.specification import specification_tests
from bayes_border.workflow.request import Progress
from bayes_border.workflow.result import Row

_ACCOUNT = ("se", "df", "p_value", "lower", "upper")


def place_of(fit: GmmFit) -> dict[str, object]:
    """Return what a row about a fit begins with."""
    return {"recipe": fit.recipe.name, "table": fit.table, "window": str(fit.window), "break": fit.reading}


def error_rows(fit: GmmFit) -> Sequence[Row]:
    """Return one row a coefficient and account of the errors; the account that estimates show stands first."""
    own = [
        {**place_of(fit), "term": x.term, "errors": x.extra["se_kind"], "se": x.se, "df": x.extra["df_resid"]}
        | {"p_value": x.extra["p_value"], "lower": x.lower, "upper": x.upper, "level": x.level, "says": ""}
        for x in fit.estimates()
    ]
    return own + [
        {
            **place_of(fit),
            "term": term,
            "errors": kind,
            **{name: _number(fit.accounts[name].sel(errors=kind, term=term)) for name in _ACCOUNT},
            "level": INTERVAL_LEVEL,
            "says": _said(fit, kind, term),
        }
        for term in _terms(fit)
        for kind in (str(name) for name in fit.accounts["errors"].values)
    ]


def test_rows(fit: GmmFit) -> Sequence[Row]:
    """Return one row a specification test."""
    return [{**place_of(fit), **test.row()} for test in specification_tests(fit)]


def set_rows(fits: Sequence[GmmFit], progress: Progress) -> Sequence[Row]:
    """Return one row a coefficient of every fit that has instruments: its Anderson-Rubin set, clustered by period.

    Fits of one equation with the same instruments share their sets, which are computed once.
    """
    instrumented = [fit for fit in fits if fit.n_instruments is not None]
    found: dict[int, tuple[WeakSet, ...]] = {}
    rows: list[Row] = []
    for done, fit in enumerate(instrumented):
        progress("Anderson-Rubin sets", done, len(instrumented))
        key = hash(tuple(part.tobytes() for part in (fit.stacked.y, fit.stacked.X, fit.stacked.Z)))
        if key not in found:
            found[key] = weak_sets(fit.stacked, _terms(fit))
        rows += [{**place_of(fit), **_set_row(one)} for one in found[key]]
    progress("Anderson-Rubin sets", len(instrumented), len(instrumented))
    return rows


def influence_rows(fit: GmmFit) -> Sequence[Row]:
    """Return one row a coefficient: which unit moves it most when left out, and which holds most of its regressor.

    `without_...` are the estimates without each unit; `effective_clusters` is the number of equal clusters that
    the coefficient rests on, errors being alike within a cluster, or independent there.
    """
    try:
        found = cluster_influence(fit.linear)
    except SpecificationError as refused:
        return [{**place_of(fit), "term": term, "says": refused.summary} for term in _terms(fit)]
    names = [fit.unit_names[label] for label in found.labels]
    return [_influence_row(fit, found, names, place) for place in range(len(_terms(fit)))]


def _influence_row(fit: GmmFit, found: ClusterInfluence, names: Sequence[str], place: int) -> Row:
    estimate = list(fit.estimates())[place]
    without, held = found.without[:, place], found.partial_leverage[:, place]
    moves = np.abs(without - estimate.value)
    row: dict[str, object] = {**place_of(fit), "term": estimate.term, "value": estimate.value}
    if np.isfinite(moves).any():
        most = int(np.nanargmax(moves))
        row |= {"left_out": names[most], "without": float(without[most]), "moved_se": float(moves[most] / estimate.se)}
    return row | {
        "held_by": names[int(held.argmax())],
        "share_held": float(held.max()),
        "effective_clusters": _finite(found.effective_correlated[place]),
        "effective_clusters_independent": _finite(found.effective_independent[place]),
        **{f"without_{name}": _finite(value) for name, value in zip(names, without, strict=True)},
        "says": found.reasons[place] or _alone(names, without),
    }


def _alone(names: Sequence[str], without: np.ndarray) -> str:
    needed = [name for name, value in zip(names, without, strict=True) if not np.isfinite(value)]
    return f"without {', '.join(needed)} the others do not determine every coefficient" if needed else ""


def _set_row(one: WeakSet) -> Mapping[str, object]:
    found = one.found
    if found is None:
        return {"term": one.term, "lower": None, "upper": None, "level": INTERVAL_LEVEL, "set": None, "says": one.says}
    return {
        "term": one.term,
        "lower": found.confidence.lower,
        "upper": found.confidence.upper,
        "level": found.confidence.level,
        "set": str(found.confidence.shape),
        "null": found.null,
        "statistic": found.statistic,
        "df": found.df[0],
        "df_resid": found.df[1],
        "p_value": found.p_value,
        "n_moments": found.n_moments,
        "n_clusters": found.n_clusters,
        "says": one.says,
    }


def _terms(fit: GmmFit) -> list[str]:
    return [str(name) for name in fit.params["term"].values]


def _said(fit: GmmFit, kind: str, term: str) -> str:
    reason, note = fit.accounts["reason"].sel(errors=kind, term=term), fit.accounts["note"].sel(errors=kind)
    return str(reason.item() or note.item())


def _number(value: xr.DataArray) -> float | None:
    return _finite(float(value))


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
