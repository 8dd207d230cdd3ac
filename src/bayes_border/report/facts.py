"""Which counts and lists do captions, statements and the summary share?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from bayes_border import criteria
from bayes_border.compare.row import ComparisonRow
from bayes_border.compare.summary import PosteriorSummary
from bayes_border.estimates import Estimate
from bayes_border.report import labels
from bayes_border.report.contents import ReportContents
from bayes_border.report.numbers import percent
from bayes_border.vocabulary import COHERENT

#: No list in a sentence is longer than this; the side-by-side table has them all.
_LISTED = 6


def rows_of(contents: ReportContents, table: str) -> list[ComparisonRow]:
    """Return the comparison's rows of one table."""
    return [row for row in contents.comparison if row.cell.table == table]


def coherent(row: ComparisonRow) -> PosteriorSummary | None:
    """Return the coherent posterior of a row."""
    return row.posteriors.get(COHERENT)


def includes_zero(posterior: PosteriorSummary) -> bool:
    """Return whether the posterior interval includes zero."""
    return posterior.interval.lower <= 0.0 <= posterior.interval.upper


def holds_print(row: ComparisonRow) -> bool:
    """Return whether the printed estimate lies inside the coherent posterior's interval."""
    own = coherent(row)
    return own is not None and own.interval.lower <= row.cell.estimate.value <= own.interval.upper


def settled(row: ComparisonRow) -> bool:
    """Return whether the coherent posterior is sure of the printed sign."""
    own = coherent(row)
    return own is not None and own.same_sign is not None and own.same_sign > criteria.SAME_SIGN


def opposed(row: ComparisonRow) -> bool:
    """Return whether the coherent posterior is sure of the other sign."""
    own = coherent(row)
    return own is not None and own.same_sign is not None and own.same_sign < 1.0 - criteria.SAME_SIGN


def reproduced(row: ComparisonRow) -> bool:
    """Return whether the nearest recipe lies within the tolerance of the verdicts."""
    return row.nearest is not None and row.nearest.distance <= criteria.PANEL_DIFFERS_SE


def tied_to_dispersion(contents: ReportContents) -> list[Estimate]:
    """Return the interactions of the main table's models that have dispersion slopes too."""
    fits = contents.fits.get(contents.main_table, {}).values()
    return [x for fit in fits if fit.spec.structure.skedastic for x in fit.estimates() if "corr_kappa" in x.extra]


def own_noise(contents: ReportContents, null: str) -> list[float]:
    """Return our own model's shares of intervals excluding zero under a null, of interactions only."""
    if contents.fresh_placebo is None:
        return []
    table = contents.fresh_placebo.table
    here = table[(table["null"] == null) & table["term"].isin(contents.interactions)]
    return [float(share) for share in here["share_excluding_zero"]]


def own_worst(contents: ReportContents, null: str) -> str:
    """Return the interaction for which our own model errs most often under a null, with its Monte Carlo error."""
    if contents.fresh_placebo is None:
        return ""
    table = contents.fresh_placebo.table
    here = table[(table["null"] == null) & table["term"].isin(contents.interactions)]
    if here.empty:
        return ""
    worst = here.sort_values("share_excluding_zero").iloc[-1]
    name = f"{labels.greek(contents, str(worst['term']))} {worst['window']}"
    return f"{name}, {percent(worst['share_excluding_zero'], 0)} ± {percent(worst['mc_error'], 0)}"


def own_panels(contents: ReportContents, null: str) -> int:
    """Return on how many panels our own model was put through a null."""
    if contents.fresh_placebo is None:
        return 0
    table = contents.fresh_placebo.table
    return int(table.loc[table["null"] == null, "n"].min())


def cells(contents: ReportContents, rows: Sequence[ComparisonRow], remark: Callable[[ComparisonRow], str]) -> str:
    """Return the cells in words, each with a remark in brackets."""
    return some(f"{labels.place(contents, row.cell.key)} ({remark(row)})" for row in rows)


def listed(items: Iterable[str]) -> str:
    """Return "a, b and c"."""
    *before, last = [*items] or [""]
    return f"{', '.join(before)} and {last}" if before else last


def some(items: Iterable[str]) -> str:
    """Return the first items as `listed` does, and how many more there are."""
    every = list(items)
    more = len(every) - _LISTED
    return listed([*every[:_LISTED], *([f"{more} more"] if more > 0 else [])])


def of(part: int, whole: int, noun: str) -> str:
    """Return "3 of 18 cells", "all 18 cells" or "none of 18 cells"."""
    if whole and part == whole:
        return f"all {whole} {noun}" if whole > 1 else f"the one {noun.removesuffix('s')}"
    return f"{part or 'none'} of {whole} {noun}"


def span(shares: Iterable[float]) -> str:
    """Return "3 % to 18 %", the smallest and the largest of shares, or "3 %" where they read alike."""
    every = list(shares)
    return " to ".join(dict.fromkeys(percent(end(every), 0) for end in (min, max)))


def lie(number: int) -> str:
    """Return "1 lies" or "3 lie"."""
    return f"{number} {'lies' if number == 1 else 'lie'}"


def capital(text: str) -> str:
    """Return text with a capital first letter."""
    return text[:1].upper() + text[1:]
