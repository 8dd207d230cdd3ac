"""What would the outcome look like if the regressors had nothing to do with its level or its coupling?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import xarray as xr

from bayes_border.design import Design
from bayes_border.errors import UsageError
from bayes_border.simulate.fitted import draw_fitted
from bayes_border.simulate.noise import null_sd
from bayes_border.simulate.shifts import Shifts
from bayes_border.vocabulary import Null, Window

#: Degrees of freedom of the heavy-tailed null; the variance of its errors is this / (this - 2) before scaling.
TAILS = 3


@dataclass(frozen=True, eq=False)
class NullPanels:
    """Outcomes drawn under one null with gamma = 0, numbered from 0; the regressors are the real ones.

    Panel k has a stream of its own, spawned from the seed by its number: it is the same however many
    are drawn, in whatever order. What each null keeps of the sample, and what it breaks:

    `white_noise`
        Independent normals of mean zero with the sample's variance. Keeps the variance alone.
    `student_t`
        The same with Student-t (3) errors scaled to the sample's variance: breaks normality, which our
        own likelihood assumes.
    `skedastic`
        Normals whose log sd is linear in the regressors, as estimated (`noise.log_sd_slopes`): dispersion
        depends on the regressors, which our own likelihood takes for an interaction.
    `sd_by_year`
        Normals whose sd in a year is in proportion to the sample's between provinces in that year:
        dispersion depends on time.
    `fitted`
        Draws from the fitted model without interactions: main effects, province effects and year shocks
        are kept, errors have its sd by regime and the residuals' serial correlation (`fitted`).
    `common_shift`
        The observed outcome turned round in time within a window, all provinces together: keeps its
        distribution, its serial dependence and the shocks that provinces share; breaks the alignment
        with the regressors. A window of T years has T - 1 such panels (`shifts`).
    `province_shift`
        Each province turned by itself: breaks the shared shocks as well.

    None has main effects but `fitted`, where they are the posterior draw's.

    Parameters
    ----------
    null, design, seed
        Which null, for which rows, from which root of random streams.
    parameters
        Posterior draws of the model without interactions, dim `draw`; for `fitted` alone.
    """

    null: Null
    design: Design
    seed: int
    parameters: xr.Dataset | None = None

    def distinct(self, windows: tuple[Window, ...]) -> int | None:
        """Return how many different panels there are; None where there is no end of them.

        Raises
        ------
        DataError
            If the rows allow no shift, with the arithmetic.
        """
        return self._shifts(windows).distinct if self._shifted else None

    def draw(self, numbers: Sequence[int], *, windows: tuple[Window, ...] = (Window.FULL,)) -> np.ndarray:
        """Return the panels of these numbers, shape `(number, row)`, percentage points; unobserved rows are 0.

        The array is read-only: whoever asks for the same numbers next is given it too.

        Parameters
        ----------
        numbers
            Which panels; below `distinct` where that is finite.
        windows
            The windows that one estimation uses together. Shifts turn each within itself and leave rows of
            none as observed; other nulls do not depend on it.

        Raises
        ------
        DataError
            If the outcome does not vary, or the rows do not allow this null.
        UsageError
            If the null needs posterior draws and has none, or those of another model or panel.
        """
        return _drawn(self, tuple(numbers), windows if self._shifted else ())

    def _draw(self, numbers: tuple[int, ...], windows: tuple[Window, ...]) -> np.ndarray:
        if self._shifted:
            return self._shifts(windows).draw(np.asarray(numbers, int), self.seed)
        rngs = [np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(int(k),))) for k in numbers]
        if self.null is Null.FITTED:
            return draw_fitted(self._fitted, self.design, rngs)
        if self.null is Null.STUDENT_T:
            errors = np.stack([rng.standard_t(TAILS, len(self._sd)) for rng in rngs]) / np.sqrt(TAILS)
        else:
            errors = np.stack([rng.standard_normal(len(self._sd)) for rng in rngs])
        return np.asarray(self._sd * errors)

    @property
    def _shifted(self) -> bool:
        return self.null in {Null.COMMON_SHIFT, Null.PROVINCE_SHIFT}

    def _shifts(self, windows: tuple[Window, ...]) -> Shifts:
        return Shifts(self.design, windows, common=self.null is Null.COMMON_SHIFT)

    @cached_property
    def _sd(self) -> np.ndarray:
        return null_sd(self.null, self.design)

    @property
    def _fitted(self) -> xr.Dataset:
        if self.parameters is None:
            message = f"null {self.null} is drawn from a fit: give the posterior draws of a model without interactions"
            raise UsageError(message)
        return self.parameters


# A dozen recipes in three windows ask for the same batches, a few at a time.
@lru_cache(maxsize=12)
def _drawn(panels: NullPanels, numbers: tuple[int, ...], windows: tuple[Window, ...]) -> np.ndarray:
    found = panels._draw(numbers, windows)  # noqa: SLF001 -- kept out here, it does not travel with the panels
    found.flags.writeable = False
    return found
