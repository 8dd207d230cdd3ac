"""Do shifts keep what they say they keep, and are there as many as they say?"""

import numpy as np
import pytest

from bayes_border.errors import DataError
from bayes_border.simulate.nulls import NullPanels
from bayes_border.simulate.shifts import Shifts
from bayes_border.vocabulary import Null, Window

BOTH = (Window.PRE, Window.POST)


def grid(design, outcomes, window):
    """Return outcomes of a window, shape (panel, year, province)."""
    rows = np.flatnonzero(design.rows_of(window))
    order = np.lexsort((design.data["province_index"].values[rows], design.data["year"].values[rows]))
    return outcomes[:, rows[order]].reshape(len(outcomes), -1, len(design.provinces))


@pytest.mark.parametrize(("window", "years"), [(Window.FULL, 19), (Window.PRE, 13), (Window.POST, 6)])
def test_a_common_shift_has_as_many_panels_as_years_less_one_and_each_once(window, years, design):
    shifts = Shifts(design, (window,), common=True)
    panels = grid(design, shifts.draw(np.arange(shifts.distinct), 3), window)
    observed = grid(design, design.y[None], window)[0]

    assert shifts.distinct == years - 1
    expected = {np.roll(observed, k, axis=0).tobytes() for k in range(1, years)}
    assert {panel.tobytes() for panel in panels} == expected


def test_both_windows_together_have_the_product_of_their_panels(design):
    shifts = Shifts(design, BOTH, common=True)
    panels = shifts.draw(np.arange(shifts.distinct), 3)

    assert shifts.distinct == 12 * 5
    assert len({panel.tobytes() for panel in panels}) == 60
    # Nothing crosses the break: each window holds its own outcomes.
    for window in BOTH:
        rows = design.rows_of(window)
        np.testing.assert_array_equal(np.sort(panels[:, rows]), np.tile(np.sort(design.y[rows]), (60, 1)))


def test_rows_outside_the_window_stay_as_observed(design):
    outside = design.rows_of(Window.POST)
    panels = Shifts(design, (Window.PRE,), common=True).draw(np.arange(3), 3)
    np.testing.assert_array_equal(panels[:, outside], np.tile(design.y[outside], (3, 1)))


def test_a_common_shift_keeps_the_correlation_between_provinces_and_a_single_one_breaks_it(design):
    year = design.data["year"].values
    shock = np.random.default_rng(1).standard_normal(len(np.unique(year)))[np.searchsorted(np.unique(year), year)]
    shocked = design.with_outcome(shock)

    common = grid(shocked, NullPanels(Null.COMMON_SHIFT, shocked, 1).draw(range(18)), Window.FULL)
    single = grid(shocked, NullPanels(Null.PROVINCE_SHIFT, shocked, 1).draw(range(400)), Window.FULL)

    # One shock is all there is: provinces agree exactly in the first case; in the second two of them are
    # aligned once in 18 and otherwise at a shift other than 0, which averages to -1 / 18: nothing in all.
    assert np.ptp(common, axis=2).max() == 0
    pairs = [np.corrcoef(panel.T)[np.triu_indices(9, 1)].mean() for panel in single]
    assert abs(np.mean(pairs)) < 5 * np.std(pairs) / np.sqrt(len(pairs))


def test_each_province_keeps_its_outcomes_and_their_circular_autocorrelation(design):
    panels = grid(design, Shifts(design, (Window.PRE,), common=False).draw(np.arange(50), 2), Window.PRE)
    observed = grid(design, design.y[None], Window.PRE)[0]

    np.testing.assert_allclose(np.sort(panels, axis=1), np.tile(np.sort(observed, axis=0), (50, 1, 1)))
    products = (panels * np.roll(panels, 1, axis=1)).sum(axis=1)
    np.testing.assert_allclose(products, np.tile((observed * np.roll(observed, 1, axis=0)).sum(axis=0), (50, 1)))
    assert not (panels == observed).all(axis=(1, 2)).any()


def test_every_number_of_places_is_equally_likely_for_a_province(design):
    marked = design.with_outcome((design.data["year"].values == 2001).astype(float))
    panels = grid(marked, Shifts(marked, (Window.POST,), common=False).draw(np.arange(2000), 2), Window.POST)
    assert panels.sum() == 0  # 2001 is no year of this window
    panels = grid(marked, Shifts(marked, (Window.PRE,), common=False).draw(np.arange(2000), 2), Window.PRE)
    places = panels.argmax(axis=1)
    share = np.bincount(places.ravel(), minlength=13) / places.size

    assert share[0] == 0
    error = np.sqrt(1 / 12 * 11 / 12 / places.size)
    assert np.abs(share[1:] - 1 / 12).max() < 5 * error


def test_an_unbalanced_window_has_no_common_shift_and_a_single_one_turns_over_what_is_observed(design):
    hole = (design.data["year"].values == 2005) & (design.data["province_index"].values == 3)
    gappy = design.with_weight(design.observed & ~hole)

    with pytest.raises(DataError, match=r"window pre: provinces are observed in different years .*Inner Mongolia 12"):
        Shifts(gappy, (Window.PRE,), common=True).draw(np.arange(1), 1)
    panels = Shifts(gappy, (Window.PRE,), common=False).draw(np.arange(30), 1)
    rows = gappy.rows_of(Window.PRE) & (gappy.data["province_index"].values == 3)
    assert rows.sum() == 12
    np.testing.assert_allclose(np.sort(panels[:, rows]), np.tile(np.sort(gappy.y[rows]), (30, 1)))


def test_a_province_with_one_row_is_named(design):
    lonely = (design.data["province_index"].values == 0) & (design.data["year"].values > 2001)
    with pytest.raises(DataError, match="window pre, Gansu: 1 row, which cannot be shifted"):
        Shifts(design.with_weight(design.observed & ~lonely), (Window.PRE,), common=False).draw(np.arange(1), 1)
