"""Does a printed number stand for every number that rounds to it?"""

import pytest

from bayes_border.published import Printed


@pytest.mark.parametrize(
    ("text", "lower", "upper"),
    [
        ("2.0", 1.95, 2.05),
        ("2", 1.5, 2.5),
        ("-0.9251", -0.92515, -0.92505),
        ("0.40", 0.395, 0.405),
        ("1", 0.5, 1.5),
    ],
)
def test_the_number_of_printed_digits_sets_the_interval(text, lower, upper):
    number = Printed(text)
    assert (number.lower, number.upper) == (lower, upper)
    assert lower < number.value < upper


@pytest.mark.parametrize("text", ["", "1.", ".5", "1,5", "1e3", "nan", "\u22121.0", "+1", " 1", "1.2*", "\u0661"])
def test_what_is_not_printed_plainly_is_refused(text):
    with pytest.raises(ValueError, match="is not a printed number"):
        Printed(text)


def test_a_printed_number_keeps_its_trailing_zero():
    assert str(Printed("0.5550")) == "0.5550"
    assert Printed("0.5550") != Printed("0.555")
