"""Which rows lie nearest to the edge of the coherence region, and what is the answer without each?"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import replace

import numpy as np
import pandas as pd
import xarray as xr
from arviz_stats.base import array_stats

from bayes_border import criteria
from bayes_border.bayes.fit import sample
from bayes_border.bayes.posterior import Posterior
from bayes_border.simulate.reduced_form import reduced_form
from bayes_border.vocabulary import Window, interaction

_TAIL = (1.0 - criteria.INTERVAL_LEVEL) / 2.0


def smallest_m(posterior: Posterior, *, rows: int = criteria.BARRIER_ROWS) -> pd.DataFrame:
    """Return the rows with the smallest posterior mean of ``m = 1 - x'gamma``, the smallest first.

    Columns `row` (position in the design), `province`, `year`, `m`, `m_lower` and `shock` (the
    posterior mean of 1/m: what a unit shock to the equation does to growth).
    """
    parameters = posterior.tree["posterior"].to_dataset()
    m = reduced_form(parameters, posterior.design).m.transpose("chain", "draw", "row").values
    m = m.reshape(-1, m.shape[-1])
    mean = np.where(posterior.design.observed, m.mean(axis=0), np.inf)
    order = np.argsort(mean)[: min(rows, int(posterior.design.observed.sum()))]
    data = posterior.design.data
    return pd.DataFrame(
        {
            "row": order,
            "province": data["province"].values[order],
            "year": data["year"].values[order],
            "m": mean[order],
            "m_lower": np.quantile(m[:, order], _TAIL, axis=0),
            "shock": (1.0 / m[:, order]).mean(axis=0),
        }
    )


def without_each(
    posterior: Posterior, rows: pd.DataFrame, *, seed: int, executor: Executor | None = None
) -> pd.DataFrame:
    """Return `rows` with the posterior mean of every coefficient when that row is left out.

    The row leaves the likelihood; scaling and barrier stay those of the whole design. The draws at hand are
    weighted by the inverse of the row's likelihood, Pareto smoothed (Vehtari et al. 2024); where too few of them
    would carry the answer (`criteria.pareto_k_max`) the model is sampled anew, as it was for `posterior`. An executor
    takes a row at a time; without one they follow one another.

    Returns
    -------
    pandas.DataFrame
        `rows` and columns named `pre:dg_dlnFAI`, the means; `largest_shift`, how far the mean that
        moves most goes, in posterior standard deviations of the whole answer; `pareto_k`, the shape of the weights'
        tail; `sampled_anew`; `converged`, whether the fit that the numbers come from passed the gate. Where it did
        not, they are NaN: no result comes from such a fit.
    """
    each = map if executor is None else executor.map
    found = list(each(lambda k, row: _without(posterior, int(row), seed + k), range(len(rows)), rows["row"]))
    return pd.concat([rows.reset_index(drop=True), pd.DataFrame(found)], axis=1)


def _without(posterior: Posterior, row: int, seed: int) -> dict[str, float | bool]:
    weights, k = _weights_without(posterior, row)
    anew = not k <= criteria.pareto_k_max(weights.size)
    if anew:
        means, converged = _means_of_fit(posterior, row, seed)
    else:
        means, converged = _weighted_means(posterior, weights), posterior.convergence.passed
    answer = {f"{window}:{term}": mean if converged else np.nan for (window, term), mean in means.items()}
    whole = {place: posterior.draws(*place) for place in means}
    shift = max(abs(means[place] - draws.mean()) / draws.std(ddof=1) for place, draws in whole.items())
    account = {"pareto_k": k, "sampled_anew": anew, "converged": converged}
    return {**answer, "largest_shift": float(shift) if converged else np.nan, **account}


def _weights_without(posterior: Posterior, row: int) -> tuple[np.ndarray, float]:
    """Return each draw's weight when a row is left out, chain after chain, and the shape of the weights' tail."""
    if "log_likelihood" not in posterior.tree.children:
        return np.array([]), np.inf
    place = int(np.flatnonzero(posterior.design.observed).searchsorted(row))
    of_row = posterior.tree["log_likelihood"]["dg"].transpose("chain", "draw", "row").values[:, :, place]
    try:
        log_weights, k = array_stats.psislw(of_row.ravel())  # which takes the logarithm of their inverse
    except ValueError:  # a tail of too few draws, or of equal ones, has no shape
        return np.array([]), np.inf
    return np.exp(log_weights), float(k)


def _weighted_means(posterior: Posterior, weights: np.ndarray) -> dict[tuple[Window, str], float]:
    return {place: float((weights * posterior.draws(*place)).sum()) for place in _places(posterior)}


def _means_of_fit(posterior: Posterior, row: int, seed: int) -> tuple[dict[tuple[Window, str], float], bool]:
    design = posterior.design
    weight = design.data["weight"].values.copy()
    weight[row] = 0.0
    parameters, stats = sample(
        posterior.spec, design.with_weight(weight), settings=posterior.settings, seed=seed, pilot=posterior.pilot
    )
    found = replace(posterior, tree=xr.DataTree.from_dict({"posterior": parameters, "sample_stats": stats}))
    return {place: float(found.draws(*place).mean()) for place in _places(posterior)}, found.convergence.passed


def _places(posterior: Posterior) -> Iterator[tuple[Window, str]]:
    for window in posterior.windows:
        for term in posterior.design.terms:
            yield window, term
            if "gamma" in posterior.tree["posterior"]:
                yield window, interaction(term)
