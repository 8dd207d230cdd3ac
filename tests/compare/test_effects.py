"""Is the marginal effect the derivative of the reduced form?"""

import numpy as np
import pytest

from bayes_border.compare.effects import point_effect
from bayes_border.vocabulary import Window

COEFFICIENTS = {"dlnFAI": 2.0, "dIS": -1.0, "dBO": 0.5, "dg_dlnFAI": 0.4, "dg_dIS": -0.3, "dg_dBO": 0.2}


def outcome(x):
    beta, gamma = (np.array(list(COEFFICIENTS.values())[part]) for part in (slice(3), slice(3, 6)))
    return x @ beta / (1.0 - x @ gamma)


@pytest.mark.parametrize(("k", "term"), list(enumerate(["dlnFAI", "dIS", "dBO"])))
def test_the_effect_is_the_numerical_derivative_averaged_over_rows(design, k, term):
    rows = design.x[design.rows_of(Window.POST)]
    step = np.zeros(3)
    step[k] = 1e-6
    slope = (outcome(rows + step) - outcome(rows - step)) / 2e-6
    effect = point_effect(design, Window.POST, term, COEFFICIENTS.get)
    assert (effect.mean, effect.median) == pytest.approx((slope.mean(), np.median(slope)), rel=1e-6)


def test_rows_outside_the_coherence_region_are_counted(design):
    strong = COEFFICIENTS | {"dg_dlnFAI": 3.0, "dg_dIS": 0.0, "dg_dBO": 0.0}
    # 1 - 3 x is not positive where investment grows by 0.4.
    assert point_effect(design, Window.FULL, "dIS", strong.get).outside == 1


def test_without_interactions_the_effect_is_the_coefficient(design):
    effect = point_effect(design, Window.FULL, "dIS", {"dlnFAI": 2.0, "dIS": -1.0, "dBO": 0.5}.get)
    assert (effect.mean, effect.median) == (-1.0, -1.0)


def test_an_interaction_and_an_incomplete_equation_have_no_effect(design):
    assert point_effect(design, Window.FULL, "dg_dIS", COEFFICIENTS.get) is None
    assert point_effect(design, Window.FULL, "dIS", {"dIS": -1.0}.get) is None
