"""What belongs to one study: its declaration, the panels it can be asked on, and the paper's printed figures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bayes_border.errors import UsageError
from bayes_border.panel.official import official_panel
from bayes_border.panel.panel import Panel
from bayes_border.published import Published, load_published
from bayes_border.spec.reader import load_study_spec
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
        """Return a panel: one of the study's own by name, a file's by path, or the default.

        A name without a file ending is one of `spec.panels`; anything else is a path.

        Raises
        ------
        UsageError
            If the study has no panel of that name.
        DataError
            If the file is no usable panel.
        """
        wanted = self.spec.default_panel if name is None else name
        if str(wanted) in self.spec.panels:
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
    """Return the study `models/studies/<name>.toml`, or the file at a path that ends in `.toml`."""
    return Study(load_study_spec(name))
