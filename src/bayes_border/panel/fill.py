"""What does a moving average put where a difference is missing?"""

from __future__ import annotations

import numpy as np

#: What stands in place of a source beside a filled figure.
SOURCE = "moving average"


def fill(differences: np.ndarray, *, of: int) -> tuple[np.ndarray, np.ndarray]:
    """Return differences without gaps, and which cells were filled, both of shape `(province, year)`.

    A missing cell takes the mean of the province's own `of` observed differences that are nearest in time,
    the earlier one first where two are equally near. The paper fills single gaps by a moving average and
    does not say which; near an end of the series no centred average exists. The first year has no
    difference and is left alone, and so is a province without any.
    """
    out, filled = differences.copy(), np.zeros(differences.shape, dtype=bool)
    for i, row in enumerate(differences):
        known = np.flatnonzero(np.isfinite(row))
        for at in np.flatnonzero(~np.isfinite(row))[1:] if len(known) else ():
            nearest = known[np.argsort(np.abs(known - at), kind="stable")[:of]]
            out[i, at], filled[i, at] = row[nearest].mean(), True
    return out, filled
