"""Is CD Pesaran's, with gaps too?"""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from bayes_border.errors import SpecificationError
from bayes_border.gmm.inference.cross_section import cross_section_test
from bayes_border.gmm.linear import LinearFit


def test_statistics_are_plm_s_on_an_unbalanced_panel(firm_fit, reference):
    found, expected = cross_section_test(firm_fit), reference["cross_section"]
    assert found.statistic == pytest.approx(expected["statistic"], rel=1e-8)
    assert found.p_value == pytest.approx(expected["p_value"], rel=1e-8)
    assert found.mean_correlation == pytest.approx(expected["mean"], rel=1e-8)
    assert found.mean_absolute_correlation == pytest.approx(expected["mean_absolute"], rel=1e-8)


def test_statistic_is_the_sum_over_pairs_with_enough_common_periods(make_fit):
    fit = make_fit(1, units=6, periods=6, drop=12)
    cells = {(u, t): e for u, t, e in zip(fit.unit, fit.period, fit.residuals, strict=True)}
    total, pairs = 0.0, 0
    for i in range(6):
        for j in range(i):
            common = [t for t in range(6) if (i, t) in cells and (j, t) in cells]
            if len(common) >= 3:
                a, b = ([cells[u, t] for t in common] for u in (i, j))
                total += np.sqrt(len(common)) * np.corrcoef(a, b)[0, 1]
                pairs += 1

    found = cross_section_test(fit)

    assert found.statistic == pytest.approx(total / np.sqrt(pairs))
    assert found.p_value == pytest.approx(2 * stats.norm.sf(abs(found.statistic)))
    assert (found.pairs, found.left_out) == (pairs, 15 - pairs)
    assert found.left_out > 0


def test_shocks_common_to_a_period_are_found_and_independent_ones_are_not():
    rng = np.random.default_rng(2)
    unit, period = np.repeat(np.arange(10), 30), np.tile(np.arange(30), 10)

    x, own, common = rng.normal(size=(300, 1)), rng.normal(size=300), rng.normal(size=30)[period]

    assert cross_section_test(LinearFit(own, x, x, unit, period)).p_value > 0.01
    assert cross_section_test(LinearFit(own + common, x, x, unit, period)).p_value < 1e-6


def test_panels_without_pairs_are_refused(make_fit):
    for shape in ({"units": 1}, {"periods": 2}):
        with pytest.raises(SpecificationError, match="none with 3 common periods"):
            cross_section_test(make_fit(3, **shape))
    fit = make_fit(4)
    with pytest.raises(SpecificationError, match="unit 0 has period 0 12 times"):
        cross_section_test(replace(fit, period=fit.period * 0))
