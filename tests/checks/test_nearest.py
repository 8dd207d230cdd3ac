"""Is the distance to print what it says, and is the search on simulated panels the same search?"""

import numpy as np
import pandas as pd
import pytest

from bayes_border.checks.nearest import READINGS_OF_A_RATIO, Candidate, NearestSearch, nearest, read_as
from bayes_border.design import build_design
from bayes_border.spec.breaks import Break
from bayes_border.spec.reader import load_recipe
from bayes_border.study import load_study
from bayes_border.vocabulary import Outcome, Window

STUDY = load_study("li_shi_border")
TERMS = STUDY.spec.terms
COUNT = Break.read("count", 2014)


def candidate(name, panel, outcome=Outcome.GROWTH, reading=""):
    return Candidate(load_recipe(name), panel, build_design(panel, TERMS, COUNT, outcome=outcome), reading)


@pytest.fixture(scope="module")
def panel():
    return STUDY.panel()


@pytest.fixture(scope="module")
def published():
    return STUDY.published()


def by_hand(recipe_fit, panel, published):
    distances = []
    for window in Window:
        fit = recipe_fit("pooled_ols", panel, window=window)
        for term in published.terms:
            cell = published.cell("table1", window, term)
            distances.append((float(fit.params.sel(term=term)) - cell.estimate.value) / cell.se.value)
    return np.abs(distances)


def test_the_distance_is_that_of_the_fits_in_printed_standard_errors(panel, published, recipe_fit):
    one = candidate("pooled_ols", panel)
    row = nearest([one], published, "table1", one.design.y[None], one.design).table.iloc[0]
    expected = by_hand(recipe_fit, panel, published)
    assert row["distance"] == pytest.approx(np.sqrt((expected**2).mean()))
    assert row["median"] == pytest.approx(np.median(expected))
    assert (row["within"], row["cells"]) == ((expected <= 2).sum(), 18)


def test_the_nearest_stands_first_and_one_without_every_coefficient_last(panel, published):
    every = [candidate(name, panel) for name in ("within", "difference_two_step", "pooled_ols")]
    rows = every[0].design
    table = nearest(every, published, "table1", rows.y[None], rows).table
    assert list(table["recipe"]) == ["pooled_ols", "difference_two_step", "within"]
    assert np.isnan(table["distance"].iloc[-1])
    assert table["cells"].iloc[-1] == 9


def test_on_the_real_outcome_the_search_is_as_near_as_it_is(panel, published):
    every = [candidate(name, panel) for name in ("iv_2sls", "pooled_ols")]
    rows = every[0].design
    other = np.where(rows.observed, np.random.default_rng(1).normal(size=rows.y.size), 0.0)
    found = nearest(every, published, "table1", np.stack([rows.y, 1e3 * other]), rows)
    assert found.placebo[0] == pytest.approx(found.table["distance"].min())
    assert found.placebo_median[0] == pytest.approx(found.table["median"].min())
    assert found.as_near >= 0.5


def test_every_panel_sees_one_simulated_outcome(published):
    wide, narrow = STUDY.panel("extended_filled"), STUDY.panel("balanced")
    rows = build_design(wide, TERMS, COUNT)
    drawn = np.random.default_rng(2).normal(size=(2, rows.y.size))
    both = nearest([candidate("pooled_ols", narrow)], published, "table1", drawn, rows)
    design = build_design(narrow, TERMS, COUNT)
    keys = list(zip(rows.data["province"].values, rows.data["year"].values, strict=True))
    own = [keys.index(key) for key in zip(design.data["province"].values, design.data["year"].values, strict=True)]
    alone = nearest([candidate("pooled_ols", narrow)], published, "table1", drawn[:, own], design)
    np.testing.assert_allclose(both.placebo, alone.placebo)


def test_readings_of_a_ratio_scale_beta_and_leave_gamma(panel, recipe_fit):
    found = {}
    for words in ("percentage points", "ratio"):
        read = read_as(panel, "relative_income", words)
        found[words] = recipe_fit("pooled_ols", read, outcome=Outcome.RELATIVE_INCOME).params.values
    np.testing.assert_allclose(found["ratio"][:3] * 100, found["percentage points"][:3])


def test_the_logarithm_is_that_of_the_ratio(panel):
    read = read_as(panel, "relative_income", "logarithm")
    level = panel.data["relative_income"].values
    np.testing.assert_allclose(
        read.data["drelative_income"].values[:, 1:], np.diff(np.log(level), axis=1), rtol=1e-9, equal_nan=True
    )
    assert set(READINGS_OF_A_RATIO) == {"percentage points", "ratio", "logarithm"}


def test_as_near_is_the_share_of_panels_on_which_the_search_comes_at_least_as_near():
    table = pd.DataFrame({"distance": [2.0, 5.0], "median": [1.0, 0.5]})
    found = NearestSearch(table, np.array([1.0, 2.0, 3.0, 4.0]), np.array([0.4, 0.6, 0.7, 0.8]))
    assert (found.as_near, found.as_near_by_median) == (0.5, 0.25)


def test_a_simulated_outcome_gets_the_spread_of_the_reading(panel, published):
    read = read_as(panel, "relative_income", "ratio")
    one = candidate("pooled_ols", read, Outcome.RELATIVE_INCOME, "ratio")
    drawn = np.random.default_rng(3).normal(size=(2, one.design.y.size))
    small, large = (nearest([one], published, "table3", drawn * scale, one.design).placebo for scale in (1, 100))
    np.testing.assert_allclose(small, large)
    plain = candidate("pooled_ols", read, Outcome.RELATIVE_INCOME)
    scale = one.design.y[one.design.observed].std() / drawn[:, one.design.observed].std()
    np.testing.assert_allclose(small, nearest([plain], published, "table3", drawn * scale, one.design).placebo)
