"""Does a model that extends another one say the rest as that one does, and is nonsense refused?"""

import pytest

from bayes_border.errors import SpecificationError
from bayes_border.spec.digest import model_digest
from bayes_border.spec.reader import load_model

HEAD = 'meaning = "for tests"\nextends = "coherent_break"\n'


@pytest.fixture
def written(tmp_path):
    def write(text, name="mine"):
        path = tmp_path / f"{name}.toml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def test_what_is_not_said_is_taken_over_key_by_key(written):
    mine, base = load_model(written(HEAD + "[priors]\ngamma = 0.5\n")), load_model("coherent_break")
    assert (mine.priors.gamma, mine.priors.beta) == (0.5, base.priors.beta)
    assert (mine.structure, mine.barrier, mine.meaning) == (base.structure, base.barrier, "for tests")


def test_an_extension_that_changes_nothing_is_the_same_model(written):
    assert model_digest(load_model(written(HEAD))) == model_digest(load_model("coherent_break"))


def test_extensions_of_extensions_are_followed(written):
    first = written(HEAD + "[structure]\nskedastic = true\n", "first")
    second = load_model(written(f'meaning = "x"\nextends = "{first}"\n[structure]\nyear_shocks = false\n'))
    assert (second.structure.skedastic, second.structure.year_shocks) == (True, False)


def test_a_table_can_be_left_out(written):
    assert load_model(written(HEAD + 'without = ["barrier"]\n')).barrier is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('meaning = "x"\nextends = "nothing"\n', "nothing.toml: 1 fault\n  file: does not exist; use one of"),
        ('meaning = "x"\nextends = ["a"]\n', r"extends: found \['a'\]; give the name of one file"),
        ('meaning = "x"\nwithout = ["barrier"]\n', "without: nothing is extended; remove it or add extends"),
        (HEAD + 'without = ["bariers"]\n', r"without: found \['bariers'\]; list some of structure, priors, barrier"),
        (HEAD + "without = 3\n", "without: found 3; list some of structure, priors, barrier"),
        ('extends = "coherent_break"\n', "meaning: is missing; add it"),
        (HEAD + "[priors]\ndelta = 1.0\n", "priors.delta: unknown key"),
    ],
)
def test_nonsense_is_refused_with_what_to_do(written, text, message):
    with pytest.raises(SpecificationError, match=message):
        load_model(written(text))


def test_a_circle_is_refused(written, tmp_path):
    path = tmp_path / "mine.toml"
    with pytest.raises(SpecificationError, match="more than 5 files extend one another"):
        load_model(written(f'meaning = "x"\nextends = "{path}"\n'))
