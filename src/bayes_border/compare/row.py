"""What belongs into one row of the comparison, and where does it come from?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import xarray as xr

from bayes_border import criteria
from bayes_border.compare.draws import DrawKey, Draws
from bayes_border.compare.effects import Effect, point_effect
from bayes_border.compare.intervals import DesignAnalysis, Interval, design_analysis, interval, sceptical_prior_sd
from bayes_border.compare.noise import PlaceboPlace, placebo_places
from bayes_border.compare.summary import PosteriorSummary, summarise
from bayes_border.compare.verdict import Decision, Evidence, Nearest, decide
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


@dataclass(frozen=True, kw_only=True)
class ComparisonRow:
    """One printed cell and its counterparts; None or empty where there is none.

    `placebo`: the printed estimate among those of the nearest recipe under each null. `own_placebo`:
    the coherent posterior's mean among those of its own model. `design_analysis` takes the coherent
    posterior mean as the true effect. `notes`: why something is absent or differs.
    """

    cell: Cell
    normal: Interval
    few_clusters: Interval
    n_obs_printed: int
    n_obs_panel: int | None
    reading: str | None
    nearest: Nearest | None
    recipe_effect: Effect | None
    printed_effect: Effect | None
    posteriors: Mapping[str, PosteriorSummary]
    placebo: tuple[PlaceboPlace, ...]
    own_placebo: tuple[PlaceboPlace, ...]
    design_analysis: DesignAnalysis | None
    sceptical_prior_sd: float | None
    decision: Decision
    notes: tuple[str, ...] = field(default=())

    @property
    def n_obs_matches(self) -> bool | None:
        """Return whether the panel has as many rows as the paper prints."""
        return None if self.n_obs_panel is None else self.n_obs_panel == self.n_obs_printed

    def row(self) -> dict[str, object]:
        """Return the row flat, columns named after what they hold."""
        return {
            **self._printed_columns(),
            **self._recipe_columns(),
            **{k: v for role, posterior in self.posteriors.items() for k, v in posterior.row(role).items()},
            **_placebo_columns("placebo", self.placebo),
            **_placebo_columns("own_placebo", self.own_placebo),
            **self._judgement_columns(),
        }

    def _printed_columns(self) -> dict[str, object]:
        cell, effect = self.cell, self.printed_effect
        return {
            "table": cell.table,
            "window": str(cell.window),
            "term": cell.term,
            "printed": cell.estimate.text,
            "printed_se": cell.se.text,
            "stars": cell.stars,
            "value": cell.estimate.value,
            "se": cell.se.value,
            "level": criteria.INTERVAL_LEVEL,
            "normal_lower": self.normal.lower,
            "normal_upper": self.normal.upper,
            "t_lower": self.few_clusters.lower,
            "t_upper": self.few_clusters.upper,
            "n_obs_printed": self.n_obs_printed,
            "n_obs_panel": self.n_obs_panel,
            "n_obs_matches": self.n_obs_matches,
            "break": self.reading,
            "printed_effect_mean": None if effect is None else effect.mean,
            "printed_effect_median": None if effect is None else effect.median,
        }

    def _recipe_columns(self) -> dict[str, object]:
        nearest, effect = self.nearest, self.recipe_effect
        return {
            "recipe": None if nearest is None else nearest.estimate.recipe,
            "recipe_value": None if nearest is None else nearest.estimate.value,
            "recipe_se": None if nearest is None else nearest.estimate.se,
            "recipe_distance": None if nearest is None else nearest.distance,
            "recipe_effect_mean": None if effect is None else effect.mean,
            "recipe_effect_median": None if effect is None else effect.median,
        }

    def _judgement_columns(self) -> dict[str, object]:
        analysis = self.design_analysis
        unconverged = [posterior.model for posterior in self.posteriors.values() if not posterior.converged]
        return {
            "power": None if analysis is None else analysis.power,
            "exaggeration": None if analysis is None else analysis.exaggeration,
            "sign_error": None if analysis is None else analysis.sign_error,
            "sceptical_prior_sd": self.sceptical_prior_sd,
            "verdict": str(self.decision.verdict),
            "reason": self.decision.reason,
            "unconverged": "; ".join(unconverged),
            "notes": "; ".join(self.notes),
        }


def compare_cell(cell: Cell, sources: Sources) -> ComparisonRow:
    """Return the row of one printed cell."""
    value, se = cell.estimate.value, cell.se.value
    design = sources.designs.get(cell.table)
    nearest = _nearest(cell, sources.gmm)
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
        recipe_effect=_recipe_effect(cell, design, nearest, sources.gmm),
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


def _placebo_columns(prefix: str, places: tuple[PlaceboPlace, ...]) -> dict[str, object]:
    names = ("recipe", "percentile", "lower", "upper", "excludes_zero")
    return {f"{prefix}_{place.null}_{name}": getattr(place, name) for place in places for name in names}


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
    notes = [
        f"no {role.replace('_', ' ')} estimate: {sources.roles.model(role, evidence.cell.window)} has none here"
        for role in sources.roles.names
        if role not in posteriors
    ]
    if evidence.nearest is None:
        notes.append("no GMM recipe was run on this cell: reproduction and noise were not tested")
    elif evidence.placebo is None:
        notes.append(f"no {sources.roles.null} placebo of {evidence.nearest.estimate.recipe}: noise was not tested")
    return tuple(notes)
