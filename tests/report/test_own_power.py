"""Does our own model's power stand beside the recipes', marked as stored, and do the sentences keep to the numbers?"""

from dataclasses import replace

import pandas as pd
import pytest

from bayes_border.report import tables
from bayes_border.report.contents import StoredTable
from bayes_border.report.statements import of_side, statements
from bayes_border.report.views import Side

CELLS = [(window, term) for window in ("pre", "post") for term in ("dIS", "dg_dIS")]


def power(recipe, **columns):
    rows = [{"recipe": recipe, "table": "table1", "window": window, "term": term} for window, term in CELLS]
    return pd.DataFrame(rows).assign(**{"sign_error": 0.0, "bias": 0.1, "n": 300} | columns)


def resolution(recipe, **columns):
    rows = [
        {"recipe": recipe, "null": "white_noise", "table": "table1", "window": window, "term": term, "sign": 1.0}
        for window, term in CELLS
    ]
    usual = {"size": 0.1, "resolution_adjusted": 0.2, "largest": 0.8, "tried": 10, "n": 60}
    return pd.DataFrame(rows).assign(**usual | columns)


def kept(table, *, stale=False, **columns):
    beside = {"date": "2031-05-06", "stale": stale, "sampler": "2 chains of 300 draws after 300"}
    return StoredTable(
        table=table.assign(**beside | columns), date="2031-05-06", digest="feed", stale=stale, command="make calibrate"
    )


OWN_POWER = power("coherent_break", coverage=[0.8, 0.9, 0.95, 0.85], power=[0.9, 0.3, 0.7, 0.85], share_mixed=0.98)
OWN_RESOLUTION = resolution("coherent_break", resolution=[0.3, None, 0.25, 0.6], tried=3, n=30, share_mixed=1.0)


@pytest.fixture(scope="module")
def beside(contents):
    """Return contents with the power and the resolution of a recipe and of our own model."""
    return replace(
        contents,
        power=power("pooled_ols", coverage=[0.1, 0.2, 0.3, 0.4], power=[0.5, 0.95, 0.5, 0.99]),
        resolution=resolution("pooled_ols", resolution=[0.1, 0.2, None, 0.4]),
        own_power=kept(OWN_POWER),
        own_resolution=kept(OWN_RESOLUTION),
        calibrate="make calibrate",
    )


@pytest.mark.parametrize("view", [tables.power, tables.resolution])
def test_our_own_rows_stand_first_with_the_day_that_they_were_stored(beside, view):
    names = [row[0] for row in view(beside).rows]
    assert names == ["coherent, stored 2031-05-06"] * 4 + ["pooled OLS"] * 4
    alone = replace(beside, own_power=None, own_resolution=None)
    assert [row[0] for row in view(alone).rows] == ["pooled OLS"] * 4
    assert view(replace(alone, power=pd.DataFrame(), resolution=pd.DataFrame())) is None


def test_each_row_has_the_numbers_of_its_cell(beside):
    own, recipe = (tables.power(beside).rows[at] for at in (1, 5))
    assert own[1:] == ("pre", "γ2 (printed β5) · Δg·ΔIS", "90 %", "30 %", "0 %", "0.100", "300")
    assert recipe[3:5] == ("20 %", "95 %")
    own, other, recipe = (tables.resolution(beside).rows[at] for at in (0, 1, 4))
    assert own[1:] == ("pre", "β2 · ΔIS", "+", "10 %", "0.300", "0.200", "0.800", "3", "30")
    assert other[5] == "more than 0.800"
    assert recipe[-2:] == ("10", "60")


def test_a_stale_row_is_marked_and_no_sentence_rests_on_it(beside):
    stale = replace(beside, own_power=kept(OWN_POWER, stale=True), own_resolution=kept(OWN_RESOLUTION, stale=True))
    for view in (tables.power, tables.resolution):
        assert view(stale).rows[0][0] == "coherent, stored 2031-05-06, stale"
    assert tables.own_power(stale) == ()
    doubts = " ".join(one.text for one in of_side(statements(stale), Side.DOUBT))
    assert "The stored power of our own model (2031-05-06) is stale" in doubts
    assert "The stored resolution of our own model (2031-05-06) is stale" in doubts
    assert "holds zero says little" not in doubts


def test_the_sentences_keep_to_the_numbers_and_set_the_recipes_beside(beside):
    of_power, of_resolution = tables.own_power(beside)
    assert "hold the truth in 80 % to 95 % (the recipes' in 10 % to 40 %) of panels" in of_power
    assert "those of interactions leave out zero in 30 % to 85 % (the recipes' in 95 % to 99 %)." in of_power
    assert "it is at home there" in of_power
    assert "2 chains of 300 draws after 300; R-hat is above 1.05 in 2 % of them" in of_power
    assert (
        "power 80 %, all 2 main effects (the smallest 0.250 to 0.300 a standard deviation) and 1 of 2" in of_resolution
    )
    assert "coarser than the recipes': 3 sizes, and 30 panels" in of_resolution
    # The binomial standard error of 0.8 on 30 panels is 0.073.
    assert "a power of 80 % is known to within 7 %" in of_resolution


def test_without_recipes_or_diagnostics_the_sentences_say_what_there_is(beside):
    bare = OWN_POWER.drop(columns="share_mixed")
    (said,) = tables.own_power(replace(beside, power=pd.DataFrame(), own_power=kept(bare), own_resolution=None))
    assert "hold the truth in 80 % to 95 % of panels" in said
    assert said.endswith("Its fits are short, 2 chains of 300 draws after 300.")
    none = kept(OWN_RESOLUTION.assign(resolution=float("nan")))
    (said,) = tables.own_power(replace(beside, own_power=None, own_resolution=none))
    assert "none of 2 main effects and none of 2 interactions." in said


def test_that_interactions_could_hardly_be_found_is_a_reason_to_doubt(beside):
    def doubts(contents):
        return " ".join(one.text for one in of_side(statements(contents), Side.DOUBT))

    said = "would leave out zero in less than 80 % of panels for 1 of 2 interactions (30 %)"
    assert said in doubts(beside)
    strong = kept(OWN_POWER.assign(power=0.8))
    assert "says little against" not in doubts(replace(beside, own_power=strong))


def test_the_page_has_rows_sentences_and_dates(beside, around):
    html = around(beside).html
    assert "This power of our own model was computed on 2031-05-06 and is kept" in html
    assert "This resolution of our own model was computed on 2031-05-06 and is kept" in html
    assert "it is at home there" in html
    assert html.count("coherent, stored 2031-05-06") == 8
    assert "Coverage and power of our own model and of each recipe" in html


def test_the_page_marks_what_is_stale_and_names_the_command_where_nothing_is_stored(beside, around):
    stale = kept(OWN_POWER, stale=True)
    html = around(
        replace(beside, own_power=stale, own_resolution=None, power=pd.DataFrame(), resolution=pd.DataFrame())
    ).html
    assert "<strong>Stale.</strong> This power of our own model was computed on 2031-05-06" in html
    assert "No resolution of our own model is stored for this run: <code>make calibrate</code> makes it." in html
    assert html.count("coherent, stored 2031-05-06, stale") == 4
    assert "Smallest effects that our own model" not in html
