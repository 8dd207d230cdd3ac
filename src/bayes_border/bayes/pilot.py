"""In which coordinates does a short run of the sampler need little warm-up?

Those in which the posterior's mode is 0 and its curvature about 1: the sampler starts where it is going, with a mass
matrix that fits. Chains then start near one mode, and their agreement says little about another one: that is for loops
of many fits, whose calibration is a test of it, and not for a fit that stands by itself. Such a fit may take the
coordinates alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy import linalg, optimize


class Pilot(StrEnum):
    """What a run of the sampler takes from the mode and the curvature around it."""

    NONE = "none"
    #: Coordinates of the curvature; chains start where they do without.
    COORDINATES = "coordinates"
    #: These, and chains start near the mode, and trajectories are kept short: for many short fits.
    START = "start"


#: Of places `(place, coordinate)`: the values there, and the derivatives, shaped as the places are.
type LogDensity = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]

#: Where a search or a chain starts: next to no interactions, where m = 1, but not where a derivative vanishes.
START = 0.02
#: At the mode derivatives are small beside 1, the curvature that is to be; the value's last digits do not matter.
_GRADIENT, _VALUE = 1e-2, 1e-12
#: Of a difference of derivatives, to one side.
_STEP = 1e-4
#: Points around the mode where curvature is looked at too.
_AROUND = 4
#: Curvatures are bounded away from 0 and below it, where the density is no bell: coordinates have a prior of about 1.
_LEAST = 0.2


@dataclass(frozen=True)
class LinearMap:
    """``center + root @ place``: the last step of the sampler's coordinates."""

    center: np.ndarray
    root: np.ndarray

    @classmethod
    def identity(cls, places: int) -> LinearMap:
        """Return the map of so many coordinates that changes nothing."""
        return cls(np.zeros(places), np.eye(places))

    def place_of(self, coordinates: np.ndarray) -> np.ndarray:
        """Return the place that the map takes to coordinates."""
        return np.asarray(linalg.solve(self.root, coordinates - self.center))

    @classmethod
    def of(cls, density: LogDensity, places: int) -> LinearMap:
        """Return the map after which a density of so many coordinates has its mode at 0 and a curvature of about 1.

        The curvature is the mode's at first, and then a mean over it and points around it: a wall beside the mode
        would make the posterior as narrow everywhere as it is there. Its principal axes become the coordinates, the
        widest one first, so that the sampler's own adaptation, which scales each of them, goes on from there.
        """

        def negative(place: np.ndarray) -> tuple[float, np.ndarray]:
            (value,), (derivatives,) = density(place[None])
            return -value, -derivatives

        found = optimize.minimize(
            negative,
            np.full(places, START),
            jac=True,
            method="L-BFGS-B",
            options={"gtol": _GRADIENT, "ftol": _VALUE},
        )
        mode = np.asarray(found.x)
        at_mode = cls(mode, _axes([_curvature(density, mode, np.eye(places))]))
        points = np.random.default_rng(0).standard_normal((_AROUND, places))
        seen = [_curvature(density, at_mode.center + at_mode.root @ point, at_mode.root) for point in points]
        axes, lengths, _ = linalg.svd(at_mode.root @ _axes([np.eye(places), *seen]))
        return cls(mode, axes * lengths)


def _curvature(density: LogDensity, place: np.ndarray, root: np.ndarray) -> np.ndarray:
    """Return minus the second derivatives at a place, in coordinates that a root leads to."""
    steps = _STEP * root.T
    below, above = density(np.concatenate([place - steps, place + steps]))[1].reshape((2, *steps.shape))
    found = (below - above) @ root / (2.0 * _STEP)
    return np.asarray((found + found.T) / 2.0)


def _axes(curvatures: Sequence[np.ndarray]) -> np.ndarray:
    """Return the principal axes of the geometric mean of curvatures, each so long that the curvature along it is 1.

    The mean is that of matrix logarithms (Arsigny et al. 2007), which one steep place does not dominate. Curvatures
    that are no numbers are left out; without any the axes are those of the coordinates.
    """
    logarithms = [np.zeros_like(curvatures[0])]
    finite = [each for each in curvatures if np.isfinite(each).all()]
    for values, vectors in map(linalg.eigh, finite):
        logarithms.append((vectors * np.log(np.maximum(values, _LEAST))) @ vectors.T)
    logarithm, axes = linalg.eigh(np.sum(logarithms, axis=0) / max(len(finite), 1))
    return np.asarray(axes * np.exp(-logarithm / 2.0))
