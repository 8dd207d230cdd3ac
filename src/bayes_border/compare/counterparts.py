"""What is known of a printed cell from every source, and which model speaks for it?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import xarray as xr

from bayes_border import criteria
from bayes_border.compare.draws import DrawKey, Draws
from bayes_border.compare.effects import Effect, point_effect
from bayes_border.compare.intervals import design_analysis, interval, sceptical_prior_sd
from bayes_border.compare.noise import PlaceboPlace, placebo_places
from bayes_border.compare.row import ComparisonRow
from bayes_border.compare.summary import PosteriorSummary, summarise
from bayes_border.compare.verdict import CAVEAT, Evidence, Nearest, decide
from bayes_border.design import Design
from bayes_border.estimates import Estimate, Estimates
from bayes_border.published import Cell, Published
from bayes_border.spec.study import Role
from bayes_border.vocabulary import COHERENT, Null, interaction

#: The null that a verdict rests on; the others stand beside it.
VERDICT_NULL: Final = Null.WHITE_NOISE


@dataclass(frozen=True, kw_only=True)
class Sources:
    """Everything that rows are made from; see `compare`."""

    published: Published
    bayes: Estimates
    gmm: Estimates
    draws: Mapping[DrawKey, Draws]
    placebo: tuple[xr.Dataset, ...]
    designs: Mapping[str, Design]
    roles: tuple[Role, ...]
    missing: Mapping[tuple[str, str], str]
    caveat: str = CAVEAT


def compare_cell(cell: Cell, sources: Sources) -> ComparisonRow:
    """Return the row of one printed cell."""
    value, se = cell.estimate.value, cell.se.value
    design = sources.designs.get(cell.table)
    gmm = _one_reading(sources.gmm, design)
    nearest = _nearest(cell, gmm)
    posteriors = _posteriors(cell, sources)
    coherent = posteriors.get(COHERENT)
    places = () if nearest is None else _places(cell, sources, nearest.estimate.recipe, value)
    evidence = Evidence(
        cell=cell,
        nearest=nearest,
        placebo=next((place for place in places if place.null == VERDICT_NULL), None),
        coherent=coherent,
        rope=_rope(cell.term, sources.published),
        missing=_why_missing(cell, sources),
        caveat=sources.caveat,
    )
    freedom = sources.published.paper.units - 1
    return ComparisonRow(
        cell=cell,
        normal=interval(value, se, level=criteria.INTERVAL_LEVEL),
        few_clusters=interval(value, se, level=criteria.INTERVAL_LEVEL, degrees_of_freedom=freedom),
        n_obs_printed=sources.published.n_obs(cell.table, cell.window),
        n_obs_panel=_panel_count(cell, design, coherent),
        reading=None if design is None else design.break_.reading,
        nearest=nearest,
        recipe_effect=_recipe_effect(cell, design, nearest, gmm),
        printed_effect=_printed_effect(cell, design, sources.published),
        posteriors=posteriors,
        placebo=places,
        own_placebo=() if coherent is None else _places(cell, sources, coherent.model, coherent.mean),
        design_analysis=None
        if coherent is None
        else design_analysis(coherent.mean, se, significance=criteria.SIGNIFICANCE),
        sceptical_prior_sd=sceptical_prior_sd(value, se, significance=criteria.SIGNIFICANCE),
        decision=decide(evidence),
        notes=_notes(evidence, posteriors, sources),
    )


def _one_reading(gmm: Estimates, design: Design | None) -> Estimates:
    # A row holds one reading of the break throughout; recipes may have been run under several.
    if design is None:
        return gmm
    reading = design.break_.reading
    return Estimates(tuple(x for x in gmm if x.extra.get("break", reading) == reading))


def _nearest(cell: Cell, gmm: Estimates) -> Nearest | None:
    same = [x for x in gmm if (x.table, x.window, x.term) == cell.key]
    distances = [Nearest(x, abs(x.value - cell.estimate.value) / cell.se.value) for x in same]
    return min(distances, key=lambda nearest: nearest.distance, default=None)


def _posteriors(cell: Cell, sources: Sources) -> dict[str, PosteriorSummary]:
    found = {}
    for role in sources.roles:
        estimate = _of(sources.bayes, role.at(cell.window), cell)
        if estimate is not None:
            found[role.name] = summarise(estimate, cell, sources.draws)
    return found


def _of(estimates: Estimates, name: str, cell: Cell, term: str = "") -> Estimate | None:
    wanted = (name, cell.table, cell.window, term or cell.term)
    return next((x for x in estimates if (x.recipe, x.table, x.window, x.term) == wanted), None)


def _places(cell: Cell, sources: Sources, recipe: str, value: float) -> tuple[PlaceboPlace, ...]:
    return placebo_places(sources.placebo, cell, recipe=recipe, value=value)


def _rope(term: str, published: Published) -> float:
    interactions = {interaction(name) for name in published.terms}
    return criteria.ROPE_GAMMA if term in interactions else criteria.ROPE_BETA


def _why_missing(cell: Cell, sources: Sources) -> str:
    model = next((role.at(cell.window) for role in sources.roles if role.name == COHERENT), COHERENT)
    return sources.missing.get((model, cell.table), f"Model {model} was not fitted to this table, window and term")


def _panel_count(cell: Cell, design: Design | None, coherent: PosteriorSummary | None) -> int | None:
    if design is not None:
        return design.n_obs(cell.window)
    return None if coherent is None else coherent.n_obs


def _printed_effect(cell: Cell, design: Design | None, published: Published) -> Effect | None:
    if design is None:
        return None

    def coefficient(term: str) -> float | None:
        printed = term in published.terms
        return published.cell(cell.table, cell.window, term).estimate.value if printed else None

    return point_effect(design, cell.window, cell.term, coefficient)


def _recipe_effect(cell: Cell, design: Design | None, nearest: Nearest | None, gmm: Estimates) -> Effect | None:
    if design is None or nearest is None:
        return None

    def coefficient(term: str) -> float | None:
        estimate = _of(gmm, nearest.estimate.recipe, cell, term)
        return None if estimate is None else estimate.value

    return point_effect(design, cell.window, cell.term, coefficient)


def _notes(evidence: Evidence, posteriors: Mapping[str, PosteriorSummary], sources: Sources) -> tuple[str, ...]:
    cell = evidence.cell
    notes = [_absent(role, cell, sources) for role in sources.roles if role.name not in posteriors]
    printed = sources.published.n_obs(cell.table, cell.window)
    counted = _panel_count(cell, sources.designs.get(cell.table), evidence.coherent)
    if counted is not None and counted != printed:
        notes.append(f"the paper prints {printed} observations, this panel has {counted}")
    if evidence.nearest is None:
        notes.append("no GMM recipe was run on this cell: reproduction and noise were not tested")
    elif evidence.placebo is None:
        notes.append(f"no {VERDICT_NULL} placebo of {evidence.nearest.estimate.recipe}: noise was not tested")
    return tuple(notes)


def _absent(role: Role, cell: Cell, sources: Sources) -> str:
    part, model = role.name.replace("_", " "), role.at(cell.window)
    if not model:
        return f"{part}: no such model of this window"
    return f"{part}: {sources.missing.get((model, cell.table), f'{model} has no estimate of this cell')}"
