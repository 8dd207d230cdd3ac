"""The calibration of the flagship, in the short form that every run of the tests can afford."""

import numpy as np
import pytest
from stand_ins import calibration, run

from bayes_border.checks.sbc import SbcRun
from bayes_border.errors import UsageError
from bayes_border.spec.reader import load_model
from bayes_border.spec.sampling import SamplerSettings
from bayes_border.workflow.calibrate import calibrate

PANELS = 24


@pytest.fixture(scope="module")
def calibrated(design):
    return calibrate(SbcRun(load_model("coherent_break"), design, seed=11), PANELS)


@pytest.mark.slow
def test_intervals_of_the_flagship_hold_truths_drawn_from_its_prior(calibrated):
    table = calibrated.verdict.table()
    assert len(table) == 68
    assert table["n"].eq(PANELS).all()
    outside = table[~table["inside"]]
    assert outside.empty, outside
    assert calibrated.verdict.passed, calibrated.verdict.summary


@pytest.mark.slow
@pytest.mark.parametrize("level", [0.5, 0.9])
def test_all_quantities_together_are_held_as_often_as_the_level_says(calibrated, level):
    """Quantities of one panel depend on one another, so the panel is the unit."""
    held = (abs(calibrated.data["pit"] - 0.5) < level / 2).mean("quantity").values
    assert abs(held.mean() - level) < 4 * held.std(ddof=1) / np.sqrt(PANELS)


def test_a_model_that_is_no_density_needs_another_one_to_draw_from(design):
    as_estimated = load_model("as_estimated")
    with pytest.raises(UsageError, match="as_estimated has no Jacobian"):
        SbcRun(as_estimated, design, seed=1)
    assert SbcRun(as_estimated, design, seed=1, generator=load_model("coherent_break")).source.name == "coherent_break"


@pytest.mark.parametrize(("draws", "refused"), [(1, True), (3, True), (4, False)])
def test_chains_too_short_for_their_effective_sizes_are_refused_before_anything_is_fitted(draws, refused):
    few = SamplerSettings(draws=draws, tune=1, chains=2)
    if refused:
        with pytest.raises(UsageError, match=f"{draws} draws a chain are too few to calibrate with; ask for 4 or more"):
            calibration(sampler=few)
    else:
        assert not run(calibration(sampler=few), n=2)["reason"].values.any()
