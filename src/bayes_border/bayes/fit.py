"""What is the posterior of one model given one design?"""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version

import numpy as np
import xarray as xr

from bayes_border.bayes.coefficients import with_coefficients
from bayes_border.bayes.effects import marginal_effects
from bayes_border.bayes.engine import engine_for
from bayes_border.bayes.family import model_data
from bayes_border.bayes.parameters import to_parameters
from bayes_border.bayes.pilot import Pilot
from bayes_border.bayes.posterior import Posterior
from bayes_border.bayes.shape import Shape
from bayes_border.design import Design
from bayes_border.project import package_version
from bayes_border.simulate.prior import draw_prior
from bayes_border.simulate.reduced_form import log_density, simulate
from bayes_border.spec.digest import model_digest
from bayes_border.spec.model import ModelSpec
from bayes_border.spec.sampling import SamplerSettings

#: Prior draws kept beside a posterior: enough for its standard deviation to about one per cent.
PRIOR_DRAWS = 4000


def fit(  # noqa: PLR0913 -- what, of what, and four ways of running it
    spec: ModelSpec,
    design: Design,
    *,
    table: str = "table1",
    settings: SamplerSettings | None = None,
    seed: int = 0,
    pilot: Pilot = Pilot.NONE,
) -> Posterior:
    """Sample a model's posterior and set its prior and predictive draws beside it.

    Parameters
    ----------
    spec, design
        The model and the rows.
    table
        Published table whose outcome the design holds.
    settings
        Sampler settings; the default is four chains of 1,000 draws.
    seed
        Seed of the sampler, the prior draws and the predictive draws.
    pilot
        Whether the sampler runs in coordinates of the mode's curvature (`bayes.pilot`).

    Notes
    -----
    Models without the Jacobian are no density of the outcome (a row integrates to 1 / |m|): their trees have
    no predictive draws, no log likelihood and no marginal effects.
    """
    settings = settings or SamplerSettings()
    posterior, stats = sample(spec, design, settings=settings, seed=seed, pilot=pilot)
    rng = np.random.default_rng([seed, 1])
    prior = draw_prior(spec, design, draws=PRIOR_DRAWS, rng=rng).expand_dims(chain=[0])
    groups = {"posterior": posterior, "sample_stats": stats, "prior": prior, **_data_groups(design)}

    def replicated(chain: xr.Dataset) -> xr.DataArray:
        return simulate(chain, design, rng)

    if spec.structure.jacobian:
        groups |= {
            "posterior": _with_effects(posterior, design),
            "prior": _with_effects(prior, design),
            "posterior_predictive": _of_rows(replicated, posterior, design),
            "prior_predictive": _of_rows(replicated, prior, design),
            "log_likelihood": _of_rows(lambda chain: log_density(chain, design), posterior, design),
        }
    tree = xr.DataTree.from_dict(groups)
    tree.attrs.update(_provenance(spec, design, settings, seed, pilot))
    return Posterior(spec, design, tree, table)


def sample(  # noqa: PLR0913 -- what, of what, and four ways of running it
    spec: ModelSpec,
    design: Design,
    *,
    settings: SamplerSettings,
    seed: int,
    cores: int | None = None,
    prior_only: bool = False,
    pilot: Pilot = Pilot.NONE,
) -> tuple[xr.Dataset, xr.Dataset]:
    """Return posterior draws in the paper's units and the sampler's statistics, nothing else.

    The inner step of every loop. With `prior_only` the likelihood is left out: the prior, barrier
    included, as the sampler sees it.
    """
    data, shape = model_data(spec, design, prior_only=prior_only), Shape.of(design)
    standardised, stats = engine_for(shape).sample(data, settings=settings, seed=seed, cores=cores, pilot=pilot)
    draws = with_coefficients(standardised, data, shape, np.random.default_rng([seed, 2]))
    return to_parameters(draws, spec, design), stats


def _with_effects(parameters: xr.Dataset, design: Design) -> xr.Dataset:
    return parameters.merge(_by_chain(lambda chain: marginal_effects(chain, design), parameters))


def _of_rows(of: Callable[[xr.Dataset], xr.DataArray], parameters: xr.Dataset, design: Design) -> xr.Dataset:
    observed = np.flatnonzero(design.observed)
    coords = design.data[["province", "year"]].coords

    def labelled(chain: xr.Dataset) -> xr.Dataset:
        return xr.Dataset({"dg": of(chain).assign_coords(coords).isel(row=observed).transpose("chain", "draw", "row")})

    return _by_chain(labelled, parameters)


def _by_chain(of: Callable[[xr.Dataset], xr.Dataset], parameters: xr.Dataset) -> xr.Dataset:
    """Return what a function makes of each chain; what it holds meanwhile is several times what it returns."""
    return xr.concat([of(parameters.isel(chain=[chain])) for chain in range(parameters.sizes["chain"])], "chain")


def _data_groups(design: Design) -> dict[str, xr.Dataset]:
    observed = np.flatnonzero(design.observed)
    constant = design.data.drop_vars(["dg", "reference", "weight"])
    return {
        "observed_data": design.data[["dg"]].isel(row=observed),
        "constant_data": constant.isel(row=observed),
    }


def _provenance(
    spec: ModelSpec, design: Design, settings: SamplerSettings, seed: int, pilot: Pilot
) -> dict[str, str | int | float]:
    libraries = ("pymc", "nutpie", "arviz-stats", "xarray", "numpy")
    return {
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "creation_library": "bayes_border",
        "creation_library_version": package_version(),
        "inference_library": "nutpie",
        "inference_library_version": version("nutpie"),
        "python": platform.python_version(),
        **{f"version_{name}": version(name) for name in libraries},
        "model": spec.name,
        "model_digest": model_digest(spec),
        "design_digest": design.digest,
        "panel": design.panel_name,
        "panel_digest": design.panel_digest,
        "break": design.break_.reading,
        "outcome": str(design.outcome),
        "seed": seed,
        **asdict(settings),
        "pilot": str(pilot),
    }
