"""What is known of a printed cell from every source, and which model speaks for it?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import xarray as xr

from bayes_border import criteria
from bayes_border.compare.draws import DrawKey, Draws
from bayes_border.compare.effects import Effect, point_effect
from bayes_border.compare.intervals import design_analysis, interval, sceptical_prior_sd
from bayes_border.compare.noise import PlaceboPlace, placebo_places
from bayes_border.compare.row import ComparisonRow
from bayes_border.compare.summary import PosteriorSummary, summarise
from bayes_border.compare.verdict import Evidence, Nearest, decide
from bayes_border.design import Design
from bayes_border.estimates import Estimate, Estimates
from bayes_border.published import Cell, Published
from bayes_border.vocabulary import Null, Window, interaction

COHERENT = "coherent"


@dataclass(frozen=True, slots=True)
class Roles:
    """Which model plays which part in the comparison.

    `coherent` is the flagship and `full` its counterpart in the full window, where a model with a break
    has no coefficient; `others` stand beside them under their own role, role and model named. `null` is the
    placebo that the verdict uses.
    """

    coherent: str = "coherent_break"
    full: str = "no_break"
    others: tuple[tuple[str, str], ...] = (
        ("unpooled", "coherent_break_unpooled"),
        ("as_estimated", "as_estimated"),
        ("as_printed", "as_printed"),
        ("coherent_skedastic", "coherent_skedastic"),
    )
    null: str = Null.WHITE_NOISE

    def model(self, role: str, window: Window) -> str:
        """Return the model that plays a role in a window."""
        if role == COHERENT:
            return self.full if window is Window.FULL else self.coherent
        return dict(self.others)[role]

    @property
    def names(self) -> tuple[str, ...]:
        """Return every role, the coherent one first."""
        return (COHERENT, *(role for role, _ in self.others))


@dataclass(frozen=True, kw_only=True)
class Sources:
    """Everything that rows are made from; see `compare`."""

    published: Published
    bayes: Estimates
    gmm: Estimates
    draws: Mapping[DrawKey, Draws]
    placebo: tuple[xr.Dataset, ...]
    designs: Mapping[str, Design]
    roles: Roles
    missing: Mapping[str, str]


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
        placebo=next((place for place in places if place.null == sources.roles.null), None),
        coherent=coherent,
        rope=_rope(cell.term, sources.published),
        missing=_why_missing(cell, sources),
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
    for role in sources.roles.names:
        estimate = _of(sources.bayes, sources.roles.model(role, cell.window), cell)
        if estimate is not None:
            found[role] = summarise(estimate, cell, sources.draws)
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
    model = sources.roles.model(COHERENT, cell.window)
    return sources.missing.get(cell.table, f"Model {model} was not fitted to this table, window and term")


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
    cell, roles = evidence.cell, sources.roles
    notes = [
        f"{role.replace('_', ' ')}: {roles.model(role, cell.window)} has no estimate of this cell"
        for role in roles.names
        if role not in posteriors
    ]
    printed = sources.published.n_obs(cell.table, cell.window)
    counted = _panel_count(cell, sources.designs.get(cell.table), evidence.coherent)
    if counted is not None and counted != printed:
        notes.append(f"the paper prints {printed} observations, this panel has {counted}")
    if evidence.nearest is None:
        notes.append("no GMM recipe was run on this cell: reproduction and noise were not tested")
    elif evidence.placebo is None:
        notes.append(f"no {roles.null} placebo of {evidence.nearest.estimate.recipe}: noise was not tested")
    return tuple(notes)
