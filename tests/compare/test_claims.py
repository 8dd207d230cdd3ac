"""Is each claim of the text judged by what is printed?"""

from dataclasses import replace

import pytest

from bayes_border.compare.audit import audit
from bayes_border.compare.claims import judge
from bayes_border.compare.findings import Grade
from bayes_border.compare.judgement import Outcome
from bayes_border.published.claims import Claim
from bayes_border.spec.reader import validate


@pytest.fixture
def claim():
    """Return a function that builds a claim on cells of Table 1."""

    def build(test, windows=("full",), terms=("dlnFAI",), reading="statement", tables=("table1",)):
        content = {"id": "told", "section": "1", "quotation": "…", "meaning": "so it is", "reading": reading}
        cells = {"tables": list(tables), "windows": list(windows), "terms": list(terms)}
        tests = {"on_print": test, "on_posterior": {"kind": "untested", "reason": "none"}}
        return validate(Claim, content | cells | tests, "test")

    return build


def starred(level, sign="+", kind="starred"):
    return {"kind": kind, "sign": sign, "level": level}


@pytest.mark.parametrize(
    ("test", "cell", "outcome"),
    [
        (starred(0.01), ("full", "dlnFAI"), Outcome.HOLDS),  # 5.2329***
        (starred(0.05), ("full", "dlnFAI"), Outcome.FAILS),
        (starred(0.01, "-"), ("full", "dlnFAI"), Outcome.FAILS),
        (starred(0.10), ("full", "dlnFAI"), Outcome.FAILS),
        (starred(0.10), ("full", "dBO"), Outcome.FAILS),  # 0.6181, no star
        (starred(0.05, kind="significant"), ("full", "dlnFAI"), Outcome.HOLDS),
        (starred(0.05, kind="significant"), ("pre", "dBO"), Outcome.FAILS),  # 0.5550*
        (starred(0.10, "-", kind="significant"), ("pre", "dBO"), Outcome.FAILS),
        ({"kind": "not_significant", "level": 0.10}, ("full", "dBO"), Outcome.HOLDS),
        ({"kind": "not_significant", "level": 0.10}, ("pre", "dBO"), Outcome.FAILS),
        ({"kind": "not_significant", "level": 0.05}, ("pre", "dBO"), Outcome.HOLDS),
        ({"kind": "refuted", "reason": "algebra"}, ("full", "dBO"), Outcome.FAILS),
        ({"kind": "untested", "reason": "none"}, ("full", "dBO"), Outcome.UNTESTED),
    ],
)
def test_a_claim_on_one_cell_is_judged_by_its_sign_and_stars(published, claim, test, cell, outcome):
    assert judge(claim(test, cell[:1], cell[1:]), published).outcome is outcome


def test_terms_of_one_sign_are_told_from_terms_of_two(published, claim):
    assert judge(claim({"kind": "same_sign"}, ["pre"], ["dlnFAI", "dBO"]), published).outcome is Outcome.HOLDS
    assert judge(claim({"kind": "same_sign"}, ["pre"], ["dlnFAI", "dIS"]), published).outcome is Outcome.FAILS


def larger(first, second):
    return {"kind": "larger_in", "windows": [first, second]}


def test_a_larger_coefficient_must_be_larger_by_more_than_its_uncertainty(published, claim):
    windows = ["pre", "post"]
    assert judge(claim(larger("post", "pre"), windows, ["dBO"]), published).outcome is Outcome.HOLDS
    assert judge(claim(larger("pre", "post"), windows, ["dBO"]), published).outcome is Outcome.FAILS
    # 3.8601 - 1.8605 = 1.9996 against a joint standard error of 1.363.
    faint = judge(claim(larger("pre", "post"), windows, ["dg_dlnFAI"]), published)
    assert faint.outcome is Outcome.NOT_SHOWN
    assert "1.47 joint standard errors" in faint.notes[0]


@pytest.mark.parametrize(
    ("window", "term", "outcome"),
    [
        ("post", "dBO", Outcome.HOLDS),  # 9.3774*** and 5.9317***
        ("full", "dBO", Outcome.NOT_SHOWN),  # 0.6181 and -0.2498, neither starred
        ("full", "dlnFAI", Outcome.NOT_SHOWN),  # 5.2329*** and 1.2810
        ("pre", "dg_dIS", Outcome.FAILS),  # 1.4343*** and -1.5149***
    ],
)
def test_tables_disagree_only_where_both_are_starred_with_opposite_signs(published, claim, window, term, outcome):
    told = claim({"kind": "agrees"}, [window], [term], tables=["table1", "table3"])
    assert judge(told, published).outcome is outcome


def gap(year, sector, points):
    cells = {"area": "border", "against": "nation"}
    return {"kind": "share_gap", "year": year, "sector": sector, "gap": points, **cells}


def test_gaps_between_shares_allow_for_rounding(published, claim):
    assert judge(claim(gap(2020, "tertiary", "-2.8")), published).outcome is Outcome.HOLDS
    assert judge(claim(gap(2020, "tertiary", "-2.7")), published).outcome is Outcome.HOLDS
    assert judge(claim(gap(2020, "tertiary", "-2.5")), published).outcome is Outcome.FAILS
    assert judge(claim(gap(2020, "tertiary", "-2.5")), published).legible


def test_a_gap_that_rests_on_a_damaged_share_is_not_legible(published, claim):
    assert not judge(claim(gap(1992, "tertiary", "-1.9")), published).legible


def test_a_share_whose_row_adds_up_is_legible_though_the_text_does_not_repeat_it(published, claim):
    judgement = judge(claim(gap(2012, "tertiary", "4.0")), published)  # printed 41.5 and 45.5
    assert (judgement.outcome, judgement.legible) == (Outcome.FAILS, True)


def change(sector, direction):
    return {"kind": "share_change", "areas": ["nation"], "sector": sector, "first": 1992, "last": 2020} | {
        "direction": direction
    }


def test_changes_of_shares_are_judged_by_direction(published, claim):
    assert judge(claim(change("secondary", "-")), published).outcome is Outcome.HOLDS
    assert judge(claim(change("secondary", "+")), published).outcome is Outcome.FAILS


@pytest.mark.parametrize(
    ("test", "reading", "grade"),
    [
        (starred(0.05), "statement", Grade.CONTRADICTION),
        (starred(0.05), "interpretation", Grade.WORTH_KNOWING),
        ({"kind": "refuted", "reason": "a lost bracket", "legible": False}, "statement", Grade.TO_CHECK),
        ({"kind": "refuted", "reason": "algebra"}, "statement", Grade.CONTRADICTION),
    ],
)
def test_a_failing_claim_is_graded_by_what_it_claims_to_be(published, claim, test, reading, grade):
    told = replace(published, claims=(claim(test, reading=reading),))
    assert audit(told).finding("claim_told").grade is grade


def test_a_claim_that_print_leaves_open_is_worth_knowing(published, claim):
    told = replace(published, claims=(claim(larger("pre", "post"), ["pre", "post"], ["dg_dlnFAI"]),))
    finding = audit(told).finding("claim_told")
    assert finding.grade is Grade.WORTH_KNOWING
    assert "The print leaves it open" in finding.detail


def test_the_paper_is_contradicted_where_it_contradicts_itself(published):
    found = audit(published)
    assert {finding.id for finding in found.graded(Grade.CONTRADICTION)} == {
        "claim_equation_differenced",
        "claim_is_sub_interaction",
        "claim_shares_secondary_rises",
        "claim_robustness",
    }


def test_claims_that_hold_are_counted_in_the_papers_favour(published):
    finding = audit(published).finding("claims_held")
    judged = [judge(claim, published).outcome for claim in published.claims]
    held, untested = judged.count(Outcome.HOLDS), judged.count(Outcome.UNTESTED)
    assert finding.grade is Grade.CONSISTENT
    assert finding.detail.startswith(f"{held} of {len(judged) - untested} claims")
    assert {row["outcome"] for row in finding.evidence} == {"holds"}


def test_every_printed_cell_of_table_1_is_spoken_of_by_a_claim(published):
    spoken = {key for claim in published.claims if claim.id != "robustness" for key in claim.keys}
    assert {cell.key for cell in published.cells if cell.table == "table1"} <= spoken
