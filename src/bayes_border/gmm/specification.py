"""Which tests of its own assumptions does a fit allow, and what does each say?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

import numpy as np

from bayes_border.errors import SpecificationError
from bayes_border.gmm.bounded import BoundedTest
from bayes_border.gmm.difference_in_hansen import difference_in_hansen
from bayes_border.gmm.first_stage import identification
from bayes_border.gmm.fit import GmmFit
from bayes_border.gmm.inference.cross_section import cross_section_test
from bayes_border.gmm.inference.influence import cluster_influence
from bayes_border.gmm.relevance import Relevance
from bayes_border.gmm.sargan import Errors, sargan
from bayes_border.spec.recipe import Estimator


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecificationTest:
    """One test or measure of a fit; None where there is no such number, and `says` then gives the reason.

    Parameters
    ----------
    test, about
        Its name; the instruments, regressor or lag that it speaks of, empty where it is the whole equation.
    statistic, df, p_value
        Of the test as programs print it.
    p_by_rank
        The p-value counted by the rank of the weight.
    bound, smallest_p, vacuous
        The largest statistic and the smallest p that any data could give; whether that p cannot reject.
    says
        What it says or why it cannot be had, for a reader.
    """

    test: str
    about: str = ""
    statistic: float | None = None
    df: float | None = None
    p_value: float | None = None
    p_by_rank: float | None = None
    bound: float | None = None
    smallest_p: float | None = None
    vacuous: bool | None = None
    says: str = ""

    def row(self) -> dict[str, object]:
        """Return the test as one flat row."""
        return asdict(self)


def specification_tests(fit: GmmFit) -> tuple[SpecificationTest, ...]:
    """Return every test that a fit's family has, in the order in which they are read.

    Instruments against clusters; Hansen's J and Sargan's statistic; the difference-in-Hansen test of each
    group of instruments; m1 to m3; strength of the instruments, clustered by unit; Pesaran's CD; the effective
    number of clusters.
    """
    kinds: tuple[Callable[[GmmFit], Iterator[SpecificationTest]], ...] = (
        _counts,
        _overidentification,
        _groups,
        _serial,
        _strength,
        _cross_section,
        _clusters,
    )
    return tuple(test for kind in kinds for test in kind(fit))


def _bounded(test: str, found: BoundedTest, says: str, about: str = "") -> SpecificationTest:
    return SpecificationTest(
        test=test,
        about=about,
        statistic=found.statistic,
        df=found.df,
        p_value=found.p_value,
        p_by_rank=found.p_by_rank,
        bound=found.bound,
        smallest_p=found.smallest_p,
        vacuous=found.vacuous,
        says=says,
    )


def _counts(fit: GmmFit) -> Iterator[SpecificationTest]:
    if fit.n_instruments is None:
        return
    crowded = fit.count_warning
    says = str(crowded.remark) if crowded else f"no more than the {fit.n_clusters} clusters allow"
    yield SpecificationTest(test="instruments", statistic=float(fit.n_instruments), says=says)


def _overidentification(fit: GmmFit) -> Iterator[SpecificationTest]:
    if fit.hansen is not None:
        yield _bounded("Hansen J", fit.hansen, fit.hansen.sentence)
    if fit.n_instruments:
        errors = Errors.DIFFERENCED if fit.recipe.estimator is Estimator.DIFFERENCE_GMM else Errors.WHITE
        found = sargan(fit.stacked, fit.stacked.y - fit.stacked.X @ fit.first_step.values, errors)
        yield _bounded("Sargan", found, found.sentence)


def _groups(fit: GmmFit) -> Iterator[SpecificationTest]:
    # The blocks of one clustered weight are compared: only a fit that rests on such a weight has them.
    several = fit.recipe.estimator is Estimator.DIFFERENCE_GMM and fit.n_steps > 1 and len(fit.instrument_groups) > 1
    if not several:
        return
    stacked = fit.stacked
    before = fit.first_step if fit.recipe.steps == 2 else fit.params  # noqa: PLR2004 -- iterated, both agree
    residuals = stacked.y - stacked.X @ before.values
    moments = stacked.by_unit(stacked.Z * residuals[:, None])
    for name, mask in fit.instrument_groups.items():
        try:
            (found,) = difference_in_hansen(stacked, moments, {name: mask})
        except SpecificationError as refused:
            yield SpecificationTest(test="difference-in-Hansen C", about=name, says=refused.summary)
        else:
            yield _bounded("difference-in-Hansen C", found, found.sentence, name)


def _serial(fit: GmmFit) -> Iterator[SpecificationTest]:
    for m in fit.serial:
        smallest = m.smallest_p
        yield SpecificationTest(
            test=f"m{m.order}",
            about=f"lag {m.order} of the differenced residuals",
            statistic=m.statistic,
            p_value=m.p_value,
            bound=m.bound,
            smallest_p=smallest,
            says=m.reason,
        )


def _strength(fit: GmmFit) -> Iterator[SpecificationTest]:
    if not fit.n_instruments:
        return
    found = identification(fit.stacked)
    names = [str(term) for term in fit.params["term"].values]
    for stage in found.stages:
        yield _relevance("first-stage F", names[stage.column], stage.alone, f"partial R2 {stage.partial_r2:.3f}")
        shea = f"Shea's partial R2 {stage.shea_r2:.3f}"
        yield _relevance("conditional F (Sanderson-Windmeijer)", names[stage.column], stage.conditional, shea)
    yield SpecificationTest(test="Cragg-Donald F", statistic=found.cragg_donald, says=found.sentence)
    yield SpecificationTest(test="Kleibergen-Paap rk F", statistic=found.kleibergen_paap, says=found.sentence)
    if found.weakest is not None:
        yield _bounded("Kleibergen-Paap rk LM", found.weakest.lm, found.weakest.sentence)


def _relevance(test: str, about: str, found: Relevance, more: str) -> SpecificationTest:
    return SpecificationTest(
        test=test,
        about=about,
        statistic=found.f_clustered,
        df=found.df,
        p_value=found.p_clustered,
        says=f"{more}; {found.sentence}",
    )


def _cross_section(fit: GmmFit) -> Iterator[SpecificationTest]:
    try:
        found = cross_section_test(fit.linear)
    except SpecificationError as refused:
        yield SpecificationTest(test="Pesaran CD", says=refused.summary)
        return
    says = f"mean correlation of units {found.mean_correlation:.2f}, mean size {found.mean_absolute_correlation:.2f}"
    yield SpecificationTest(test="Pesaran CD", statistic=found.statistic, p_value=found.p_value, says=says)


def _clusters(fit: GmmFit) -> Iterator[SpecificationTest]:
    try:
        found = cluster_influence(fit.linear)
    except SpecificationError as refused:
        yield SpecificationTest(test="effective clusters", says=refused.summary)
        return
    for k, term in enumerate(fit.params["term"].values):
        number = found.effective_correlated[k]
        yield SpecificationTest(
            test="effective clusters",
            about=str(term),
            statistic=float(number) if np.isfinite(number) else None,
            says=found.reasons[k] or f"of {len(found.labels)} clusters (Carter, Schnepel and Steigerwald 2017)",
        )
