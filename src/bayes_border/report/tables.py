"""How are the numbers laid out in tables, every cell a finished string?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bayes_border import criteria
from bayes_border.bayes.posterior import Posterior
from bayes_border.checks.check import Check
from bayes_border.compare.findings import Finding
from bayes_border.compare.row import ComparisonRow
from bayes_border.compare.summary import PosteriorSummary
from bayes_border.report import facts, labels
from bayes_border.report.contents import ReportContents
from bayes_border.report.figures.noise import rank
from bayes_border.report.numbers import NOTHING, count, interval, number, percent, probability, signed
from bayes_border.report.views import TableView
from bayes_border.vocabulary import Null, Window

_LEVEL = percent(criteria.INTERVAL_LEVEL, 0)


def side_by_side(contents: ReportContents, table: str) -> TableView:
    """Return every printed cell of a table beside its counterparts and the verdict."""
    headers = (
        "window", "coefficient", "verdict", "printed (s.e.)", "coherent", f"coherent {_LEVEL}", "P(printed sign)",
        "its prior", "P(below print)", "contraction", "unpooled", "as estimated", "nearest recipe", "distance in s.e.",
        "place in white noise", f"printed {_LEVEL}, t({contents.published.paper.units - 1})", "exaggeration",
        "sceptic's prior sd", "why",
    )  # fmt: skip
    rows = facts.rows_of(contents, table)
    return TableView(
        caption=f"{labels.table(contents, table)}: each printed cell beside its counterparts",
        headers=headers,
        rows=tuple(_beside(contents, row) for row in rows),
        right=frozenset(range(3, 18)),
    )


def _beside(contents: ReportContents, row: ComparisonRow) -> tuple[str, ...]:
    cell, nearest, analysis = row.cell, row.nearest, row.design_analysis
    place = next((place for place in row.placebo if place.null == Null.WHITE_NOISE), None)
    return (
        str(cell.window),
        labels.coefficient(contents, cell.term),
        str(row.decision.verdict),
        f"{cell.estimate.text}{cell.stars} ({cell.se.text})",
        *_posterior(facts.coherent(row)),
        _mean(row.posteriors.get("unpooled")),
        _mean(row.posteriors.get("as_estimated")),
        NOTHING if nearest is None else f"{labels.method(nearest.estimate.recipe)} {number(nearest.estimate.value)}",
        NOTHING if nearest is None else f"{nearest.distance:.1f}",
        NOTHING if place is None else f"above {rank(place.percentile)}",
        interval(row.few_clusters.lower, row.few_clusters.upper),
        NOTHING if analysis is None else number(analysis.exaggeration, 2),
        NOTHING if row.sceptical_prior_sd is None else number(row.sceptical_prior_sd),
        " ".join([row.decision.reason, _mismatch(row)]).strip(),
    )


def _mean(posterior: PosteriorSummary | None) -> str:
    return NOTHING if posterior is None else number(posterior.mean)


def _posterior(own: PosteriorSummary | None) -> tuple[str, ...]:
    if own is None:
        return (NOTHING,) * 6
    return (
        number(own.mean),
        interval(own.interval.lower, own.interval.upper),
        probability(own.same_sign),
        probability(own.prior_same_sign),
        probability(own.cdf_at_printed),
        percent(own.contraction, 0),
    )


def _mismatch(row: ComparisonRow) -> str:
    if row.n_obs_matches is not False:
        return ""
    return f"({row.n_obs_panel} observations here, {row.n_obs_printed} printed.)"


def marginal(contents: ReportContents) -> TableView | None:
    """Return average marginal effects, the one effect compared across model forms."""
    rows = [row for row in facts.rows_of(contents, contents.main_table) if row.cell.term in contents.study.terms]
    shown = [_effect(contents, row) for row in rows if row.printed_effect is not None or facts.coherent(row) is not None]
    if not shown:
        return None
    return TableView(
        caption="Average marginal effect of each regressor on the outcome, percentage points a unit (mean over rows)",
        headers=(
            "window", "regressor", "at printed coefficients", "median row", "nearest recipe", "coherent",
            f"coherent {_LEVEL}", "coherent, a standard deviation",
        ),  # fmt: skip
        rows=tuple(shown),
        right=frozenset(range(2, 8)),
    )


def _effect(contents: ReportContents, row: ComparisonRow) -> tuple[str, ...]:
    own = facts.coherent(row)
    return (
        str(row.cell.window),
        labels.term(row.cell.term),
        NOTHING if row.printed_effect is None else signed(row.printed_effect.mean),
        NOTHING if row.printed_effect is None else signed(row.printed_effect.median),
        NOTHING if row.recipe_effect is None else signed(row.recipe_effect.mean),
        NOTHING if own is None else signed(own.effect),
        NOTHING if own is None else interval(own.effect_lower, own.effect_upper),
        NOTHING if own is None else signed(own.effect_per_sd),
    )


def verdicts(contents: ReportContents) -> TableView:
    """Return how many cells have each verdict, a column a table."""
    tables = contents.published.tables
    tally = contents.comparison.tally()
    rows = []
    for verdict in tally:
        by_table = [sum(row.decision.verdict is verdict for row in facts.rows_of(contents, table)) for table in tables]
        rows.append((str(verdict), *map(count, by_table), count(sum(by_table))))
    headers = ("verdict, on this reconstructed panel", *(labels.table(contents, table) for table in tables), "both")
    return TableView("Verdicts, first that applies", headers, tuple(rows), right=frozenset(range(1, len(headers))))


def findings(found: Sequence[Finding]) -> tuple[tuple[str, str, str], ...]:
    """Return grade, title and detail of each finding."""
    return tuple((str(finding.grade), finding.title, finding.detail) for finding in found)


def recipes(contents: ReportContents) -> TableView | None:
    """Return each recipe's estimates of the main table."""
    shown = [x for x in contents.recipe_estimates if x.table == contents.main_table]
    if not shown:
        return None
    rows = tuple(
        (
            labels.method(x.recipe),
            str(x.window),
            labels.coefficient(contents, x.term),
            contents.published.cell(x.table, x.window, x.term).estimate.text,
            number(x.value),
            number(x.se),
            interval(x.lower, x.upper),
            count(x.n_obs),
        )
        for x in shown
    )
    headers = ("recipe", "window", "coefficient", "printed", "estimate", "s.e.", f"{_LEVEL}, few clusters", "n")
    return TableView("Each recipe beside print", headers, rows, right=frozenset(range(3, 8)))


def hansen(contents: ReportContents) -> TableView | None:
    """Return Hansen's test of each recipe and window, with the bound of the statistic."""
    tests = {(x.recipe, x.table, x.window): x for x in contents.recipe_estimates if x.extra.get("hansen_p") is not None}
    if not tests:
        return None
    rows = []
    for (recipe, table, window), x in tests.items():
        printed = contents.published.footer(table, window).hansen_p
        extra = x.extra
        rows.append((
            labels.method(recipe), labels.table(contents, table), str(window),
            NOTHING if printed is None else str(printed), _num(extra.get("hansen_p"), 3), _num(extra.get("hansen_j")),
            _num(extra.get("hansen_bound")), _num(extra.get("hansen_df")), _num(extra.get("n_instruments")),
            _num(extra.get("n_clusters")), _num(extra.get("hansen_smallest_p"), 3),
            "vacuous" if extra.get("vacuous") else "can reject",
        ))  # fmt: skip
    headers = (
        "recipe", "table", "window", "printed p", "p", "J", "J at most", "d.f.", "instruments", "clusters",
        "smallest p possible", "the test",
    )  # fmt: skip
    return TableView("Hansen's test, and what it could have said", headers, tuple(rows), right=frozenset(range(3, 11)))


def own_placebo(contents: ReportContents) -> TableView | None:
    """Return what our own model finds on panels without interactions."""
    if contents.own_placebo is None:
        return None
    rows = [
        (
            labels.plain(str(row["null"])),
            str(row["window"]),
            labels.coefficient(contents, str(row["term"])),
            percent(row["share_excluding_zero"]),
            percent(row["mc_error"]),
            number(row["mean"]),
            interval(row["q2.5"], row["q97.5"]),
            count(row["n"]),
        )
        for row in contents.own_placebo.table.to_dict("records")
    ]
    headers = (
        "null", "window", "coefficient", f"{_LEVEL} intervals without zero", "Monte Carlo error",
        "mean of posterior means", "their middle 95 %", "panels",
    )  # fmt: skip
    return TableView("Our own model under the same nulls", headers, tuple(rows), right=frozenset(range(3, 8)))


def placebo_rejections(contents: ReportContents) -> TableView | None:
    """Return how often each recipe's intervals leave out zero where there is nothing to find."""
    rows = []
    for (recipe, null), data in contents.placebos.items():
        if "lower" not in data or "upper" not in data:
            continue
        for window in data["window"].values:
            for term in contents.interactions:
                here = data.sel(window=window, term=term)
                known = np.isfinite(here["estimate"].values)
                if not known.any():
                    continue
                out = (here["lower"].values > 0) | (here["upper"].values < 0)
                low, high = np.quantile(here["estimate"].values[known], [0.025, 0.975])
                rows.append((
                    labels.method(recipe), labels.plain(null), str(window), labels.coefficient(contents, term),
                    percent(float(out[known].mean()), 0), interval(float(low), float(high)), count(int(known.sum())),
                ))  # fmt: skip
    if not rows:
        return None
    headers = ("recipe", "null", "window", "coefficient", f"{_LEVEL} intervals without zero",
               "middle 95 % of estimates", "panels")  # fmt: skip
    return TableView("The recipes under each null: 10 % would be exact", headers, tuple(rows), right=frozenset({4, 5, 6}))


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
            _num(x.extra["prior_sd"]),
            percent(float(str(x.extra["contraction"])), 0),
            probability(float(str(x.extra["p_positive"]))),
            probability(float(str(x.extra["prior_p_positive"]))),
            count(x.n_obs),
        )
        for x in fit.estimates()
        if x.window is window
    ]


def barrier(contents: ReportContents) -> TableView | None:
    """Return the rows with the smallest m and each interaction's posterior mean without them."""
    frame, fit = contents.barrier, contents.flagship
    if frame.empty:
        return None
    columns = [str(name) for name in frame.columns if ":" in str(name) and str(name).split(":")[1] in contents.interactions]
    names = [name.split(":") for name in columns]
    rows = []
    if fit is not None:
        means = (number(float(fit.draws(Window(window), term).mean())) for window, term in names)
        rows.append(("no row left out", "", "", "", "", *means))
    for row in frame.to_dict("records"):
        rows.append((
            str(row["province"]), count(row["year"]), number(row["m"]), number(row["m_lower"]), number(row.get("shock")),
            *(number(row[name]) for name in columns),
        ))  # fmt: skip
    heads = (f"{labels.greek(contents, term)} {window}" for window, term in names)
    headers = ("province", "year", "m", "m, 5 %", "mean of 1/m", *heads)
    return TableView(
        f"The {len(frame)} rows with the smallest m, and the posterior means of γ without each",
        headers,
        tuple(rows),
        right=frozenset(range(1, len(headers))),
    )


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


def claims(contents: ReportContents) -> TableView | None:
    """Return what the coherent posteriors say of the text's claims."""
    if not contents.claims:
        return None
    rows = tuple(
        (
            str(row["meaning"]),
            str(row["outcome"]),
            str(row["event"]),
            _probability(row["posterior"]),
            _probability(row["prior"]),
            str(row["note"]),
        )
        for judgement in contents.claims
        for row in judgement.to_rows()
    )
    headers = ("claim of the text", "on the posterior", "event", "probability", "its prior", "note")
    return TableView("The text's claims, set against the coherent posteriors", headers, rows, right=frozenset({3, 4}))


def _probability(value: object) -> str:
    return probability(value) if isinstance(value, float) else ""


def check_details(check: Check) -> TableView:
    """Return the numbers behind one check."""
    return _from_frame(check.table, check.name)


def convergence(contents: ReportContents) -> TableView:
    """Return the diagnostics of every fit."""
    rows, classes = [], []
    for fit in contents.every_fit():
        c = fit.convergence
        classes.append("status-passed" if c.passed else "status-failed")
        rows.append((
            fit.spec.name, labels.table(contents, fit.table), f"{c.rhat_max:.3f}", count(int(c.ess_bulk_min)),
            count(int(c.ess_tail_min)), percent(c.divergent_share, 2), f"{c.ebfmi_min:.2f}", f"{c.chains} × {c.draws}",  # noqa: RUF001 a times sign
            "passed" if c.passed else "; ".join(c.faults),
        ))  # fmt: skip
    headers = ("model", "table", "R-hat, worst", "bulk ESS, smallest", "tail ESS, smallest", "divergent",
               "E-BFMI", "draws", "gate")  # fmt: skip
    return TableView("Worst diagnostic of each fit", headers, tuple(rows), frozenset(range(2, 8)), tuple(classes))


def models(contents: ReportContents) -> TableView:
    """Return what each fitted model is."""
    seen = {fit.spec.name: fit.spec for fit in contents.every_fit()}
    rows = tuple((labels.method(name), name, spec.meaning) for name, spec in seen.items())
    return TableView("Models fitted", ("in figures", "file in models/", "meaning"), rows)


def panel_summary(contents: ReportContents) -> TableView:
    """Return the spread of each differenced series."""
    return _from_frame(contents.panel_summary, f"Differenced series of the panel {contents.panel.name}")


def source_differences(contents: ReportContents) -> TableView | None:
    """Return cells in which an independent source differs widely."""
    if contents.source_differences.empty:
        return None
    caption = f"Growth of a series that differs by more than {criteria.SOURCE_GAP:g} points from an independent source's"
    return _from_frame(contents.source_differences, caption)


def sources(contents: ReportContents) -> TableView:
    """Return what each source is."""
    return _from_frame(contents.sources, "Sources of the official figures")


def provenance(contents: ReportContents) -> TableView:
    """Return versions, seed, digests and settings, nested entries spread."""
    rows = []
    for key, value in contents.meta.items():
        entries = value.items() if isinstance(value, dict) else ((None, value),)
        for name, entry in entries:
            rows.append((labels.plain(str(key)) if name is None else f"{labels.plain(str(key))}: {name}", str(entry)))
    return TableView("What made this report", ("", ""), tuple(rows))


def headline_summary(contents: ReportContents) -> TableView:
    """Return the main table's cells in five columns, for the one-page summary."""
    rows = []
    for row in facts.rows_of(contents, contents.main_table):
        own = facts.coherent(row)
        rows.append((
            str(row.cell.window),
            labels.coefficient(contents, row.cell.term),
            f"{row.cell.estimate.text}{row.cell.stars} ({row.cell.se.text})",
            NOTHING if own is None else f"{number(own.mean)} {interval(own.interval.lower, own.interval.upper)}",
            NOTHING if own is None else f"{probability(own.same_sign)} ({probability(own.prior_same_sign)})",
            str(row.decision.verdict),
        ))  # fmt: skip
    headers = ("window", "coefficient", "printed (s.e.)", f"coherent mean, {_LEVEL}", "P(printed sign) (prior)", "verdict")
    return TableView(labels.table(contents, contents.main_table), headers, tuple(rows))


def _from_frame(frame: pd.DataFrame, caption: str) -> TableView:
    numeric = frozenset(k for k, name in enumerate(frame.columns) if pd.api.types.is_numeric_dtype(frame[name]))
    rows = tuple(
        tuple(_value(value, str(name)) for name, value in zip(frame.columns, row, strict=True))
        for row in frame.itertuples(index=False, name=None)
    )
    return TableView(caption, tuple(labels.plain(str(name)) for name in frame.columns), rows, right=numeric)


def _value(value: object, name: str) -> str:
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, int | np.integer):
        return count(int(value))
    if isinstance(value, float | np.floating):
        return probability(float(value)) if name == "p_value" else number(float(value))
    return "" if value is None else str(value)


def _num(value: object, significant: int = 3) -> str:
    if isinstance(value, int | np.integer):
        return count(int(value))
    return number(float(value), significant) if isinstance(value, float) else NOTHING
