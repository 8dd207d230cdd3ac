"""Are Anderson-Rubin tests those of the formulae, and their sets where the tests do not reject?"""

from dataclasses import replace

import numpy as np
import pytest
from scipy import optimize, stats

from bayes_border.errors import SpecificationError
from bayes_border.gmm.inference.anderson_rubin import AndersonRubinPlan, Nuisance, anderson_rubin
from bayes_border.gmm.inference.clusters import Grouping
from bayes_border.gmm.inference.confidence_set import SetShape
from bayes_border.gmm.inference.moments import InstrumentedEquation

INDEPENDENT = AndersonRubinPlan(by=None)


@pytest.fixture
def make_equation():
    """Return a maker of equations: one exogenous regressor, `endogenous` others, excluded instruments.

    `shocks`: share of a period's own shock in errors and instruments; independent errors have none.
    """

    def make(seed, *, endogenous=1, instruments=3, strength=1.0, shocks=1.0, periods=20):  # noqa: PLR0913 -- what a panel may be like
        units = 9
        rng = np.random.default_rng(seed)
        n = units * periods
        period = np.tile(np.arange(periods), units)
        Z = rng.normal(size=(n, instruments)) + shocks * rng.normal(size=(periods, instruments))[period]
        u = rng.normal(size=n) + shocks * rng.normal(size=periods)[period]
        exogenous = rng.normal(size=(n, 1))
        X = strength * Z @ rng.normal(size=(instruments, endogenous)) + rng.normal(size=(n, endogenous))
        X = np.column_stack([exogenous, X + 0.7 * u[:, None]])
        y = X @ np.ones(endogenous + 1) + u
        marks = np.array([False] + [True] * endogenous)
        return InstrumentedEquation(y, X, Z, marks, np.repeat(np.arange(units), periods), period)

    return make


def left_over(W, columns):
    return columns - W @ np.linalg.lstsq(W, columns)[0] if W.shape[1] else columns


def partialled(equation, j):
    """Return outcome, tested and nuisance regressors, and instruments, without the exogenous ones."""
    marks, places = equation.endogenous, np.arange(equation.X.shape[1])
    W = equation.X[:, ~marks & (places != j)]
    Z = equation.Z if marks[j] else np.column_stack([equation.Z, equation.X[:, j]])
    nuisance = equation.X[:, marks & (places != j)]
    return (*(left_over(W, part) for part in (equation.y, equation.X[:, j], nuisance, Z)), W.shape[1])


def plain_f(u, Z, n_exogenous, q):
    fitted = Z @ np.linalg.lstsq(Z, u)[0]
    left = ((u - fitted) ** 2).sum() / (len(u) - n_exogenous - Z.shape[1])
    return (fitted**2).sum() / q / left


def hotelling(u, Z, labels, q):
    g = np.array([Z[labels == c].T @ u[labels == c] for c in np.unique(labels)])
    T, K = g.shape
    T2 = T * g.mean(axis=0) @ np.linalg.inv(np.cov(g.T).reshape(K, K)) @ g.mean(axis=0)
    return T2 / (T - 1) * (T - K) / q


def test_exactly_identified_and_independent_it_is_the_f_test_of_the_instrument(make_equation):
    equation = make_equation(1, instruments=1)
    v = 0.4
    regressors = np.column_stack([equation.Z, equation.X[:, 0]])
    u = equation.y - v * equation.X[:, 1]
    b = np.linalg.lstsq(regressors, u)[0]
    e, n = u - regressors @ b, len(u)
    t = b[0] / np.sqrt(e @ e / (n - 2) * np.linalg.inv(regressors.T @ regressors)[0, 0])

    found = anderson_rubin(equation, 1, INDEPENDENT, null=v)

    assert found.statistic == pytest.approx(t**2)
    assert found.df == (1, n - 2)
    assert found.p_value == pytest.approx(2 * stats.t.sf(abs(t), n - 2))
    # An exactly identified set holds the instrumental variables estimate, where the statistic is zero.
    iv = left_over(equation.X[:, [0]], equation.Z[:, 0])
    assert iv @ equation.y / (iv @ equation.X[:, 1]) in found.confidence
    assert found.smallest == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("by", [None, *Grouping])
@pytest.mark.parametrize("j", [0, 1])
def test_without_nuisance_statistic_and_ends_are_the_formula_written_out(make_equation, by, j):
    equation = make_equation(12, endogenous=j, shocks=0.0 if by is None else 1.0)
    y, x, _, Z, w = partialled(equation, j)
    labels = equation.unit if by is Grouping.UNIT else equation.period

    def expected(v):
        u = y - v * x
        return plain_f(u, Z, w, Z.shape[1]) if by is None else hotelling(u, Z, labels, Z.shape[1])

    found = anderson_rubin(equation, j, AndersonRubinPlan(by=by), null=0.3)

    assert found.statistic == pytest.approx(expected(0.3))
    assert found.confidence.shape is SetShape.INTERVAL
    limit = stats.f.ppf(0.9, *found.df)
    for end in (found.confidence.lower, found.confidence.upper):
        assert expected(end) == pytest.approx(limit, rel=1e-6)


@pytest.mark.parametrize("by", [None, Grouping.PERIOD])
@pytest.mark.parametrize("nuisance", Nuisance)
@pytest.mark.parametrize("j", [0, 1])
def test_other_coefficients_take_the_values_that_brute_force_finds(make_equation, by, nuisance, j):
    equation = make_equation(12, endogenous=2, instruments=4, periods=40, shocks=0.0 if by is None else 1.0)
    y, x, others, Z, w = partialled(equation, j)
    q = Z.shape[1] - (others.shape[1] if nuisance is Nuisance.CONCENTRATED else 0)

    def expected(v):
        def f(r):
            u = y - v * x - others @ r
            return plain_f(u, Z, w, q) if by is None else hotelling(u, Z, equation.period, q)

        starts = [np.full(others.shape[1], start) for start in (-20, -2, 0, 1, 3, 20)]
        return min(
            optimize.minimize(f, start, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12}).fun
            for start in starts
        )

    plan = AndersonRubinPlan(by=by, nuisance=nuisance)
    found = anderson_rubin(equation, j, plan, null=0.6)

    assert found.statistic == pytest.approx(expected(0.6), rel=1e-6)
    limit = stats.f.ppf(0.9, *found.df)
    for end in (found.confidence.lower, found.confidence.upper):
        assert expected(end) == pytest.approx(limit, rel=1e-5)
    assert found.df[0] == q


def test_concentrating_makes_a_set_smaller(make_equation):
    equation = make_equation(4, endogenous=2, instruments=4)
    wide, narrow = (anderson_rubin(equation, 1, AndersonRubinPlan(nuisance=kind)).confidence for kind in Nuisance)
    assert wide.lower < narrow.lower < narrow.upper < wide.upper


def test_instruments_that_move_nothing_leave_sets_unbounded_as_often_as_they_should():
    # Dufour (1997): at least as often as the level, 0.9. Of 60 panels; the binomial's sd is 0.039.
    unbounded = []
    rng = np.random.default_rng(6)
    for _ in range(60):
        Z, u, v = rng.normal(size=(120, 3)), rng.normal(size=120), rng.normal(size=120)
        x = v + 0.7 * u
        equation = InstrumentedEquation(
            x + u, x[:, None], Z, np.array([True]), np.repeat(np.arange(6), 20), np.tile(np.arange(20), 6)
        )
        confidence = anderson_rubin(equation, 0, AndersonRubinPlan()).confidence
        unbounded.append(np.isinf(confidence.lower) and np.isinf(confidence.upper))
    assert np.mean(unbounded) > 0.9 - 3 * 0.039


def test_weak_instruments_leave_two_half_lines(make_equation):
    equation = make_equation(0, instruments=1, strength=0.0)
    # Instrument unrelated to the regressor, outcome far from independent of it: only values near one
    # ratio are rejected.
    equation = replace(equation, y=equation.y + 2 * equation.Z[:, 0])
    found = anderson_rubin(equation, 1, INDEPENDENT)
    assert found.confidence.shape is SetShape.UNION
    (first, gap), (end, last) = found.confidence.pieces
    assert (first, last) == (-np.inf, np.inf)
    middle = (gap + end) / 2
    assert anderson_rubin(equation, 1, INDEPENDENT, null=middle).p_value < 0.1
    for value in (gap, end):
        assert anderson_rubin(equation, 1, INDEPENDENT, null=value).p_value == pytest.approx(0.1, rel=1e-5)


def test_instruments_that_contradict_one_another_leave_nothing(make_equation):
    equation = make_equation(7, periods=40, shocks=0.0)
    # Through the first instrument alone the coefficient looks like one, through the second like four.
    found = anderson_rubin(replace(equation, y=equation.y + 3 * equation.Z[:, 1]), 1, AndersonRubinPlan())
    assert found.confidence.shape is SetShape.EMPTY
    assert found.smallest > stats.f.ppf(0.9, *found.df)


def test_sets_do_not_depend_on_units_or_on_how_instruments_are_listed(make_equation):
    equation = make_equation(8)
    Z = np.column_stack([equation.Z * [1e6, 1, -1e-6], equation.Z[:, 0] + equation.Z[:, 1], equation.X[:, 0]])
    plain, other = (anderson_rubin(one, 1, AndersonRubinPlan()) for one in (equation, replace(equation, Z=Z)))
    assert other.n_moments == plain.n_moments == 3
    assert other.statistic == pytest.approx(plain.statistic, rel=1e-7)
    assert other.confidence.lower == pytest.approx(plain.confidence.lower, rel=1e-6)
    scaled = replace(equation, X=equation.X * [1, 1e-4])
    assert anderson_rubin(scaled, 1, AndersonRubinPlan()).confidence.upper * 1e-4 == pytest.approx(
        plain.confidence.upper, rel=1e-6
    )


@pytest.mark.parametrize("strength", [0.0, 1.0])
def test_a_true_value_is_rejected_as_often_as_it_should_be_however_weak_the_instruments(make_equation, strength):
    # 200 panels at level 0.1: the binomial's sd is 0.021; three of them.
    rejected = [
        anderson_rubin(make_equation(seed, strength=strength), 1, AndersonRubinPlan(), null=1.0).p_value < 0.1
        for seed in range(100, 300)
    ]
    assert abs(np.mean(rejected) - 0.1) < 0.064


def test_more_moments_than_clusters_are_refused_with_the_arithmetic(make_equation):
    with pytest.raises(SpecificationError, match="6 period clusters for 9 moments"):
        anderson_rubin(make_equation(9, instruments=9, periods=6), 1, AndersonRubinPlan())
    assert anderson_rubin(make_equation(9, instruments=9), 1, AndersonRubinPlan()).df == (9, 11)
    with pytest.raises(SpecificationError, match="9 unit clusters for 9 moments"):
        anderson_rubin(make_equation(9, instruments=9), 1, AndersonRubinPlan(by=Grouping.UNIT))


def test_impossible_equations_are_refused(make_equation):
    equation = make_equation(10, endogenous=2, instruments=1)
    with pytest.raises(SpecificationError, match="1 independent moments for 2 coefficients"):
        anderson_rubin(equation, 1, AndersonRubinPlan())
    equation = make_equation(10)
    with pytest.raises(SpecificationError, match="place 2 of 2"):
        anderson_rubin(equation, 2, AndersonRubinPlan())
    with pytest.raises(SpecificationError, match="span 1 dimensions"):
        anderson_rubin(replace(equation, y=equation.X @ np.ones(2)), 1, AndersonRubinPlan())
    early = np.column_stack([(equation.period == 0) * equation.Z[:, c] for c in range(3)])
    with pytest.raises(SpecificationError, match="20 clusters have rank 1, for 3 moments"):
        anderson_rubin(replace(equation, Z=early, endogenous=np.array([True, True])), 1, AndersonRubinPlan())
