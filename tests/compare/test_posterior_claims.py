"""Are the text's claims judged rightly by posteriors?"""

from dataclasses import replace

import numpy as np
import pytest

from bayes_border.compare.draws import DrawKey, Draws
from bayes_border.compare.judgement import Outcome
from bayes_border.compare.posterior_claims import judge_on_posteriors
from bayes_border.published.claims import Claim
from bayes_border.spec.reader import validate
from bayes_border.vocabulary import Window

UP, DOWN, OPEN = np.arange(-3.0, 97.0), -np.arange(-3.0, 97.0), np.arange(-50.0, 50.0)


@pytest.fixture
def judged(published):
    """Return a function that judges one claim by draws given for cells of the pre and post windows."""

    def build(test, given, windows=("pre",), terms=("dIS",), tables=("table1",)):
        content = {"id": "told", "section": "1", "quotation": "…", "meaning": "so", "reading": "statement"}
        cells = {"tables": list(tables), "windows": list(windows), "terms": list(terms)}
        tests = {"on_print": {"kind": "untested", "reason": "none"}, "on_posterior": test}
        claim = validate(Claim, content | cells | tests, "test")
        keyed = {}
        for place, values in given.items():
            table, window, term = place.split("/")
            keyed[DrawKey("flagship", table, Window(window), term)] = Draws(values, OPEN)
        return judge_on_posteriors(replace(published, claims=(claim,)), keyed, lambda _: "flagship")[0]

    return build


@pytest.mark.parametrize(
    ("test", "values", "outcome"),
    [
        ({"kind": "sign", "sign": "+"}, UP, Outcome.HOLDS),  # 96 of 100 draws above zero
        ({"kind": "sign", "sign": "+"}, DOWN, Outcome.FAILS),
        ({"kind": "sign", "sign": "-"}, UP - 2, Outcome.NOT_SHOWN),  # 5 of 100 below zero
        ({"kind": "sign", "sign": "+"}, OPEN, Outcome.NOT_SHOWN),
        ({"kind": "undecided"}, OPEN, Outcome.HOLDS),
        ({"kind": "undecided"}, UP, Outcome.FAILS),
        ({"kind": "undecided"}, DOWN, Outcome.FAILS),
    ],
)
def test_a_claim_on_one_cell_is_judged_by_the_probability_of_a_sign(judged, test, values, outcome):
    assert judged(test, {"table1/pre/dIS": values}).outcome is outcome


def test_joint_claims_use_joint_draws(judged):
    given = {"table1/pre/dIS": OPEN, "table1/post/dIS": OPEN + 1}
    larger = judged({"kind": "larger_in", "windows": ["post", "pre"]}, given, windows=["pre", "post"])
    assert larger.outcome is Outcome.HOLDS
    assert larger.probabilities[0].posterior == 1.0
    assert larger.probabilities[0].prior == 0.0
    same = judged({"kind": "same_sign"}, {"table1/pre/dIS": OPEN, "table1/pre/dBO": -OPEN}, terms=["dIS", "dBO"])
    assert same.outcome is Outcome.FAILS


def test_two_tables_are_two_independent_fits(judged):
    given = {"table1/pre/dIS": UP, "table3/pre/dIS": UP}
    agree = judged({"kind": "agrees"}, given, tables=["table1", "table3"])
    assert agree.probabilities[0].posterior == pytest.approx(0.96**2 + 0.04**2)
    assert agree.probabilities[0].prior == pytest.approx(0.49**2 + 0.51**2)
    assert agree.outcome is Outcome.NOT_SHOWN
    given["table3/pre/dIS"] = DOWN - 100
    assert judged({"kind": "agrees"}, given, tables=["table1", "table3"]).outcome is Outcome.FAILS


def test_a_claim_without_posterior_is_untested_and_says_why(judged):
    absent = judged({"kind": "sign", "sign": "+"}, {})
    assert (absent.outcome, absent.note) == (Outcome.UNTESTED, "no posterior of table1/pre/dIS")
    told = judged({"kind": "untested", "reason": "a definition"}, {})
    assert (told.outcome, told.note) == (Outcome.UNTESTED, "a definition")
    assert told.to_rows()[0]["event"] == ""


def test_every_claim_of_the_paper_is_judged(published):
    judged = judge_on_posteriors(published, {}, lambda _: "flagship")
    assert [judgement.claim for judgement in judged] == list(published.claims)
