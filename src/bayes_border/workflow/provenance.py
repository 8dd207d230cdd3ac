"""Which versions, seed, data and declarations produced a result?"""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass, field

from bayes_border.panel.panel import Panel
from bayes_border.project import package_version, package_versions
from bayes_border.workflow.request import Request


@dataclass(frozen=True, slots=True)
class Provenance:
    """Everything needed to run a verb again."""

    study: str
    seed: int
    panel: Panel | None = None
    break_: str | None = None
    digests: Mapping[str, str] = field(default_factory=dict)

    def meta(self) -> dict[str, object]:
        """Return the `meta` object of JSON output."""
        meta: dict[str, object] = {"study": self.study, "seed": self.seed, "versions": versions()}
        if self.panel is not None:
            meta["panel"] = {
                "name": self.panel.name,
                "digest": self.panel.digest,
                "first_row": self.panel.first_row,
                "last_row": self.panel.last_row,
                "source": self.panel.source,
            }
        if self.break_ is not None:
            meta["break"] = self.break_
        return {**meta, "digests": dict(self.digests)}


def of_request(request: Request, panel: Panel | None = None, break_: str | None = None, **digests: str) -> Provenance:
    """Return the provenance of what a request produced, digests by the name of what they describe."""
    return Provenance(request.study, request.seed, panel, break_, digests)


def versions() -> dict[str, str]:
    """Return the versions of Python, of this package and of those that compute for it."""
    return {"bayes-border": package_version(), "python": platform.python_version(), **package_versions()}
