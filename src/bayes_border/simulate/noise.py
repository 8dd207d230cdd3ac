"""How widely does an outcome without any structure scatter, row by row?"""

from __future__ import annotations

import numpy as np

from bayes_border.design import Design
from bayes_border.errors import DataError, Fault
from bayes_border.vocabulary import Null

#: Provinces that a year must have for its dispersion to be defined.
_FEWEST = 2


def null_sd(null: Null, design: Design) -> np.ndarray:
    """Return the error's standard deviation in each row, shape `(row,)`; 0 where nothing is observed.

    Under every null the mean over the observed rows of its square is the sample's variance (about its
    mean). `skedastic`: log-linear in the regressors. `sd_by_year`: in proportion to the standard
    deviation between provinces in that year. Any other: the same in each row.

    Raises
    ------
    DataError
        If the outcome does not vary, or a year has too few provinces to have a dispersion.
    """
    observed = design.observed
    variance = design.y[observed].var(ddof=1)
    if not variance > 0:
        fault = Fault("outcome", "does not vary over the observed rows", "give a panel whose outcome varies")
        raise DataError(design.panel_name, [fault])
    shape = np.ones(len(design.y))
    if null is Null.SKEDASTIC:
        shape = np.exp(design.x_scaled @ log_sd_slopes(design))
    elif null is Null.SD_BY_YEAR:
        shape = year_dispersion(design)
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


def year_dispersion(design: Design) -> np.ndarray:
    """Return the outcome's standard deviation between the provinces of each row's year, shape `(row,)`.

    About the year's own mean: a shock that all provinces share is no dispersion between them. Years
    without an observed row have 0.

    Raises
    ------
    DataError
        Naming every year that has one province only.
    """
    year, dispersion = design.data["year"].values, np.zeros(len(design.y))
    faults = []
    for label in np.unique(year[design.observed]):
        here = (year == label) & design.observed
        if here.sum() < _FEWEST:
            found = f"{here.sum()} province is observed, and a dispersion needs {_FEWEST}"
            faults.append(Fault(f"year {label}", found, "use another null, or a panel that is fuller"))
            continue
        dispersion[year == label] = design.y[here].std(ddof=1)
    if faults:
        raise DataError(design.panel_name, faults)
    return dispersion
