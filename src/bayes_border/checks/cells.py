"""How are one estimator's findings on many panels laid out by window and term, and what were they made from?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bayes_border.checks.estimator import ManyEstimator, terms_of
from bayes_border.checks.simulations import Layout
from bayes_border.criteria import INTERVAL_LEVEL
from bayes_border.design import Design
from bayes_border.project import package_version, package_versions
from bayes_border.vocabulary import Window


def by_cell(names: Iterable[str], design: Design) -> Layout:
    """Return the layout of quantities that each window and term has."""
    return Layout(dict.fromkeys(names, ("window", "term")), cell_labels(design))


def cell_labels(design: Design) -> Mapping[str, tuple[str, ...]]:
    """Return the labels of `window` and `term`."""
    return {"window": tuple(str(window) for window in Window), "term": terms_of(design)}


def columns_of(windows: Sequence[Window]) -> list[int]:
    """Return the places of windows along `window`."""
    return [list(Window).index(window) for window in windows]


def made_from(
    estimator: ManyEstimator, design: Design, *, table: str, seed: int, draws_digest: str
) -> dict[str, object]:
    """Return what findings of an estimator on panels of one design depend on, whatever was drawn.

    Parameters
    ----------
    estimator, design
        The estimator, and the rows whose outcomes were drawn.
    table
        Published table whose outcome it is about.
    seed
        Root of every random stream.
    draws_digest
        Of the posterior draws behind the panels, empty without (`simulations.draws_digest`).
    """
    return {
        "recipe": estimator.name,
        "seed": seed,
        "table": table,
        "outcome": str(design.outcome),
        "break": design.break_.reading,
        "panel": design.panel_name,
        "panel_digest": design.panel_digest,
        "design_digest": design.digest,
        "draws_digest": draws_digest,
        "level": INTERVAL_LEVEL,
        "version": package_version(),
        **package_versions(),
        **estimator.settings(),
    }
