"""Does linearmodels, which this package rests on, give what R gives for equation (3) with instruments?"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from linearmodels.iv import IV2SLS, IVGMM, IVLIML

FOLDER = Path(__file__).parent / "reference"
REFERENCE = json.loads((FOLDER / "instrumented.json").read_text())
KERNELS = {"Bartlett": "bartlett", "Parzen": "parzen", "Quadratic Spectral": "qs"}


@pytest.fixture(scope="module")
def rows():
    return differenced(pd.read_csv(FOLDER / "official.csv"))


def differenced(levels):
    found = levels.groupby("unit")[["growth", "lnFAI", "IS", "BO"]].diff().dropna()
    return found.assign(unit=levels["unit"], year=levels["year"])


def arguments(rows):
    """Return outcome, exogenous, endogenous regressors and instruments: the products in R's order."""
    y, x = rows["growth"].to_numpy(), rows[["lnFAI", "IS", "BO"]].to_numpy()
    products = np.column_stack([x[:, a] * x[:, b] for b in range(3) for a in range(b + 1)])
    return y, x, y[:, None] * x, products


def long_run(moments, bandwidth):
    """Return the Bartlett estimate of the sum of moments' covariance, written out."""
    S = moments.T @ moments
    for lag in range(1, bandwidth + 1):
        cross = moments[lag:].T @ moments[:-lag]
        S += (1 - lag / (bandwidth + 1)) * (cross + cross.T)
    return S


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("se_unadjusted", {"cov_type": "unadjusted", "debiased": True}),
        ("se_hc0", {"cov_type": "robust"}),
        ("se_clustered_cr0", {"cov_type": "clustered", "clusters": ["unit"]}),
        ("se_clustered_cr1", {"cov_type": "clustered", "clusters": ["unit"], "debiased": True}),
        ("se_clustered_year_cr0", {"cov_type": "clustered", "clusters": ["year"]}),
        ("se_two_way_cr0", {"cov_type": "clustered", "clusters": ["unit", "year"]}),
    ],
)
def test_two_stage_least_squares_and_its_errors_equal_those_of_r(name, options, rows):
    clusters = {"clusters": rows[options["clusters"]].to_numpy().squeeze()} if "clusters" in options else {}
    fit = IV2SLS(*arguments(rows)).fit(**(options | clusters))
    expected = REFERENCE["two_stage_least_squares"]

    np.testing.assert_allclose(fit.params, expected["coefficients"], rtol=1e-10)
    np.testing.assert_allclose(fit.std_errors, expected[name], rtol=1e-10)


def test_limited_information_maximum_likelihood_equals_that_of_r(rows):
    fit = IVLIML(*arguments(rows)).fit()

    assert fit.kappa == pytest.approx(REFERENCE["limited_information"]["kappa"], rel=1e-10)
    np.testing.assert_allclose(fit.params, REFERENCE["limited_information"]["coefficients"], rtol=1e-9)


def test_robust_weights_give_the_estimate_of_r(rows):
    fit = IVGMM(*arguments(rows), weight_type="robust").fit()

    np.testing.assert_allclose(fit.params, REFERENCE["robust_weights"]["coefficients"], rtol=1e-10)
    assert fit.j_stat.stat == pytest.approx(REFERENCE["robust_weights"]["j"], rel=1e-10)


@pytest.mark.parametrize("name", list(REFERENCE["kernel_weights"]))
def test_kernel_weights_give_the_estimate_of_r(name, rows):
    expected = REFERENCE["kernel_weights"][name]
    iterated = expected["steps"] == "iterative"
    # R's bw is one more than the bandwidth of linearmodels where weights end at zero; the spectral kernel's never do.
    bandwidth = expected["bw"] - (expected["kernel"] != "Quadratic Spectral")
    kernel = {"kernel": KERNELS[expected["kernel"]], "bandwidth": bandwidth}
    model = IVGMM(*arguments(rows), weight_type="kernel", center=expected["centred"], **kernel)
    fit = model.fit(iter_limit=1000 if iterated else 2, tol=1e-10, cov_type="kernel", **kernel)

    # Iterations stop at their own tolerances.
    rtol = 1e-6 if iterated else 1e-10
    np.testing.assert_allclose(fit.params, expected["coefficients"], rtol=rtol)
    assert fit.j_stat.stat == pytest.approx(expected["j"], rel=rtol)
    assert fit.j_stat.pval == pytest.approx(expected["p"], rel=10 * rtol)
    if iterated:
        np.testing.assert_allclose(fit.std_errors, expected["se"], rtol=rtol)


def test_two_step_errors_differ_from_r_s_by_the_estimate_that_the_weight_is_taken_at(rows):
    # R: (X'Z S(b2)^-1 Z'X)^-1. linearmodels: the sandwich with the weight of b1 around S(b2).
    y, x, endogenous, products = arguments(rows)
    X, Z = np.hstack([x, endogenous]), np.hstack([x, products])
    expected = REFERENCE["kernel_weights"]["bartlett_3"]
    S1, S2 = (
        long_run(Z * (y - X @ np.array(b))[:, None], 3)
        for b in (REFERENCE["two_stage_least_squares"]["coefficients"], expected["coefficients"])
    )
    ZX, W = Z.T @ X, np.linalg.inv(S1)
    bread = np.linalg.inv(ZX.T @ W @ ZX)
    kernel = {"kernel": "bartlett", "bandwidth": 3}
    fit = IVGMM(*arguments(rows), weight_type="kernel", **kernel).fit(cov_type="kernel", **kernel)

    of_r = np.linalg.inv(ZX.T @ np.linalg.inv(S2) @ ZX)
    np.testing.assert_allclose(np.sqrt(np.diag(of_r)), expected["se"], rtol=1e-9)
    sandwich = bread @ ZX.T @ W @ S2 @ W @ ZX @ bread
    np.testing.assert_allclose(np.sqrt(np.diag(sandwich)), fit.std_errors, rtol=1e-9)
