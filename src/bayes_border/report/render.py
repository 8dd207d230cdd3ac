"""How does everything known of a study become one page?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import jinja2
from markupsafe import Markup

from bayes_border import criteria
from bayes_border.compare.findings import Grade
from bayes_border.report import calibrated, captions, labels, statements, tables
from bayes_border.report.contents import Rendered, ReportContents
from bayes_border.report.figures import sbc
from bayes_border.report.figures.coherence import coherence
from bayes_border.report.figures.cover import cover
from bayes_border.report.figures.headline import headline
from bayes_border.report.figures.noise import noise
from bayes_border.report.figures.pit import probability_transform
from bayes_border.report.figures.posterior import contrasts, effects, prior_beside_posterior
from bayes_border.report.figures.predictive import predictive
from bayes_border.report.figures.recipes import by_recipe, distances
from bayes_border.report.numbers import percent
from bayes_border.report.views import FigureView, Side
from bayes_border.vocabulary import Null, TruthSource

_TITLES = {
    Null.WHITE_NOISE: "What the estimators find in white noise, and where print falls",
    Null.SKEDASTIC: "The same where the error sd depends on the regressors",
}


def render_report(contents: ReportContents) -> Rendered:
    """Return the page, the one-page summary and every figure; no file is opened for writing."""
    figures = _figures(contents)
    said = statements.statements(contents)
    shared = {
        "contents": contents,
        "labels": labels,
        "tables": tables,
        "Grade": Grade,
        "TruthSource": TruthSource,
        "supports": statements.of_side(said, Side.SUPPORTS),
        "against": statements.of_side(said, Side.AGAINST),
        "doubts": statements.of_side(said, Side.DOUBT),
        "unconverged": _unconverged(contents),
        "level": percent(criteria.INTERVAL_LEVEL, 0),
    }
    html = (
        _environment(escape=True)
        .get_template("report.html.j2")
        .render(figures={name: _Drawn(figure) for name, figure in figures.items()}, **shared)
    )
    summary = _environment(escape=False).get_template("summary.md.j2").render(**shared)
    files = {f"{panel.name}.svg": _standalone(panel.svg) for figure in figures.values() for panel in figure.panels}
    return Rendered(html, summary, files)


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A figure whose SVG a template may print as it is: it was made here, its texts escaped by the SVG writer."""

    view: FigureView

    @property
    def panels(self) -> tuple[tuple[str, str, Markup], ...]:
        return tuple((panel.name, panel.alt, Markup(panel.svg)) for panel in self.view.panels)  # noqa: S704 see above


def _figures(contents: ReportContents) -> Mapping[str, FigureView]:
    """Return every figure that the contents allow, each with its caption, by name."""
    found: list[tuple[FigureView | None, str]] = [
        *((headline(contents, table), captions.headline(contents, table)) for table in contents.published.tables),
        *((noise(contents, null, title=title), captions.noise(contents, null)) for null, title in _TITLES.items()),
        (distances(contents), captions.recipes(contents)),
        (by_recipe(contents), captions.by_recipe(contents)),
        (cover(contents), captions.cover(contents)),
        (prior_beside_posterior(contents), captions.prior_beside_posterior(contents)),
        (contrasts(contents), captions.contrasts(contents)),
        (effects(contents), captions.effects(contents)),
        (coherence(contents), captions.coherence(contents)),
        (predictive(contents), captions.predictive(contents)),
        (probability_transform(contents), captions.pit(contents)),
        *_calibrations(contents),
    ]
    return {figure.name: replace(figure, caption=caption) for figure, caption in found if figure is not None}


def _calibrations(contents: ReportContents) -> Iterator[tuple[FigureView, str]]:
    for source, run in contents.calibrations.items():
        table, curves = run.verdict.table(), run.curves
        yield sbc.ecdf(curves.ecdf, table, source), calibrated.ecdf(run)
        yield sbc.ranks(curves.ranks, table, source), calibrated.ranks(run)
        yield sbc.coverage(curves.coverage, table, source), calibrated.coverage(run)
        yield sbc.contraction(table, source), calibrated.contraction(run, source)


def _unconverged(contents: ReportContents) -> tuple[str, ...]:
    failed = [f"{fit.spec.name} ({fit.table})" for fit in contents.every_fit() if not fit.convergence.passed]
    return tuple(dict.fromkeys([*contents.allowed_unconverged, *failed, *contents.comparison.unconverged]))


def _environment(*, escape: bool) -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("bayes_border.report"),
        autoescape=escape,  # noqa: S701 every value of a Markdown page passes through `finalize`
        finalize=None if escape else _markdown,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _markdown(value: object) -> str:
    """Return a value as text that can neither break a Markdown table nor smuggle HTML into it."""
    text = str(value)
    for raw, safe in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("|", "\\|"), ("\n", " ")):
        text = text.replace(raw, safe)
    return text


def _standalone(svg: str) -> bytes:
    return f'<?xml version="1.0" encoding="utf-8"?>\n{svg}\n'.encode()
