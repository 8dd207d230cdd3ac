"""What came out of one recipe on one window, and how sure is it?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import numpy as np
import xarray as xr
from scipy import stats

from bayes_border.criteria import INTERVAL_LEVEL
from bayes_border.estimates import Estimate, Estimates
from bayes_border.gmm.counts import CountWarning
from bayes_border.gmm.hansen import Hansen
from bayes_border.gmm.inference.report import side_by_side
from bayes_border.gmm.linear import LinearFit
from bayes_border.gmm.remarks import Remark
from bayes_border.gmm.serial import SerialTest
from bayes_border.gmm.stacked import Stacked
from bayes_border.spec.recipe import RecipeSpec, StandardErrors
from bayes_border.vocabulary import DEFAULT_SEED, Engine, Window


@dataclass(frozen=True)
class GmmFit:
    """Estimates of a recipe in one window, in the paper's units.

    Parameters
    ----------
    recipe, table, window, reading
        What was asked, of which published table, in which window, under which reading of the break.
    params, first_step
        Coefficients of the last and of the first step, dim `term`.
    covariance
        Dims `term`, `term_`.
    covariance_textbook
        What R's plm and xtabond2 would print; differs at a singular weight alone, where its variances
        may be negative (`difference._corrected` says why).
    stacked, linear
        The arrays that were fitted, and the last step as an estimating equation X_hat'(y - X b) = 0, from
        which covariances, bootstraps and confidence sets start.
    se_kind
        In words, which covariance it is.
    unit_names
        What each label of `stacked.unit` stands for.
    n_obs, n_clusters
        Province-years and provinces. Intervals and p-values use Student's t with one degree of
        freedom less than clusters; the normal ones are reported beside them.
    instrument_groups
        Which columns of `stacked.Z` belong to each group of instruments, bool; empty for least squares.
    n_instruments, hansen
        None for least squares; two-stage least squares and LIML have instruments and no J.
    n_steps
        How many minimisations the estimate took.
    serial
        m1, m2 and m3 of difference GMM, each with its reason where it does not exist.
    count_warning
        More instruments than clusters, and what would leave fewer; difference GMM alone, whose J rests on a
        weight that is clustered whatever the recipe. Recipes of other families are refused where they need one.
    remarks
        What else a reader must see beside the estimates.
    """

    recipe: RecipeSpec
    table: str
    window: Window
    reading: str
    params: xr.DataArray
    first_step: xr.DataArray
    covariance: xr.DataArray
    covariance_textbook: xr.DataArray
    stacked: Stacked
    instrument_groups: Mapping[str, np.ndarray]
    linear: LinearFit
    se_kind: str
    unit_names: tuple[str, ...]
    n_obs: int
    n_clusters: int
    n_instruments: int | None = None
    hansen: Hansen | None = None
    n_steps: int = 1
    serial: tuple[SerialTest, ...] = ()
    count_warning: CountWarning | None = None
    remarks: tuple[Remark, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return every remark as a sentence."""
        return tuple(str(remark) for remark in self.remarks)

    @property
    def df_resid(self) -> int:
        """Return the degrees of freedom of the family's own t critical values: clusters less one."""
        return self.n_clusters - 1

    @cached_property
    def accounts(self) -> xr.Dataset:
        """Return every account of the errors, dims `errors`, `term`, see `inference.report.side_by_side`.

        Raises
        ------
        SpecificationError
            If the recipe's own account cannot be computed.
        """
        primary = self.recipe.standard_errors or StandardErrors.CLUSTER_UNIT
        return side_by_side(
            self.linear, [str(t) for t in self.params["term"].values], primary=primary, seed=DEFAULT_SEED
        )

    @property
    def se(self) -> xr.DataArray:
        """Return the standard errors, dim `term`."""
        return self.params.copy(data=np.sqrt(np.diag(self.covariance.values)))

    def estimates(self) -> Estimates:
        """Return one estimate a term: the interval is that of t, the normal one stands in `extra`."""
        shared = MappingProxyType(self._shared())
        return Estimates(tuple(self._estimate(place, shared) for place in range(self.params.size)))

    def _estimate(self, place: int, shared: Mapping[str, object]) -> Estimate:
        value, account = float(self.params.values[place]), self._account(place)
        se = account["se"]
        normal = se * float(stats.norm.ppf((1 + INTERVAL_LEVEL) / 2))
        extra = {
            "p_value": account["p_value"],
            "df_resid": account["df"],
            "critical_values": f"t({account['df']:.3g})" if np.isfinite(account["df"]) else "none",
            "p_value_normal": float(2 * stats.norm.sf(abs(value / se))),
            "lower_normal": value - normal,
            "upper_normal": value + normal,
            "se_textbook": self._textbook_se(place),
            "first_step": float(self.first_step.values[place]),
            **shared,
        }
        return Estimate(
            Engine.GMM,
            self.recipe.name,
            self.table,
            self.window,
            str(self.params["term"].values[place]),
            value,
            se,
            account["lower"],
            account["upper"],
            INTERVAL_LEVEL,
            self.n_obs,
            MappingProxyType(extra),
        )

    def _account(self, place: int) -> dict[str, float]:
        kind = self.recipe.standard_errors
        if kind is not None:
            here = self.accounts.sel(errors=str(kind)).isel(term=place)
            return {name: float(here[name]) for name in ("se", "df", "p_value", "lower", "upper")}
        value, se, df = self.params.values[place], self.covariance.values[place, place] ** 0.5, self.df_resid
        reach = se * stats.t.ppf((1 + INTERVAL_LEVEL) / 2, df)
        p = float(2 * stats.t.sf(abs(value / se), df))
        return {"se": float(se), "df": df, "p_value": p, "lower": float(value - reach), "upper": float(value + reach)}

    def _textbook_se(self, place: int) -> float | None:
        variance = self.covariance_textbook.values[place, place]
        return float(np.sqrt(variance)) if variance > 0 else None

    def _shared(self) -> dict[str, object]:
        test = self.hansen
        return {
            "break": self.reading,
            "se_kind": self.se_kind if self.recipe.standard_errors is None else str(self.recipe.standard_errors),
            "n_clusters": self.n_clusters,
            "n_instruments": self.n_instruments,
            "n_steps": self.n_steps,
            "hansen_j": test.j if test else None,
            "hansen_df": test.df if test else None,
            "hansen_p": test.p_value if test else None,
            "hansen_rank": test.rank if test else None,
            "hansen_bound": test.bound if test else None,
            "hansen_smallest_p": test.smallest_p if test else None,
            "vacuous": test.vacuous if test else None,
            **{f"m{m.order}_p": m.p_value for m in self.serial},
        }
