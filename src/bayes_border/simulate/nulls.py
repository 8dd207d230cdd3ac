"""What would the outcome look like if the regressors had nothing to do with its level or its coupling?"""

from __future__ import annotations

import numpy as np

from bayes_border.design import Design
from bayes_border.errors import DataError, Fault
from bayes_border.vocabulary import Null


def draw_nulls(null: Null, design: Design, simulations: int, *, seed: int) -> np.ndarray:
    """Return outcomes drawn under a null with gamma = 0, shape `(simulation, row)`, percentage points.

    `white_noise`: independent normals of mean zero with the sample's variance over the observed rows.
    `skedastic`: the same but for an error sd that is log-linear in the regressors, so that dispersion
    alone tells it from white noise (`null_sd`). Neither has main effects; rows that the design does
    not observe stay 0.

    Each has a generator spawned from `seed` by its number: simulation k is the same however many are
    drawn, and the nulls differ in their standard deviations only.
    """
    sd = null_sd(null, design)
    seeds = np.random.SeedSequence(seed).spawn(simulations)
    return np.stack([sd * np.random.default_rng(one).standard_normal(len(sd)) for one in seeds])


def null_sd(null: Null, design: Design) -> np.ndarray:
    """Return the error's standard deviation in each row, shape `(row,)`; 0 where nothing is observed.

    Either null has the sample's variance (about its mean) on average over the observed rows.

    Raises
    ------
    DataError
        If the outcome does not vary.
    """
    observed = design.observed
    variance = design.y[observed].var(ddof=1)
    if not variance > 0:
        fault = Fault("outcome", "does not vary over the observed rows", "give a panel whose outcome varies")
        raise DataError(design.panel_name, [fault])
    shape = np.ones(len(design.y))
    if null is Null.SKEDASTIC:
        shape = np.exp(design.x_scaled @ log_sd_slopes(design))
    return np.where(observed, shape * np.sqrt(variance / (shape[observed] ** 2).mean()), 0.0)


def log_sd_slopes(design: Design) -> np.ndarray:
    """Return kappa, the slopes of the log error sd per standard deviation of a regressor, `(regressor,)`.

    The auxiliary regression of Harvey (1976): log squared residuals of the linear equation without
    interactions on an intercept and the scaled regressors; half its slopes. Consistent, but on a panel of
    a few hundred rows it understates steep slopes (0.4 as about 0.3 in a trial: rows with a large x pull
    the line to themselves), so the null is, if anything, milder than the data.
    """
    X = np.column_stack([np.ones(design.observed.sum()), design.x_scaled[design.observed]])  # noqa: N806
    y = design.y[design.observed]
    residuals = y - X @ np.linalg.lstsq(X, y)[0]
    # A row that the line meets exactly says nothing of the log sd but minus infinity.
    missed = residuals != 0
    return np.asarray(np.linalg.lstsq(X[missed], np.log(residuals[missed] ** 2))[0][1:] / 2)
