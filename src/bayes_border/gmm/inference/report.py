"""What do all accounts of the errors say of each coefficient, side by side?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import xarray as xr
from scipy import special

from bayes_border.criteria import INTERVAL_LEVEL
from bayes_border.errors import Fault, SpecificationError
from bayes_border.gmm.inference.bias_reduced import cr2, cr3
from bayes_border.gmm.inference.clustered import clustered
from bayes_border.gmm.inference.clusters import Grouping
from bayes_border.gmm.inference.covariance import Covariance
from bayes_border.gmm.inference.hac import hac
from bayes_border.gmm.inference.refusals import SOURCE, refuse_impossible
from bayes_border.gmm.inference.two_way import two_way
from bayes_border.gmm.inference.wild import WildPlan, wild_bootstrap
from bayes_border.gmm.linear import LinearFit
from bayes_border.spec.recipe import StandardErrors

COVARIANCES: Final[dict[StandardErrors, Callable[[LinearFit], Covariance]]] = {
    StandardErrors.CLUSTER_UNIT: lambda fit: clustered(fit, Grouping.UNIT),
    StandardErrors.CLUSTER_PERIOD: lambda fit: clustered(fit, Grouping.PERIOD),
    StandardErrors.TWO_WAY: two_way,
    StandardErrors.HAC: hac,
    StandardErrors.CR2: cr2,
    StandardErrors.CR3: cr3,
}
NUMBERS: Final = ("se", "df", "t", "p_value", "lower", "upper")


def side_by_side(fit: LinearFit, terms: Sequence[str], *, primary: StandardErrors, seed: int) -> xr.Dataset:
    """Return standard error, t, p and interval of each coefficient under every account of the errors.

    Parameters
    ----------
    terms
        Names of the coefficients.
    primary
        The account that estimates are to be shown with; kept as the attribute `primary`.
    seed
        Of the bootstrap's signs, used with more than twelve units.

    Returns
    -------
    Dataset with dims `errors`, `term`: `estimate` `(term)`; `se`, `df`, `t`, `p_value`, `lower`,
    `upper`, the interval at `criteria.INTERVAL_LEVEL`; `reason` `(errors, term)`, why a number is NaN
    or what limits it, empty otherwise; `note` `(errors)`. The bootstrap has no standard error and no
    degrees of freedom: its `lower` and `upper` are the ends of the set of values not rejected, infinite
    where it is unbounded, and `reason` says when the set is not an interval.

    Raises
    ------
    SpecificationError
        If no standard error can exist, names and coefficients differ in number, or the primary
        account cannot be computed for any coefficient.
    """
    refuse_impossible(fit)
    if len(terms) != len(fit.coefficients):
        fault = Fault("terms", f"{len(terms)} names for {len(fit.coefficients)} coefficients", "name each")
        raise SpecificationError(SOURCE, [fault])
    accounts = [_account(fit, kind, seed) for kind in StandardErrors]
    cells = ("errors", "term")
    numbers = {name: (cells, np.stack([a.numbers[name] for a in accounts])) for name in NUMBERS}
    data = xr.Dataset(
        {
            "estimate": ("term", fit.coefficients),
            **numbers,
            "reason": (cells, np.array([a.reasons for a in accounts])),
            "note": ("errors", np.array([a.note for a in accounts])),
        },
        {"errors": [str(kind) for kind in StandardErrors], "term": list(terms)},
    )
    if not np.isfinite(data["p_value"].sel(errors=str(primary))).any():
        found = "; ".join(sorted(set(data["reason"].sel(errors=str(primary)).values)))
        raise SpecificationError(SOURCE, [Fault(str(primary), found, "choose other standard errors")])
    return data.assign_attrs(primary=str(primary), level=INTERVAL_LEVEL, seed=seed)


@dataclass(frozen=True, slots=True)
class _Account:
    """One row of the answer: each of `NUMBERS` with shape `(term,)`, a sentence a term, one for all."""

    numbers: Mapping[str, np.ndarray]
    reasons: Sequence[str]
    note: str


def _account(fit: LinearFit, kind: StandardErrors, seed: int) -> _Account:
    try:
        if kind is StandardErrors.WILD_BOOTSTRAP:
            return _bootstrapped(fit, WildPlan(seed=seed))
        return _with_t(fit, COVARIANCES[kind](fit))
    except SpecificationError as refused:
        k = len(fit.coefficients)
        return _Account(dict.fromkeys(NUMBERS, np.full(k, np.nan)), [refused.summary] * k, "cannot be computed")


def _with_t(fit: LinearFit, found: Covariance) -> _Account:
    b, se = fit.coefficients, found.se
    df = np.where(np.isfinite(se), found.df, np.nan)
    t = b / se
    reach = se * special.stdtrit(df, (1 + INTERVAL_LEVEL) / 2)
    numbers = dict(zip(NUMBERS, (se, df, t, 2 * special.stdtr(df, -np.abs(t)), b - reach, b + reach), strict=True))
    return _Account(numbers, found.reasons, "; ".join(found.notes))


def _bootstrapped(fit: LinearFit, plan: WildPlan) -> _Account:
    k = len(fit.coefficients)
    numbers = {name: np.full(k, np.nan) for name in NUMBERS}
    reasons, note = [""] * k, ""
    for j in range(k):
        try:
            test = wild_bootstrap(fit, j, plan)
        except SpecificationError as refused:
            reasons[j] = refused.summary
            continue
        found = (test.statistic, test.p_value, test.confidence.lower, test.confidence.upper)
        for name, value in zip(("t", "p_value", "lower", "upper"), found, strict=True):
            numbers[name][j] = value
        reasons[j] = f"a bootstrap test has no standard error; {test.confidence.sentence}"
        note = f"{test.form}; {test.n_signs} sign vectors, smallest p {test.smallest_p:.2g}"
    return _Account(numbers, reasons, note)
