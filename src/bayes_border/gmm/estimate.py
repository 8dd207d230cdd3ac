"""What does a recipe find on its rows?"""

from __future__ import annotations

import xarray as xr

from bayes_border.gmm.counts import CountWarning, count_warning
from bayes_border.gmm.equation import Equation
from bayes_border.gmm.families import Found, estimate
from bayes_border.gmm.fit import GmmFit
from bayes_border.spec.recipe import Estimator
from bayes_border.vocabulary import Window


def fit_equation(equation: Equation, *, table: str = "", window: Window = Window.FULL, reading: str = "none") -> GmmFit:
    """Return the estimates of an equation for the observed outcome, labelled.

    Parameters
    ----------
    equation
        A recipe on its rows.
    table, window, reading
        What the rows belong to, where they belong to a study.

    Raises
    ------
    SpecificationError
        If the recipe cannot be carried out there, with the arithmetic.
    """
    stacked = equation.stacked()
    found = estimate(equation.spec, stacked)
    crowded = _count_warning(equation, found)
    names = list(equation.names)
    square = {"term": names, "term_": names}
    return GmmFit(
        recipe=equation.spec,
        table=table,
        window=window,
        reading=reading,
        params=xr.DataArray(found.params, {"term": names}, ("term",), "estimate"),
        first_step=xr.DataArray(found.first_step, {"term": names}, ("term",), "first_step"),
        covariance=xr.DataArray(found.covariance, square, ("term", "term_"), "covariance"),
        covariance_textbook=xr.DataArray(found.covariance_textbook, square, ("term", "term_"), "covariance"),
        stacked=stacked,
        instrument_groups=equation.instrument_groups if found.n_instruments else {},
        linear=found.linear,
        se_kind=found.se_kind,
        unit_names=equation.history.unit_names,
        n_obs=len(stacked.y),
        n_clusters=stacked.n_units,
        n_instruments=found.n_instruments,
        hansen=found.hansen,
        n_steps=found.n_steps,
        serial=found.serial,
        count_warning=crowded,
        remarks=(*equation.notes, *([crowded.remark] if crowded else []), *found.remarks),
    )


def _count_warning(equation: Equation, found: Found) -> CountWarning | None:
    if equation.spec.estimator is not Estimator.DIFFERENCE_GMM or found.n_instruments is None:
        return None
    return count_warning(equation, found.n_instruments)
