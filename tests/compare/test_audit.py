"""Does the audit find what is there, and only that?"""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from bayes_border.compare.audit import audit
from bayes_border.compare.coherence import printed_m
from bayes_border.compare.findings import Grade
from bayes_border.compare.specification_tests import restrictions_for
from bayes_border.published import Printed
from bayes_border.published.claims import Sector
from bayes_border.vocabulary import Outcome, Window

# --- the audit as a whole


def test_findings_stand_gravest_first_under_unique_names(published):
    found = audit(published)
    order = [list(Grade).index(finding.grade) for finding in found]
    assert order == sorted(order)
    assert len({finding.id for finding in found}) == len(found)


def test_every_grade_occurs_in_the_paper(published):
    found = audit(published)
    assert all(found.graded(grade) for grade in Grade)


def test_rows_are_flat_and_evidence_names_its_finding(published):
    found = audit(published)
    assert {type(value) for row in found.to_rows() for value in row.values()} == {str}
    assert {row["finding"] for row in found.evidence_rows()} <= {finding.id for finding in found}


def test_every_cell_that_a_finding_names_is_printed(published, design):
    places = {cell.place for cell in published.cells}
    assert {place for finding in audit(published, design) for place in finding.cells} <= places


def test_an_unknown_finding_is_a_key_error(published):
    with pytest.raises(KeyError):
        audit(published).finding("nothing")


# --- stars


def test_all_stars_of_the_paper_are_reproduced(published):
    finding = audit(published).finding("stars_normal")
    assert finding.grade is Grade.CONSISTENT
    assert finding.detail.startswith("36 of 36 cells carry exactly")


def test_stars_that_cannot_be_are_a_contradiction(with_cell):
    found = audit(with_cell("table1/pre/dIS", "-1.1210", "1.2549", "**"))
    finding = found.finding("stars_table1_pre_dIS")
    assert finding.grade is Grade.CONTRADICTION
    assert "prints ** where none would follow" in finding.detail
    assert found.finding("stars_normal").grade is Grade.WORTH_KNOWING


def test_stars_that_hang_on_rounding_are_worth_knowing(with_cell):
    found = audit(with_cell("table1/pre/dIS", "2.0", "1.0", "*"))
    assert found.finding("stars_rounding").cells == ("table1/pre/dIS",)
    assert found.finding("stars_normal").grade is Grade.CONSISTENT


def test_with_many_clusters_no_star_is_lost(published):
    many = replace(published, paper=replace(published.paper, units=100_000))
    assert audit(many).finding("stars_few_clusters").grade is Grade.CONSISTENT
    few = audit(published).finding("stars_few_clusters")
    assert few.grade is Grade.WORTH_KNOWING
    assert len(few.cells) == 5


# --- counts


def test_the_printed_counts_fit_one_reading_of_the_break(published):
    finding = audit(published).finding("counts_windows")
    assert finding.grade is Grade.WORTH_KNOWING
    fits = {(row["table"], row["reading"]): row["fits"] for row in finding.evidence}
    assert [reading for (table, reading), fit in fits.items() if fit and table == "table1"] == ["count"]
    expected = {row["reading"]: (row["expected_pre"], row["expected_post"]) for row in finding.evidence}
    assert expected == {"count": (198, 54), "label": (189, 63), "split": (189, 54)}


@pytest.mark.parametrize(("pre", "post", "grade"), [(189, 63, Grade.CONSISTENT), (190, 62, Grade.CONTRADICTION)])
def test_counts_that_fit_the_headings_or_no_reading_are_graded_so(with_footers, pre, post, grade):
    changed = {f"{t}/{w}": {"n_obs": n} for t in ("table1", "table3") for w, n in (("pre", pre), ("post", post))}
    found = audit(with_footers(changed))
    assert found.finding("counts_windows").grade is grade
    assert found.finding("counts_total").grade is Grade.CONSISTENT


def test_counts_that_do_not_add_up_are_a_contradiction(with_footers):
    finding = audit(with_footers({"table3/pre": {"n_obs": 200}})).finding("counts_total")
    assert finding.grade is Grade.CONTRADICTION
    assert "do not add up" in finding.detail


def test_counts_of_an_incomplete_panel_are_a_contradiction(published):
    ten = replace(published, paper=replace(published.paper, units=10))
    finding = audit(ten).finding("counts_total")
    assert finding.grade is Grade.CONTRADICTION
    assert "not those of a complete differenced panel" in finding.detail


# --- shares


def test_the_1992_shares_are_to_be_checked_in_the_original(published):
    found = audit(published)
    assert "sum to 70.0" in found.finding("shares_table2_1992_nation").detail
    assert "reads 37 in the table and 33.7 in the text" in found.finding("shares_table2_1992_border").detail
    assert found.finding("shares_table2_1992_border").grade is Grade.TO_CHECK
    assert found.finding("shares_sum").detail.startswith("8 of 10 rows")


def mended(published, **shares):
    rows = tuple(
        replace(row, tertiary=Printed(shares[row.area])) if (row.place, row.year) == ("table2", 1992) else row
        for row in published.structure
    )
    return replace(published, structure=rows)


def test_mended_shares_raise_no_finding(published):
    found = audit(mended(published, nation="35.6", border="33.7"))
    assert not [finding for finding in found if finding.id.startswith("shares_table2")]
    assert found.finding("shares_sum").detail.startswith("10 of 10 rows")
    assert "claim_shares_tertiary_1992" not in {finding.id for finding in found}


def test_shares_that_add_up_but_differ_from_the_text_are_to_be_checked(published):
    found = audit(mended(published, nation="35.6", border="33.8"))
    assert "reads 33.8 in the table and 33.7 in the text" in found.finding("shares_table2_1992_border").detail


def test_rounding_is_allowed_for_when_shares_are_summed(published):
    text = next(row for row in published.structure if (row.place, row.year, row.area) == ("text", 1992, "border"))
    assert sum(text.of(sector).exact for sector in Sector) != 100
    assert not [finding for finding in audit(published) if finding.id.startswith("shares_text")]


def test_a_row_that_does_not_add_up_is_to_be_checked_though_the_text_does_not_repeat_it(published):
    rows = tuple(replace(row, primary=Printed("31.3")) if row.year == 2002 else row for row in published.structure)
    found = audit(replace(published, structure=rows))
    assert found.finding("shares_table2_2002_nation").detail.startswith("2002, nation: the table's shares sum to 118.0")


def test_a_paper_without_shares_has_no_finding_on_them(published):
    bare = replace(published, structure=(), claims=())
    assert not [finding for finding in audit(bare) if finding.id.startswith("shares")]


# --- tables


def copied(published):
    """Return the paper with Table 3 a copy of Table 1."""
    cells = tuple(
        replace(published.cell("table1", cell.window, cell.term), table=cell.table) for cell in published.cells
    )
    return replace(published, cells=cells)


def test_three_coefficients_change_sign_between_the_tables(published):
    finding = audit(published).finding("sign_flips_table1_table3")
    assert finding.grade is Grade.WORTH_KNOWING
    assert set(finding.cells[::2]) == {"table1/full/dBO", "table1/pre/dlnFAI", "table1/pre/dg_dIS"}
    assert finding.detail.endswith("Both estimates are starred in Δg*ΔIS, 1992—2013.")


def test_a_flip_that_is_starred_on_one_side_only_is_not_called_starred(with_cell):
    found = audit(with_cell("table3/pre/dg_dIS", "-1.5149", "9.4215"))
    assert "starred" not in found.finding("sign_flips_table1_table3").detail
    assert "claim_robustness" in {finding.id for finding in found.graded(Grade.WORTH_KNOWING)}


def test_equal_tables_show_no_sign_flip(published):
    assert audit(copied(published)).finding("sign_flips_table1_table3").grade is Grade.CONSISTENT


def test_seven_of_nine_interactions_are_nearly_equal_in_both_tables(published):
    finding = audit(published).finding("near_equal_table1_table3")
    assert finding.grade is Grade.WORTH_KNOWING
    assert len(finding.cells) == 2 * 7
    far = {(row["window"], row["term"]) for row in finding.evidence if row["joint_se_apart"] >= 0.5}
    assert far == {("pre", "dg_dIS"), ("post", "dg_dBO")}


def test_nearly_equal_interactions_of_one_outcome_are_consistent(published):
    tables = tuple(replace(table, outcome=Outcome.GROWTH) for table in published.paper.tables)
    same = replace(published, paper=replace(published.paper, tables=tables))
    found = audit(same)
    assert found.finding("near_equal_table1_table3").grade is Grade.CONSISTENT
    assert "heading_table1_table3" not in {finding.id for finding in found}


def test_two_outcomes_under_one_heading_are_to_be_checked(published):
    assert audit(published).finding("heading_table1_table3").grade is Grade.TO_CHECK
    tables = (published.paper.tables[0], replace(published.paper.tables[1], dependent="Δr"))
    other = replace(published, paper=replace(published.paper, tables=tables))
    assert "heading_table1_table3" not in {finding.id for finding in audit(other)}


def test_three_estimates_of_the_whole_period_lie_outside_its_parts(published):
    finding = audit(published).finding("full_outside_parts")
    assert set(finding.cells) == {"table1/full/dlnFAI", "table3/full/dIS", "table3/full/dBO"}
    beyond = {(row["table"], row["term"]) for row in finding.evidence if row["outside_intervals"]}
    # 0.4545 - 1.645 x 0.3906 = -0.188 and the printed estimate is -0.2498.
    assert beyond == {("table3", "dBO")}


def test_a_whole_period_between_its_parts_is_consistent(with_cell):
    inside = with_cell("table1/full/dlnFAI", "1.0", "1.0")
    inside = with_cell("table3/full/dIS", "-1.0", "1.0", base=inside)
    inside = with_cell("table3/full/dBO", "1.0", "1.0", base=inside)
    assert audit(inside).finding("full_outside_parts").grade is Grade.CONSISTENT


# --- tests below the tables


def test_a_bounded_j_needs_23_restrictions_for_a_p_value_of_one_to_two_decimals():
    assert restrictions_for(0.995, 9) == 23
    assert restrictions_for(0.9995, 9) == 27
    assert stats.chi2.sf(9, 27) >= 0.9995 > stats.chi2.sf(9, 26)


def test_p_values_of_one_are_explained(published):
    finding = audit(published).finding("hansen_one")
    assert finding.grade is Grade.WORTH_KNOWING
    assert "in 6 of 6 columns" in finding.detail


def test_other_p_values_need_no_explanation(with_footers):
    columns = [f"{table}/{window}" for table in ("table1", "table3") for window in Window]
    changed = {column: {"hansen_p": Printed("0.42")} for column in columns}
    assert audit(with_footers(changed)).finding("hansen_one").grade is Grade.CONSISTENT
    absent = {column: {"hansen_p": None} for column in columns}
    assert "hansen_one" not in {finding.id for finding in audit(with_footers(absent))}


def test_second_order_autocorrelation_is_pointed_out(published, with_footers):
    assert audit(published).finding("autocorrelation").grade is Grade.CONSISTENT
    found = audit(with_footers({"table3/post": {"m2_p": Printed("0.01")}}))
    assert found.finding("autocorrelation").grade is Grade.WORTH_KNOWING


def test_tables_without_autocorrelation_tests_are_named(published, with_footers):
    assert "Table 1" in audit(published).finding("autocorrelation_not_printed").detail
    changed = {"table1/full": {"m1_p": Printed("0.01"), "m2_p": Printed("0.50")}}
    assert "autocorrelation_not_printed" not in {finding.id for finding in audit(with_footers(changed))}


# --- coherence


def test_m_is_reckoned_from_the_printed_interactions(published, design):
    m = printed_m(published, design, "table1", Window.PRE)
    by_hand = [1 - 0.1 * 3.8601, 1 - 0.2 * 3.8601 - 0.1 * 1.4343, 1 + 0.1 * 3.8601 - 0.2 * 1.4343, 1 + 0.2 * 0.2265]
    assert m == pytest.approx(by_hand)


def test_rows_outside_the_coherence_region_are_counted(published, design):
    finding = audit(published, design).finding("coherence")
    row = next(row for row in finding.evidence if (row["table"], row["window"]) == ("table1", "post"))
    x = design.x[[2, 3, 6, 7]]
    m = 1 - x @ np.array([1.8605, 10.7736, 3.1791])
    assert row["outside"] == (m <= 0).sum() == 2
    assert row["worst_row"] == "North 2016"
    assert (row["smallest_inverse"], row["largest_inverse"]) == pytest.approx(((1 / m).min(), (1 / m).max()))
    assert finding.grade is Grade.WORTH_KNOWING
    assert "reconstructed panel" in finding.detail


def test_small_interactions_leave_every_row_coherent(published, design):
    cells = tuple(replace(cell, estimate=Printed("0.0100")) for cell in published.cells)
    assert audit(replace(published, cells=cells), design).finding("coherence").grade is Grade.CONSISTENT


def test_without_a_panel_nothing_is_said_of_its_rows(published):
    found = audit(published)
    assert found.panel_digest is None
    assert "coherence" not in {finding.id for finding in found}
