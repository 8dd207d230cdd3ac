"""Which slopes, intercepts, province effects and year shocks go with each draw of interactions and scales?"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
import xarray as xr

from bayes_border.bayes.build import N_REGIMES
from bayes_border.bayes.family import DataArrays
from bayes_border.bayes.linear_part import Rows, Scales, draw


class _Equation(NamedTuple):
    """What turns draws into ``r = m y`` and log sigma, row by row."""

    y: np.ndarray
    x: np.ndarray
    contrast: np.ndarray
    sigma_index: np.ndarray


class _Curved(NamedTuple):
    """Draws in the equation's units, the leading axis of each is the draw."""

    gamma_mean: np.ndarray
    delta_gamma: np.ndarray
    kappa: np.ndarray
    log_sigma: np.ndarray
    sd_fixed: np.ndarray
    sd_large: np.ndarray
    sd_small: np.ndarray


def linear_draws(curved: xr.Dataset, data: DataArrays, rng: np.random.Generator) -> xr.Dataset:
    """Return one draw of every standardised linear parameter for each draw of the others.

    Parameters
    ----------
    curved
        The sampler's standardised draws, dims `chain` and `draw`.
    data
        What the density was given.
    rng
        Source of the conditional draws.

    Returns
    -------
    xarray.Dataset
        `beta_mean_z`, `delta_beta_z`, `intercept_z`, `alpha_z`, `tau_z`: standard normal a priori.
    """
    arrays = {name: np.asarray(value) for name, value in data.items()}
    sample = (curved.sizes["chain"], curved.sizes["draw"])
    raw = {str(name): values.values.reshape(sample[0] * sample[1], -1) for name, values in curved.data_vars.items()}
    k, sizes = arrays["x"].shape[1], {"alpha": int(arrays["sizes"][0]), "tau": int(arrays["sizes"][1])}
    # The larger group comes first in `linear_part`; which of the two that is, the panel decides.
    large, small = sorted(sizes, key=lambda name: -sizes[name])
    index = {"alpha": arrays["province"], "tau": arrays["year"]}
    fixed = np.column_stack([arrays["x"], arrays["contrast"][:, None] * arrays["x"], arrays["intercept_map"]])
    found = _draw_all(
        _Equation(*(arrays[name] for name in _Equation._fields)),
        _scaled(raw, arrays, large, small),
        Rows(fixed, index[large], index[small], arrays["weight"]),
        (sizes[large], sizes[small]),
        rng.standard_normal((len(raw["gamma_mean_z"]), fixed.shape[1] + sum(sizes.values()))),
    )
    lengths = {"beta_mean": k, "delta_beta": k, "intercept": N_REGIMES, small: sizes[small], large: sizes[large]}
    parts = np.split(found, np.cumsum(list(lengths.values()))[:-1], axis=1)
    return xr.Dataset(
        {
            f"{name}_z": (("chain", "draw", f"{name}_z_dim_0"), part.reshape(*sample, -1))
            for name, part in zip(lengths, parts, strict=True)
        }
    )


def _scaled(raw: dict[str, np.ndarray], data: dict[str, np.ndarray], large: str, small: str) -> _Curved:
    """Return the parameters of `build.build_collapsed` from their standardised draws."""
    k = data["x"].shape[1]
    omega = {
        name: data[f"scale_omega_{name}"] * raw[f"omega_{name}_z"] + data[f"fixed_delta_{name}"]
        for name in ("beta", "gamma")
    }
    ones = np.ones((len(omega["beta"]), 1))
    of_fixed = (data["scale_beta"] * ones, omega["beta"], data["scale_intercept"] * ones)
    return _Curved(
        data["scale_gamma"] * raw["gamma_mean_z"],
        omega["gamma"] * raw["delta_gamma_z"],
        data["scale_kappa"] * raw["kappa_z"],
        data["sigma_log_median"] + data["sigma_log_sd"] * raw["log_sigma_z"],
        np.hstack([np.repeat(sd, size, axis=1) for sd, size in zip(of_fixed, (k, k, N_REGIMES), strict=True)]),
        *(np.ravel(data[f"scale_sigma_{name}"] * raw[f"sigma_{name}_z"]) for name in (large, small)),
    )


@numba.njit(cache=True, nogil=True)
def _draw_all(
    equation: _Equation, curved: _Curved, rows: Rows, sizes: tuple[int, int], normal: np.ndarray
) -> np.ndarray:
    n, k = equation.x.shape
    r, log_sigma, out = np.empty(n), np.empty(n), np.empty(normal.shape)
    for s in range(normal.shape[0]):
        for i in range(n):
            m, log_sd = 1.0, curved.log_sigma[s, equation.sigma_index[i]]
            for j in range(k):
                gamma = curved.gamma_mean[s, j] + equation.contrast[i] * curved.delta_gamma[s, j]
                m -= equation.x[i, j] * gamma
                log_sd += equation.x[i, j] * curved.kappa[s, j]
            r[i], log_sigma[i] = m * equation.y[i], log_sd
        scales = Scales(curved.sd_fixed[s], curved.sd_large[s], curved.sd_small[s])
        out[s] = draw(r, log_sigma, rows, scales, sizes, normal[s])
    return out
