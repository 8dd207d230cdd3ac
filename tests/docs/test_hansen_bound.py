"""Is the page on Hansen's J true, and are its numbers those of the code?"""

import hansen_bound
import numpy as np
import pytest
from page import DOCS, block
from scipy import stats

from bayes_border.gmm.difference import difference_gmm
from bayes_border.gmm.hansen import hansen

PAGE = (DOCS / "hansen_bound.md").read_text(encoding="utf-8")


def moments(stacked, b):
    """Return the units' moments at b, shape `(unit, instrument)`."""
    return stacked.by_unit(stacked.Z * (stacked.y - stacked.X @ b)[:, None])


def form(G, S):
    """Return 1'G S^- G'1."""
    m = G.sum(axis=0)
    return m @ np.linalg.pinv(S, rcond=1e-10, hermitian=True) @ m


@pytest.fixture(params=[(4, True), (6, False), (8, False)], ids=str)
def panel(request):
    n_instruments, valid = request.param
    return hansen_bound.random_panel(np.random.default_rng(5), n_instruments, valid=valid)


def test_the_tables_of_smallest_p_are_those_of_chi_squared():
    assert block(PAGE, "smallest_p") == hansen_bound.smallest_p()
    assert block(PAGE, "by_units") == hansen_bound.by_units()
    # What the text says in words.
    assert hansen_bound.most_restrictions(0.1, 9) == 4
    assert hansen_bound.fewest_that_print_one(9) == 27
    assert f"{stats.chi2.sf(9, 27):.3f}" == "1.000"
    assert f"{stats.chi2.sf(9, 26):.3f}" != "1.000"


def test_the_package_gives_the_smallest_p_of_the_page():
    for df in (1, 4, 27):
        found = hansen(9.0, n_instruments=df + 3, rank=9, n_clusters=9, n_coefficients=3)
        assert f"{found.smallest_p:.4g}" in block(PAGE, "smallest_p")
        assert found.vacuous == (df > 4)


def test_the_simulated_table_is_what_the_code_finds_now():
    found = hansen_bound.simulations()

    assert block(PAGE, "simulated") == hansen_bound.simulated(found)
    assert max(one.j.max() for one in found) <= 9 + 1e-9
    assert all(one.rejects == 0 for one in found if one.n_instruments >= 9)
    assert [one.rejects > 0.8 for one in found if one.n_instruments == 4] == [False, True]


def test_the_form_at_the_previous_estimate_is_a_projection_of_ones(panel):
    fit = difference_gmm(panel, steps=2)
    G = moments(panel, fit.first_step)
    P = G @ np.linalg.pinv(G)

    assert form(G, G.T @ G) == pytest.approx(np.ones(9) @ P @ np.ones(9))
    assert fit.hansen.j <= form(G, G.T @ G) <= 9 + 1e-9


def test_the_form_is_the_number_of_units_where_their_moments_have_full_rank():
    panel = hansen_bound.random_panel(np.random.default_rng(6), 30, valid=False)

    assert difference_gmm(panel, steps=1).hansen.j == pytest.approx(9, rel=1e-9)
    assert difference_gmm(panel, steps=2).hansen.j < 9


def test_centred_weights_turn_j_into_j_over_one_less_j_by_n(panel):
    G = moments(panel, difference_gmm(panel, steps=2).first_step)
    j = form(G, G.T @ G)

    assert form(G, (G - G.mean(axis=0)).T @ (G - G.mean(axis=0))) == pytest.approx(j / (1 - j / 9), rel=1e-6)


def test_centred_weights_pass_the_bound():
    panel = hansen_bound.random_panel(np.random.default_rng(5), 8, valid=False)
    G = moments(panel, difference_gmm(panel, steps=2).first_step)

    assert form(G, (G - G.mean(axis=0)).T @ (G - G.mean(axis=0))) > 9


@pytest.mark.parametrize("bandwidth", [1, 3])
def test_kernel_weights_are_bounded_by_another_number(bandwidth, panel):
    fit = difference_gmm(panel, steps=2)
    rows = panel.Z * (panel.y - panel.X @ fit.first_step)[:, None]
    apart = np.abs(np.subtract.outer(np.arange(len(rows)), np.arange(len(rows))))
    kernel = np.clip(1 - apart / (bandwidth + 1), 0, None)  # Bartlett

    bound = np.linalg.solve(kernel, np.ones(len(rows))).sum()
    assert form(rows, rows.T @ kernel @ rows) <= bound
    assert bound > 9


def test_two_way_weights_may_have_negative_directions():
    lowest = []
    for seed in range(20):
        panel = hansen_bound.random_panel(np.random.default_rng(seed), 12, valid=True)
        rows = panel.Z * (panel.y - panel.X @ difference_gmm(panel, steps=2).first_step)[:, None]
        years = np.array([rows[panel.period == t].sum(axis=0) for t in range(hansen_bound.YEARS)])
        units = panel.by_unit(rows)
        lowest.append(np.linalg.eigvalsh(units.T @ units + years.T @ years - rows.T @ rows).min())
    assert min(lowest) < 0


def test_the_page_shows_the_figure_that_the_script_draws():
    assert "(figures/hansen_bound.png)" in PAGE
    assert (DOCS / "figures" / "hansen_bound.png").stat().st_size > 10_000
