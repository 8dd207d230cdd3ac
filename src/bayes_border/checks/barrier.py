"""Which rows lie nearest to the edge of the coherence region, and what is the answer without each?"""

from __future__ import annotations

from concurrent.futures import Executor
from itertools import product

import numpy as np
import pandas as pd

from bayes_border import criteria
from bayes_border.bayes.convergence import diagnose
from bayes_border.bayes.fit import sample
from bayes_border.bayes.posterior import Posterior
from bayes_border.simulate.reduced_form import reduced_form
from bayes_border.vocabulary import interaction

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

    The row leaves the likelihood; scaling and barrier stay those of the whole design, and the sampler
    runs as it did for `posterior`. An executor takes a row at a time; without one they follow one another.

    Returns
    -------
    pandas.DataFrame
        `rows` and columns named `pre:dg_dlnFAI`, the means; `largest_shift`, how far the mean that
        moves most goes, in posterior standard deviations of the whole answer; `converged`, whether
        the fit passed the gate. Where it did not, the numbers are NaN: no result comes from such a fit.
    """
    each = map if executor is None else executor.map
    refits = list(each(lambda k, row: _without(posterior, int(row), seed + k), range(len(rows)), rows["row"]))
    return pd.concat([rows.reset_index(drop=True), pd.DataFrame(refits)], axis=1)


def _without(posterior: Posterior, row: int, seed: int) -> dict[str, float | bool]:
    design = posterior.design
    weight = design.data["weight"].values.copy()
    weight[row] = 0.0
    parameters, stats = sample(posterior.spec, design.with_weight(weight), settings=posterior.settings, seed=seed)
    converged = diagnose(parameters, stats).passed
    mean, shift = {}, []
    for window in posterior.windows:
        for name, term in product(("beta", "gamma"), design.terms):
            label = term if name == "beta" else interaction(term)
            whole = posterior.draws(window, label)
            here = float(parameters[name].sel(regime=str(window), regressor=term).mean())
            mean[f"{window}:{label}"] = here if converged else np.nan
            shift.append(abs(here - whole.mean()) / whole.std(ddof=1))
    return {**mean, "largest_shift": float(max(shift)) if converged else np.nan, "converged": converged}
