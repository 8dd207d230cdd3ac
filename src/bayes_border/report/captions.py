"""What is there to see in each figure, in one sentence made from its numbers?"""

from __future__ import annotations

import numpy as np

from bayes_border import criteria
from bayes_border.compare.noise import PlaceboPlace, place_in
from bayes_border.report import facts, labels
from bayes_border.report.contents import ReportContents
from bayes_border.report.figures.coherence import AS_ESTIMATED, OWN, PRINTED, multipliers, posterior_m
from bayes_border.report.figures.noise import draws_at
from bayes_border.report.figures.pit import pit_values
from bayes_border.report.figures.predictive import outcomes
from bayes_border.report.numbers import number, percent, signed
from bayes_border.vocabulary import Null, Status, Window

_LEVEL = percent(criteria.INTERVAL_LEVEL, 0)
_ONE_SIDE = (1 - criteria.INTERVAL_LEVEL) / 2


def headline(contents: ReportContents, table: str) -> str:
    """Say how many printed estimates the coherent posterior holds, and how many exclude zero."""
    rows = [row for row in facts.rows_of(contents, table) if facts.coherent(row) is not None]
    if not rows:
        return "There is no coherent fit of this table to set beside print."
    held = sum(facts.holds_print(row) for row in rows)
    clear = [row for row in rows if (own := facts.coherent(row)) is not None and not facts.includes_zero(own)]
    starred = sum(bool(row.cell.stars) for row in rows)
    return (
        f"The coherent model's {_LEVEL} interval holds {facts.of(held, len(rows), 'printed estimates')} and leaves out "
        f"zero in {len(clear)}, where the paper stars {starred}, {contents.caveat}."
    )


def noise(contents: ReportContents, null: str) -> str:
    """Say where print falls under a null, our own model's row in the same sentence."""
    parts = []
    for recipe in contents.study.shown_recipes:
        places = [_place(contents, recipe, null, window, term) for window, term in _interactions(contents)]
        known = [(value, place) for value, place in places if place is not None]
        inside = sum(place.holds(value) for value, place in known)
        if known:
            parts.append(f"{facts.of(inside, len(known), 'cells')} of {labels.method(recipe)}")
    own = facts.own_noise(contents, null)
    if not own:
        return (
            "Our own model has not been put through this null, so the figure shows what the recipes find and no "
            "conclusion is drawn from where the printed estimates fall."
        )
    return (
        f"The printed interaction lies in the central {percent(criteria.NOISE_CENTRAL, 0)} of the simulated estimates "
        f"in {facts.listed(parts)}; our own model, on {facts.own_panels(contents, null)} panels of the same kind, "
        f"leaves zero out of its {_LEVEL} interval in {percent(min(own), 0)} to {percent(max(own), 0)}, where "
        f"{percent(1 - criteria.INTERVAL_LEVEL, 0)} is exact (most often for {facts.own_worst(contents, null)})."
    )


def recipes(contents: ReportContents) -> str:
    """Say how many cells any recipe comes near to, and which recipe comes near to most."""
    table = contents.main_table
    near: dict[str, set[tuple[Window, str]]] = {}
    for x in contents.recipe_estimates:
        if x.table == table and x.term in contents.published.terms:
            cell = contents.published.cell(table, x.window, x.term)
            if abs(x.value - cell.estimate.value) <= criteria.PANEL_DIFFERS_SE * cell.se.value:
                near.setdefault(x.recipe, set()).add((x.window, x.term))
    if not near:
        return "No recipe comes near to any printed cell."
    cells = len(contents.published.windows) * len(contents.published.terms)
    best = max(near, key=lambda name: len(near[name]))
    every = set().union(*near.values())
    return (
        f"Some recipe comes within {criteria.PANEL_DIFFERS_SE:g} printed standard errors of "
        f"{facts.of(len(every), cells, 'printed cells')}; {labels.method(best)} does so most often, in "
        f"{len(near[best])}, {contents.caveat}."
    )


def by_recipe(contents: ReportContents) -> str:
    """Say how many recipes find interactions in white noise."""
    null = str(Null.WHITE_NOISE)
    known = [name for name in contents.study.recipes if (name, null) in contents.placebos]
    shifted = {
        name: sum(_leans(draws_at(contents, name, null, window, term)) for window, term in _interactions(contents))
        for name in known
    }
    leaning = [name for name, cells in shifted.items() if cells]
    own = facts.own_noise(contents, null)
    beside = (
        f"; our own model's {_LEVEL} intervals leave out zero in {percent(min(own), 0)} to {percent(max(own), 0)}"
        if own
        else "; our own model has not been put through it"
    )
    return (
        f"Where there is no interaction, {facts.of(len(leaning), len(known), 'recipes')} have an interaction whose "
        f"estimates lie on one side of zero in at least {percent(1 - _ONE_SIDE, 0)} of panels{beside}."
    )


def _leans(draws: np.ndarray) -> bool:
    return bool(draws.size) and min(float((draws > 0).mean()), float((draws < 0).mean())) <= _ONE_SIDE


def _interactions(contents: ReportContents) -> list[tuple[Window, str]]:
    return [(window, term) for window in contents.published.windows for term in contents.interactions]


def _place(
    contents: ReportContents, recipe: str, null: str, window: Window, term: str
) -> tuple[float, PlaceboPlace | None]:
    value = contents.published.cell(contents.main_table, window, term).estimate.value
    data = contents.placebos.get((recipe, null))
    return value, None if data is None else place_in(data, window=window, term=term, value=value)


def cover(contents: ReportContents) -> str:
    """Say what is missing and what rests on a proxy."""
    table, (first, last) = contents.coverage, contents.core
    missing = table[table["status"] == str(Status.MISSING)]
    proxy = int((table["status"] == str(Status.PROXY)).sum())
    inside = missing[missing["year"].between(first, last)]
    where = facts.listed(
        f"{count} of {labels.term(str(series))}"
        for series, count in missing.groupby("series", sort=False).size().items()
    )
    return (
        f"{len(missing)} of {len(table)} differences are missing ({where or 'none'}) and {proxy} rest on a proxy; in "
        f"the years fitted, {first} to {last}, {len(inside) or 'none'} {'is' if len(inside) == 1 else 'are'} missing."
    )


def prior_beside_posterior(contents: ReportContents) -> str:
    """Say how much the data have added to the prior."""
    rows = [row for row in facts.rows_of(contents, contents.main_table) if facts.coherent(row) is not None]
    known = [(row, own.contraction) for row in rows if (own := facts.coherent(row)) and own.contraction is not None]
    if not known:
        return "No prior draws stand beside these posteriors."
    enough = sum(contraction >= criteria.CONTRACTION_MIN for _, contraction in known)
    row, least = min(known, key=lambda pair: pair[1])
    return (
        f"The data take at least {percent(criteria.CONTRACTION_MIN, 0)} off the prior variance for "
        f"{facts.of(enough, len(known), 'coefficients')}; least "
        f"for {labels.term(row.cell.term)} ({row.cell.window}), where they take {percent(least, 0)}."
    )


def contrasts(contents: ReportContents) -> str:
    """Say which coefficients change at the break."""
    fit = contents.flagship
    if fit is None:
        return ""
    sure = []
    for variable, symbol in (("delta_beta", "β"), ("delta_gamma", "γ")):
        if variable not in fit.tree["posterior"]:
            continue
        for k, term in enumerate(fit.design.terms):
            share = float((fit.tree["posterior"][variable].sel(regressor=term) > 0).mean())
            if max(share, 1 - share) > criteria.SAME_SIGN:
                sure.append(f"{symbol}{k + 1} {'rises' if share > 1 / 2 else 'falls'}")
    bound = f"with probability above {criteria.SAME_SIGN:g}"
    if sure:
        return f"From pre to post {facts.listed(sure)} {bound}; no other change has a settled sign, {contents.caveat}."
    return f"No coefficient changes in a settled direction at the break ({bound}), {contents.caveat}."


def effects(contents: ReportContents) -> str:
    """Say which provinces have a trend of their own and which year stands out."""
    fit = contents.flagship
    if fit is None:
        return ""
    posterior, parts = fit.tree["posterior"].to_dataset(), []
    if "alpha" in posterior:
        share = (posterior["alpha"] > 0).mean(("chain", "draw"))
        certain = np.maximum(share.values, 1 - share.values) > criteria.SAME_SIGN
        sure = [str(province) for province in share["province"].values[certain]]
        who = f"{facts.listed(sure)} {'has' if len(sure) == 1 else 'have'}" if sure else "No province has"
        parts.append(f"{who} a linear trend in its growth rate of settled sign")
    if "tau" in posterior:
        mean = posterior["tau"].mean(("chain", "draw"))
        widest = int(np.abs(mean.values).argmax())
        year, size = int(mean["year"].values[widest]), float(mean.values[widest])
        parts.append(f"the largest shock that all provinces share is that of {year} ({signed(size)} percentage points)")
    return f"{'; '.join(parts)}."


def coherence(contents: ReportContents) -> str:
    """Say on how many rows print turns shocks round, and how far the posterior stays from it."""
    every = [multipliers(contents, window) for window in contents.published.windows]
    parts = [
        f"{int((found[PRINTED] <= 0).sum())} of {found[PRINTED].size} rows ({window})"
        for window, found in zip(contents.published.windows, every, strict=True)
        if PRINTED in found
    ]
    own = [found[OWN] for found in every if OWN in found]
    if not parts:
        return ""
    text = f"At the printed γ a shock to growth is turned round on {facts.listed(parts)}{_turned_round(contents)}"
    if own:
        low, high = (number(float(end(np.concatenate(own)))) for end in (np.min, np.max))
        text += f"; the coherent posterior's medians of 1/m lie between {low} and {high}"
    return f"{text}, {contents.caveat}."


def _turned_round(contents: ReportContents) -> str:
    """Say how much of the posterior of the equation taken as a regression lies outside the coherence region."""
    parts = []
    for window in contents.published.windows:
        m = posterior_m(contents, window).get(AS_ESTIMATED)
        if m is not None:
            outside = m <= 0
            cells, draws = percent(float(outside.mean())), percent(float(outside.any(axis=1).mean()), 0)
            parts.append(f"{cells} ({window}; on some row in {draws} of draws)")
    if not parts:
        return ""
    return f"; the posterior of the equation taken as a regression has it so in {facts.listed(parts)} of draws and rows"


def predictive(contents: ReportContents) -> str:
    """Say whether replicated panels are as dispersed as the observed one."""
    fit = contents.flagship
    if fit is None or "posterior_predictive" not in fit.tree:
        return ""
    parts = []
    for window in fit.windows:
        observed, drawn = outcomes(fit, window)
        spread = drawn.std(axis=1, ddof=1)
        above = float((spread >= observed.std(ddof=1)).mean())
        parts.append(
            f"{number(float(observed.std(ddof=1)))} {window}, exceeded by {percent(above, 0)} of panels drawn from the "
            "model"
        )
    return f"The observed standard deviation is {facts.listed(parts)}."


def pit(contents: ReportContents) -> str:
    """Say how many rows lie in the tails of their own predictive distributions."""
    tail = (1 - criteria.INTERVAL_LEVEL) / 2
    parts = [
        f"{facts.of(int(((values < tail) | (values > 1 - tail)).sum()), values.size, 'rows')} {window}"
        for window, values in pit_values(contents).items()
    ]
    return (
        f"Outside the central {_LEVEL} of their own replicates lie {facts.listed(parts)}, where "
        f"{percent(1 - criteria.INTERVAL_LEVEL, 0)} would be exact."
    )
