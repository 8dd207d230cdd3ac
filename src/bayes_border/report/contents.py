"""What goes into one report?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pandas as pd
import xarray as xr

from bayes_border.bayes.posterior import Posterior
from bayes_border.checks.calibration_curves import CalibrationCurves
from bayes_border.checks.check import Check
from bayes_border.checks.nearest import NearestSearch
from bayes_border.checks.sbc_verdict import Verdict
from bayes_border.compare.audit import Audit
from bayes_border.compare.comparison import Comparison
from bayes_border.compare.posterior_claims import PosteriorJudgement
from bayes_border.compare.verdict import CAVEAT, SUPPLIED
from bayes_border.design import Design
from bayes_border.estimates import Estimates
from bayes_border.panel.panel import Panel
from bayes_border.published import Published
from bayes_border.spec.study import StudySpec
from bayes_border.vocabulary import TruthSource, Window


@dataclass(frozen=True)
class Kept:
    """Something that was computed earlier by a command and kept.

    Parameters
    ----------
    date, digest
        When it was made, and of which model and rows.
    stale
        Whether model, priors or rows have changed since.
    command
        The command that makes it anew.
    """

    date: str
    digest: str
    stale: bool
    command: str


@dataclass(frozen=True)
class StoredTable(Kept):
    """A placebo that was kept: `table` has one row a thing measured."""

    table: pd.DataFrame


@dataclass(frozen=True)
class StoredCalibration(Kept):
    """A simulation-based calibration that was kept: the judgement, and the curves that figures draw."""

    verdict: Verdict
    curves: CalibrationCurves


@dataclass(frozen=True, kw_only=True)
class ReportContents:
    """Everything that a report shows; what is None or empty is said to be missing, never left out silently.

    Parameters
    ----------
    study, published
        What was asked, and what the paper prints.
    meta
        Versions, seed, panel, break, digests and settings, as every verb reports them.
    panel
        The panel that was fitted.
    coverage, core
        One row a series, province and year (`series`, `province`, `year`, `status`, `source`,
        `value`) of the widest panel, and the first and last year of the rows fitted.
    panel_summary, source_differences, sources
        Spread of each series, cells in which sources differ widely, and what each source is.
    audit, comparison
        Findings on the print; the printed cells beside their counterparts.
    fits
        By table, by model.
    gmm, hansen
        Estimates of the recipes, of any readings of the break (`extra["break"]`), and one row a recipe,
        table, window and reading: `recipe`, `table`, `window`, `break`, `n_instruments`, `n_clusters`,
        `rank`, `j`, `df`, `p_value`, `bound`, `smallest_p`, `vacuous`.
    crowded
        Fits with more instruments than clusters, one row a recipe, table, window and reading: `recipe`, `table`,
        `window`, `break`, `n_instruments`, `n_clusters`; `most_testable`, `remedies` in words.
    placebos
        Of the main table, by recipe and null, estimates on simulated panels: `estimate`, `lower`, `upper`
        `(simulation, window, term)`.
    own_placebo
        The flagship under the same nulls: columns `null`, `window`, `term`, `share_excluding_zero`,
        `mc_error`, `mean`, `sd`, `q2.5`, `q97.5`, `n`.
    power, resolution
        Of the recipes, one row a recipe, window and term (`checks.power`, `checks.resolution`).
    own_power, own_resolution
        The same of the coherent models, with `date`, `stale` and, in words, `sampler`.
    calibrate
        The command that makes what is stored anew.
    searches
        By table, how near the recipes come to print, and the same search where there is nothing to find.
    calibrations
        Of the flagship by simulation, by where its truths come from.
    checks
        Checks of the fits, convergence first.
    claims
        What the coherent posteriors say of the text's claims.
    barrier
        The rows with the smallest m: columns `province`, `year`, `m_mean`, `m_lower`, perhaps `shock`
        (mean of 1/m) and `dg` (observed), one column such as `pre/dg_dlnFAI` for each coefficient's
        posterior mean without that row, `largest_shift` (of any coefficient's mean, in posterior
        standard deviations), `sampled_anew` (instead of reweighting draws) and `converged`; NaN where the fit
        was refused.
    allowed_unconverged
        Fits that did not pass the convergence gate and are shown all the same.
    left_out
        By table that the panel cannot explain, the reason.
    """

    study: StudySpec
    published: Published
    meta: Mapping[str, object]
    panel: Panel
    coverage: pd.DataFrame
    core: tuple[int, int]
    panel_summary: pd.DataFrame
    source_differences: pd.DataFrame
    sources: pd.DataFrame
    audit: Audit
    comparison: Comparison
    fits: Mapping[str, Mapping[str, Posterior]]
    gmm: Estimates
    hansen: pd.DataFrame = field(default_factory=pd.DataFrame)
    crowded: pd.DataFrame = field(default_factory=pd.DataFrame)
    placebos: Mapping[tuple[str, str], xr.Dataset] = field(default_factory=dict)
    own_placebo: StoredTable | None = None
    power: pd.DataFrame = field(default_factory=pd.DataFrame)
    resolution: pd.DataFrame = field(default_factory=pd.DataFrame)
    own_power: StoredTable | None = None
    own_resolution: StoredTable | None = None
    calibrate: str = ""
    searches: Mapping[str, NearestSearch] = field(default_factory=dict)
    calibrations: Mapping[TruthSource, StoredCalibration] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    claims: tuple[PosteriorJudgement, ...] = ()
    barrier: pd.DataFrame = field(default_factory=pd.DataFrame)
    allowed_unconverged: tuple[str, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def main_table(self) -> str:
        """Return the table that the headline speaks of: the study's first."""
        return self.study.tables[0].table

    @property
    def flagship(self) -> Posterior | None:
        """Return the flagship's fit to the main table."""
        return self.fits.get(self.main_table, {}).get(self.study.flagship)

    @property
    def design(self) -> Design | None:
        """Return the rows that the flagship was fitted to."""
        return None if self.flagship is None else self.flagship.design

    @property
    def hansen_tests(self) -> pd.DataFrame:
        """Return Hansen's tests under the reading of the break that the models were fitted under."""
        return self._as_fitted(self.hansen)

    @property
    def crowded_fits(self) -> pd.DataFrame:
        """Return the fits with too many instruments, under the same reading."""
        return self._as_fitted(self.crowded)

    def _as_fitted(self, rows: pd.DataFrame) -> pd.DataFrame:
        if self.design is None or "break" not in rows:
            return rows
        return rows[rows["break"] == self.design.break_.reading]

    @property
    def recipe_estimates(self) -> Estimates:
        """Return the recipes' estimates under the reading of the break that the models were fitted under."""
        reading = None if self.design is None else self.design.break_.reading
        return Estimates(tuple(x for x in self.gmm if reading is None or x.extra.get("break", reading) == reading))

    @property
    def reconstructed(self) -> bool:
        """Return whether the panel is one of the study's own, made from official statistics, or the user's."""
        return self.panel.name in self.study.panels

    @property
    def caveat(self) -> str:
        """Return of which panel a sentence speaks."""
        return CAVEAT if self.reconstructed else SUPPLIED

    @property
    def fresh_placebo(self) -> StoredTable | None:
        """Return the stored placebo of our own model, unless it speaks of another model or panel."""
        return None if self.own_placebo is None or self.own_placebo.stale else self.own_placebo

    @property
    def fresh_power(self) -> StoredTable | None:
        """Return the stored power of our own model, unless it speaks of another model or panel."""
        return None if self.own_power is None or self.own_power.stale else self.own_power

    @property
    def fresh_resolution(self) -> StoredTable | None:
        """Return the stored resolution of our own model, unless it speaks of another model or panel."""
        return None if self.own_resolution is None or self.own_resolution.stale else self.own_resolution

    @property
    def interactions(self) -> tuple[str, ...]:
        """Return the printed terms that are products with the outcome."""
        return tuple(term for term in self.published.terms if term not in self.study.terms)

    def coherent(self, table: str, window: Window) -> Posterior | None:
        """Return the coherent fit that speaks for a window: the flagship, or its counterpart without a break."""
        return self.fits.get(table, {}).get(self.study.roles[0].at(window))

    def every_fit(self) -> Iterator[Posterior]:
        """Iterate over all fits, the main table's first."""
        for table in self.published.tables:
            yield from self.fits.get(table, {}).values()


@dataclass(frozen=True, slots=True)
class Rendered:
    """A report ready to be written; nothing has been written yet.

    `figures` holds SVG by file name.
    """

    html: str
    summary_md: str
    figures: Mapping[str, bytes]
