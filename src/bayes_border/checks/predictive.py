"""Would the fitted model have produced a panel like the one observed?

Posterior predictive checks (Gelman, Meng and Stern 1996): each statistic of the observed outcome
beside its distribution over replicated panels, with a two-sided p-value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from bayes_border import criteria
from bayes_border.bayes.posterior import Posterior
from bayes_border.checks.check import Check, CheckStatus
from bayes_border.errors import UsageError

#: Replicated panels used: p-values to about one percentage point.
REPLICATES = 2000

_TAIL = (1.0 - criteria.INTERVAL_LEVEL) / 2.0


@dataclass(frozen=True)
class Rows:
    """Where the observed rows stand: indices `(row,)` and scaled regressors `(row, regressor)`."""

    province: np.ndarray
    year: np.ndarray
    regime: np.ndarray
    x: np.ndarray
    labels: Mapping[str, list[str]]


#: Several statistics of panels `(panel, row)` at once: name of each -> its values `(panel,)`.
type Family = Callable[[np.ndarray, Rows], dict[str, np.ndarray]]


def predictive_checks(posterior: Posterior) -> tuple[Check, ...]:
    """Return one check a family of statistics.

    Raises
    ------
    UsageError
        If the model is no density of the outcome, so that nothing can be replicated.
    """
    if "posterior_predictive" not in posterior.tree.children:
        message = f"{posterior.spec.name} is no density of the outcome: it cannot replicate a panel"
        raise UsageError(message)
    rows = _rows(posterior)
    observed = posterior.tree["observed_data"].to_dataset()["dg"].values[None, :]
    replicated = _replicates(posterior.tree["posterior_predictive"].to_dataset()["dg"])
    return tuple(
        _check(name, meaning, family(observed, rows), family(replicated, rows)) for name, meaning, family in FAMILIES
    )


def pit(posterior: Posterior) -> pd.DataFrame:
    """Return the probability integral transform of each observed row: the share of replicates below it."""
    observed = posterior.tree["observed_data"].to_dataset()["dg"]
    below = (posterior.tree["posterior_predictive"].to_dataset()["dg"] < observed).mean(("chain", "draw"))
    return pd.DataFrame({"province": observed["province"], "year": observed["year"], "pit": below})


def _replicates(predictive: xr.DataArray) -> np.ndarray:
    panels = predictive.transpose("chain", "draw", "row").values.reshape(-1, predictive.sizes["row"])
    step = max(1, len(panels) // REPLICATES)
    kept: np.ndarray = panels[::step]
    return kept


def _rows(posterior: Posterior) -> Rows:
    data = posterior.tree["constant_data"].to_dataset()
    return Rows(
        data["province_index"].values,
        data["year"].values,
        data["regime_index"].values,
        (data["x"] / data["scale"]).transpose("row", "regressor").values,
        {"province": list(posterior.design.provinces), "regressor": list(posterior.design.terms)},
    )


def _check(name: str, meaning: str, observed: Mapping[str, np.ndarray], replicated: Mapping[str, np.ndarray]) -> Check:
    table = pd.DataFrame([_row(key, float(observed[key][0]), replicated[key]) for key in observed])
    worst = table.sort_values("p_value").iloc[0]
    # Bonferroni within a family: nine provinces are nine chances to look odd.
    limit = criteria.PREDICTIVE_P_MIN / len(table)
    return Check(
        name=f"posterior predictive: {name}",
        status=CheckStatus.PASSED if worst["p_value"] >= limit else CheckStatus.FAILED,
        observed=f"smallest two-sided p {worst['p_value']:.3f} ({worst['statistic']})",
        criterion=f"p >= {limit:.4f} ({criteria.PREDICTIVE_P_MIN} over {len(table)})",
        meaning=meaning,
        table=table,
    )


def _row(statistic: str, observed: float, replicated: np.ndarray) -> dict[str, object]:
    lower, upper = np.quantile(replicated, [_TAIL, 1.0 - _TAIL])
    # (b + 1) / (n + 1) each side: a p-value from n replicates is never 0 (Davison and Hinkley 1997).
    n = replicated.size + 1
    above, below = ((replicated >= observed).sum() + 1) / n, ((replicated <= observed).sum() + 1) / n
    return {
        "statistic": statistic,
        "observed": observed,
        "replicated_mean": float(replicated.mean()),
        "lower": float(lower),
        "upper": float(upper),
        "p_value": float(min(1.0, 2.0 * min(above, below))),
    }


def _distribution(y: np.ndarray, _: Rows) -> dict[str, np.ndarray]:
    centred = y - y.mean(axis=1, keepdims=True)
    sd = centred.std(axis=1)
    return {
        "mean": y.mean(axis=1),
        "standard deviation": sd,
        "skewness": (centred**3).mean(axis=1) / sd**3,
        "kurtosis": (centred**4).mean(axis=1) / sd**4,
    }


def _extremes(y: np.ndarray, _: Rows) -> dict[str, np.ndarray]:
    return {"minimum": y.min(axis=1), "maximum": y.max(axis=1)}


def _by_province(y: np.ndarray, rows: Rows) -> dict[str, np.ndarray]:
    names = enumerate(rows.labels["province"])
    return {f"sd, {name}": y[:, rows.province == i].std(axis=1) for i, name in names if (rows.province == i).any()}


def _by_regime(y: np.ndarray, rows: Rows) -> dict[str, np.ndarray]:
    names = enumerate(("pre", "post"))
    return {f"sd, {name}": y[:, rows.regime == r].std(axis=1) for r, name in names if (rows.regime == r).any()}


def _serial(y: np.ndarray, rows: Rows) -> dict[str, np.ndarray]:
    now, before = _consecutive(rows)
    centred = y - y.mean(axis=1, keepdims=True)
    product = (centred[:, now] * centred[:, before]).mean(axis=1)
    change = (np.sign(y[:, now]) != np.sign(y[:, before])).mean(axis=1)
    return {"lag-1 autocorrelation": product / (centred**2).mean(axis=1), "share of sign changes": change}


def _consecutive(rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows that have a row of the same province the year before, and those rows."""
    place = {key: i for i, key in enumerate(zip(rows.province.tolist(), rows.year.tolist(), strict=True))}
    pairs = [(i, place[p, t - 1]) for (p, t), i in place.items() if (p, t - 1) in place]
    now, before = np.array(pairs, dtype=int).reshape(-1, 2).T
    return now, before


def _cross_section(y: np.ndarray, rows: Rows) -> dict[str, np.ndarray]:
    means = np.stack([y[:, rows.year == year].mean(axis=1) for year in np.unique(rows.year)], axis=1)
    return {"share of variance common to a year": means.var(axis=1) / y.var(axis=1)}


def _against_x(y: np.ndarray, rows: Rows) -> dict[str, np.ndarray]:
    """Correlation of |y - mean of its year| with each regressor: dispersion that changes with x."""
    deviation = np.empty_like(y)
    for year in np.unique(rows.year):
        here = rows.year == year
        deviation[:, here] = np.abs(y[:, here] - y[:, here].mean(axis=1, keepdims=True))
    standard = (deviation - deviation.mean(axis=1, keepdims=True)) / deviation.std(axis=1, keepdims=True)
    x = (rows.x - rows.x.mean(axis=0)) / rows.x.std(axis=0)
    terms = enumerate(rows.labels["regressor"])
    return {f"dispersion against {term}": standard @ x[:, k] / len(x) for k, term in terms}


#: Name, what it means when it fails, and the statistics. A new check is a function and a line here.
FAMILIES: tuple[tuple[str, str, Family], ...] = (
    ("distribution", "The outcome's shape is not the model's.", _distribution),
    ("extremes", "The largest or smallest observation is out of the model's reach.", _extremes),
    (
        "dispersion by province",
        "Provinces differ in volatility; one error sd a regime does not allow that.",
        _by_province,
    ),
    ("dispersion by regime", "Volatility before or after the break is not the model's.", _by_regime),
    ("serial dependence", "Errors that a differenced equation leaves dependent are treated as independent.", _serial),
    ("cross-section dependence", "Provinces move together more, or less, than the year shocks allow.", _cross_section),
    (
        "dispersion against the regressors",
        "Dispersion changes with x in a way the model does not reproduce; gamma could be read off it.",
        _against_x,
    ),
)
