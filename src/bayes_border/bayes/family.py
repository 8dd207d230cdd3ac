"""Which data make the one compiled density a given model of a given design?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from bayes_border.bayes.density import ROWS, SCALES, fold, moments
from bayes_border.bayes.shape import REGIMES, Shape
from bayes_border.design import Design
from bayes_border.spec.model import Barrier, Intercept, ModelSpec, Pooling, Regimes

type DataArrays = dict[str, np.ndarray]
type Scales = dict[str, float]

#: A model without a barrier still needs numbers in its place; the switch keeps them from counting.
_NO_BARRIER = Barrier(location=0.5, width=1.0)


def model_data(spec: ModelSpec, design: Design, *, prior_only: bool = False) -> DataArrays:
    """Return the arrays of `bayes.arrays` for one model and design, but for the sampler's linear map.

    With `prior_only` every row has weight 0: the density is the prior, barrier included.
    """
    shape = Shape.of(design)
    wide = {"wide_is_province": float(shape.narrow_and_wide("province", "year")[1] == "province")}
    values = scales(spec) | _switches(spec) | wide
    return {
        **_rows(spec, design, shape, prior_only=prior_only),
        "scales": np.array([values[name] for name in SCALES]),
    }


def scales(spec: ModelSpec) -> Scales:
    """Return the factor that turns each standardised parameter into its quantity; 0 for a part the model lacks."""
    structure, prior = spec.structure, spec.priors
    pooled = structure.pooling is Pooling.PARTIAL
    broken = structure.regimes is Regimes.BREAK
    # Two independent coefficients N(0, s^2) have mean N(0, s^2 / 2) and difference N(0, 2 s^2).
    mean_factor = 1.0 if pooled or not broken else math.sqrt(0.5)
    fixed = math.sqrt(2.0) if broken and not pooled else 0.0
    free = 1.0 if broken and pooled else 0.0
    gamma = float(structure.interactions)
    return {
        "scale_beta": prior.beta * mean_factor,
        "scale_gamma": gamma * prior.gamma * mean_factor,
        "scale_omega_beta": free * prior.omega_beta,
        "scale_omega_gamma": gamma * free * prior.omega_gamma,
        "fixed_delta_beta": fixed * prior.beta,
        "fixed_delta_gamma": gamma * fixed * prior.gamma,
        "scale_intercept": prior.intercept,
        "scale_sigma_alpha": float(structure.province_effects) * prior.sigma_alpha,
        "scale_sigma_tau": float(structure.year_shocks) * prior.sigma_tau,
        "sigma_log_median": math.log(prior.sigma_median),
        "sigma_log_sd": prior.sigma_log_sd,
        "scale_kappa": float(structure.skedastic) * prior.kappa,
    }


def _rows(spec: ModelSpec, design: Design, shape: Shape, *, prior_only: bool) -> DataArrays:
    data = design.data
    broken = spec.structure.regimes is Regimes.BREAK
    regime = data["regime_index"].values * broken
    # Of a coefficient's break, post minus pre, half is added after it and half is taken off before.
    contrast = np.array([-0.5, 0.5]) * broken
    reference = data["reference"].values
    weight = np.zeros_like(design.y) if prior_only else data["weight"].values
    slopes = np.hstack([design.x_scaled, contrast[regime, None] * design.x_scaled])
    lines = np.hstack(
        [
            design.y[:, None],
            slopes * design.y[:, None],
            _intercept_map(spec.structure.intercept)[regime],
            slopes,
        ]
    )
    narrow, wide = shape.narrow_and_wide(data["province_index"].values, data["year_index"].values)
    rows = {
        # What stands in a row of weight 0 may be no number.
        "lines": np.ascontiguousarray(np.where(weight[:, None] > 0, lines, 0.0).T),
        "weight": weight,
        "narrow": narrow,
        "wide": wide,
        "regime": regime,
    }
    return {
        **rows,
        **products(rows, shape),
        "mean_slopes": _mean_rows(rows["lines"][-slopes.shape[1] :], weight, regime),
        "reference": np.ascontiguousarray(slopes[reference].T),
    }


def products(rows: DataArrays, shape: Shape) -> DataArrays:
    """Return the cross products of rows that the density takes."""
    arguments: list[Any] = [*(rows[name] for name in ROWS), *shape.narrow_and_wide(shape.provinces, shape.years)]
    dense, coupling, diagonal = moments(*arguments)
    return {"dense": dense, **dict(zip(("folded", "share", "members"), fold(coupling, diagonal), strict=True))}


def _mean_rows(slopes: np.ndarray, weight: np.ndarray, regime: np.ndarray) -> np.ndarray:
    """Return each regime's weighted mean row; 0, where m is 1, without one."""
    found = np.zeros((REGIMES, len(slopes)))
    for r in range(REGIMES):
        if (of_regime := weight * (regime == r)).any():
            found[r] = np.average(slopes, axis=1, weights=of_regime)
    return found


def _intercept_map(intercept: Intercept) -> np.ndarray:
    match intercept:
        case Intercept.BY_REGIME:
            return np.eye(2)
        case Intercept.COMMON:
            return np.array([[1.0, 0.0], [1.0, 0.0]])
        case Intercept.NONE:
            return np.zeros((2, 2))


def _switches(spec: ModelSpec) -> Scales:
    barrier = spec.barrier or _NO_BARRIER
    return {
        "use_jacobian": float(spec.structure.jacobian),
        "use_barrier": float(spec.barrier is not None),
        "barrier_location": barrier.location,
        "barrier_width": barrier.width,
    }
