"""What does a recipe find on many outcomes at once, regressors and rows being the same?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bayes_border.errors import SpecificationError
from bayes_border.gmm.batch import ManyFits
from bayes_border.gmm.difference_many import difference_many
from bayes_border.gmm.equation import Equation
from bayes_border.gmm.families import estimate, refuse_impossible
from bayes_border.gmm.instrumental_many import instrumental_many, least_squares_many
from bayes_border.gmm.stacked import Stacked
from bayes_border.spec.recipe import Estimator, RecipeSpec

#: Panels that are held in memory at a time.
CHUNK = 500


def require_possible(equation: Equation) -> None:
    """Raise SpecificationError where a recipe cannot be carried out on the observed outcome.

    The plain estimator is asked: it refuses what cannot be estimated, and says why.
    """
    refuse_impossible(equation.spec, equation.stacked())


def fit_many(equation: Equation, outcomes: np.ndarray) -> ManyFits:
    """Return a recipe's estimates for each outcome: right-hand side and instruments are built from that outcome.

    Equal to fitting one outcome after the other, which a test shows. Recipes that iterate, or whose
    instruments contain the outcome, are fitted one after the other; such a fit that is refused is NaN.

    Parameters
    ----------
    equation
        The recipe on its rows, one that `require_possible` does not refuse.
    outcomes
        Differenced outcomes in the order of the equation's places, shape `(simulation, place)`: for a
        study, all rows of its design.
    """
    template = equation.stacked()  # for its rows and instruments, which `require_possible` has prepared
    parts = list(_parts(equation, template, outcomes))
    return ManyFits(np.concatenate([part.estimate for part in parts]), np.concatenate([part.se for part in parts]))


def fit_arrays(spec: RecipeSpec, stacked: Stacked, X: np.ndarray, Y: np.ndarray) -> ManyFits:
    """Return a linear recipe's estimates for given arrays.

    Parameters
    ----------
    spec
        A recipe whose `linear` is true.
    stacked
        Rows and instruments; its outcome and regressors are not used.
    X, Y
        Right-hand sides `(simulation, row, coefficient)` and outcomes `(simulation, row)`.
    """
    match spec.estimator:
        case Estimator.POOLED_OLS | Estimator.WITHIN:
            return least_squares_many(stacked, X, Y, unit_effects=spec.estimator is Estimator.WITHIN)
        case Estimator.DIFFERENCE_GMM:
            return difference_many(stacked, X, Y, steps=1 if spec.steps == 1 else 2)
    return instrumental_many(spec, stacked, X, Y)


def _parts(equation: Equation, template: Stacked, outcomes: np.ndarray) -> Iterator[ManyFits]:
    one_by_one = equation.instruments_move or not equation.spec.linear
    for start in range(0, len(outcomes), CHUNK):
        some = outcomes[start : start + CHUNK]
        if one_by_one:
            yield _one_after_the_other(equation, some)
        else:
            yield fit_arrays(equation.spec, template, equation.regressors(some), equation.outcomes(some))


def _one_after_the_other(equation: Equation, outcomes: np.ndarray) -> ManyFits:
    values = np.full((2, len(outcomes), len(equation.names)), np.nan)
    for place, outcome in enumerate(outcomes):
        try:
            found = estimate(equation.spec, equation.stacked(outcome))
        except SpecificationError:
            continue
        values[:, place] = found.params, np.sqrt(np.diag(found.covariance))
    return ManyFits(*values)
