"""Which tables can a report show?"""

from bayes_border.report.tables.calibration import calibration
from bayes_border.report.tables.comparison import claims, headline_summary, side_by_side, verdicts
from bayes_border.report.tables.own_power import own_power
from bayes_border.report.tables.panel import panel_summary, provenance, source_differences, sources
from bayes_border.report.tables.posterior import (
    barrier,
    check_details,
    checks,
    coefficients,
    convergence,
    dispersion,
    marginal,
    models,
)
from bayes_border.report.tables.power import nearest, power, resolution, searched
from bayes_border.report.tables.recipes import crowded, hansen, own_placebo, placebo_rejections, recipes

__all__ = [
    "barrier",
    "calibration",
    "check_details",
    "checks",
    "claims",
    "coefficients",
    "convergence",
    "crowded",
    "dispersion",
    "hansen",
    "headline_summary",
    "marginal",
    "models",
    "nearest",
    "own_placebo",
    "own_power",
    "panel_summary",
    "placebo_rejections",
    "power",
    "provenance",
    "recipes",
    "resolution",
    "searched",
    "side_by_side",
    "source_differences",
    "sources",
    "verdicts",
]
