"""What is there to doubt in this reanalysis?"""

from __future__ import annotations

from collections.abc import Iterator

from bayes_border import criteria
from bayes_border.checks.check import CheckStatus
from bayes_border.report import facts, labels
from bayes_border.report.contents import Kept, ReportContents, StoredCalibration
from bayes_border.report.numbers import percent
from bayes_border.report.views import Side, Statement
from bayes_border.vocabulary import Null, TruthSource

_LEVEL = percent(criteria.INTERVAL_LEVEL, 0)


def panel(contents: ReportContents) -> Iterator[Statement]:
    """Say what the panel is not."""
    first, last = contents.core
    size = f"{contents.panel.name}: {len(contents.panel.provinces)} provinces, rows {first} to {last}"
    kind = "one that was supplied"
    if contents.reconstructed:
        kind = "a reconstruction, and its openness is trade only, without foreign direct investment"
    text = (
        f"The panel ({size}) is not the authors' own data but {kind}. Where "
        "a printed estimate is not reproduced, the data may be the reason."
    )
    yield Statement(Side.DOUBT, text, "data")


def left_out(contents: ReportContents) -> Iterator[Statement]:
    """Name the printed tables that have no counterpart, and why."""
    for table, reason in contents.left_out.items():
        yield Statement(
            Side.DOUBT, f"{labels.table(contents, table)} has no counterpart here: {reason}.", "side-by-side"
        )


def counts(contents: ReportContents) -> Iterator[Statement]:
    """Say where the number of observations differs from print."""
    other = [row for row in facts.rows_of(contents, contents.main_table) if row.n_obs_matches is False]
    if other:
        sizes = {str(row.cell.window): (row.n_obs_panel, row.n_obs_printed) for row in other}
        parts = facts.listed(f"{own} for {printed} ({window})" for window, (own, printed) in sizes.items())
        yield Statement(Side.DOUBT, f"Observations differ from those printed: {parts}.", "side-by-side")


def dispersion(contents: ReportContents) -> Iterator[Statement]:
    """Say how heteroscedastic errors fool our own model, with its placebo where there is one."""
    text = (
        "γ is identified by the curvature of the mean and also by dispersion that changes with x: heteroscedastic "
        "errors can make the coherent model, too, see interactions that are not there."
    )
    own, panels = facts.own_noise(contents, Null.SKEDASTIC), facts.own_panels(contents, Null.SKEDASTIC)
    if own:
        text += (
            f" On {panels} panels whose error sd depends on x and whose γ is 0, its "
            f"{_LEVEL} intervals leave out zero in {percent(min(own), 0)} to {percent(max(own), 0)}, a cell at a time "
            f"(most often for {facts.own_worst(contents, Null.SKEDASTIC)}; {percent(1 - criteria.INTERVAL_LEVEL, 0)} "
            "would be right)."
        )
    yield Statement(Side.DOUBT, text, "noise")


def power(contents: ReportContents) -> Iterator[Statement]:
    """Say where our own model could hardly find interactions of the size that its own posterior believes in."""
    if contents.fresh_power is None:
        return
    table = contents.fresh_power.table
    every = table[table["term"].isin(contents.interactions)]
    low = every[every["power"] < criteria.POWER_WANTED]
    if len(low):
        text = (
            f"Were interactions as large as our own posterior believes them to be, our own model's {_LEVEL} intervals "
            f"would leave out zero in less than {percent(criteria.POWER_WANTED, 0)} of panels for "
            f"{facts.of(len(low), len(every), 'interactions')} ({facts.span(low['power'])}): there an interval that "
            "holds zero says little against an interaction."
        )
        yield Statement(Side.DOUBT, text, "power")


def prior_bound(contents: ReportContents) -> Iterator[Statement]:
    """Count the cells in which the posterior mostly repeats the prior."""
    found = [own.contraction for row in contents.comparison if (own := facts.coherent(row)) is not None]
    known = [contraction for contraction in found if contraction is not None]
    bound = sum(contraction < criteria.CONTRACTION_MIN for contraction in known)
    if bound:
        text = (
            f"In {facts.of(bound, len(known), 'cells')} the data take less than {percent(criteria.CONTRACTION_MIN, 0)} "
            "off the prior variance: there the posterior mostly repeats the prior."
        )
        yield Statement(Side.DOUBT, text, "prior-posterior")


def checks(contents: ReportContents) -> Iterator[Statement]:
    """Name the checks that fail."""
    failed = [check for check in contents.checks if check.status is CheckStatus.FAILED]
    if failed:
        names = facts.listed(f"{check.name} ({check.observed})" for check in failed)
        fails = "fails" if len(failed) == 1 else "fail"
        section = "convergence" if all(check.name.startswith("convergence") for check in failed) else "checks"
        yield Statement(Side.DOUBT, f"{len(failed)} of {len(contents.checks)} checks {fails}: {names}.", section)


def calibration(contents: ReportContents) -> Iterator[Statement]:
    """Say what a calibration finds at fault, that some of its fits did not converge, or that nobody has looked."""
    if TruthSource.PRIOR not in contents.calibrations:
        text = "No simulation-based calibration of the coherent model is stored for this run."
        yield Statement(Side.DOUBT, text, "calibration")
    for source, run in contents.calibrations.items():
        if not run.stale:
            for text in _faults(run):
                yield Statement(Side.DOUBT, f"Truths from the {source}: {text}", f"calibration-{source}")


def _faults(run: StoredCalibration) -> Iterator[str]:
    verdict = run.verdict
    failed = [each.quantity for each in verdict.quantities if not each.passed]
    outside = [each.quantity for each in verdict.quantities if not each.inside]
    whole, done = len(verdict.quantities), verdict.simulations - verdict.failed
    if failed:
        yield f"{facts.of(len(failed), whole, 'quantities')} did not pass the calibration ({facts.some(failed)})."
    if outside:
        yield (
            f"{facts.of(len(outside), whole, 'quantities')} have {_LEVEL} intervals whose coverage lies outside the "
            f"{percent(criteria.COVERAGE_BAND)} band ({facts.some(outside)})."
        )
    if verdict.failed or verdict.unconverged:
        failures = f"{verdict.failed or 'none'} failed, and {verdict.unconverged or 'none'} of the other {done}"
        limit = f"{criteria.CALIBRATION_RHAT_MAX:g}"
        yield f"of {verdict.simulations} fits {failures} did not converge (R-hat above {limit})."


def stale(contents: ReportContents) -> Iterator[Statement]:
    """Name stored calibrations that speak of another model or panel."""
    kept: list[tuple[str, str, Kept | None]] = [
        ("placebo of our own model", "noise", contents.own_placebo),
        ("power of our own model", "power", contents.own_power),
        ("resolution of our own model", "power", contents.own_resolution),
    ]
    kept += [
        (f"calibration with truths from the {source}", f"calibration-{source}", run)
        for source, run in contents.calibrations.items()
    ]
    for name, section, stored in kept:
        if stored is not None and stored.stale:
            text = f"The stored {name} ({stored.date}) is stale: model, priors or rows have changed since."
            yield Statement(Side.DOUBT, text, section)
