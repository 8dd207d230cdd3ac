import re

import pytest

from bayes_border.report.figures import recipes
from bayes_border.report.figures.ladder import Ladder, Rung, ladders
from bayes_border.report.figures.style import svg
from bayes_border.vocabulary import Window


def rungs(*values, strong=0):
    return tuple(Rung(f"r{k}", "#000000", v, v - 1, v + 1, strong=k == strong) for k, v in enumerate(values))


def limits(part):
    return ladders([part]).axes[0].get_xlim()


def test_every_interval_is_inside_an_axis_that_is_not_cut():
    low, high = limits(Ladder("x", rungs(0.0, 50.0)))
    assert low < -1
    assert high > 51


def test_a_cut_axis_follows_the_strong_rungs_and_names_what_lies_beyond():
    part = Ladder("x", rungs(2.0, 50.0), cut=True)
    low, high = limits(part)
    assert low < 0
    assert 3 < high < 10
    assert "at 50.0" in svg(ladders([part]), "x")


def test_zero_is_always_on_the_axis():
    low, high = limits(Ladder("x", rungs(100.0), cut=True))
    assert low < 0 < high


def test_a_rung_without_an_estimate_says_why():
    part = Ladder("x", (Rung("r", "#000000", None, absent="has no such coefficient"),))
    assert "has no such coefficient" in svg(ladders([part]), "x")


@pytest.mark.parametrize("name", ["<b>&", "广西", "a $b$ c", "x_y^z"])
def test_any_name_is_drawn_as_the_text_it_is(name):
    text = svg(ladders([Ladder(name, rungs(1.0))]), "x")
    assert name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") in text


def test_ids_of_two_drawings_never_meet():
    first, second = (svg(ladders([Ladder("x", rungs(1.0))]), name) for name in ("one", "two"))
    ids = [set(re.findall(r'id="([^"]+)"', text)) for text in (first, second)]
    assert ids[0]
    assert not ids[0] & ids[1]
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', first))
    assert used <= ids[0]


def test_a_drawing_is_the_same_each_time():
    assert svg(ladders([Ladder("x", rungs(1.0))]), "x") == svg(ladders([Ladder("x", rungs(1.0))]), "x")


def test_a_recipe_s_distance_is_in_printed_standard_errors_of_the_main_table(contents):
    found = recipes._distances(contents, "pooled_ols")
    shown = [x for x in contents.recipe_estimates if (x.recipe, x.table) == ("pooled_ols", "table1")]
    assert set(found) == {(x.window, x.term) for x in shown}
    for x in shown:
        cell = contents.published.cell("table1", x.window, x.term)
        expected = abs(x.value - cell.estimate.value) / cell.se.value
        assert found[x.window, x.term] == (x.value, pytest.approx(expected))


def test_the_words_of_the_map_count_the_near_cells_of_their_window_alone(contents):
    cells = {(window, "dIS"): (0.0, 1.0) for window in Window} | {(Window.PRE, "dBO"): (0.0, 9.0)}
    known = {"pooled_ols": cells, "within": {}}
    said = "Cells within 2 printed standard errors: pooled OLS, 1 of 2; within, eq. (1), 0 of 0."
    assert recipes._alt(contents, known, Window.PRE).endswith(said)
