"""Is the page on least squares in noise true, and are its numbers those of the simulations?"""

import re

import numpy as np
import ols_limit
import pytest
from page import DOCS, block

from bayes_border.errors import SpecificationError
from bayes_border.gmm.history import history_of
from bayes_border.gmm.rows import window_equation
from bayes_border.spec.reader import load_recipe
from bayes_border.vocabulary import Window

PAGE = (DOCS / "ols_limit.md").read_text(encoding="utf-8")
#: Panels of the check and of the page, and the distance in Monte-Carlo errors that a cell may differ by.
SIMULATIONS, OF_THE_PAGE, WIDE = 200, 500, 4.5


@pytest.fixture(scope="module")
def about():
    return ols_limit.subject()


@pytest.fixture(scope="module")
def printed():
    lines = [line.strip("| \n").split(" | ") for line in block(PAGE, "remains").splitlines()[2:]]
    cells = [[cell.strip() for cell in line] for line in lines]
    return {(line[0], line[1].strip("`")): line[2:] for line in cells if line[1] != "*the limit*"}


def test_the_limits_are_those_of_the_panel_today(about):
    assert block(PAGE, "limits") == ols_limit.limits(about)


def test_the_page_has_every_recipe_of_the_study_that_can_be_carried_out(about, printed):
    def feasible(name, window):
        try:
            window_equation(load_recipe(name), history_of(about.panel, about.design), about.design, window)
        except SpecificationError:
            return False
        return True

    expected = {(str(w), name) for w in Window for name in about.recipes if feasible(name, w)}
    assert set(printed) == expected


def test_what_remains_is_what_new_simulations_find(about, printed, monkeypatch):
    monkeypatch.setattr(ols_limit, "SEED", 7)
    rows = ols_limit.calibrate(about, SIMULATIONS).set_index(["window", "recipe", "term"])

    for (window, recipe), cells in printed.items():
        for k, term in enumerate(f"dg_{term}" for term in about.design.terms):
            found = rows.loc[(window, recipe, term)]
            mean, error = map(float, re.fullmatch(r"(-?[\d.]+) ± ([\d.]+)", cells[k]).groups())
            assert abs(found["mean"] - mean) < WIDE * np.hypot(found["mean_error"], error) + 0.005
            share = float(cells[4 + k].rstrip(" %")) / 100
            spread = np.sqrt(max(share * (1 - share), 0.01) * (1 / SIMULATIONS + 1 / OF_THE_PAGE))
            assert abs(found["rejects_5"] - share) < WIDE * spread + 0.005


def least_squares_of(x, y):
    return np.linalg.lstsq(np.hstack([x, y[:, None] * x]), y)[0]


@pytest.mark.parametrize("mean", [0.0, 1.5])
@pytest.mark.parametrize("window", list(Window))
def test_the_limit_is_the_same_whatever_the_outcome_s_mean(mean, window, about):
    x = about.design.x[about.design.rows_of(window)]
    long = np.tile(x, (4000, 1))
    y = mean + 3 * np.random.default_rng(3).normal(size=len(long))

    found = least_squares_of(long, y)

    expected = np.concatenate([np.zeros(3), ols_limit.limit(x)])
    # Standard errors of least squares with noise of the size of the residual: four of them.
    w = np.hstack([long, y[:, None] * long])
    error = np.sqrt(np.diag(np.linalg.inv(w.T @ w))) * (y**2).mean() ** 0.5
    np.testing.assert_array_less(np.abs(found - expected), 4 * error)


def test_noisy_rows_weigh_more_in_the_limit(about):
    x = about.design.x[about.design.observed]
    sd = np.exp(2 * x[:, 0])
    long, long_sd = np.tile(x, (4000, 1)), np.tile(sd, 4000)
    y = long_sd * np.random.default_rng(4).normal(size=len(long))

    found = least_squares_of(long, y)[3:]

    weighted = np.linalg.solve((x * sd[:, None] ** 2).T @ x, x.T @ sd**2)
    np.testing.assert_allclose(found, weighted, rtol=0.05, atol=0.05)
    assert np.abs(weighted - ols_limit.limit(x)).max() > 0.2


@pytest.mark.parametrize("window", list(Window))
def test_the_limit_explains_what_the_constant_s_regression_explains(window, about):
    x = about.design.x[about.design.rows_of(window)]
    gamma = ols_limit.limit(x)

    np.testing.assert_allclose(gamma, np.linalg.lstsq(x, np.ones(len(x)))[0])
    # mean of x'gamma = uncentred R-squared = mean of (x'gamma)^2
    np.testing.assert_allclose(((x @ gamma) ** 2).mean(), ols_limit.noise_explained(x))


def test_the_page_shows_the_figure_that_the_script_draws():
    assert "(figures/ols_limit.png)" in PAGE
    assert (DOCS / "figures" / "ols_limit.png").stat().st_size > 10_000
