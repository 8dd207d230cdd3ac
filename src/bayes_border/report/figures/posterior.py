"""What have the data added to the prior: coefficients, break contrasts, province effects, year shocks?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from bayes_border import criteria
from bayes_border.report import labels
from bayes_border.report.contents import ReportContents
from bayes_border.report.figures import style
from bayes_border.report.figures.ladder import Ladder, Rung, ladders
from bayes_border.report.numbers import interval, number, probability
from bayes_border.report.views import FigureView, PanelView
from bayes_border.vocabulary import interaction

_TAIL = (1 - criteria.INTERVAL_LEVEL) / 2
LEGEND = ((style.PALE, "prior"), (style.BLUE, "posterior"))


def prior_beside_posterior(contents: ReportContents) -> FigureView | None:
    """Return prior and posterior of every coefficient, a panel a window."""
    panels = []
    for window in contents.published.windows:
        fit = contents.coherent(contents.main_table, window)
        if fit is None:
            continue
        rows = [(term, fit.prior_draws(window, term), fit.draws(window, term)) for term in contents.published.terms]
        parts = [_pair(f"{window}: {labels.coefficient(contents, term)}", prior, own) for term, prior, own in rows]
        name = f"prior-{window}"
        alt = "; ".join(f"{labels.term(term)} {_words(prior, own)}" for term, prior, own in rows)
        panels.append(PanelView(name, style.svg(ladders(parts, left=0.8), name), f"{window}: {alt}."))
    return _figure("prior-posterior", "Every coefficient before and after the data", panels, LEGEND)


def contrasts(contents: ReportContents) -> FigureView | None:
    """Return what the break changes: post minus pre, prior beside posterior, a panel for beta and one for gamma."""
    fit = contents.flagship
    if fit is None or "delta_beta" not in fit.tree["posterior"]:
        return None
    panels = []
    for variable, name in (("delta_beta", "β"), ("delta_gamma", "γ")):
        if variable not in fit.tree["posterior"]:
            continue
        rows = []
        for term in fit.design.terms:
            prior, own = (
                _flat(fit.tree[group].to_dataset()[variable].sel(regressor=term)) for group in ("prior", "posterior")
            )
            rows.append((term if name == "β" else interaction(term), prior, own))
        parts = [_pair(f"change of {labels.coefficient(contents, term)}", prior, own) for term, prior, own in rows]
        alt = "; ".join(f"change of {labels.term(term)} {_words(prior, own)}" for term, prior, own in rows)
        key = f"contrast-{'beta' if name == 'β' else 'gamma'}"
        panels.append(PanelView(key, style.svg(ladders(parts, left=0.8), key), f"Post minus pre. {alt}."))
    return _figure("contrasts", "What changes from pre to post", panels, LEGEND)


def effects(contents: ReportContents) -> FigureView | None:
    """Return province effects and year shocks of the flagship."""
    fit = contents.flagship
    if fit is None:
        return None
    panels = []
    wanted = (
        ("alpha", "province", "Province effects α"),
        ("tau", "year", "Year shocks τ"),
    )
    for variable, dim, title in wanted:
        if variable not in fit.tree["posterior"]:
            continue
        draws = fit.tree["posterior"].to_dataset()[variable]
        named = [(str(label), _flat(draws.sel({dim: label}))) for label in draws[dim].values]
        rungs = tuple(_rung(label, style.BLUE, own) for label, own in named)
        label = "percentage points a year, each year" if dim == "province" else "percentage points"
        figure = ladders([Ladder(title, rungs)], label=label)
        alt = "; ".join(f"{label} {number(float(own.mean()))} {_interval(own)}" for label, own in named)
        panels.append(PanelView(f"effects-{dim}", style.svg(figure, f"effects-{dim}"), f"{title}: {alt}."))
    return _figure("effects", "Province effects and shocks that all provinces share", panels, ())


def _figure(
    name: str, title: str, panels: Sequence[PanelView], legend: tuple[tuple[str, str], ...]
) -> FigureView | None:
    return FigureView(name, title, "", tuple(panels), legend=legend) if panels else None


def _pair(title: str, prior: np.ndarray, own: np.ndarray) -> Ladder:
    prior_rung = _rung("prior", style.PALE, prior)
    remark = f"P(> 0): {probability(float((own > 0).mean()))}, prior {probability(float((prior > 0).mean()))}"
    return Ladder(title, (prior_rung, _rung("posterior", style.BLUE, own, strong=True)), remark)


def _rung(label: str, colour: str, draws: np.ndarray, *, strong: bool = False) -> Rung:
    lower, upper = np.quantile(draws, [_TAIL, 1 - _TAIL])
    return Rung(label, colour, float(draws.mean()), float(lower), float(upper), strong=strong)


def _words(prior: np.ndarray, own: np.ndarray) -> str:
    return f"posterior {number(float(own.mean()))} {_interval(own)}, prior {_interval(prior)}"


def _interval(draws: np.ndarray) -> str:
    lower, upper = np.quantile(draws, [_TAIL, 1 - _TAIL])
    return interval(float(lower), float(upper))


def _flat(draws: xr.DataArray) -> np.ndarray:
    return np.asarray(draws.values).ravel()
