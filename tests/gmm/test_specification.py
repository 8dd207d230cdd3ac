"""Does a fit show every test of its assumptions and every account of its errors, with a reason where there is none?"""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from bayes_border.errors import SpecificationError
from bayes_border.gmm.inference.bias_reduced import cr2
from bayes_border.gmm.specification import specification_tests
from bayes_border.spec.reader import load_recipe
from bayes_border.spec.recipe import StandardErrors
from bayes_border.study import load_study
from bayes_border.vocabulary import Window

STUDY = load_study("li_shi_border").spec


@pytest.fixture(scope="module")
def fitted(panel, recipe_fit):
    return lambda recipe, window=Window.FULL: recipe_fit(recipe, panel, window=window)


def found(fit, test, about=""):
    return next(x for x in specification_tests(fit) if (x.test, x.about) == (test, about))


@pytest.mark.parametrize("recipe", STUDY.recipes)
def test_every_recipe_has_its_tests_and_no_number_is_missing_without_a_reason(fitted, recipe):
    tests = specification_tests(fitted(recipe, Window.PRE))
    assert {"Pesaran CD", "effective clusters"} <= {x.test for x in tests}
    for x in tests:
        numbers = [x.statistic, x.df, x.p_value, x.p_by_rank, x.bound, x.smallest_p]
        assert all(number is None or np.isfinite(number) for number in numbers), x
        assert x.statistic is not None or x.says, x


def test_hansens_p_is_the_tail_of_its_statistic_and_cannot_pass_its_bound(fitted):
    j = found(fitted("difference_two_step"), "Hansen J")
    assert j.p_value == pytest.approx(stats.chi2.sf(j.statistic, j.df))
    assert j.statistic <= j.bound == 9
    assert j.vacuous


def test_least_squares_has_no_tests_of_instruments(fitted):
    names = {x.test for x in specification_tests(fitted("pooled_ols"))}
    assert names == {"Pesaran CD", "effective clusters"}


def test_effective_clusters_are_named_by_coefficient_and_do_not_pass_the_clusters(fitted):
    rows = [x for x in specification_tests(fitted("pooled_ols")) if x.test == "effective clusters"]
    assert [x.about for x in rows] == [*STUDY.terms, *(f"dg_{term}" for term in STUDY.terms)]
    assert all(0 < x.statistic <= 9 for x in rows)


def test_a_recipe_chooses_the_account_that_its_estimates_are_shown_with(fitted):
    own, chosen = (
        fitted(replace(load_recipe("pooled_ols"), standard_errors=kind)) for kind in (None, StandardErrors.CR2)
    )
    row, other = (fit.estimates().to_rows()[0] for fit in (chosen, own))
    expected = cr2(own.linear)
    assert row["se"] == pytest.approx(expected.se[0])
    assert row["df_resid"] == pytest.approx(expected.df[0])
    reach = stats.t.ppf(0.95, expected.df[0]) * expected.se[0]
    assert (row["lower"], row["upper"]) == pytest.approx((row["value"] - reach, row["value"] + reach))
    assert (row["se_kind"], other["se_kind"]) == ("cr2", "clustered by unit, CR1")
    assert row["value"] == other["value"]


def test_an_account_that_cannot_be_had_is_refused_with_the_arithmetic(panel, recipe_fit):
    one = replace(panel, data=panel.data.sel(province=["Gansu"]))
    spec = replace(load_recipe("iv_2sls"), standard_errors=StandardErrors.CR2)
    with pytest.raises(SpecificationError, match="1 cluster"):
        recipe_fit(spec, one).estimates()
