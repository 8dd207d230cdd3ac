"""Which rows lie nearest to the edge of the coherence region, and what is the answer without each?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from bayes_border import criteria
from bayes_border.bayes.fit import sample
from bayes_border.bayes.posterior import Posterior
from bayes_border.simulate.reduced_form import reduced_form
from bayes_border.spec.sampling import SamplerSettings
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


def without_each(posterior: Posterior, rows: pd.DataFrame, *, settings: SamplerSettings, seed: int) -> pd.DataFrame:
    """Return `rows` with the posterior mean of every coefficient when that row is left out.

    The row leaves the likelihood; scaling and barrier stay those of the whole design. Columns are
    named `pre:dg_dlnFAI`.
    """
    design, out = posterior.design, []
    for k, row in enumerate(rows["row"]):
        weight = design.data["weight"].values.copy()
        weight[row] = 0.0
        parameters, _ = sample(posterior.spec, design.with_weight(weight), settings=settings, seed=seed + k)
        means = parameters[["beta", "gamma"]].mean(("chain", "draw"))
        out.append(
            {
                f"{window}:{term if name == 'beta' else interaction(term)}": float(
                    means[name].sel(regime=str(window), regressor=term)
                )
                for window in posterior.windows
                for name in ("beta", "gamma")
                for term in design.terms
            }
        )
    return pd.concat([rows.reset_index(drop=True), pd.DataFrame(out)], axis=1)
