"""What is there to see in each figure of a calibration, in one sentence made from its numbers?"""

from __future__ import annotations

import math

import xarray as xr

from bayes_border import criteria
from bayes_border.report import facts
from bayes_border.report.contents import StoredCalibration
from bayes_border.report.numbers import number, percent, signed
from bayes_border.vocabulary import TruthSource

NO_FIT = "No fit gave a value."
_LEVEL = percent(criteria.INTERVAL_LEVEL, 0)


def ecdf(run: StoredCalibration) -> str:
    """Say which curves leave their bands, or how far they stay from zero."""
    curves = _known(run.curves.ecdf)
    if not curves.sizes["quantity"]:
        return NO_FIT
    outside = curves["quantity"].values[_outside(curves).any("at").values]
    if outside.size:
        leave = "leaves its band" if outside.size == 1 else "leave their bands"
        return f"{outside.size} of {curves.sizes['quantity']} curves {leave}: {facts.some(map(str, outside))}."
    distance = abs(curves["value"]).max("at")
    farthest = str(distance.idxmax("quantity").values)
    return (
        f"Every curve stays inside its band; the farthest from zero, by {number(float(distance.max()), 2)}, is that of "
        f"{farthest}."
    )


def ranks(run: StoredCalibration) -> str:
    """Say how many bins lie outside their bands, beside how many chance would put there."""
    curves = _known(run.curves.ranks)
    if not curves.sizes["quantity"]:
        return NO_FIT
    outside = _outside(curves)
    found, names = int(outside.sum()), outside["quantity"].values[outside.any("at").values]
    where = f" ({facts.some(map(str, names))})" if found else ""
    by_chance = number((1.0 - criteria.COVERAGE_BAND) * outside.size, 1)
    return (
        f"{facts.capital(facts.of(found, outside.size, 'bins'))} {'lies' if found == 1 else 'lie'} outside the band"
        f"{where}, where chance puts {by_chance} on average, or fewer."
    )


def coverage(run: StoredCalibration) -> str:
    """Say between which shares the intervals of the report's level hold their truths."""
    judged = [each for each in run.verdict.quantities if each.n]
    if not judged:
        return NO_FIT
    low, high = (end(judged, key=lambda each: each.coverage) for end in (min, max))
    lower, upper = min(each.lower_band for each in judged), max(each.upper_band for each in judged)
    inside = sum(each.inside for each in judged)
    return (
        f"{_LEVEL} intervals hold the truth in {percent(low.coverage)} ({low.quantity}) to {percent(high.coverage)} "
        f"({high.quantity}) of simulations; {facts.of(inside, len(judged), 'quantities')} lie where chance leaves them "
        f"({percent(lower)} to {percent(upper)})."
    )


def contraction(run: StoredCalibration, source: TruthSource) -> str:
    """Say what is learnt least, and which posterior mean misses the truth most."""
    judged = [each for each in run.verdict.quantities if math.isfinite(each.contraction)]
    if not judged:
        return NO_FIT
    before = "the prior variance goes" if source is TruthSource.PRIOR else "the variance that the panel left goes"
    enough = sum(each.contraction >= criteria.CONTRACTION_MIN for each in judged)
    least, off = min(judged, key=lambda each: each.contraction), max(judged, key=lambda each: abs(each.mean_z))
    return (
        f"At least {percent(criteria.CONTRACTION_MIN, 0)} of {before} for "
        f"{facts.of(enough, len(judged), 'quantities')}, least for {least.quantity} "
        f"({percent(least.contraction, 0)}); the mean z-score farthest from zero is {signed(off.mean_z, 2)} "
        f"({off.quantity}), where one standard error is {number(off.n**-0.5, 1)}."
    )


def _known(curves: xr.Dataset) -> xr.Dataset:
    return curves.dropna("quantity", subset=["value"])


def _outside(curves: xr.Dataset) -> xr.DataArray:
    return (curves["value"] < curves["lower"]) | (curves["value"] > curves["upper"])
