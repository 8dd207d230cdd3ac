"""How are posteriors, effects, diagnostics and checks laid out?"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from bayes_border import criteria
from bayes_border.bayes.posterior import Posterior
from bayes_border.checks.check import Check
from bayes_border.compare.row import ComparisonRow
from bayes_border.estimates import Estimate
from bayes_border.report import facts, labels
from bayes_border.report.contents import ReportContents
from bayes_border.report.numbers import NOTHING, count, interval, number, percent, probability, signed
from bayes_border.report.tables.cells import figure, from_frame
from bayes_border.report.views import TableView
from bayes_border.vocabulary import Window

_LEVEL = percent(criteria.INTERVAL_LEVEL, 0)


def coefficients(contents: ReportContents) -> TableView | None:
    """Return posterior beside prior of every coefficient of the main table's coherent fits."""
    rows = []
    for window in contents.published.windows:
        fit = contents.coherent(contents.main_table, window)
        rows += [] if fit is None else _coefficient_rows(contents, fit, window)
    if not rows:
        return None
    headers = (
        "window", "coefficient", "mean", "sd", f"{_LEVEL} interval", "prior sd", "contraction", "P(> 0)",
        "prior P(> 0)", "n",
    )  # fmt: skip
    return TableView("Coherent model: posterior beside prior", headers, tuple(rows), right=frozenset(range(2, 10)))


def _coefficient_rows(contents: ReportContents, fit: Posterior, window: Window) -> list[tuple[str, ...]]:
    return [
        (
            str(window),
            labels.coefficient(contents, x.term),
            number(x.value),
            number(x.se),
            interval(x.lower, x.upper),
            figure(x.extra["prior_sd"]),
            percent(float(str(x.extra["contraction"])), 0),
            probability(float(str(x.extra["p_positive"]))),
            probability(float(str(x.extra["prior_p_positive"]))),
            count(x.n_obs),
        )
        for x in fit.estimates()
        if x.window is window
    ]


def marginal(contents: ReportContents) -> TableView | None:
    """Return average marginal effects, the one effect compared across model forms."""
    rows = [row for row in facts.rows_of(contents, contents.main_table) if row.cell.term in contents.study.terms]
    shown = [_effect(contents, row) for row in rows if row.printed_effect is not None or facts.coherent(row)]
    if not shown:
        return None
    headers = (
        "window", "regressor", "at printed coefficients", "median row", "nearest recipe", "coherent", "a sd",
        f"{_LEVEL} interval", f"prior {_LEVEL} interval", "contraction", "P(> 0)", "prior P(> 0)",
    )  # fmt: skip
    caption = (
        "Average marginal effect of each regressor on the outcome, percentage points a unit (mean over rows); the "
        "coherent model’s beside its prior, whose sd is infinite, so that contraction is of the interval: "
        "1 − (width / prior width)²"
    )
    return TableView(caption, headers, tuple(shown), right=frozenset(range(2, 12)))


def _effect(contents: ReportContents, row: ComparisonRow) -> tuple[str, ...]:
    own = facts.coherent(row)
    return (
        str(row.cell.window),
        labels.term(row.cell.term),
        NOTHING if row.printed_effect is None else signed(row.printed_effect.mean),
        NOTHING if row.printed_effect is None else signed(row.printed_effect.median),
        NOTHING if row.recipe_effect is None else signed(row.recipe_effect.mean),
        NOTHING if own is None else signed(own.effect),
        NOTHING if own is None else signed(own.effect_per_sd),
        NOTHING if own is None else interval(own.effect_lower, own.effect_upper),
        *_effect_beside_prior(contents, row),
    )


def _effect_beside_prior(contents: ReportContents, row: ComparisonRow) -> tuple[str, ...]:
    fit = contents.coherent(contents.main_table, row.cell.window)
    found = fit and fit.estimates().at(table=fit.table, window=row.cell.window, term=row.cell.term)
    said = found.extra if found else {}
    if "effect" not in said:
        return (NOTHING,) * 4
    value = {name: float(str(said[f"effect_{name}"])) for name in _BESIDE_PRIOR}
    return (
        interval(value["prior_lower"], value["prior_upper"]),
        percent(value["contraction"], 0),
        probability(value["p_positive"]),
        probability(value["prior_p_positive"]),
    )


_BESIDE_PRIOR = ("prior_lower", "prior_upper", "contraction", "p_positive", "prior_p_positive")


def dispersion(contents: ReportContents) -> TableView | None:
    """Return how far each interaction is tied to the dispersion slope of its regressor, where a model has both."""
    found = facts.tied_to_dispersion(contents)
    if not found:
        return None
    rows = tuple(
        (
            labels.method(x.recipe),
            str(x.window),
            labels.coefficient(contents, x.term),
            number(x.value),
            interval(x.lower, x.upper),
            signed(float(str(x.extra["corr_kappa"])), 2),
        )
        for x in found
    )
    headers = ("model", "window", "coefficient", "mean", f"{_LEVEL} interval", "correlation with κ")
    return TableView(_tied(contents, found), headers, rows, right=frozenset(range(3, 6)))


def _tied(contents: ReportContents, found: list[Estimate]) -> str:
    strongest = max(found, key=lambda x: abs(float(str(x.extra["corr_kappa"]))))
    size = signed(float(str(strongest.extra["corr_kappa"])), 2)
    return (
        "Where the error sd may depend on the regressors, γ and the dispersion slope κ of the same regressor, "
        f"independent a priori, are most tied for {labels.greek(contents, strongest.term)} {strongest.window} "
        f"(posterior correlation {size}; near ±1 the data could not tell the two apart)"
    )


def barrier(contents: ReportContents) -> TableView | None:
    """Return the rows with the smallest m and each interaction's posterior mean without them, if that fit converged."""
    frame, fit = contents.barrier, contents.flagship
    if frame.empty or fit is None:
        return None
    places = [(window, term) for window in fit.windows for term in contents.interactions if f"{window}/{term}" in frame]
    whole = (number(float(fit.draws(window, term).mean())) for window, term in places)
    rows = [("no row left out", "", "", "", *whole, "")]
    for row in frame.to_dict("records"):
        means = (number(row[f"{window}/{term}"]) for window, term in places)
        place = (str(row["province"]), count(row["year"]), number(row["m_mean"]), number(row["m_lower"]))
        rows.append((*place, *means, _shift(row)))
    headers = (
        "province", "year", "m, mean", "m, 5 %",
        *(f"{labels.greek(contents, term)} {window}" for window, term in places), "largest shift of any mean",
    )  # fmt: skip
    return TableView(_barrier_caption(frame, fit), headers, tuple(rows), right=frozenset(range(1, len(headers))))


def _shift(row: Mapping[Hashable, Any]) -> str:
    if not row["converged"]:
        return "fit refused"
    # Draws that an earlier version left were all sampled anew.
    anew = ", sampled anew" if row.get("sampled_anew", True) else ""
    return f"{number(row['largest_shift'], 2)} sd{anew}"


def _barrier_caption(frame: pd.DataFrame, fit: Posterior) -> str:
    """Say what the table shows, how far chance alone moves a mean, and which fits are not shown."""
    # Two means, each with a variance of sd^2 over the effective sample size.
    found = fit.convergence
    chance = number(float(np.sqrt(2 / found.ess_bulk_min)), 2)
    caption = (
        f"The {len(frame)} rows with the smallest m, and the posterior means of γ without each. The draws at hand "
        "are reweighted (Pareto smoothed importance sampling), and the model is sampled anew where the tail of the "
        f"weights is too long (k above {number(criteria.pareto_k_max(found.chains * found.draws), 1)}). "
        f"Shifts are in posterior sds of the whole answer; sampling anew gives each a standard error of up to {chance}"
    )
    refused = int((~frame["converged"].astype(bool)).sum())
    if not refused:
        return caption
    rows = "row has" if refused == 1 else "rows have"
    return f"{caption}. {refused} {rows} no mean: the fit that it would come from did not pass the convergence gate"


def checks(contents: ReportContents, *, convergence: bool) -> TableView | None:
    """Return the checks of one kind, one row a check."""
    shown = [check for check in contents.checks if check.name.startswith("convergence") is convergence]
    if not shown:
        return None
    rows = tuple((check.name, str(check.status), check.observed, check.criterion, check.meaning) for check in shown)
    return TableView(
        "Convergence gate" if convergence else "Posterior predictive and other checks of the flagship",
        ("check", "finding", "observed", "asked for", "what a failure would mean"),
        rows,
        row_classes=tuple(f"status-{check.status}" for check in shown),
    )


def check_details(check: Check) -> TableView:
    """Return the numbers behind one check."""
    return from_frame(check.table, check.name)


def convergence(contents: ReportContents) -> TableView:
    """Return the diagnostics of every fit."""
    fits = list(contents.every_fit())
    headers = (
        "model", "table", "R-hat, worst", "bulk ESS, smallest", "tail ESS, smallest", "divergent", "E-BFMI", "draws",
        "gate",
    )  # fmt: skip
    return TableView(
        "Worst diagnostic of each fit",
        headers,
        tuple(_diagnostics(contents, fit) for fit in fits),
        right=frozenset(range(2, 8)),
        row_classes=tuple("status-passed" if fit.convergence.passed else "status-failed" for fit in fits),
    )


def _diagnostics(contents: ReportContents, fit: Posterior) -> tuple[str, ...]:
    found = fit.convergence
    return (
        fit.spec.name,
        labels.table(contents, fit.table),
        f"{found.rhat_max:.3f}",
        count(int(found.ess_bulk_min)),
        count(int(found.ess_tail_min)),
        percent(found.divergent_share, 2),
        f"{found.ebfmi_min:.2f}",
        f"{found.chains} x {found.draws}",
        "passed" if found.passed else "; ".join(found.faults),
    )


def models(contents: ReportContents) -> TableView:
    """Return what each fitted model is."""
    seen = {fit.spec.name: fit.spec for fit in contents.every_fit()}
    rows = tuple((labels.method(name), name, spec.meaning) for name, spec in seen.items())
    return TableView("Models fitted", ("in figures", "file in models/", "meaning"), rows)
