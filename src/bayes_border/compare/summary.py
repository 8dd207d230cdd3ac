"""What does one posterior say of one printed cell?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bayes_border.compare.draws import DrawKey, Draws
from bayes_border.compare.intervals import Interval
from bayes_border.estimates import Estimate
from bayes_border.published import Cell


@dataclass(frozen=True, slots=True, kw_only=True)
class PosteriorSummary:
    """A posterior beside a printed estimate; None where the engine does not say.

    `same_sign`, `prior_same_sign`: probability that the coefficient has the printed sign.
    `cdf_at_printed`: probability that it is below the printed value. `effect...`: average marginal
    effect of the regressor, of a coefficient beta only.
    """

    model: str
    mean: float
    sd: float
    interval: Interval
    n_obs: int
    converged: bool
    prior_sd: float | None
    contraction: float | None
    same_sign: float | None
    prior_same_sign: float | None
    cdf_at_printed: float | None
    scale: float | None
    effect: float | None
    effect_lower: float | None
    effect_upper: float | None
    effect_median_row: float | None
    effect_per_sd: float | None

    def row(self, role: str) -> dict[str, object]:
        """Return flat columns, each named after the posterior's role."""
        flat = {name: getattr(self, name) for name in self.__slots__ if name not in {"interval", "scale"}}
        flat |= {"lower": self.interval.lower, "upper": self.interval.upper}
        return {f"{role}_{name}": value for name, value in flat.items()}


def summarise(estimate: Estimate, cell: Cell, draws: Mapping[DrawKey, Draws]) -> PosteriorSummary:
    """Return what a posterior says of a cell: from its draws where they are given, else from the estimate's extras."""
    extra = estimate.extra
    own = draws.get(DrawKey(estimate.recipe, estimate.table, estimate.window, estimate.term))
    positive, prior_positive = _number(extra, "p_positive"), _number(extra, "prior_p_positive")
    below = _number(extra, "cdf_at_printed")
    if own is not None:
        positive, prior_positive = float((own.values > 0).mean()), float((own.prior > 0).mean())
        below = float((own.values < cell.estimate.value).mean())
    names = ("prior_sd", "contraction", "scale", *_EFFECTS)
    return PosteriorSummary(
        model=estimate.recipe,
        mean=estimate.value,
        sd=estimate.se,
        interval=Interval(estimate.lower, estimate.upper),
        n_obs=estimate.n_obs,
        converged=extra.get("converged") is True,
        same_sign=_towards(positive, cell),
        prior_same_sign=_towards(prior_positive, cell),
        cdf_at_printed=below,
        **{name: _number(extra, name) for name in names},
    )


_EFFECTS = ("effect", "effect_lower", "effect_upper", "effect_median_row", "effect_per_sd")


def _towards(positive: float | None, cell: Cell) -> float | None:
    if positive is None:
        return None
    return positive if cell.estimate.value >= 0.0 else 1.0 - positive


def _number(extra: Mapping[str, object], name: str) -> float | None:
    value = extra.get(name)
    return float(value) if isinstance(value, int | float) else None
