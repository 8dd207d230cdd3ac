"""What does a fitted model say of each coefficient, beside what its prior said?"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
import xarray as xr

from bayes_border import criteria
from bayes_border.bayes.convergence import Convergence, diagnose
from bayes_border.bayes.pilot import Pilot
from bayes_border.design import Design
from bayes_border.estimates import Estimate, Estimates
from bayes_border.spec.model import ModelSpec
from bayes_border.spec.sampling import SamplerSettings
from bayes_border.vocabulary import Engine, Window, interaction

_TAIL = (1.0 - criteria.INTERVAL_LEVEL) / 2.0
#: Groups that hold a number for each row and draw.
_ROW_WISE = ("posterior_predictive", "prior_predictive", "log_likelihood")


@dataclass(frozen=True)
class Posterior:
    """One model fitted to one design.

    Parameters
    ----------
    spec, design
        What was fitted to what.
    tree
        ArviZ-schema tree: `posterior`, `prior` (paper units, see `bayes.parameters`), `sample_stats`,
        `observed_data`, `constant_data`, and, where the model is a density of the outcome,
        `posterior_predictive`, `prior_predictive`, `log_likelihood`, unless these were dropped
        (`drop_rows`). Attributes carry versions, seed and digests.
    table
        The published table whose outcome was fitted.
    """

    spec: ModelSpec
    design: Design
    tree: xr.DataTree
    table: str

    @property
    def windows(self) -> tuple[Window, ...]:
        """Return the windows that the model has coefficients for."""
        return tuple(Window(str(label)) for label in self.tree["posterior"].to_dataset()["regime"].values)

    @property
    def settings(self) -> SamplerSettings:
        """Return the sampler settings that the fit was made with."""
        return SamplerSettings(**{each.name: self.tree.attrs[each.name] for each in fields(SamplerSettings)})

    @property
    def pilot(self) -> Pilot:
        """Return in which coordinates the fit was made; a fit of before there was a choice had the sampler's own."""
        return Pilot(self.tree.attrs.get("pilot", Pilot.NONE))

    @cached_property
    def convergence(self) -> Convergence:
        """Return the convergence diagnostics."""
        return diagnose(self.tree["posterior"].to_dataset(), self.tree["sample_stats"].to_dataset())

    def drop_rows(self) -> None:
        """Take predictive draws and log likelihood, most of what a fit holds, off its tree."""
        # In place: nodes of a tree refer to one another, and what a new tree leaves out would wait for the collector.
        for name in set(_ROW_WISE) & set(self.tree.children):
            del self.tree[name]

    def draws(self, window: Window, term: str) -> np.ndarray:
        """Return posterior draws of one coefficient in paper units, shape `(chain * draw,)`."""
        return self._draws("posterior", window, term)

    def prior_draws(self, window: Window, term: str) -> np.ndarray:
        """Return prior draws of one coefficient in paper units, shape `(draw,)`."""
        return self._draws("prior", window, term)

    def scale_of(self, term: str) -> float:
        """Return the standard deviation of the regressor that a term (beta's or gamma's) belongs to."""
        return float(self.design.data["scale"].sel(regressor=self._regressor(term)))

    def estimates(self) -> Estimates:
        """Return mean, sd and equal-tailed interval of every beta and gamma, prior beside posterior."""
        return self._estimates

    @cached_property
    def _estimates(self) -> Estimates:
        terms = list(self.design.terms)
        if "gamma" in self.tree["posterior"]:
            terms += [interaction(term) for term in self.design.terms]
        return Estimates(tuple(self._estimate(window, term) for window in self.windows for term in terms))

    def _regressor(self, term: str) -> str:
        return next(base for base in self.design.terms if term in {base, interaction(base)})

    def _draws(self, group: str, window: Window, term: str, *, name: str | None = None) -> np.ndarray:
        base = self._regressor(term)
        variable = self.tree[group].to_dataset()[name or ("beta" if term == base else "gamma")]
        return np.asarray(variable.sel(regime=str(window), regressor=base).values).ravel()

    def _estimate(self, window: Window, term: str) -> Estimate:
        draws, prior = self.draws(window, term), self.prior_draws(window, term)
        lower, upper = np.quantile(draws, [_TAIL, 1.0 - _TAIL])
        return Estimate(
            engine=Engine.BAYES,
            recipe=self.spec.name,
            table=self.table,
            window=window,
            term=term,
            value=float(draws.mean()),
            se=float(draws.std(ddof=1)),
            lower=float(lower),
            upper=float(upper),
            level=criteria.INTERVAL_LEVEL,
            n_obs=self.design.n_obs(window),
            extra={
                "model": self.spec.name,
                "prior_mean": float(prior.mean()),
                "prior_sd": float(prior.std(ddof=1)),
                "contraction": 1.0 - float(draws.var(ddof=1) / prior.var(ddof=1)),
                "p_positive": float((draws > 0).mean()),
                "prior_p_positive": float((prior > 0).mean()),
                "scale": self.scale_of(term),
                "converged": self.convergence.passed,
                **self._effect(window, term),
                **self._dispersion(window, term),
            },
        )

    def _effect(self, window: Window, term: str) -> dict[str, float]:
        """Return the average marginal effect of a regressor beside its prior, given with its beta only.

        The prior has no variance: the barrier leaves m = 0 a small density, and the effect goes with 1/m^2.
        So intervals are compared, and `effect_contraction` is 1 - (width / prior width)^2, which for a
        normal posterior and prior is 1 - var / prior var.
        """
        if term not in self.design.terms or "effect_mean" not in self.tree["posterior"]:
            return {}
        mean = self._draws("posterior", window, term, name="effect_mean")
        prior = self._draws("prior", window, term, name="effect_mean")
        median = self._draws("posterior", window, term, name="effect_median")
        lower, upper = np.quantile(mean, [_TAIL, 1.0 - _TAIL])
        prior_lower, prior_upper = np.quantile(prior, [_TAIL, 1.0 - _TAIL])
        return {
            "effect": float(mean.mean()),
            "effect_lower": float(lower),
            "effect_upper": float(upper),
            "effect_median_row": float(median.mean()),
            "effect_per_sd": float(mean.mean()) * self.scale_of(term),
            "effect_prior_lower": float(prior_lower),
            "effect_prior_upper": float(prior_upper),
            "effect_contraction": 1.0 - float(((upper - lower) / (prior_upper - prior_lower)) ** 2),
            "effect_p_positive": float((mean > 0).mean()),
            "effect_prior_p_positive": float((prior > 0).mean()),
        }

    def _dispersion(self, window: Window, term: str) -> dict[str, float]:
        """Return the posterior correlation of gamma with kappa of the same regressor, given with gamma only."""
        if term in self.design.terms or "kappa" not in self.tree["posterior"]:
            return {}
        kappa = self.tree["posterior"].to_dataset()["kappa"].sel(regressor=self._regressor(term)).values.ravel()
        return {"corr_kappa": float(np.corrcoef(self.draws(window, term), kappa)[0, 1])}
