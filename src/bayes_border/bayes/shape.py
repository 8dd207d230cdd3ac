"""Which sizes are compiled in, and in which order do the linear coefficients stand?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bayes_border.design import Design

#: A model has one or two; all arrays have room for both.
REGIMES = 2


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes that are compiled in."""

    regressors: int
    provinces: int
    years: int

    @classmethod
    def of(cls, design: Design) -> Shape:
        """Return the sizes that a design asks for."""
        return cls(len(design.terms), len(design.provinces), len(design.years))

    @property
    def columns(self) -> dict[str, int]:
        """Return how many columns of regressors there are of each coefficient, in the density's order."""
        return {"intercept": REGIMES, "beta_mean": self.regressors, "delta_beta": self.regressors}

    @property
    def lines(self) -> int:
        """Return how many lines of numbers the rows have: the outcome, its interactions, the columns."""
        return 1 + 2 * self.regressors + sum(self.columns.values())

    @property
    def parameters(self) -> dict[str, tuple[int, ...]]:
        """Return the dimensions of each parameter that the sampler moves, in the density's order."""
        by_regressor: tuple[int, ...] = (self.regressors,)
        vectors = {"gamma_mean": by_regressor, "delta_gamma": by_regressor, "log_sigma": (REGIMES,)}
        return vectors | {"kappa": by_regressor} | dict.fromkeys(("omega_beta", "sigma_alpha", "sigma_tau"), ())

    @property
    def places(self) -> int:
        """Return how many numbers the sampler moves."""
        return sum(math.prod(size) for size in self.parameters.values())

    @property
    def coefficients(self) -> dict[str, int]:
        """Return how many there are of each linear coefficient: columns, the narrow group, the wide one."""
        groups = {"alpha": self.provinces, "tau": self.years}
        return self.columns | {name: groups[name] for name in self.narrow_and_wide("alpha", "tau")}

    def narrow_and_wide[T](self, of_provinces: T, of_years: T) -> tuple[T, T]:
        """Return what belongs to the smaller group of effects, then what belongs to the larger one."""
        return (of_provinces, of_years) if self.provinces <= self.years else (of_years, of_provinces)

    def coefficient_spans(self) -> Iterator[tuple[str, slice]]:
        """Yield each linear coefficient and where it stands among all of them."""
        return _spans(self.coefficients)

    def parameter_spans(self) -> Iterator[tuple[str, slice]]:
        """Yield each parameter that the sampler moves and where it stands among all of them."""
        return _spans({name: math.prod(size) for name, size in self.parameters.items()})


def _spans(sizes: Mapping[str, int]) -> Iterator[tuple[str, slice]]:
    start = 0
    for name, size in sizes.items():
        yield name, slice(start, start + size)
        start += size
