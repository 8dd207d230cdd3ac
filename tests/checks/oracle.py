"""What is the exact posterior of a small model? One regressor; gamma and the scales on a grid, the rest integrated out.

Given gamma, sigma and sigma_alpha, equation (3) is a normal linear regression of ``m y = y - gamma x y`` on a constant,
x and the provinces, so its coefficients integrate out in closed form: with a = y, b = x y, columns Z and prior standard
deviations D,

    log p(y | gamma, sigma, sigma_alpha) = sum log|m| - n log sigma - log|A| / 2 - (|a - gamma b|^2 / sigma^2
                                           - |w_a - gamma w_b|^2) / 2 + constant,

    A = I + D Z'Z D / sigma^2 = L L',   w_a = L^-1 D Z'a / sigma^2,   w_b = L^-1 D Z'b / sigma^2,

and the coefficients given those three are ``D L'^-1 (w_a - gamma w_b + z)``, z standard normal. What is left has three
dimensions at most and is summed over the cells of a grid. Two regimes without pooling and common effects are two
such posteriors. Plain arrays, nothing of `bayes_border.bayes`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import xarray as xr
from scipy.special import ndtr

from bayes_border.design import Design
from bayes_border.spec.model import Intercept, ModelSpec, Pooling, Regimes

#: Cells along gamma, log sigma and sigma_alpha: to find where the posterior is, and to sum over it.
_COARSE, _FINE = (80, 40, 12), (80, 48, 32)
#: The grid leaves out what lies beyond so many prior sd, then what a coarse marginal holds less of than this share.
_REACH, _NEGLIGIBLE = 5.0, 1e-8
#: Cells of less weight are left out of sums over normal distributions.
_SMALL = 1e-10


@dataclass(frozen=True)
class Regression:
    """Rows of one regime: outcome, regressor per standard deviation, the regressor of the barrier's rows, columns."""

    y: np.ndarray
    x: np.ndarray
    barrier_x: np.ndarray
    columns: np.ndarray

    def solved(self, sigma, prior_sd):
        """Return L, w_a and w_b, leading dims those of `sigma` `(...)` and `prior_sd` `(..., column)`."""
        gram, products = self.columns.T @ self.columns, self.columns.T @ np.stack([self.y, self.x * self.y], axis=1)
        scaled = prior_sd / sigma[..., None]
        root = np.linalg.cholesky(np.eye(len(gram)) + scaled[..., :, None] * gram * scaled[..., None, :])
        w = np.linalg.solve(root, scaled[..., :, None] * products / sigma[..., None, None])
        return root, w[..., 0], w[..., 1]


@dataclass(frozen=True)
class Exact:
    """The posterior of one regime: weights of the cells of a grid, and the coefficients given each.

    `axes` are equally spaced middles of cells of gamma (per standard deviation of the regressor), log sigma and
    sigma_alpha, which is 0 in a model without province effects.
    """

    spec: ModelSpec
    regression: Regression
    axes: tuple[np.ndarray, np.ndarray, np.ndarray]

    @classmethod
    def of(cls, spec, regression):
        """Return the posterior on a fine grid of where a coarse one finds it."""
        prior = spec.priors
        centres, reaches = (0.0, np.log(prior.sigma_median)), (_REACH * prior.gamma, _REACH * prior.sigma_log_sd)
        ends = [(centre - reach, centre + reach) for centre, reach in zip(centres, reaches, strict=True)]
        ends.append((0.0, _REACH * prior.sigma_alpha * spec.structure.province_effects))
        coarse = cls(spec, regression, _middles(ends, _COARSE))
        return cls(spec, regression, _middles([coarse.inner(k) for k in range(3)], _FINE))

    @property
    def steps(self):
        return [axis[1] - axis[0] if len(axis) > 1 else 0.0 for axis in self.axes]

    @cached_property
    def weights(self):
        """Return the posterior probability of each cell, dims as `axes`."""
        log_density = self._log_likelihood() + self._log_prior()
        density = np.exp(log_density - log_density.max())
        return density / density.sum()

    def inner(self, k):
        """Return the ends of the cells of an axis that hold all but a negligible share, with one cell more each."""
        held = np.flatnonzero(self._marginal(k) > _NEGLIGIBLE)
        ends = self.axes[k][held[[0, -1]]] + 1.5 * np.array([-1, 1]) * self.steps[k]
        return ends if k < 2 else np.maximum(ends, 0.0)

    @cached_property
    def conditional(self):
        """Return each coefficient's mean, as a pair `p - gamma q`, and sd, given the scales: `(sigma, alpha, column)`.

        Gamma moves the means alone, and along a line, so that a cell's linear algebra is that of its two scales.
        """
        _, log_sigma, sigma_alpha = self.axes
        shape = (len(log_sigma), len(sigma_alpha))
        prior_sd = np.broadcast_to(self._prior_sd(sigma_alpha), (*shape, self.regression.columns.shape[1]))
        root, w_a, w_b = self.regression.solved(np.broadcast_to(np.exp(log_sigma)[:, None], shape), prior_sd)
        inverse = np.linalg.inv(root)
        p, q = (prior_sd * np.einsum("...jk,...j->...k", inverse, w) for w in (w_a, w_b))
        return p, q, prior_sd * np.sqrt((inverse**2).sum(axis=-2))

    def draw(self, n, rng):
        """Return draws of gamma, log sigma, sigma_alpha `(n,)` and of the coefficients `(n, column)`."""
        cells = np.unravel_index(rng.choice(self.weights.size, n, p=self.weights.ravel()), self.weights.shape)
        within = rng.uniform(-0.5, 0.5, (3, n))
        gamma, log_sigma, sigma_alpha = (
            axis[cell] + step * place
            for axis, cell, step, place in zip(self.axes, cells, self.steps, within, strict=True)
        )
        prior_sd = self._prior_sd(sigma_alpha)
        root, w_a, w_b = self.regression.solved(np.exp(log_sigma), prior_sd)
        white = w_a - gamma[:, None] * w_b + rng.standard_normal(w_a.shape)
        return gamma, log_sigma, sigma_alpha, prior_sd * _upper_solved(root, white)

    def cdf(self, k, values):
        """Return the distribution function of gamma (k = 0), log sigma (1), sigma_alpha (2), coefficient k - 3."""
        if k < 3:
            edges = np.append(self.axes[k] - self.steps[k] / 2, self.axes[k][-1] + self.steps[k] / 2)
            return np.interp(values, edges, np.append(0.0, np.cumsum(self._marginal(k))))
        kept = self.weights > _SMALL
        mean, sd = (np.broadcast_to(each, kept.shape)[kept] for each in self._coefficient(k - 3))
        weights = self.weights[kept] / self.weights[kept].sum()
        return np.array([weights @ ndtr((value - mean) / sd) for value in np.ravel(values)]).reshape(np.shape(values))

    def moments(self, k):
        """Return mean and sd, numbered as in `cdf`."""
        if k < 3:
            weights, mean, within = self._marginal(k), self.axes[k], self.steps[k] ** 2 / 12
        else:
            weights, (mean, sd) = self.weights, self._coefficient(k - 3)
            within = sd**2
        centre = (weights * mean).sum()
        return centre, np.sqrt((weights * ((mean - centre) ** 2 + within)).sum())

    def _log_likelihood(self):
        gamma, log_sigma, sigma_alpha = self.axes
        rows, sigma = self.regression, np.exp(log_sigma)[:, None]
        pairs = np.broadcast_to(sigma, (len(log_sigma), len(sigma_alpha)))
        prior_sd = np.broadcast_to(self._prior_sd(sigma_alpha), (*pairs.shape, rows.columns.shape[1]))
        root, w_a, w_b = rows.solved(pairs, prior_sd)
        a, b = rows.y, rows.x * rows.y
        # The residual sum of squares, a parabola in gamma.
        parabola = [
            a @ a / sigma**2 - (w_a * w_a).sum(-1),
            a @ b / sigma**2 - (w_a * w_b).sum(-1),
            b @ b / sigma**2 - (w_b * w_b).sum(-1),
        ]
        constant = -len(a) * np.log(sigma) - np.log(np.diagonal(root, axis1=-2, axis2=-1)).sum(-1)
        g = gamma[:, None, None]
        jacobian = np.log(np.abs(1.0 - np.outer(gamma, rows.x))).sum(axis=1) * self.spec.structure.jacobian
        squares = parabola[0] - 2.0 * g * parabola[1] + g**2 * parabola[2]
        return jacobian[:, None, None] + constant - 0.5 * squares

    def _log_prior(self):
        gamma, log_sigma, sigma_alpha = self.axes
        prior, barrier = self.spec.priors, self.spec.barrier
        beyond = np.minimum(1.0 - np.outer(gamma, self.regression.barrier_x) - barrier.location, 0.0) / barrier.width
        of_gamma = -0.5 * (gamma / prior.gamma) ** 2 - 0.5 * (beyond**2).sum(axis=1)
        of_sigma = -0.5 * ((log_sigma - np.log(prior.sigma_median)) / prior.sigma_log_sd) ** 2
        of_alpha = -0.5 * (sigma_alpha / prior.sigma_alpha) ** 2
        return of_gamma[:, None, None] + of_sigma[:, None] + of_alpha

    def _prior_sd(self, sigma_alpha):
        fixed = np.broadcast_to([self.spec.priors.intercept, self.spec.priors.beta], (len(sigma_alpha), 2))
        provinces = self.regression.columns.shape[1] - 2
        return np.concatenate([fixed, np.repeat(sigma_alpha[:, None], provinces, axis=1)], axis=1)

    def _marginal(self, k):
        return self.weights.sum(axis=tuple({0, 1, 2} - {k}))

    def _coefficient(self, k):
        """Return a coefficient's mean and sd in each cell, the sd 1 along gamma."""
        p, q, sd = (each[..., k] for each in self.conditional)
        return p - self.axes[0][:, None, None] * q, sd[None]


@dataclass(frozen=True)
class Marginal:
    """The distribution of one scalar, number `k` in `Exact.cdf`, per standard deviation or as a logarithm there."""

    exact: Exact
    k: int
    scale: float = 1.0
    log: bool = False

    def standard(self, values):
        """Return values of the program as the oracle counts them."""
        return np.log(values) if self.log else np.asarray(values) * self.scale

    def cdf(self, values):
        """Return the distribution function at values of the program."""
        return self.exact.cdf(self.k, self.standard(values))

    def moments(self):
        """Return mean and sd of `standard` values."""
        return self.exact.moments(self.k)


@dataclass(frozen=True)
class Oracle:
    """The exact posterior of a design, under the labels and in the units of a posterior of the program."""

    spec: ModelSpec
    design: Design

    @cached_property
    def parts(self):
        """Return each regime's posterior by its label."""
        structure = self.spec.structure
        alone = structure.pooling is Pooling.NONE and not structure.province_effects
        assert structure.regimes is Regimes.SINGLE or alone, "regimes that share something do not factorise"
        assert structure.interactions
        assert not structure.year_shocks
        assert structure.intercept is Intercept.BY_REGIME
        assert len(self.design.terms) == 1
        data = self.design.data
        regime = data["regime_index"].values
        if structure.regimes is Regimes.SINGLE:
            return {"full": Exact.of(self.spec, self._regression(np.ones(regime.shape, bool)))}
        return {label: Exact.of(self.spec, self._regression(regime == r)) for r, label in enumerate(("pre", "post"))}

    def draw(self, chains, draws, rng):
        """Return independent draws, dims `(chain, draw, ...)`."""
        shape, found = (chains, draws), {}
        for label, exact in self.parts.items():
            gamma, log_sigma, sigma_alpha, linear = exact.draw(chains * draws, rng)
            values = [gamma / self.scale, np.exp(log_sigma), sigma_alpha, linear[:, 0], linear[:, 1] / self.scale]
            found[label] = [value.reshape(shape) for value in values] + [linear[:, 2:].reshape(*shape, -1)]
        gamma, sigma, sigma_alpha, intercept, beta, alpha = (
            np.stack(part) for part in zip(*found.values(), strict=True)
        )
        named = {
            "gamma": (("regime", "chain", "draw", "regressor"), gamma[..., None]),
            "beta": (("regime", "chain", "draw", "regressor"), beta[..., None]),
            "intercept": (("regime", "chain", "draw"), intercept),
            "sigma": (("regime", "chain", "draw"), sigma),
        }
        coords = {"regime": list(found), "regressor": list(self.design.terms)}
        if self.spec.structure.province_effects:
            named["sigma_alpha"] = (("chain", "draw"), sigma_alpha[0])
            named["alpha"] = (("chain", "draw", "province"), alpha[0])
            coords["province"] = list(self.design.provinces)
        return _with_break(xr.Dataset(named, coords)).transpose("chain", "draw", ...)

    @cached_property
    def marginals(self):
        """Return what is known of each scalar, by its label among the test quantities."""
        term, found = self.design.terms[0], {}
        for label, exact in self.parts.items():
            found |= {
                f"gamma[{label}, {term}]": Marginal(exact, 0, self.scale),
                f"sigma[{label}]": Marginal(exact, 1, log=True),
                f"intercept[{label}]": Marginal(exact, 3),
                f"beta[{label}, {term}]": Marginal(exact, 4, self.scale),
            }
            if self.spec.structure.province_effects:
                alphas = {f"alpha[{name}]": Marginal(exact, 5 + k) for k, name in enumerate(self.design.provinces)}
                found |= {"sigma_alpha": Marginal(exact, 2), **alphas}
        return found

    @property
    def scale(self):
        return self.design.scale[0]

    def _regression(self, rows):
        data = self.design.data
        x, here = self.design.x[:, 0] / self.scale, rows & (data["weight"].values > 0)
        province = data["province_index"].values[here]
        effects = np.arange(len(self.design.provinces) * self.spec.structure.province_effects)
        columns = np.column_stack([np.ones(here.sum()), x[here], province[:, None] == effects])
        return Regression(data["dg"].values[here], x[here], x[rows & data["reference"].values], columns)


def _middles(ends, sizes):
    """Return the middles of equal cells between ends, one cell where they coincide."""
    cells = [size if low < high else 1 for (low, high), size in zip(ends, sizes, strict=True)]
    return tuple(low + (high - low) * (np.arange(n) + 0.5) / n for (low, high), n in zip(ends, cells, strict=True))


def _upper_solved(root, white):
    return np.linalg.solve(np.swapaxes(root, -2, -1), white[..., None])[..., 0]


def _with_break(parameters):
    if parameters.sizes["regime"] == 1:
        return parameters
    pre, post = (parameters.sel(regime=label, drop=True) for label in ("pre", "post"))
    return parameters.assign({f"delta_{name}": post[name] - pre[name] for name in ("beta", "gamma")})


def fit_exactly(spec, design, *, settings, seed):
    """Draw from the exact posterior, in place of the sampler; energies of independent draws are independent."""
    rng, shape = np.random.default_rng(seed), (settings.chains, settings.draws)
    posterior = Oracle(spec, design).draw(*shape, rng)
    dims = ("chain", "draw")
    stats = {"energy": (dims, rng.standard_normal(shape)), "diverging": (dims, np.zeros(shape, bool))}
    return posterior, xr.Dataset(stats)
