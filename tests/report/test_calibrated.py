"""Is what a calibration's captions, table and doubts say what its numbers are?"""

from dataclasses import replace

import numpy as np
import pytest

from bayes_border.report import calibrated, tables
from bayes_border.report.statements import of_side, statements
from bayes_border.report.views import Side
from bayes_border.vocabulary import TruthSource

PRIOR, POSTERIOR = TruthSource


@pytest.fixture
def narrow(simulated, kept):
    """Return a calibration of 60 fits in which truths lie too often beyond one quantity's posterior."""
    run = simulated(60, 3)
    pit = run["pit"].sel(quantity="sigma[pre]")
    run["pit"].loc[{"quantity": "sigma[pre]"}] = np.clip(0.5 + 3 * (pit - 0.5), 0, 1)
    return kept(run)


def said(contents, runs):
    every = of_side(statements(replace(contents, calibrations=runs)), Side.DOUBT)
    return " ".join(statement.text for statement in every if statement.section.startswith("calibration"))


def test_the_curve_farthest_from_zero_is_named(simulated, kept):
    run = simulated(60, 0)
    even = (np.arange(60) + 0.5) / 60
    run["pit"][:] = even[:, None]
    run["pit"].loc[{"quantity": "tau[2001]"}] = 0.9 * even
    text = calibrated.ecdf(kept(run))
    # All 60 lie below 0.9.
    assert text == "Every curve stays inside its band; the farthest from zero, by 0.10, is that of tau[2001]."


def test_a_curve_that_leaves_its_band_is_named(narrow):
    assert calibrated.ecdf(narrow) == "1 of 6 curves leaves its band: sigma[pre]."


def test_a_curve_that_leaves_its_band_below_is_named_too(simulated, kept):
    run = simulated(60, 0)
    run["pit"].loc[{"quantity": "tau[2001]"}] = np.linspace(0.5, 1, 60)
    assert calibrated.ecdf(kept(run)) == "1 of 6 curves leaves its band: tau[2001]."


def test_bins_outside_are_counted_beside_what_chance_puts_there(narrow):
    # Thrown to both ends, two of its ten bins have two thirds of the values.
    text = calibrated.ranks(narrow)
    assert text == "2 of 60 bins lie outside the band (sigma[pre]), where chance puts 0.06 on average, or fewer."


def test_coverage_names_both_ends_and_counts_those_inside(simulated, kept):
    run = simulated(60, 0)
    run["pit"][:] = 0.5
    run["pit"].loc[{"quantity": "log_likelihood"}] = [0.04] * 30 + [0.5] * 30
    run["pit"].loc[{"quantity": "tau[2001]"}] = [0.04] * 6 + [0.5] * 54
    text = calibrated.coverage(kept(run))
    assert text.startswith("90 % intervals hold the truth in 50.0 % (log_likelihood) to 100.0 % (beta[pre, dIS])")
    assert "; 5 of 6 quantities lie where chance leaves them (75.0 % to 100.0 %)." in text


def test_contraction_names_what_is_learnt_least_and_what_misses_most(simulated, kept):
    run = simulated(100, 0)
    run["contraction"][:] = 0.9
    run["contraction"].loc[{"quantity": "tau[2001]"}] = 0.25
    run["z"][:] = 0.0
    run["z"].loc[{"quantity": "sigma[pre]"}] = -0.5
    assert calibrated.contraction(kept(run), PRIOR) == (
        "At least 50 % of the prior variance goes for 5 of 6 quantities, least for tau[2001] (25 %); the mean z-score "
        "farthest from zero is -0.50 (sigma[pre]), where one standard error is 0.1."
    )
    assert "of the variance that the panel left goes" in calibrated.contraction(kept(run), POSTERIOR)


@pytest.mark.parametrize("say", [calibrated.ecdf, calibrated.ranks, calibrated.coverage])
def test_without_a_fit_there_is_nothing_to_see(simulated, kept, say):
    nowhere = kept(simulated(5, 1).map(lambda values: values * np.nan, keep_attrs=True))
    assert say(nowhere) == calibrated.contraction(nowhere, PRIOR) == "No fit gave a value."


def test_the_table_has_the_least_uniform_quantity_first_and_marks_it(narrow):
    view = tables.calibration(narrow, PRIOR)
    rows = {each.quantity: each for each in narrow.verdict.quantities}
    assert sorted(row[0] for row in view.rows) == sorted(rows)
    shown = [rows[row[0]].p_value for row in view.rows]
    assert shown == sorted(shown)
    first = dict(zip(view.headers, view.rows[0], strict=True))
    worst = rows["sigma[pre]"]
    assert (first["quantity"], first["what it is"], first["verdict"]) == ("sigma[pre]", "error sd σ", "failed")
    assert first["coverage"] == f"{100 * worst.coverage:.1f} %"
    assert first["by chance"] == "75.0 % to 100.0 %"
    assert first["p"] == first["p (Holm)"] == "< 0.001"
    assert view.row_classes == ("status-failed", *[""] * 5)


def test_what_failed_or_did_not_converge_is_a_reason_to_doubt(contents, narrow):
    text = said(contents, {PRIOR: narrow})
    assert "Truths from the prior: 1 of 6 quantities did not pass the calibration (sigma[pre])." in text
    assert "1 of 6 quantities have 90 % intervals whose coverage lies outside the 99.9 % band (sigma[pre])." in text
    assert "of 60 fits none failed, and 2 of the other 60 did not converge (R-hat above 1.05)." in text


def test_a_calibration_that_passed_whole_is_no_reason_to_doubt(contents, simulated, kept):
    run = simulated(60, 0)
    run["rhat_max"][:] = 1.0
    assert said(contents, {PRIOR: kept(run)}) == ""


def test_a_calibration_that_is_missing_or_stale_is_doubted_and_nothing_is_concluded_from_it(contents, narrow):
    assert "No simulation-based calibration" in said(contents, {POSTERIOR: narrow})
    text = said(contents, {PRIOR: replace(narrow, stale=True)})
    assert text == (
        "The stored calibration with truths from the prior (2026-02-03) is stale: model, priors or rows have changed "
        "since."
    )
