"""Which arrays does the compiled density take? The sampler's coordinates, and the data beside them."""

from __future__ import annotations

import numpy as np

from bayes_border.bayes.density import PLACES, SCALES
from bayes_border.bayes.shape import REGIMES, Shape


def parts(shape: Shape) -> dict[str, int]:
    """Return the length of each of `bayes.density.PLACES`."""
    interactions = 2 * shape.regressors
    return dict(zip(PLACES, (interactions, shape.places - interactions), strict=True))


def placeholders(shape: Shape) -> dict[str, np.ndarray]:
    """Return an array of the right type and rank for each of `bayes.density.COORDINATES` and `DATA`, of two rows."""
    n, k, places = 2, shape.regressors, shape.places
    indices = dict.fromkeys(("narrow", "wide", "regime", "barrier_regime"), np.zeros(n, dtype=np.int64))
    sizes = {
        "center": (places,),
        "root": (places, places),
        "mean_x": (REGIMES, k),
        "y": (n,),
        "weight": (n,),
        "x": (n, k),
        "barrier_x": (n, k),
        "columns": (n, sum(shape.columns.values())),
        "contrast": (REGIMES,),
        "dense": (REGIMES, n, n),
        "coupling": (REGIMES, n, n),
        "diagonal": (REGIMES, n),
        "scales": (len(SCALES),),
    }
    return {name: np.zeros(size) for name, size in sizes.items()} | indices
