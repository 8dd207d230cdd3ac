"""Which sentences may be said for the paper, against it and against this reanalysis?

Each rule returns a sentence only where its condition holds on the numbers of this run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bayes_border import criteria
from bayes_border.checks.check import CheckStatus
from bayes_border.compare.findings import Grade
from bayes_border.compare.row import ComparisonRow
from bayes_border.compare.verdict import CAVEAT, Verdict
from bayes_border.report import facts, labels
from bayes_border.report.contents import ReportContents
from bayes_border.report.numbers import interval, number, percent, probability
from bayes_border.report.views import Side, Statement
from bayes_border.vocabulary import Null

type _Rule = Callable[[ReportContents], Iterator[Statement]]


def statements(contents: ReportContents) -> tuple[Statement, ...]:
    """Return every sentence whose condition holds, in the order of the rules."""
    return tuple(statement for rule in _RULES for statement in rule(contents))


def of_side(every: tuple[Statement, ...], side: Side) -> tuple[Statement, ...]:
    """Return the sentences of one side."""
    return tuple(statement for statement in every if statement.side is side)


# --- what was printed


def _consistent(contents: ReportContents) -> Iterator[Statement]:
    for finding in contents.audit.graded(Grade.CONSISTENT):
        yield Statement(Side.SUPPORTS, finding.detail, "printed")


def _contradictions(contents: ReportContents) -> Iterator[Statement]:
    found = contents.audit.graded(Grade.CONTRADICTION)
    if found:
        verb, noun = ("is", "statement") if len(found) == 1 else ("are", "statements")
        titles = facts.listed(finding.title[:1].lower() + finding.title[1:] for finding in found)
        text = f"{len(found)} {noun} of the text {verb} contradicted by the paper's own print: {titles}."
        yield Statement(Side.AGAINST, text, "printed")


def _outside(contents: ReportContents) -> Iterator[Statement]:
    finding = next((each for each in contents.audit if each.id == "coherence"), None)
    if finding is None:
        return
    rows = [row for row in finding.evidence if row["table"] == contents.main_table]
    crossed = [row for row in rows if row["outside"]]
    name = labels.table(contents, contents.main_table)
    if crossed:
        parts = facts.listed(f"{row['outside']} of {row['rows']} rows ({row['window']})" for row in crossed)
        text = (
            f"At the γ printed in {name} the equation turns a growth shock round (m = 1 − x'γ ≤ 0) on {parts} {CAVEAT}."
        )
        yield Statement(Side.AGAINST, text, "coherence")
    elif rows:
        text = f"At the γ printed in {name} the equation is coherent (m > 0) on every row {CAVEAT}."
        yield Statement(Side.SUPPORTS, text, "coherence")


def _hansen(contents: ReportContents) -> Iterator[Statement]:
    tested = [x for x in contents.recipe_estimates if x.extra.get("hansen_p") is not None]
    windows = {(x.recipe, x.table, x.window): x for x in tested}
    vacuous = [x for x in windows.values() if x.extra.get("vacuous")]
    footers = [f for f in contents.published.footers if f.hansen_p is not None]
    if vacuous and footers:
        one = vacuous[0].extra
        text = (
            f"A Hansen test with {one['n_clusters']} clusters and {one['n_instruments']} instruments cannot give J above "
            f"{number(_float(one['hansen_bound']))} whatever the data, so its p cannot fall below "
            f"{number(_float(one['hansen_smallest_p']))} ({facts.of(len(vacuous), len(windows), 'fits')} here are of this "
            f"kind): the printed p of {facts.listed(str(f.hansen_p) for f in footers[:3])} in "
            f"{labels.table(contents, footers[0].table)} is no evidence for the instruments."
        )
        yield Statement(Side.AGAINST, text, "reproduced")


# --- reproduction and noise


def _reproduction(contents: ReportContents) -> Iterator[Statement]:
    rows = [row for row in contents.comparison if row.nearest is not None]
    near = [row for row in rows if facts.reproduced(row)]
    far = [row for row in rows if not facts.reproduced(row)]
    limit = f"{criteria.PANEL_DIFFERS_SE:g} printed standard errors"
    if near:
        text = f"A recipe comes within {limit} of {facts.of(len(near), len(rows), 'printed estimates')} {CAVEAT}."
        yield Statement(Side.SUPPORTS, text, "reproduced")
    if far:
        worst = sorted(far, key=_distance, reverse=True)
        shown = facts.cells(contents, worst, lambda row: f"{_distance(row):.1f} away")
        text = f"No recipe comes within {limit} of {facts.of(len(far), len(rows), 'printed estimates')}: {shown}, {CAVEAT}."
        yield Statement(Side.AGAINST, text, "reproduced")


def _distance(row: ComparisonRow) -> float:
    return 0.0 if row.nearest is None else row.nearest.distance


def _noise(contents: ReportContents) -> Iterator[Statement]:
    """Set the estimators' noise beside our own model's, or say nothing of it."""
    null, own = Null.WHITE_NOISE, facts.own_noise(contents, Null.WHITE_NOISE)
    rows = [row for row in facts.rows_of(contents, contents.main_table) if row.cell.term in contents.interactions]
    placed = [(row, place) for row in rows for place in row.placebo if place.null == null]
    if not placed:
        return
    if not own:
        text = (
            "Our own model has no stored placebo here, so nothing is said of the printed estimates beside noise: "
            "the same test has to be passed by both."
        )
        yield Statement(Side.DOUBT, text, "noise")
        return
    inside = [row for row, place in placed if place.holds(row.cell.estimate.value)]
    outside = [row for row, place in placed if not place.holds(row.cell.estimate.value)]
    ours = (
        f"on {facts.own_panels(contents, null)} such panels our own model's {percent(criteria.INTERVAL_LEVEL, 0)} "
        f"intervals leave out zero in {percent(min(own), 0)} to {percent(max(own), 0)}, a cell at a time"
    )
    whole = f"{facts.of_(len(placed), 'printed interactions')} of {labels.table(contents, contents.main_table)}"
    if inside:
        text = (
            f"Of {whole}, {facts.lie(len(inside))} among what the nearest recipe finds in white noise without any "
            f"interaction (central {percent(criteria.NOISE_CENTRAL, 0)}) {CAVEAT}; {ours}."
        )
        yield Statement(Side.AGAINST, text, "noise")
    if outside:
        shown = facts.cells(contents, outside, lambda row: f"printed {row.cell.estimate.text}")
        text = (
            f"Of {whole}, {facts.lie(len(outside))} outside what the nearest recipe finds in white noise {CAVEAT}: "
            f"{shown}; {ours}."
        )
        yield Statement(Side.SUPPORTS, text, "noise")


# --- the coherent posterior


def _signs(contents: ReportContents) -> Iterator[Statement]:
    rows = [row for row in contents.comparison if facts.coherent(row) is not None]
    agree, oppose = [row for row in rows if facts.settled(row)], [row for row in rows if facts.opposed(row)]
    if agree:
        shown = facts.cells(contents, agree, _sign_remark)
        text = (
            f"The coherent model is sure of the printed sign (probability above {criteria.SAME_SIGN:g}) in "
            f"{facts.of(len(agree), len(rows), 'cells')}: {shown}, {CAVEAT}."
        )
        yield Statement(Side.SUPPORTS, text, "side-by-side")
    if oppose:
        shown = facts.cells(contents, oppose, _sign_remark)
        text = f"The coherent model is sure of the opposite sign in {facts.of(len(oppose), len(rows), 'cells')}: {shown}, {CAVEAT}."
        yield Statement(Side.AGAINST, text, "side-by-side")


def _sign_remark(row: ComparisonRow) -> str:
    own = facts.coherent(row)
    return "" if own is None else f"{probability(own.same_sign)}, prior {probability(own.prior_same_sign)}"


def _starred(contents: ReportContents) -> Iterator[Statement]:
    rows = [
        row
        for row in facts.rows_of(contents, contents.main_table)
        if row.cell.stars and facts.coherent(row) is not None
    ]
    if not rows:
        return
    open_ = [row for row in rows if (own := facts.coherent(row)) is not None and facts.includes_zero(own)]
    name = labels.table(contents, contents.main_table)
    if open_:
        text = (
            f"{_capital(facts.of(len(open_), len(rows), 'starred estimates'))} of {name} {'has' if len(open_) == 1 else 'have'} a "
            f"coherent {percent(criteria.INTERVAL_LEVEL, 0)} interval that includes zero: "
            f"{facts.cells(contents, open_, _interval_remark)}, {CAVEAT}."
        )
        yield Statement(Side.AGAINST, text, "headline")
    held = [row for row in rows if facts.holds_print(row)]
    if held:
        both = [row for row in held if row in open_]
        wide = f"; {facts.of_(len(both), 'of these intervals')} also include{'s' if len(both) == 1 else ''} zero" if both else ""
        text = (
            f"{_capital(facts.of(len(held), len(rows), 'starred estimates'))} of {name} lie{'s' if len(held) == 1 else ''} "
            f"inside the coherent model's {percent(criteria.INTERVAL_LEVEL, 0)} interval {CAVEAT}: "
            f"{facts.cells(contents, held, _interval_remark)}{wide}."
        )
        yield Statement(Side.SUPPORTS, text, "headline")


def _interval_remark(row: ComparisonRow) -> str:
    own = facts.coherent(row)
    beside = "" if own is None else f" against {interval(own.interval.lower, own.interval.upper)}"
    return f"{row.cell.estimate.text}{beside}"


def _verdicts(contents: ReportContents) -> Iterator[Statement]:
    tally = contents.comparison.tally()
    same = tally[Verdict.SAME_SIZE]
    if same:
        text = f"{_capital(facts.of(same, len(contents.comparison), 'cells'))} {_agree(same)} in sign and size {CAVEAT}."
        yield Statement(Side.SUPPORTS, text, "side-by-side")
    other = tally[Verdict.OTHER_SIZE]
    if other:
        text = f"{_capital(facts.of(other, len(contents.comparison), 'cells'))} {_agree(other)} in sign but not in size {CAVEAT}."
        yield Statement(Side.AGAINST, text, "side-by-side")


def _agree(number_of: int) -> str:
    return "agrees" if number_of == 1 else "agree"


# --- what to doubt here


def _panel(contents: ReportContents) -> Iterator[Statement]:
    first, last = contents.core
    text = (
        f"The panel is a reconstruction from official statistics ({len(contents.panel.provinces)} provinces, rows "
        f"{first}–{last}), not the authors' own data, and openness is trade only: foreign direct investment is missing. "  # noqa: RUF001 an en dash spans years
        "Where a printed estimate is not reproduced, the data may be the reason."
    )
    yield Statement(Side.DOUBT, text, "data")


def _counts(contents: ReportContents) -> Iterator[Statement]:
    other = [row for row in facts.rows_of(contents, contents.main_table) if row.n_obs_matches is False]
    if other:
        sizes = {str(row.cell.window): (row.n_obs_panel, row.n_obs_printed) for row in other}
        parts = facts.listed(f"{own} for {printed} ({window})" for window, (own, printed) in sizes.items())
        yield Statement(Side.DOUBT, f"Observations differ from those printed: {parts}.", "side-by-side")


def _dispersion(contents: ReportContents) -> Iterator[Statement]:
    own = facts.own_noise(contents, Null.SKEDASTIC)
    text = (
        "γ is identified by the curvature of the mean and also by dispersion that changes with x: heteroscedastic "
        "errors can make the coherent model, too, see interactions that are not there."
    )
    if own:
        text += (
            f" On {facts.own_panels(contents, Null.SKEDASTIC)} panels whose error sd depends on x and whose γ is 0, its "
            f"{percent(criteria.INTERVAL_LEVEL, 0)} intervals leave out zero in {percent(min(own), 0)} to "
            f"{percent(max(own), 0)}, a cell at a time "
            f"({percent(1 - criteria.INTERVAL_LEVEL, 0)} would be right)."
        )
    yield Statement(Side.DOUBT, text, "noise")


def _prior_bound(contents: ReportContents) -> Iterator[Statement]:
    rows = [row for row in contents.comparison if (own := facts.coherent(row)) and own.contraction is not None]
    bound = [row for row in rows if (facts.coherent(row).contraction or 0.0) < criteria.CONTRACTION_MIN]  # type: ignore[union-attr]
    if bound:
        text = (
            f"In {facts.of(len(bound), len(rows), 'cells')} the data take less than "
            f"{percent(criteria.CONTRACTION_MIN, 0)} off the prior variance: there the posterior mostly repeats the prior."
        )
        yield Statement(Side.DOUBT, text, "prior-posterior")


def _checks(contents: ReportContents) -> Iterator[Statement]:
    failed = [check for check in contents.checks if check.status is CheckStatus.FAILED]
    if failed:
        names = facts.listed(f"{check.name} ({check.observed})" for check in failed)
        yield Statement(Side.DOUBT, f"{len(failed)} of {len(contents.checks)} checks fail: {names}.", "checks")


def _calibration(contents: ReportContents) -> Iterator[Statement]:
    stored = contents.calibration
    if stored is None:
        yield Statement(Side.DOUBT, "No calibration of the intervals is stored for this run.", "calibration")
        return
    inside = int(stored.table["inside"].sum())
    if inside < len(stored.table):
        text = (
            f"{len(stored.table) - inside} of {len(stored.table)} quantities have intervals whose coverage lies outside "
            f"the {criteria.COVERAGE_BAND:.1%} band."
        )
        yield Statement(Side.DOUBT, text, "calibration")


def _stale(contents: ReportContents) -> Iterator[Statement]:
    for name, section, stored in (
        ("placebo of our own model", "noise", contents.own_placebo),
        ("calibration of the intervals", "calibration", contents.calibration),
    ):
        if stored is not None and stored.stale:
            text = f"The stored {name} ({stored.date}) is stale: model, panel or settings have changed since."
            yield Statement(Side.DOUBT, text, section)


def _float(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


_RULES: tuple[_Rule, ...] = (
    _signs,
    _starred,
    _verdicts,
    _noise,
    _reproduction,
    _hansen,
    _outside,
    _contradictions,
    _consistent,
    _panel,
    _dispersion,
    _counts,
    _prior_bound,
    _checks,
    _calibration,
    _stale,
)
