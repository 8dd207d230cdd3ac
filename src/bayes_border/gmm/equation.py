"""Which right-hand side and instruments does a recipe give an outcome, the observed one or a simulated?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayes_border.errors import Fault, SpecificationError
from bayes_border.gmm.history import History
from bayes_border.gmm.instruments import lag_instruments
from bayes_border.gmm.remarks import Remark
from bayes_border.gmm.stacked import Stacked
from bayes_border.spec.instruments import LagInstruments
from bayes_border.spec.recipe import Interaction, RecipeSpec
from bayes_border.vocabulary import INTERCEPT


@dataclass(frozen=True)
class Equation:
    """A recipe's equation on some rows of a history, as a function of the outcome.

    Outcomes are arrays `(..., place)` of differences in the order of `history.places`, one or many:
    lags, level products and lagged-outcome instruments reach beyond the rows.

    Parameters
    ----------
    spec, history
        The recipe, and what is known of the units.
    cells
        Places of the rows in the history, shape `(row,)`, ordered by unit and period.
    notes
        What a reader should know of the rows.
    """

    spec: RecipeSpec
    history: History
    cells: np.ndarray
    notes: tuple[Remark, ...] = ()

    @property
    def unit(self) -> np.ndarray:
        """Return the rows' units, shape `(row,)`."""
        return np.asarray(self.history.unit[self.cells])

    @property
    def period(self) -> np.ndarray:
        """Return the rows' periods, shape `(row,)`."""
        return np.asarray(self.history.period[self.cells])

    @property
    def n_units(self) -> int:
        """Return the number of units, which are the clusters."""
        return len(np.unique(self.unit))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Return the coefficients' names: lagged outcomes, regressors, products, intercept, year effects."""
        outcome, regressors = self.history.outcome, self.history.regressors
        own = tuple(_lagged_name(outcome, k + 1) for k in range(self.spec.outcome_lags))
        products = () if self.spec.interaction is Interaction.NONE else regressors
        return (
            *own,
            *(_lagged_name(name, lag) for name, lag in self._terms),
            *(f"{outcome}_{name}" for name in products),
            *((INTERCEPT,) if self.spec.intercept else ()),
            *(f"year_{period}" for period in self._dummy_periods),
        )

    def outcomes(self, outcomes: np.ndarray) -> np.ndarray:
        """Return the left-hand side, shape `(..., row)`: differences, or levels within units."""
        return self._left(outcomes)[..., self.cells]

    def regressors(self, outcomes: np.ndarray) -> np.ndarray:
        """Return the right-hand side, shape `(..., row, coefficient)`."""
        series, history = self._left(outcomes), self.history
        own = [history.lagged(series, k + 1)[..., self.cells, None] for k in range(self.spec.outcome_lags)]
        shape = (*outcomes.shape[:-1], len(self.cells))
        fixed = [np.broadcast_to(part, (*shape, part.shape[-1])) for part in (self._exogenous, self._deterministic)]
        return np.concatenate([*own, fixed[0], self._products(outcomes), fixed[1]], axis=-1)

    @property
    def instruments_move(self) -> bool:
        """Return whether the instruments contain the outcome, so that each panel has its own."""
        return self.spec.outcome_instruments is not None

    def instruments(self, outcome: np.ndarray) -> np.ndarray:
        """Return the instruments for one outcome, shape `(row, instrument)`; columns of zeros are left out.

        A lag that is not known is 0 in every block, as in xtabond2 and plm (Holtz-Eakin, Newey and Rosen 1988).
        """
        # Without the outcome in them the instruments are the same for every panel.
        return (self._joined(outcome) if self.instruments_move else self._of_observed)[0]

    @cached_property
    def _of_observed(self) -> tuple[np.ndarray, dict[str, int]]:
        return self._joined(self.history.observed)

    def _joined(self, outcome: np.ndarray) -> tuple[np.ndarray, dict[str, int]]:
        """Return the instruments, and how many columns each group of them has."""
        blocks = self._blocks(outcome)
        return np.concatenate(list(blocks.values()), axis=1), {name: block.shape[1] for name, block in blocks.items()}

    @property
    def instrument_groups(self) -> dict[str, np.ndarray]:
        """Return which columns of the observed outcome's instruments belong to each group, bool, `(instrument,)`."""
        sizes = self._of_observed[1]
        labels = np.repeat(list(sizes), list(sizes.values()))
        return {name: labels == name for name, size in sizes.items() if size}

    def _blocks(self, outcome: np.ndarray) -> dict[str, np.ndarray]:
        spec, blocks = self.spec, {"regressors themselves": self._standard}
        if spec.lags is not None:
            columns = spec.lags.regressors or self.history.regressors
            blocks["lagged levels"] = self._lags("lags", outcome, columns, spec.lags)
        if spec.outcome_instruments is not None:
            found = self._lags("outcome_instruments", outcome, [self.history.outcome], spec.outcome_instruments)
            blocks["lagged outcomes"] = found
        blocks["lagged differences"] = self._lagged_differences
        blocks["products of regressors"] = self._regressor_products
        blocks["constant and year effects"] = self._deterministic
        return {name: block[:, (block != 0).any(axis=0)] for name, block in blocks.items()}

    def stacked(self, outcome: np.ndarray | None = None) -> Stacked:
        """Return plain arrays for one outcome, shape `(place,)`: the observed one unless given.

        Raises
        ------
        SpecificationError
            If no lag instrument is left, with the arithmetic of lags and periods.
        """
        return self._observed if outcome is None else self._of(outcome)

    @cached_property
    def _observed(self) -> Stacked:
        return self._of(self.history.observed)

    def _of(self, outcome: np.ndarray) -> Stacked:
        y, X = self.outcomes(outcome), self.regressors(outcome)
        return Stacked(y, X, self.instruments(outcome), self.unit, self.period, self.names)

    def _left(self, outcomes: np.ndarray) -> np.ndarray:
        return self.history.levels(outcomes) if self.spec.in_levels else self.history.differences(outcomes)

    @cached_property
    def _terms(self) -> tuple[tuple[str, int], ...]:
        # Each regressor with its lags, as the equation orders them.
        counts = self.spec.regressor_lags
        return tuple((name, lag) for name in self.history.regressors for lag in range(counts.get(name, 0) + 1))

    def _series(self, name: str, lag: int) -> np.ndarray:
        column = self.history.regressors.index(name)
        source = self.history.level if self.spec.in_levels else self.history.difference
        return np.asarray(self.history.lagged(source[:, column], lag)[self.cells])

    def _columns(self, terms: Sequence[tuple[str, int]]) -> np.ndarray:
        return np.column_stack([np.zeros((len(self.cells), 0)), *(self._series(*term) for term in terms)])

    @cached_property
    def _exogenous(self) -> np.ndarray:
        return self._columns(self._terms)

    def _products(self, outcomes: np.ndarray) -> np.ndarray:
        history, kind = self.history, self.spec.interaction
        if kind is Interaction.NONE:
            return np.zeros((*outcomes.shape[:-1], len(self.cells), 0))
        if kind is Interaction.CUMULATED_PRODUCTS:
            # W_it = sum over s <= t of dg_is dX_is in levels gives dW_it = dg_it dX_it after differencing.
            return np.asarray(history.differences(outcomes)[..., self.cells, None] * history.difference[self.cells])
        levels = history.levels(outcomes)
        products = levels[..., self.cells, None] * history.level[self.cells]
        if self.spec.in_levels:
            return np.asarray(products)
        before = history.before[self.cells]
        return np.asarray(products - levels[..., before, None] * history.level[before])

    @cached_property
    def _dummy_periods(self) -> tuple[int, ...]:
        periods = tuple(int(t) for t in np.unique(self.period)) if self.spec.year_effects else ()
        # Unit effects hold the sum of all dummies; differencing leaves the rows one period fewer than the levels.
        return periods[1:] if self.spec.in_levels else periods

    @cached_property
    def _deterministic(self) -> np.ndarray:
        constant = [np.ones(len(self.cells))] if self.spec.intercept else []
        before = 0.0 if self.spec.in_levels else 1.0
        dummies = [1.0 * (self.period == s) - before * (self.period - 1 == s) for s in self._dummy_periods]
        return np.column_stack([np.zeros((len(self.cells), 0)), *constant, *dummies])

    @property
    def _standard_terms(self) -> tuple[tuple[str, int], ...]:
        named = self.spec.standard_regressors or self.history.regressors
        return tuple(term for term in self._terms if term[0] in named) if self.spec.standard else ()

    @cached_property
    def _standard(self) -> np.ndarray:
        return self._columns(self._standard_terms)

    @cached_property
    def _lagged_differences(self) -> np.ndarray:
        wanted = [(name, k + 1) for name in self.history.regressors for k in range(self.spec.lagged_differences)]
        return np.asarray(np.nan_to_num(self._columns([term for term in wanted if term not in self._standard_terms])))

    @cached_property
    def _regressor_products(self) -> np.ndarray:
        x = self.history.difference[self.cells]
        first, second = np.triu_indices(x.shape[1])
        return np.asarray(x[:, first] * x[:, second] if self.spec.instrument_products else x[:, :0])

    def _lags(self, key: str, outcome: np.ndarray, columns: Sequence[str], lags: LagInstruments) -> np.ndarray:
        levels = self.history.lag_levels(outcome, columns)
        absent = [column for column in columns if not levels[column].notna().any()]
        if absent:
            faults = [Fault(name, "the panel has no such level", "lag instruments need it") for name in absent]
            raise SpecificationError(self.spec.name, faults)
        Z = lag_instruments(levels, self.unit, self.period, columns=columns, lags=lags)
        if Z.shape[1] == 0:
            years = int(levels.index.get_level_values("period").min()), int(self.period.max())
            found = f"levels known from {years[0]}, rows up to {years[1]}: lag {years[1] - years[0]} is the longest"
            fault = Fault(f"{key}.first", f"{found}, {lags.first} the first asked for", "ask for shorter lags")
            raise SpecificationError(self.spec.name, [fault])
        return Z


def _lagged_name(name: str, lag: int) -> str:
    return f"{name}_lag{lag}" if lag else name
