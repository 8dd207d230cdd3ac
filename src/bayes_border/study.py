"""What belongs to one study: its declaration, the panels it can be asked on, and the paper's printed figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bayes_border.errors import Fault, SpecificationError, UsageError
from bayes_border.panel.files import ENDINGS
from bayes_border.panel.official import official_names, official_panel
from bayes_border.panel.panel import Panel
from bayes_border.panel.series import load_series
from bayes_border.published import Published, load_published, published_names
from bayes_border.spec.reader import load_study_spec, study_path
from bayes_border.spec.study import StudySpec


@dataclass(frozen=True, slots=True)
class Study:
    """A study: everything particular to one paper, and how to get at its data.

    Parameters
    ----------
    spec
        What `models/studies/<name>.toml` declares.
    """

    spec: StudySpec

    @property
    def name(self) -> str:
        """Return the study's name."""
        return self.spec.name

    def panel(self, name: str | Path | None = None) -> Panel:
        """Return a panel: one of the study's official ones by name, a file's by path, or the default.

        A name without a file ending is one of `spec.panels`; anything else is a path.

        Raises
        ------
        UsageError
            If the study has no panel of that name.
        DataError
            If the file is no usable panel.
        """
        wanted = self.spec.default_panel if name is None else name
        if str(wanted) in _official(self.spec):
            return official_panel(str(wanted))
        path = Path(wanted)
        if path.suffix or path.exists():
            # pandera and the readers of Excel and Stata files are slow to import and seldom needed.
            from bayes_border.panel.read import read_panel  # noqa: PLC0415

            return read_panel(path, self.spec)
        known = ", ".join(self.spec.panels)
        message = f"panel {str(wanted)!r} is unknown to study {self.name!r}; use one of {known}, or the path of a file"
        raise UsageError(message)

    def published(self) -> Published:
        """Return the paper's printed tables, footers and claims.

        Raises
        ------
        SpecificationError, DataError
            If the printed figures are not in order, every fault named.
        """
        return load_published(self.spec.published)


def load_study(name: str) -> Study:
    """Return the study `models/studies/<name>.toml`, or the file at a path that ends in `.toml`.

    Raises
    ------
    SpecificationError
        If the file is faulty, or names a panel, a series of an official panel or a set of printed
        figures that does not exist.
    """
    spec = load_study_spec(name)
    faults = [*_unknown_panels(spec), *_unknown_series(spec), *_nothing_published(spec)]
    if faults:
        raise SpecificationError(str(study_path(name)), faults)
    return Study(spec)


def _official(spec: StudySpec) -> list[str]:
    return [panel for panel in spec.panels if not Path(panel).suffix]


def _unknown_panels(spec: StudySpec) -> Iterator[Fault]:
    known = official_names()
    endings = ", ".join(ENDINGS)
    for panel in spec.panels:
        if panel not in known and Path(panel).suffix.lower() not in ENDINGS:
            remedy = f"use one of {', '.join(known)}, or the path of a file that ends in {endings}"
            yield Fault("panels", f"{panel!r} is unknown", remedy)


def _unknown_series(spec: StudySpec) -> Iterator[Fault]:
    if not _official(spec):
        return  # a file's series are made as the study says
    series = load_series().series
    terms, levels = [one.name for one in series], [one.level for one in series]
    named = [
        *((f"regressors, term of {part.column!r}", part.term, terms) for part in spec.regressors),
        *((f"regressors, level of {part.column!r}", part.level, levels) for part in spec.regressors),
        *((f"tables, level of {part.table!r}", part.level, levels) for part in spec.tables),
    ]
    for place, name, known in named:
        if name not in known:
            remedy = f"use one of {', '.join(known)}, or list files alone under panels"
            yield Fault(place, f"{name!r} is no series of the official panels", remedy)


def _nothing_published(spec: StudySpec) -> Iterator[Fault]:
    known = published_names()
    if spec.published not in known:
        yield Fault(
            "published", f"data/published/{spec.published} does not exist", f"add it, or use one of {', '.join(known)}"
        )
