"""How do the printed cells stand beside their counterparts?"""

from __future__ import annotations

from bayes_border import criteria
from bayes_border.compare.row import ComparisonRow
from bayes_border.compare.summary import PosteriorSummary
from bayes_border.report import facts, labels
from bayes_border.report.contents import ReportContents
from bayes_border.report.figures.noise import rank
from bayes_border.report.numbers import NOTHING, count, interval, number, percent, probability
from bayes_border.report.views import TableView
from bayes_border.vocabulary import Null

_LEVEL = percent(criteria.INTERVAL_LEVEL, 0)


def side_by_side(contents: ReportContents, table: str) -> TableView:
    """Return every printed cell of a table beside its counterparts and the verdict."""
    headers = (
        "window", "coefficient", f"verdict {contents.caveat}", "printed (s.e.)", "coherent",
        f"coherent {_LEVEL}", "P(printed sign)", "its prior", "P(below print)", "contraction", "unpooled",
        "as estimated", "nearest recipe", "distance in s.e.",
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


def verdicts(contents: ReportContents) -> TableView:
    """Return how many cells have each verdict, a column a table."""
    tables = contents.published.tables
    tally = contents.comparison.tally()
    rows = []
    for verdict in tally:
        by_table = [sum(row.decision.verdict is verdict for row in facts.rows_of(contents, table)) for table in tables]
        rows.append((str(verdict), *map(count, by_table), count(sum(by_table))))
    headers = (f"verdict, {contents.caveat}", *(labels.table(contents, table) for table in tables), "both")
    return TableView("Verdicts, first that applies", headers, tuple(rows), right=frozenset(range(1, len(headers))))


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
    headers = (
        "window",
        "coefficient",
        "printed (s.e.)",
        f"coherent mean, {_LEVEL}",
        "P(printed sign) (prior)",
        "verdict",
    )
    return TableView(labels.table(contents, contents.main_table), headers, tuple(rows))


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
