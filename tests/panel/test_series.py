"""Is a declaration of sources that makes no sense refused, with its key?"""

import pytest

from bayes_border.errors import SpecificationError
from bayes_border.panel.series import load_series, read_series

GOOD = """
[[panels]]
name = "balanced"
base = 2000
first_row = 2001
last_row = 2003
complete = ["dIS"]
meaning = "a test"

[[series]]
name = "dIS"
level = "IS"
meaning = "industrial structure"
unit = "ratio"
anchor = 2000
rate = "change"

[[series.rules]]
first = 2001
last = 2003
method = "difference"
numerator = [{ source = "S03", series = "va_tertiary" }]
denominator = [{ source = "S03", series = "va_secondary" }]
"""


def faults_of(tmp_path, text):
    path = tmp_path / "series.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SpecificationError) as error:
        read_series(path)
    return [str(fault) for fault in error.value.faults]


def test_the_shipped_declaration_is_sound():
    assert [series.name for series in load_series().series] == ["dg", "dlnFAI", "dIS", "dBO", "drelative_income"]


def test_a_sound_declaration_is_read(tmp_path):
    path = tmp_path / "series.toml"
    path.write_text(GOOD, encoding="utf-8")
    assert read_series(path).named("dIS").rules[0].source == "S03"


RULE = """
[[series.rules]]
first = {first}
last = {last}
method = "{method}"
numerator = [{{ source = "S03", series = "va_tertiary" }}]
"""
GAP = """
[[series.gaps]]
first = 2002
last = 2002
reason = "a reason"
"""
BREAK = """
[[breaks]]
source = "S03"
series = "va_secondary"
year = 2002
reason = "census"
"""


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            GOOD.replace('rate = "change"', 'rate = "change"\ncolour = "red"'),
            "series.0.colour: unknown key",
        ),
        (GOOD.replace('method = "difference"\n', ""), "series.0.rules.0.method: is missing"),
        (
            GOOD.replace('method = "difference"', 'method = "average"'),
            "series.0.rules.0.method: found",
        ),
        (
            GOOD.replace('complete = ["dIS"]', 'complete = ["dFDI"]'),
            "panels.balanced.complete: found 'dFDI'; use one of dIS",
        ),
        (
            GOOD + RULE.format(first=2005, last=2004, method="difference"),
            "dIS: 2005-2004: the years run backwards; set first <= last",
        ),
        (
            GOOD + RULE.format(first=2003, last=2004, method="difference"),
            "dIS: 2003-2003 is served twice; give each province and year one rule or one gap",
        ),
        (GOOD + GAP, "dIS: 2002-2002 is served twice; give each province and year one rule or one gap"),
        (
            GOOD + BREAK,
            (
                "dIS: 2001-2003: a difference of S03.va_secondary crosses its break in 2002 (census);"
                " split the rule and serve that year from elsewhere"
            ),
        ),
        (
            GOOD + RULE.format(first=2004, last=2004, method="growth_rate"),
            'dIS: 2004-2004: a growth rate serves a level; set transform = "log"',
        ),
    ],
)
def test_a_declaration_without_sense_is_refused(tmp_path, text, fault):
    # The wording of a key's own fault belongs to the reader of TOML files.
    (found,) = faults_of(tmp_path, text)
    assert found.startswith(fault)


def test_every_fault_of_a_declaration_is_said_at_once(tmp_path):
    text = GOOD + BREAK + RULE.format(first=2003, last=2004, method="growth_rate")
    assert len(faults_of(tmp_path, text)) == 3


def test_a_missing_declaration_is_said(tmp_path):
    with pytest.raises(SpecificationError, match="file: does not exist"):
        read_series(tmp_path / "none.toml")
