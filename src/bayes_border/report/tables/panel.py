"""How are data, sources and provenance laid out?"""

from __future__ import annotations

from collections.abc import Mapping

from bayes_border import criteria
from bayes_border.report import labels
from bayes_border.report.contents import ReportContents
from bayes_border.report.tables.cells import from_frame
from bayes_border.report.views import TableView


def panel_summary(contents: ReportContents) -> TableView:
    """Return the spread of each differenced series."""
    return from_frame(contents.panel_summary, f"Differenced series of the panel {contents.panel.name}")


def source_differences(contents: ReportContents) -> TableView | None:
    """Return cells in which an independent source differs widely."""
    if contents.source_differences.empty:
        return None
    caption = (
        f"Growth of a series that differs by more than {criteria.SOURCE_GAP:g} points from an independent source's"
    )
    return from_frame(contents.source_differences, caption)


def sources(contents: ReportContents) -> TableView | None:
    """Return what each source is."""
    return None if contents.sources.empty else from_frame(contents.sources, "Sources of the official figures")


def provenance(contents: ReportContents) -> TableView:
    """Return versions, seed, digests and settings, nested entries spread."""
    rows = []
    for key, value in contents.meta.items():
        name = labels.plain(str(key))
        if isinstance(value, Mapping):
            rows += [(f"{name}: {inner}", str(entry)) for inner, entry in value.items()]
        else:
            rows.append((name, ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)))
    return TableView("What made this report", ("what", "value"), tuple(rows))
