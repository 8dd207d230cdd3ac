"""Is the bootstrap that of loops over sign vectors, and its confidence set exact?"""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from bayes_border.errors import SpecificationError
from bayes_border.gmm.inference.clustered import clustered
from bayes_border.gmm.inference.clusters import Grouping
from bayes_border.gmm.inference.confidence_set import SetShape
from bayes_border.gmm.inference.signs import rademacher_signs
from bayes_border.gmm.inference.wild import WildForm, WildPlan, wild_bootstrap
from bayes_border.gmm.inference.wild_path import Tail
from bayes_border.gmm.linear import LinearFit


def naive_statistics(fit, j, null, signs):
    """Return the data's t and those of outcomes drawn and estimated again, one after the other."""

    def t_of(y):
        again = replace(fit, y=y)
        return (again.coefficients[j] - null) / clustered(again, Grouping.UNIT).se[j]

    others = [c for c in range(fit.X.shape[1]) if c != j]
    X, X_hat = fit.X[:, others], fit.X_hat[:, others]
    restricted = np.linalg.solve(X_hat.T @ X, X_hat.T @ (fit.y - null * fit.X[:, j]))
    fitted = X @ restricted + null * fit.X[:, j]
    places = np.unique(fit.unit, return_inverse=True)[1]
    return t_of(fit.y), np.array([t_of(fitted + (fit.y - fitted) * v[places]) for v in signs])


def naive_p(fit, j, null, signs, tail=Tail.SYMMETRIC):
    t, drawn = naive_statistics(fit, j, null, signs)
    close = 1e-7 * abs(t)
    if tail is Tail.SYMMETRIC:
        return np.mean(np.abs(drawn) >= abs(t) - close)
    return min(1.0, 2 * min(np.mean(drawn <= t + close), np.mean(drawn >= t - close)))


def all_signs(clusters):
    return np.array(list(itertools.product([1.0, -1.0], repeat=clusters)))


@pytest.mark.parametrize("instruments", [0, 5])
@pytest.mark.parametrize("tail", Tail)
@pytest.mark.parametrize("null", [0.0, 0.7])
def test_p_value_is_the_loop_over_all_sign_vectors(make_fit, instruments, tail, null):
    fit = make_fit(1, units=6, instruments=instruments, drop=15)
    for j in range(3):
        found = wild_bootstrap(fit, j, WildPlan(seed=0, tail=tail), null=null)
        assert found.p_value == pytest.approx(naive_p(fit, j, null, all_signs(6), tail))
        assert found.statistic == pytest.approx(naive_statistics(fit, j, null, all_signs(6)[:1])[0])
    assert found.form is (WildForm.RESTRICTED_SCORES if instruments else WildForm.RESTRICTED_RESIDUALS)


@pytest.mark.parametrize("tail", Tail)
def test_drawn_signs_give_the_loop_over_the_same_signs(make_fit, tail):
    fit = make_fit(2, units=14, periods=5)
    found = wild_bootstrap(fit, 1, WildPlan(seed=3, draws=199, tail=tail))
    signs = rademacher_signs(14, draws=199, seed=3)
    assert not found.enumerated
    assert found.n_signs == 200
    assert found.p_value == pytest.approx(naive_p(fit, 1, 0.0, signs.vectors, tail))
    assert found == wild_bootstrap(fit, 1, WildPlan(seed=3, draws=199, tail=tail))


@pytest.mark.parametrize(
    ("units", "instruments", "tail"), [(9, 0, "symmetric"), (7, 4, "symmetric"), (13, 0, "equal_tail")]
)
def test_confidence_set_is_where_the_p_value_is_above_its_level(make_fit, units, instruments, tail):
    plan = WildPlan(seed=1, tail=Tail(tail), draws=99)
    fit = make_fit(3, units=units, instruments=instruments, drop=10)
    se = clustered(fit, Grouping.UNIT).se[0]
    confidence = wild_bootstrap(fit, 0, plan).confidence

    assert fit.coefficients[0] in confidence
    for value in fit.coefficients[0] + se * np.linspace(-12, 12, 241):
        p = wild_bootstrap(fit, 0, plan, null=value).p_value
        assert (value in confidence) == (p > 1 - plan.level + 1e-12), value
    # The ends are exact: a hair to either side decides.
    for end, side in ((confidence.lower, -1), (confidence.upper, 1)):
        hair = side * 1e-5 * se
        assert wild_bootstrap(fit, 0, plan, null=end + hair).p_value <= 0.1
        assert wild_bootstrap(fit, 0, plan, null=end - hair).p_value > 0.1


def test_nine_clusters_have_512_signs_and_steps_of_one_in_256(make_fit):
    found = wild_bootstrap(make_fit(4), 0, WildPlan(seed=0))
    assert found.enumerated
    assert found.n_signs == 512
    assert found.smallest_p == 1 / 256
    assert found.p_value * 256 == pytest.approx(round(found.p_value * 256))


def test_four_clusters_cannot_reject_and_bound_nothing(make_fit):
    found = wild_bootstrap(make_fit(5, units=4, noise=1e-3), 0, WildPlan(seed=0))
    assert found.p_value == found.smallest_p == 1 / 8
    assert found.confidence.shape is SetShape.WHOLE_LINE


def test_one_regressor_and_two_clusters_are_allowed(make_fit):
    found = wild_bootstrap(make_fit(6, units=2, coefficients=1), 0, WildPlan(seed=0))
    assert found.p_value in {0.5, 1.0}


def test_a_true_null_is_rejected_about_as_often_as_it_should_be():
    # 400 panels, level 0.1: the binomial's sd is 0.015; three of them.
    rng = np.random.default_rng(7)
    unit, period = np.repeat(np.arange(7), 6), np.tile(np.arange(6), 7)
    rejected = 0
    for _ in range(400):
        X = rng.normal(size=(42, 2)) + rng.normal(size=(7, 2))[unit]
        y = X[:, 1] + rng.normal(size=42) + rng.normal(size=7)[unit]
        rejected += wild_bootstrap(LinearFit(y, X, X, unit, period), 0, WildPlan(seed=0)).p_value <= 0.1
    assert abs(rejected / 400 - 0.1) < 0.045


def test_units_of_a_regressor_do_not_move_the_p_value(make_fit):
    fit = make_fit(8)
    other = replace(fit, X=fit.X * [1e5, 1, -1e-5], X_hat=fit.X * [1e5, 1, -1e-5])
    for j in range(3):
        a, b = (wild_bootstrap(one, j, WildPlan(seed=0)) for one in (fit, other))
        assert a.p_value == b.p_value
    assert a.confidence.lower * -1e5 == pytest.approx(b.confidence.upper)


def test_impossible_bootstraps_are_refused(make_fit):
    fit = make_fit(9)
    with pytest.raises(SpecificationError, match="place 3 of 3"):
        wild_bootstrap(fit, 3, WildPlan(seed=0))
    with pytest.raises(SpecificationError, match="1 cluster"):
        wild_bootstrap(make_fit(9, units=1), 0, WildPlan(seed=0))
    with pytest.raises(SpecificationError, match="draw at least one"):
        wild_bootstrap(make_fit(9, units=15), 0, WildPlan(seed=0, draws=0))
    X = (fit.unit == 0).astype(float)[:, None]
    with pytest.raises(SpecificationError, match="one cluster alone"):
        wild_bootstrap(LinearFit(fit.y, X, X, fit.unit, fit.period), 0, WildPlan(seed=0))


def test_periods_may_share_a_sign_instead_of_units(make_fit):
    fit = make_fit(10, units=6, periods=8)
    swapped = LinearFit(fit.y, fit.X, fit.X, fit.period, fit.unit)
    by_period = wild_bootstrap(fit, 2, WildPlan(seed=0, by=Grouping.PERIOD))
    assert by_period == wild_bootstrap(swapped, 2, WildPlan(seed=0))
    assert by_period.n_signs == 256
