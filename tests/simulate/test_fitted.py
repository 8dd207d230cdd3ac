"""Do panels from a fit without interactions have that fit's mean, spread and serial correlation?"""

import numpy as np
import pytest
import xarray as xr

from bayes_border.errors import UsageError
from bayes_border.simulate.fitted import ar1, serial_correlation
from bayes_border.simulate.nulls import NullPanels
from bayes_border.vocabulary import Null

N = 4000


def generators(n, seed=1):
    return [np.random.default_rng(one) for one in np.random.SeedSequence(seed).spawn(n)]


@pytest.fixture(scope="module")
def draw(design):
    """One draw of a model without interactions: slopes, trends of provinces, shocks of years."""
    rng = np.random.default_rng(2)
    return xr.Dataset(
        {
            "beta": (("draw", "regime", "regressor"), rng.normal(size=(1, 2, 3))),
            "intercept": (("draw", "regime"), [[-0.4, 0.2]]),
            "sigma": (("draw", "regime"), [[1.5, 0.5]]),
            "alpha": (("draw", "province"), rng.normal(size=(1, 9))),
            "tau": (("draw", "year"), rng.normal(size=(1, len(design.years)))),
        },
        {
            "regime": ["pre", "post"],
            "regressor": list(design.terms),
            "province": list(design.provinces),
            "year": list(design.years),
        },
    )


def expected(draw, design):
    """Return mean and sd of each row, written out in loops."""
    one, mean, sd = draw.isel(draw=0), np.zeros(len(design.y)), np.zeros(len(design.y))
    for row in range(len(design.y)):
        regime = "post" if design.data["regime_index"].values[row] else "pre"
        province, year = str(design.data["province"].values[row]), int(design.data["year"].values[row])
        mean[row] = float(one["intercept"].sel(regime=regime)) + float(one["alpha"].sel(province=province))
        mean[row] += float(one["tau"].sel(year=year)) + design.x[row] @ one["beta"].sel(regime=regime).values
        sd[row] = float(one["sigma"].sel(regime=regime))
    return mean, sd


def test_means_and_spreads_are_the_draw_s(draw, design):
    panels = NullPanels(Null.FITTED, design, 4, draw).draw(range(N))
    mean, sd = expected(draw, design)
    seen = design.observed

    assert (panels[:, ~seen] == 0).all()
    assert (np.abs(panels.mean(axis=0) - mean)[seen] < 5 * sd[seen] / np.sqrt(N)).all()
    assert (np.abs(panels.std(axis=0) / sd - 1)[seen] < 5 / np.sqrt(2 * N)).all()


@pytest.mark.parametrize("correlation", [-0.8, -0.3, 0.0, 0.5])
def test_errors_have_the_autocorrelation_of_an_ar1_and_variance_one_across_gaps_too(correlation, design):
    series = ar1(np.full(N, correlation), design, generators(N))
    province, year = design.data["province_index"].values, design.data["year"].values

    def at(p, t):
        return series[:, (province == p) & (year == t)][:, 0]

    tolerance = 5 / np.sqrt(N)
    assert abs(np.corrcoef(at(0, 2004), at(0, 2005))[0, 1] - correlation) < tolerance
    assert abs(np.corrcoef(at(0, 2004), at(0, 2006))[0, 1] - correlation**2) < tolerance
    # Row 2014 is missing: 2013 and 2015 are two years apart.
    assert abs(np.corrcoef(at(0, 2013), at(0, 2015))[0, 1] - correlation**2) < tolerance
    # One province's last year says nothing of the next province's first.
    assert abs(np.corrcoef(at(0, 2020), at(1, 2001))[0, 1]) < tolerance
    assert abs((series[:, design.observed] ** 2).mean() - 1) < 0.02


def test_the_serial_correlation_is_the_plain_sum_over_consecutive_years(design):
    z = np.random.default_rng(5).normal(size=(2, len(design.y)))
    province, year = design.data["province_index"].values, design.data["year"].values
    now, before = [], []
    for row in np.flatnonzero(design.observed):
        previous = (province == province[row]) & (year == year[row] - 1) & design.observed
        if previous.any():
            now.append(z[0, row])
            before.append(z[0, previous][0])
    assert len(now) == 9 * (12 + 5)
    by_hand = np.dot(now, before) / np.sqrt(np.dot(now, now) * np.dot(before, before))
    np.testing.assert_allclose(serial_correlation(z, design)[0], by_hand)


def test_the_residuals_serial_correlation_is_imposed_on_fresh_errors(draw, design):
    mean, sd = expected(draw, design)
    correlated = ar1(np.array([-0.45]), design, generators(1, seed=9))[0]
    fitted = design.with_outcome(mean + sd * correlated)
    target = serial_correlation(correlated, fitted)

    panels = NullPanels(Null.FITTED, fitted, 4, draw).draw(range(N))
    found = serial_correlation((panels - mean) / sd, fitted)

    # The sample correlation of 153 pairs is within its bias of order 1 / 153 of what was imposed.
    assert abs(found.mean() - target) < 5 * found.std() / np.sqrt(N) + 1 / 153


def test_draws_that_are_no_null_are_refused(draw, design):
    with pytest.raises(UsageError, match="these draws have interactions"):
        NullPanels(Null.FITTED, design, 4, draw.assign(gamma=draw["beta"])).draw([0])
    with pytest.raises(UsageError, match="no effect for some province or year of panel balanced"):
        NullPanels(Null.FITTED, design, 4, draw.isel(year=slice(5, None))).draw([0])
