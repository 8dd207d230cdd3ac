"""By which words does a reader know a model, a recipe, a window or a term?"""

from __future__ import annotations

from typing import Final

from bayes_border.report.contents import ReportContents
from bayes_border.vocabulary import OUTCOME, Window

_METHODS: Final = {
    "coherent_break": "coherent",
    "no_break": "coherent",
    "coherent_skedastic": "coh. skedastic",
    "coherent_break_unpooled": "coh. unpooled",
    "as_estimated": "as estimated",
    "as_printed": "as printed",
    "coherent_skedastic_no_break": "coh. skedastic",
    "as_estimated_no_break": "as estimated",
    "as_printed_no_break": "as printed",
    "no_interactions": "γ = 0",
    "pooled_ols": "pooled OLS",
    "difference_two_step": "two-step GMM",
    "difference_one_step": "one-step GMM",
    "difference_collapsed": "two-step, collapsed",
    "difference_short_lags": "two-step, short lags",
    "difference_level_products": "two-step, Δ(g·x)",
    "difference_iterated": "iterated GMM",
    "within": "within, eq. (1)",
    "within_products": "within, eq. (2)",
    "iv_2sls": "2SLS",
    "iv_products": "2SLS, products",
    "iv_liml": "LIML",
    "iv_cue_products": "CUE, products",
    "iv_gmm_bartlett": "HAC-GMM, Bartlett",
    "iv_gmm_parzen": "HAC-GMM, Parzen",
    "iv_gmm_quadratic_spectral": "HAC-GMM, QS",
}

_QUANTITIES: Final = {
    "alpha": "province effect α",
    "tau": "year shock τ",
    "sigma": "error sd σ",
    "kappa": "dispersion slope κ",
    "intercept": "intercept c",
    "beta": "β",
    "gamma": "γ",
    "delta_beta": "change of β",
    "delta_gamma": "change of γ",
    "omega_beta": "sd of changes of β",
    "omega_gamma": "sd of changes of γ",
    "sigma_alpha": "sd of α",
    "sigma_tau": "sd of τ",
    "effect_mean": "effect, mean",
    "effect_median": "effect, median",
}


def method(name: str) -> str:
    """Return a model's or recipe's name for figures and tables; an unknown one speaks for itself."""
    return _METHODS.get(name, name.replace("_", " "))


def plain(name: str) -> str:
    """Return an identifier as words."""
    return name.replace("_", " ")


def quantity(name: str) -> str:
    """Return a parameter's name with its symbol."""
    return _QUANTITIES.get(name, plain(name))


def family(label: str) -> str:
    """Return the part of a quantity's label before its indices: `beta` of `beta[pre, dIS]`."""
    return label.split("[", maxsplit=1)[0]


def term(name: str) -> str:
    """Return a term as an equation writes it: `dg_dIS` -> `Δg·ΔIS`."""
    product = f"{OUTCOME}_"
    if name.startswith(product):
        return f"{term(OUTCOME)}·{term(name.removeprefix(product))}"
    return f"Δ{plain(name[1:])}" if name.startswith("d") else name


def symbol(contents: ReportContents, name: str) -> str:
    """Return the coefficient's symbol in the paper and what it multiplies: `β5 on Δg·ΔIS`."""
    return f"{contents.published.symbol(name)} on {term(name)}"


def greek(contents: ReportContents, name: str) -> str:
    """Return the coefficient's name in this reanalysis: beta for regressors, gamma for products."""
    terms, interactions = contents.study.terms, contents.interactions
    return f"β{terms.index(name) + 1}" if name in terms else f"γ{interactions.index(name) + 1}"


def coefficient(contents: ReportContents, name: str) -> str:
    """Return both names of a coefficient and its term: `γ2 (printed β5), Δg·ΔIS`."""
    own, printed = greek(contents, name), contents.published.symbol(name)
    return f"{own} · {term(name)}" if own == printed else f"{own} (printed {printed}) · {term(name)}"


def unit(contents: ReportContents, name: str) -> str:
    """Return the unit of a coefficient."""
    outcome = contents.study.tables[0].unit
    if name in contents.study.terms:
        regressor = next(each for each in contents.study.regressors if each.term == name)
        return f"{outcome} a {_one(regressor.unit)}"
    return "no unit of growth"


def window(contents: ReportContents, which: Window) -> str:
    """Return a window with the years that its printed heading names."""
    return f"{which}, {contents.published.window_label(which).label.replace('—', '–')}"


def table(contents: ReportContents, name: str) -> str:
    """Return a table as the paper calls it, in one piece: number and word stay on one line."""
    return contents.published.table_label(name).label.replace(" ", "\N{NO-BREAK SPACE}")


def place(contents: ReportContents, key: tuple[str, Window, str]) -> str:
    """Return a printed cell in words: `Table 1, pre, Δg·ΔIS`."""
    return f"{table(contents, key[0])}, {key[1]}, {term(key[2])}"


def _one(name: str) -> str:
    return name if name != "ratio" else "unit of the ratio"
