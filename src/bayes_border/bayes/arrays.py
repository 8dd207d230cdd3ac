"""Which arrays does the compiled density take? The sampler's coordinates, and the data beside them."""

from __future__ import annotations

import numpy as np

from bayes_border.bayes.density import PAIRS, PLACES, SCALES
from bayes_border.bayes.shape import REGIMES, Shape


def parts(shape: Shape) -> dict[str, int]:
    """Return the length of each of `bayes.density.PLACES`."""
    interactions = 2 * shape.regressors
    return dict(zip(PLACES, (interactions, shape.places - interactions), strict=True))


def placeholders(shape: Shape) -> dict[str, np.ndarray]:
    """Return an array of the right type and rank for each of `bayes.density.COORDINATES` and `DATA`, of two rows."""
    n, k, places = 2, shape.regressors, shape.places
    indices = dict.fromkeys(("narrow", "wide", "regime"), np.zeros(n, dtype=np.int64))
    sizes = {
        "center": (places,),
        "root": (places, places),
        "mean_slopes": (REGIMES, 2 * k),
        "lines": (n, n),
        "weight": (n,),
        "reference": (2 * k, n),
        "dense": (REGIMES, n, n),
        "folded": (n, len(PAIRS), n, n),
        "share": (n, REGIMES),
        "members": (n,),
        "scales": (len(SCALES),),
    }
    return {name: np.zeros(size) for name, size in sizes.items()} | indices
