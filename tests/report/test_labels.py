import pytest

from bayes_border.report import labels


@pytest.mark.parametrize(
    ("term", "written"),
    [("dlnFAI", "ΔlnFAI"), ("dg", "Δg"), ("dg_dIS", "Δg·ΔIS"), ("drelative_income", "Δrelative income"), ("x", "x")],
)
def test_terms_are_written_as_in_an_equation(term, written):
    assert labels.term(term) == written


def test_an_unknown_model_speaks_for_itself():
    assert labels.method("random_slopes") == "random slopes"


def test_a_table_s_name_does_not_break_between_word_and_number(contents):
    assert labels.table(contents, "table1") == "Table\u00a01"
