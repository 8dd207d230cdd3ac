"""Are one-way and two-way clustered errors those of the formulae, and of other programs?"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from linearmodels.panel import PooledOLS

from bayes_border.errors import SpecificationError
from bayes_border.gmm.inference.clustered import Correction, clustered
from bayes_border.gmm.inference.clusters import Grouping
from bayes_border.gmm.inference.two_way import two_way
from bayes_border.gmm.linear import LinearFit


def written_out(fit, labels):
    bread, e = np.linalg.inv(fit.X_hat.T @ fit.X), fit.y - fit.X @ fit.coefficients
    scores = [fit.X_hat[labels == g].T @ e[labels == g] for g in np.unique(labels)]
    return bread @ sum(np.outer(s, s) for s in scores) @ bread.T


@pytest.mark.parametrize("instruments", [0, 5])
@pytest.mark.parametrize("by", Grouping)
def test_covariance_is_the_sandwich_written_out(make_fit, by, instruments):
    fit = make_fit(1, instruments=instruments, drop=20)
    labels = fit.unit if by is Grouping.UNIT else fit.period
    G, (n, k) = len(np.unique(labels)), fit.X.shape

    plain, corrected = (clustered(fit, by, correction=c) for c in Correction)

    np.testing.assert_allclose(plain.matrix, written_out(fit, labels), rtol=1e-10)
    np.testing.assert_allclose(corrected.matrix, plain.matrix * G / (G - 1) * (n - 1) / (n - k), rtol=1e-12)
    np.testing.assert_array_equal(corrected.df, [G - 1] * k)


def test_unit_clusters_are_clubsandwich_s(firm_fit, reference):
    expected = reference["least_squares"]
    np.testing.assert_allclose(firm_fit.coefficients, expected["coefficients"], rtol=1e-8)
    plain = clustered(firm_fit, Grouping.UNIT, correction=Correction.CR0)
    np.testing.assert_allclose(plain.matrix, expected["CR0"]["vcov"], rtol=1e-8)
    np.testing.assert_allclose(clustered(firm_fit, Grouping.UNIT).matrix, expected["CR1S"]["vcov"], rtol=1e-8)


def test_two_way_is_linearmodels_where_it_is_positive(make_fit):
    fit = make_fit(2, periods=20, drop=15)
    index = pd.MultiIndex.from_arrays([fit.unit, fit.period])
    model = PooledOLS(pd.Series(fit.y, index), pd.DataFrame(fit.X, index))
    theirs = model.fit(cov_type="clustered", cluster_entity=True, cluster_time=True, debiased=True, group_debias=True)

    ours = two_way(fit)

    assert ours.notes == ()
    # linearmodels' factors G/(G-1) (n-1)/n times n/(n-k) are CR1.
    np.testing.assert_allclose(ours.matrix, theirs.cov.to_numpy(), rtol=1e-9)
    np.testing.assert_array_equal(ours.df, [8] * 3)


def test_negative_eigenvalues_are_cut_in_units_that_no_regressor_sets_and_said_so(firm_fit, reference):
    raw = np.array(reference["two_way"])
    parts = [clustered(firm_fit, by).matrix for by in Grouping]
    scale = np.sqrt(np.diag(parts[0] + parts[1]))
    values, vectors = np.linalg.eigh(raw / np.outer(scale, scale))
    expected = (vectors * values.clip(0)) @ vectors.T * np.outer(scale, scale)
    assert values[0] < 0

    found = two_way(firm_fit)

    np.testing.assert_allclose(found.matrix, expected, rtol=1e-6)
    assert (np.diag(found.matrix) >= np.diag(raw)).all()
    assert "1 of 4 eigenvalues" in found.notes[0]
    units = np.array([1.0, 1e4, 1e-4, -1.0])
    other = two_way(replace(firm_fit, X=firm_fit.X * units, X_hat=firm_fit.X * units))
    np.testing.assert_allclose(other.se * np.abs(units), found.se, rtol=1e-6)


def test_one_cluster_is_refused_with_the_count(make_fit):
    fit = make_fit(3, units=1)
    with pytest.raises(SpecificationError, match="1 cluster by unit in 12 rows"):
        clustered(fit, Grouping.UNIT)
    assert np.isfinite(clustered(fit, Grouping.PERIOD).se).all()
    with pytest.raises(SpecificationError, match="1 cluster by unit"):
        two_way(fit)


def test_a_coefficient_of_one_cluster_alone_has_no_error_and_a_reason():
    rng = np.random.default_rng(4)
    unit, period = np.repeat(np.arange(6), 5), np.tile(np.arange(5), 6)
    X = np.column_stack([unit == 0, (unit > 0) * rng.normal(size=30)]).astype(float)
    fit = LinearFit(rng.normal(size=30), X, X, unit, period)

    found = clustered(fit, Grouping.UNIT)

    assert np.isnan(found.se[0])
    assert "one cluster alone" in found.reasons[0]
    assert found.se[1] > 0
    assert found.reasons[1] == ""


def test_what_has_no_sampling_error_is_refused(make_fit):
    fit = make_fit(5)
    with pytest.raises(SpecificationError, match="residuals are"):
        clustered(replace(fit, y=fit.X @ np.ones(3)), Grouping.UNIT)
    few = LinearFit(fit.y[:3], fit.X[:3], fit.X[:3], fit.unit[[0, 20, 40]], fit.period[:3])
    with pytest.raises(SpecificationError, match="3 rows for 3 coefficients"):
        clustered(few, Grouping.UNIT)
    twice = np.column_stack([fit.X, 1e6 * fit.X[:, 0]])
    with pytest.raises(SpecificationError, match="determine 3 of 4"):
        clustered(LinearFit(fit.y, twice, twice, fit.unit, fit.period), Grouping.UNIT)
    with pytest.raises(SpecificationError, match="not finite"):
        clustered(replace(fit, y=np.where(fit.unit == 0, np.nan, fit.y)), Grouping.UNIT)
