"""Is a model's inference calibrated, as far as a run of simulated panels can tell?

Simulation-based calibration (Talts et al. 2018; Modrák et al. 2023): where the truth is drawn from the
prior, its place among the posterior's draws is uniform. Each quantity has two tests, of any departure
(`checks.uniformity`) and of one to a side, wider posteriors counting more (`checks.location`). The family is
judged by Holm's procedure (1979), which holds whatever the dependence between quantities, and beside the verdict
stands what so many fits would not have found.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import xarray as xr

from bayes_border import criteria
from bayes_border.checks import location, uniformity
from bayes_border.checks.detectable import TESTS, Detectable, smallest_detectable
from bayes_border.checks.interval_coverage import binomial_band, share_held
from bayes_border.checks.uniformity import require_probabilities
from bayes_border.errors import DataError, Fault, first_of

#: A sentence names so many quantities; the table has all.
_NAMED = 6


@dataclass(frozen=True)
class QuantityVerdict:
    """What a run says of one quantity.

    Parameters
    ----------
    quantity
        Its label.
    n
        Fits that gave its probability integral transform (PIT).
    p_uniform, p_location
        Of the two tests; NaN where there is no fit to be judged by.
    p_value, p_adjusted
        Of both together, by Bonferroni, and after Holm.
    coverage, lower_band, upper_band, inside
        Share of `criteria.INTERVAL_LEVEL` intervals that hold the truth, the band in which chance alone leaves
        it, and whether it lies there.
    mean_z, lower_z, upper_z
        Mean and central `criteria.INTERVAL_LEVEL` of (posterior mean - truth) / posterior sd.
    contraction
        Median of 1 - posterior variance / prior variance; a quantity with heavy tails, such as a ratio, has single
        fits whose variance would rule a mean. NaN for what depends on the data.
    passed
        Whether its adjusted p-value is above `criteria.CALIBRATION_LEVEL`.
    """

    quantity: str
    n: int
    p_uniform: float
    p_location: float
    p_value: float
    p_adjusted: float
    coverage: float
    lower_band: float
    upper_band: float
    inside: bool
    mean_z: float
    lower_z: float
    upper_z: float
    contraction: float
    passed: bool


@dataclass(frozen=True)
class Verdict:
    """The judgement of one run.

    Parameters
    ----------
    model
        Name of the model.
    quantities
        What it says of each quantity, in the order of the run.
    simulations, failed, unconverged
        Fits tried; those that gave no PIT at all and are left out; those of the others that did not
        converge and stay in, for to leave them out would select by the data.
    """

    model: str
    quantities: tuple[QuantityVerdict, ...]
    simulations: int
    failed: int
    unconverged: int

    @property
    def passed(self) -> bool:
        """Return whether every quantity passed; one without a fit has not."""
        return all(each.passed for each in self.quantities)

    @cached_property
    def detectable(self) -> Detectable | None:
        """Return the smallest faults that the quantity with the fewest fits would show; None without a fit."""
        counts = [each.n for each in self.quantities if each.n]
        return smallest_detectable(min(counts), quantities=len(counts)) if counts else None

    @property
    def summary(self) -> str:
        """Return the verdict in words: what was found, what could have been, and on which fits it rests."""
        return f"{self._found()}{self._findable()} {self._fits()}"

    def table(self) -> pd.DataFrame:
        """Return one row a quantity, columns as in `QuantityVerdict`."""
        return pd.DataFrame([asdict(each) for each in self.quantities])

    def _found(self) -> str:
        level = f"at a family-wise level of {100 * criteria.CALIBRATION_LEVEL:g} %"
        judged = [each for each in self.quantities if each.n]
        unjudged = [each.quantity for each in self.quantities if not each.n]
        failed = [each for each in judged if not each.passed]
        parts = []
        if failed:
            worst = sorted(failed, key=lambda each: each.p_value)
            names = first_of([f"{each.quantity} (p {each.p_adjusted:.2g})" for each in worst], _NAMED)
            parts.append(f"Not calibrated: {len(failed)} of {len(judged)} quantities depart from uniform {level}, "
                         f"{names}.")  # fmt: skip
        elif judged:
            least = min(judged, key=lambda each: each.p_adjusted)
            nearest = f"smallest adjusted p {least.p_adjusted:.2g}, {least.quantity}"
            if least.p_adjusted == 1.0:
                nearest = "every adjusted p is 1"
            parts.append(f"None of {len(judged)} quantities departs from uniform {level} ({nearest}).")
        if unjudged:
            parts.append(f"No fit gave a value of {first_of(unjudged, _NAMED)}: the run has not passed.")
        return " ".join(parts)

    def _findable(self) -> str:
        if self.detectable is None:
            return ""
        return (
            f" With n = {self.detectable.n} and a power of {100 * criteria.POWER_WANTED:g} %, one quantity would show "
            f"{self.detectable.words}."
        )

    def _fits(self) -> str:
        done = self.simulations - self.failed
        share = f" ({100 * self.unconverged / done:.1f} %)" if done else ""
        return (
            f"{self.failed} of {self.simulations} fits failed and are left out; {self.unconverged} of the other {done}"
            f"{share} did not converge (R-hat above {criteria.CALIBRATION_RHAT_MAX:g}); such fits stay in."
        )


def judge(data: xr.Dataset, *, model: str) -> Verdict:
    """Return the verdict on a run.

    Parameters
    ----------
    data
        Variables `pit` (in [0, 1], randomised where draws tie with the truth), `sd`, `z` and `contraction`, dims
        `(simulation, quantity)`, and `rhat_max`, dim `simulation`; NaN where a fit failed.
    model
        Name of the model.

    Raises
    ------
    DataError
        If there is no quantity, or a PIT is no probability; each such quantity is named.
    """
    if not data.sizes["quantity"]:
        raise DataError(model, [Fault("quantity", "there is none", "name one quantity at least")])
    names = [str(name) for name in data["quantity"].values]
    pits = data["pit"].transpose("quantity", "simulation").values
    known = [pit[~np.isnan(pit)] for pit in pits]
    require_probabilities(dict(zip(names, known, strict=True)), source=model)
    sds = data["sd"].transpose("quantity", "simulation").values
    by_test = np.array([_p_values(*each) for each in zip(pits, sds, strict=True)])
    p_values = np.minimum(1.0, TESTS * by_test.min(axis=1))
    rows = zip(names, by_test, p_values, holm(p_values), strict=True)
    done = ~np.isnan(pits).all(axis=0)
    return Verdict(
        model=model,
        quantities=tuple(_row(data.isel(quantity=k), *row) for k, row in enumerate(rows)),
        simulations=len(done),
        failed=int((~done).sum()),
        unconverged=int((done & ~(data["rhat_max"].values <= criteria.CALIBRATION_RHAT_MAX)).sum()),
    )


def holm(p_values: np.ndarray) -> np.ndarray:
    """Return p-values adjusted for their number (Holm 1979), NaN where there is none; any dependence is allowed."""
    order = np.argsort(p_values)
    family = int(np.isfinite(p_values).sum())
    steps = np.arange(family, family - len(p_values), -1)
    adjusted = np.empty_like(p_values)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(steps * p_values[order]))
    return adjusted


def _p_values(pit: np.ndarray, sd: np.ndarray) -> tuple[float, float]:
    """Return the p-values of both tests of a quantity; its draws may be infinite, and then have no sd."""
    known = ~np.isnan(pit)
    if not known.any():
        return np.nan, np.nan
    weights = np.where(np.isfinite(sd), sd, 0.0)[known]
    return uniformity.p_value(pit[known]), location.p_value(pit[known], weights)


def _row(here: xr.Dataset, quantity: str, by_test: np.ndarray, p: float, p_adjusted: float) -> QuantityVerdict:
    pit, z, contraction = (_finite(here[name].values) for name in ("pit", "z", "contraction"))
    coverage, (lower, upper) = share_held(pit), binomial_band(pit.size)
    tail = (1.0 - criteria.INTERVAL_LEVEL) / 2.0
    lower_z, upper_z = np.quantile(z, [tail, 1.0 - tail]) if z.size else (np.nan, np.nan)
    return QuantityVerdict(
        quantity=quantity,
        n=pit.size,
        p_uniform=float(by_test[0]),
        p_location=float(by_test[1]),
        p_value=float(p),
        p_adjusted=float(p_adjusted),
        coverage=coverage,
        lower_band=lower,
        upper_band=upper,
        inside=lower <= coverage <= upper,
        mean_z=float(z.mean()) if z.size else np.nan,
        lower_z=float(lower_z),
        upper_z=float(upper_z),
        contraction=float(np.median(contraction)) if contraction.size else np.nan,
        passed=bool(p_adjusted > criteria.CALIBRATION_LEVEL),
    )


def _finite(values: np.ndarray) -> np.ndarray:
    return values[np.isfinite(values)]
