"""Which rows enter the equation, and what tells one design from another?"""

from dataclasses import replace

import numpy as np
import pytest

from bayes_border.bayes.family import model_data
from bayes_border.design import build_design
from bayes_border.errors import DataError
from bayes_border.panel.official import official_panel
from bayes_border.spec.breaks import Break
from bayes_border.spec.reader import load_model
from bayes_border.vocabulary import Outcome, Window

TERMS = ("dlnFAI", "dIS", "dBO")


@pytest.fixture(scope="module")
def panel():
    return official_panel("balanced")


@pytest.fixture(scope="module")
def design(panel):
    return build_design(panel, TERMS, Break.read("count", 2014))


@pytest.mark.parametrize(("year", "empty"), [("2025", "post"), ("2020", "post"), ("2000", "pre"), ("1850", "pre")])
def test_a_break_that_empties_a_regime_is_refused_with_the_years_that_are_possible(panel, year, empty):
    with pytest.raises(DataError) as error:
        build_design(panel, TERMS, Break.read(year, 2014))
    assert str(error.value) == (
        f"balanced: 1 fault\n  break: reading {year!r} leaves no row in {empty}: the rows run from 2001 to 2020; "
        "choose a last year of pre from 2001 to 2019"
    )


@pytest.mark.parametrize("year", ["2001", "2019"])
def test_the_outermost_years_that_leave_both_regimes_a_row_are_taken(panel, year):
    design = build_design(panel, TERMS, Break.read(year, 2014))
    assert min(design.n_obs(Window.PRE), design.n_obs(Window.POST)) == 9


def test_possible_years_are_those_of_rows_whose_outcome_is_known(panel):
    # Relative income is missing in 2020: a break after 2019 leaves nothing behind it.
    with pytest.raises(DataError, match="run from 2001 to 2019; choose a last year of pre from 2001 to 2018"):
        build_design(panel, TERMS, Break.read("2019", 2014), outcome=Outcome.RELATIVE_INCOME)


def changed(design, name):
    """Return a design whose variable or label `name` differs in one place."""
    values = design.data[name].values.copy()
    first = (0,) * values.ndim
    if values.dtype.kind in "UO":
        values = values.astype(object)
        values[first] = "elsewhere"
    else:
        values[first] = not values[first] if values.dtype == bool else values[first] + 1
    return replace(design, data=design.data.assign({name: (design.data[name].dims, values)}))


@pytest.mark.parametrize(
    "name",
    [
        "dg", "x", "weight", "reference", "province_index", "year_index", "regime_index", "scale", "province", "year",
        "regressor",
    ],
)  # fmt: skip
def test_the_digest_follows_every_variable_and_label(design, name):
    assert name in design.data.variables
    assert changed(design, name).digest != design.digest


def test_the_digest_covers_the_whole_design(design):
    # The list above is the design: a new variable must be added to it.
    assert len(design.data.variables) == 11
    assert replace(design, provinces=(*design.provinces[1:], design.provinces[0])).digest != design.digest


def test_the_digest_is_of_twelve_significant_digits(design):
    def scaled(factor):
        return design.with_outcome(design.y * factor).digest

    assert scaled(1 + 1e-15) == design.digest
    assert scaled(1 + 1e-9) != design.digest
    assert np.ptp(design.y) > 1


@pytest.fixture
def followed(design):
    """A design and its copy, of another outcome and with its last year left out."""
    copy = design.with_outcome(np.random.default_rng(5).normal(size=design.y.size))
    copy = copy.with_weight(design.data["year"].values < 2020)
    return design, copy, design.followed_by(copy)


def test_a_copy_s_rows_stand_below(followed):
    design, copy, both = followed
    for name, variable in both.data.variables.items():
        if "row" not in variable.dims or name == "reference":
            continue
        assert variable.dims == design.data[name].dims
        assert variable.dtype == design.data[name].dtype
        np.testing.assert_array_equal(variable[: design.y.size], design.data[name])
        np.testing.assert_array_equal(variable[design.y.size :], copy.data[name])
    assert (both.n_obs(Window.PRE), both.n_obs(Window.POST)) == (2 * 9 * 14, 9 * 6 + 9 * 5)


def test_a_copy_changes_neither_labels_nor_scale_nor_reference_rows(followed):
    design, _, both = followed
    assert (both.provinces, both.years, both.terms) == (design.provinces, design.years, design.terms)
    assert both.data["scale"].dims == ("regressor",)
    np.testing.assert_array_equal(both.scale, design.scale)
    assert both.data["reference"].dtype == bool
    np.testing.assert_array_equal(np.flatnonzero(both.data["reference"]), np.flatnonzero(design.data["reference"]))
    assert (both.outcome, both.break_, both.panel_digest) == (design.outcome, design.break_, design.panel_digest)


def test_a_design_followed_by_a_copy_is_another_design(followed):
    design, copy, both = followed
    assert len({design.digest, copy.digest, both.digest, copy.followed_by(design).digest}) == 4
    # Neither of the two has been changed.
    assert copy.data["reference"].all()
    assert design.data.sizes["row"] == copy.data.sizes["row"] == both.data.sizes["row"] / 2


@pytest.mark.parametrize("name", ["coherent_break", "coherent_skedastic_no_break"])
def test_a_copy_doubles_the_likelihood_s_rows_and_leaves_the_prior_and_its_barrier(followed, name):
    spec = load_model(name)
    alone, below, together = (model_data(spec, design) for design in followed)
    assert set(alone) == set(together)
    by_row = {"lines", "weight", "narrow", "wide", "regime"}
    for r, mean in enumerate(together.pop("mean_slopes")):
        slopes = [part["lines"][-6:, (part["weight"] > 0) & (part["regime"] == r)] for part in (alone, below)]
        joined = np.hstack(slopes)
        np.testing.assert_allclose(mean, joined.mean(axis=1) if joined.size else 0, rtol=1e-12, atol=1e-12)
    # Effects that both share: what years contribute to the normal equations is no sum of the two.
    wide_size = np.unique(together["wide"]).size
    for part in (alone, together):
        assert part["members"].sum() == wide_size
        np.testing.assert_allclose(
            part["share"].T @ part["members"], [part["weight"][part["regime"] == r].sum() for r in range(2)]
        )
    for key in ("folded", "share", "members"):
        del together[key]
    for key, value in together.items():
        parts = [alone[key], below[key]]
        summed = key == "dense"
        expected = sum(parts) if summed else np.concatenate(parts, axis=-1) if key in by_row else alone[key]
        np.testing.assert_allclose(value, expected, rtol=1e-12 * summed, atol=1e-9 * summed, err_msg=key)
