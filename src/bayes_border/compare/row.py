"""What stands in one row of the comparison?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bayes_border import criteria
from bayes_border.compare.effects import Effect
from bayes_border.compare.intervals import DesignAnalysis, Interval
from bayes_border.compare.noise import PlaceboPlace
from bayes_border.compare.summary import PosteriorSummary
from bayes_border.compare.verdict import Decision, Nearest
from bayes_border.published import Cell


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
        return {name: value for group in self.groups() for name, value in group.items()}

    def groups(self) -> tuple[dict[str, object], ...]:
        """Return the columns in groups of one subject; a row lacks the columns of what it has not got."""
        return (
            self._printed_columns(),
            self._recipe_columns(),
            {name: value for role, posterior in self.posteriors.items() for name, value in posterior.row(role).items()},
            _placebo_columns("placebo", self.placebo),
            _placebo_columns("own_placebo", self.own_placebo),
            self._judgement_columns(),
        )

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
            "printed_effect_rows_outside": None if effect is None else effect.outside,
        }

    def _recipe_columns(self) -> dict[str, object]:
        nearest, effect = self.nearest, self.recipe_effect
        return {
            "recipe": None if nearest is None else nearest.estimate.recipe,
            "recipe_value": None if nearest is None else nearest.estimate.value,
            "recipe_se": None if nearest is None else nearest.estimate.se,
            "recipe_n_obs": None if nearest is None else nearest.estimate.n_obs,
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


def _placebo_columns(prefix: str, places: tuple[PlaceboPlace, ...]) -> dict[str, object]:
    names = ("recipe", "percentile", "lower", "upper", "excludes_zero")
    return {f"{prefix}_{place.null}_{name}": getattr(place, name) for place in places for name in names}
