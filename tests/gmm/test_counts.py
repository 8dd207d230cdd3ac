"""Does the warning name remedies, with the counts they would leave?"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from bayes_border.gmm.counts import count_warning, most_testable
from bayes_border.gmm.dynamic import equation
from bayes_border.gmm.estimate import fit_equation
from bayes_border.spec.instruments import LagInstruments
from bayes_border.spec.recipe import Estimator, Interaction, RecipeSpec


def recipe(**asked):
    settings = {"steps": 2, "interaction": Interaction.NONE, "standard": False, **asked}
    return RecipeSpec(name="lags", meaning="", estimator=Estimator.DIFFERENCE_GMM, **settings)


def asked_of(spec, *, units=9, years=20, start=0):
    """Return a recipe's equation on a panel whose levels are known from year 0, its differences from year 1."""
    rng = np.random.default_rng(1)
    keys = pd.MultiIndex.from_product([range(units), range(start, start + years + 1)], names=["unit", "year"])
    frame = pd.DataFrame(rng.normal(size=(len(keys), 3)).cumsum(axis=0), keys, ["y", "x", "w"]).reset_index()
    return equation(frame, spec, unit="unit", period="year", outcome="y", regressors=["x", "w"])


def counted(spec, **size):
    return asked_of(spec, **size).stacked().Z.shape[1]


def warned(spec, **size):
    return count_warning(asked_of(spec, **size), counted(spec, **size))


def left(warning):
    return {remedy.change: remedy.n_instruments for remedy in warning.remedies}


def test_few_instruments_are_no_reason_to_warn():
    few = recipe(lags=LagInstruments(first=2, last=2, collapse=True), standard=True)
    assert counted(few, units=4) == 4
    assert warned(few, units=4) is None
    assert warned(few, units=3).n_instruments == 4


def test_remedies_have_the_counts_that_arithmetic_gives():
    warning = warned(recipe(lags=LagInstruments(first=2, last=99, regressors=("x",))))

    # Lag l serves years l, ..., 20: 19 + 18 + ... + 1 columns; collapsed, one a lag: 2 to 20.
    assert warning.n_instruments == 190
    assert left(warning) == {
        "lags up to 2": 19,
        "lags collapsed": 19,
        "lags collapsed up to 10": 9,
    }
    assert "lags collapsed: 19" in warning.said


@pytest.mark.parametrize(
    "spec",
    [
        recipe(lags=LagInstruments(first=2, last=99), standard=True),
        recipe(lags=LagInstruments(first=1, last=5, collapse=True), standard=True, year_effects=True),
        recipe(outcome_instruments=LagInstruments(first=2, last=99), standard=True, outcome_lags=2),
        recipe(
            lags=LagInstruments(first=3, last=9), outcome_instruments=LagInstruments(first=2, last=99, collapse=True)
        ),
    ],
)
def test_remedies_are_counted_as_the_changed_recipe_counts(spec):
    warning = warned(spec)
    assert warning.remedies
    for remedy in warning.remedies:
        changed = spec
        for key in ("lags", "outcome_instruments"):
            lags = getattr(spec, key)
            if lags is None:
                continue
            if "collapsed" in remedy.change:
                lags = replace(lags, collapse=True)
            if "up to" in remedy.change:
                lags = replace(lags, last=min(lags.last, int(remedy.change.split()[-1])))
            changed = replace(changed, **{key: lags})
        assert counted(changed) == remedy.n_instruments, remedy


def test_shortening_keeps_as_many_lags_as_the_clusters_allow():
    spec = recipe(lags=LagInstruments(first=1, last=20, regressors=("x",)))
    warning = warned(spec, units=60)

    # 20 + 19 + 18 = 57 for lags 1 to 3; a fourth would make 74.
    assert left(warning)["lags up to 3"] == 57
    assert counted(replace(spec, lags=replace(spec.lags, last=4)), units=60) == 74


def test_a_remedy_that_leaves_fewer_than_coefficients_is_called_so():
    warning = warned(recipe(lags=LagInstruments(first=2, last=99, collapse=True, regressors=("x",))), units=1)

    assert "lags up to 2: 1, too few for 2 coefficients" in warning.said


def test_a_remedy_that_leaves_just_enough_is_enough():
    # Collapsed, lags 2 to 10 are nine instruments on nine clusters: no shorter list is needed.
    assert left(warned(recipe(lags=LagInstruments(first=2, last=10, regressors=("x",))))) == {
        "lags up to 2": 19,
        "lags collapsed": 9,
    }
    just = warned(recipe(lags=LagInstruments(first=2, last=99, collapse=True, regressors=("x",))), units=2)
    assert just.said == ("lags up to 3: 2",)


def test_a_single_lag_cannot_be_shortened():
    assert left(warned(recipe(lags=LagInstruments(first=2, last=2, regressors=("x",))))) == {"lags collapsed": 1}


def test_a_test_that_cannot_reject_is_said_once():
    few = fit_equation(asked_of(recipe(lags=LagInstruments(first=2, last=4, collapse=True), standard=True)))
    assert few.count_warning is None
    assert few.hansen.sentence in few.warnings
    many = fit_equation(asked_of(recipe(lags=LagInstruments(first=2, last=99), standard=True)))
    assert many.hansen.vacuous
    assert many.hansen.sentence not in many.warnings


def test_without_lags_one_step_is_the_remedy():
    warning = warned(recipe(standard=True, year_effects=True))

    assert warning.remedies == ()
    assert "take one step" in str(warning.remark)
    assert str(warning.remark).startswith("22 instruments on 9 clusters: ")


@pytest.mark.parametrize("clusters", [1, 2, 3, 9, 30])
def test_most_testable_is_where_the_bound_stops_rejecting(clusters):
    most = most_testable(clusters, 6)
    df = 0 if most is None else most - 6

    assert (most is None) == (stats.chi2.sf(clusters, 1) > 0.10)
    assert df == 0 or stats.chi2.sf(clusters, df) <= 0.10
    assert stats.chi2.sf(clusters, df + 1) > 0.10


def test_nine_clusters_can_test_four_restrictions():
    # The 10 % point of chi-squared is 7.78 on 4 and 9.24 on 5 degrees of freedom.
    assert most_testable(9, 6) == 10


@pytest.mark.parametrize("steps", [1, 2])
def test_every_fit_of_too_many_instruments_carries_the_warning(steps):
    spec = recipe(lags=LagInstruments(first=2, last=99), standard=True, steps=steps)
    fit = fit_equation(asked_of(spec))

    assert fit.count_warning == warned(spec)
    assert str(fit.count_warning.remark) in fit.warnings
