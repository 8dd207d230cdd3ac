"""What could our own model have found, in sentences, with the recipes' numbers beside?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from bayes_border import criteria
from bayes_border.report import facts
from bayes_border.report.contents import ReportContents
from bayes_border.report.numbers import number, percent

_LEVEL, _POWER = percent(criteria.INTERVAL_LEVEL, 0), percent(criteria.POWER_WANTED, 0)


def own_power(contents: ReportContents) -> tuple[str, ...]:
    """Return a sentence or two on coverage and power, and on resolution, of what is stored and not stale."""
    return tuple(said for said in (_power(contents), _resolution(contents)) if said)


def _power(contents: ReportContents) -> str:
    if contents.fresh_power is None:
        return ""
    own, recipes = contents.fresh_power.table, contents.power
    interactions = [each[each["term"].isin(contents.interactions)] if len(each) else each for each in (own, recipes)]
    return (
        f"Our own model's {_LEVEL} intervals hold the truth in {_beside('coverage', own, recipes)} of panels, a "
        f"coefficient at a time; those of interactions leave out zero in {_beside('power', *interactions)}. The panels "
        f"are drawn from its own posterior, so it is at home there and the recipes are not. {_fits(own)}"
    )


def _resolution(contents: ReportContents) -> str:
    if contents.fresh_resolution is None:
        return ""
    own = contents.fresh_resolution.table
    kinds = {"main effects": contents.study.terms, "interactions": contents.interactions}
    parts = facts.listed(_told_apart(own[own["term"].isin(terms)], words) for words, terms in kinds.items())
    panels, power = int(own["n"].min()), criteria.POWER_WANTED
    error = percent(np.sqrt(power * (1 - power) / panels), 0)
    return (
        f"Of the positive effects that were tried our own model tells from zero, with power {_POWER}, {parts}. Each "
        f"effect is a fit, so the grid is coarser than the recipes': {own['tried'].max()} sizes, and {panels} panels, "
        f"from which a power of {_POWER} is known to within {error} (one standard error). {_fits(own)}"
    )


def _told_apart(own: pd.DataFrame, words: str) -> str:
    found = own["resolution"].dropna()
    sizes = f" (the smallest {number(found.min())} to {number(found.max())} a standard deviation)" if len(found) else ""
    return f"{facts.of(len(found), len(own), words)}{sizes}"


def _beside(column: str, own: pd.DataFrame, recipes: pd.DataFrame) -> str:
    theirs = "" if recipes.empty else f" (the recipes' in {facts.span(recipes[column])})"
    return f"{facts.span(own[column])}{theirs}"


def _fits(own: pd.DataFrame) -> str:
    """Say how the fits were sampled, and how many did not mix."""
    said = f"Its fits are short, {facts.listed(own['sampler'].unique())}"
    if "share_mixed" not in own:
        return f"{said}."
    apart = percent(1 - float(own["share_mixed"].mean()), 0)
    return f"{said}; R-hat is above {criteria.CALIBRATION_RHAT_MAX:g} in {apart} of them, and all are counted."
