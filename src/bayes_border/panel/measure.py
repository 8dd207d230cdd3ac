"""What do the figures of one rule say about a series: its level, its difference, its growth rate?"""

from __future__ import annotations

import numpy as np

from bayes_border.panel.figures import Figures, Grid
from bayes_border.panel.series import FigureName, Method, Rate, Rule, Series
from bayes_border.spec.study import Transform
from bayes_border.vocabulary import Status

#: From the figure one would rather have to the one that one would rather not.
_FROM_BEST = (
    Status.OFFICIAL,
    Status.OFFICIAL_GROWTH,
    Status.CHAINED,
    Status.DERIVED,
    Status.PROXY,
    Status.PRELIMINARY,
    Status.MISSING,
)


def level(figures: Figures, series: Series, rule: Rule, grid: Grid) -> np.ndarray:
    """Return the level that a rule's figures give, shape `(province, year)`, NaN where unknown."""
    value: np.ndarray = _quantity(figures, rule, grid) * series.scale + series.offset
    return np.log(value) if series.transform is Transform.LOG else value


def difference(figures: Figures, series: Series, rule: Rule, grid: Grid) -> np.ndarray:
    """Return the differences that a rule's figures give, both years of each from these figures alone."""
    if rule.method is Method.GROWTH_RATE:
        return np.log1p(_quantity(figures, rule, grid) / 100.0)
    return _from_year_before(level(figures, series, rule, grid))


def growth_rate(figures: Figures, series: Series, rule: Rule, grid: Grid) -> np.ndarray:
    """Return what sources are compared by, in percent: the level if it is a rate itself, else its change."""
    if rule.method is Method.GROWTH_RATE:
        return _quantity(figures, rule, grid)
    if series.rate is Rate.LEVEL:
        return level(figures, series, rule, grid)
    change = _from_year_before(np.log(_quantity(figures, rule, grid)))
    percent: np.ndarray = 100.0 * np.expm1(change)
    return percent


def status(figures: Figures, rule: Rule, grid: Grid) -> np.ndarray:
    """Return the status of each difference: the least good among its figures' and the rule's own."""
    worst: np.ndarray = np.full(grid.shape, _FROM_BEST.index(rule.status))
    for name in rule.figures:
        found = figures.statuses(name, grid)
        rank = np.array([[_FROM_BEST.index(Status(text)) for text in row] for row in found])
        worst = np.maximum(worst, rank)
        if rule.method is Method.DIFFERENCE:
            worst[:, 1:] = np.maximum(worst[:, 1:], rank[:, :-1])
    names: np.ndarray = np.array([str(status) for status in _FROM_BEST])
    return np.take(names, worst)


def _quantity(figures: Figures, rule: Rule, grid: Grid) -> np.ndarray:
    if not rule.denominator:
        return _product(figures, rule.numerator, grid, common_unit=False)
    quotient: np.ndarray = _product(figures, rule.numerator, grid, common_unit=True)
    quotient /= _product(figures, rule.denominator, grid, common_unit=True)
    return quotient


def _product(figures: Figures, names: tuple[FigureName, ...], grid: Grid, *, common_unit: bool) -> np.ndarray:
    result: np.ndarray = np.ones(grid.shape)
    for name in names:
        result = result * figures.values(name, grid) * (figures.unit_size(name) if common_unit else 1.0)
    return result


def _from_year_before(values: np.ndarray) -> np.ndarray:
    result = np.full_like(values, np.nan)
    result[:, 1:] = np.diff(values, axis=1)
    return result
