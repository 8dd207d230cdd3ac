"""Which equation does a recipe have in one window of a study's panel?"""

from __future__ import annotations

import numpy as np

from bayes_border.design import Design
from bayes_border.errors import Fault, SpecificationError
from bayes_border.gmm.build import build_equation
from bayes_border.gmm.equation import Equation
from bayes_border.gmm.history import History
from bayes_border.spec.recipe import RecipeSpec
from bayes_border.vocabulary import Window


def window_equation(spec: RecipeSpec, history: History, design: Design, window: Window) -> Equation:
    """Return the equation on a window's observed rows; lags and levels may reach before the window.

    An equation in levels has the rows of the differenced one: the year before the first difference
    belongs to no window. Its outcomes are those of the design's rows, in their order: `history` is
    `history_of(panel, design)`, the same for every recipe and window.

    Raises
    ------
    SpecificationError
        If no row or no instrument is left, with the arithmetic of lags and years.
    """
    within = np.zeros(len(history.unit), dtype=bool)
    within[history.places[design.rows_of(window)]] = True
    if not within.any():
        fault = Fault("rows", f"window {window} has no observed row", "widen the window or choose another reading")
        raise SpecificationError(spec.name, [fault])
    return build_equation(spec, history, within)
