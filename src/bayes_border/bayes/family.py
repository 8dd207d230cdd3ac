"""Which data make the one compiled density a given model of a given design?"""

from __future__ import annotations

import math

import numpy as np

from bayes_border.design import Design
from bayes_border.spec.model import Barrier, Intercept, ModelSpec, Pooling, Regimes

type DataArrays = dict[str, np.ndarray | float]
type Scales = dict[str, float]

#: A model without a barrier still needs numbers in its place; the switch keeps them from counting.
_NO_BARRIER = Barrier(location=0.5, width=1.0)


def model_data(spec: ModelSpec, design: Design, *, prior_only: bool = False) -> DataArrays:
    """Return every `pm.Data` value of `bayes.build` for one model and design.

    With `prior_only` every row has weight 0: the density is the prior, barrier included.
    """
    return {**_rows(spec, design, prior_only=prior_only), **scales(spec), **_switches(spec)}


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


def _rows(spec: ModelSpec, design: Design, *, prior_only: bool) -> DataArrays:
    data = design.data
    regime = data["regime_index"].values
    regime = np.zeros_like(regime) if spec.structure.regimes is Regimes.SINGLE else regime
    contrast = _contrast(spec, regime)
    reference = data["reference"].values
    weight = np.zeros_like(design.y) if prior_only else data["weight"].values
    return {
        "y": design.y,
        "weight": weight,
        "x": design.x_scaled,
        "province": data["province_index"].values,
        "year": data["year_index"].values,
        "sigma_index": regime,
        "contrast": contrast,
        "intercept_map": _intercept_map(spec.structure.intercept)[regime],
        "barrier_x": design.x_scaled[reference],
        "barrier_contrast": contrast[reference],
    }


def _contrast(spec: ModelSpec, regime: np.ndarray) -> np.ndarray:
    """Return -1/2 before and +1/2 after the break: a coefficient is its mean plus contrast times delta."""
    if spec.structure.regimes is Regimes.SINGLE:
        return np.zeros(regime.shape)
    return regime - 0.5


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
