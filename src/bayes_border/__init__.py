"""What can a script ask of a published panel equation? The public interface, loaded when first used."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bayes_border.api import check, compare, design, fit, gmm, load_study, placebo, posterior_predictive, sbc

__all__ = ["check", "compare", "design", "fit", "gmm", "load_study", "placebo", "posterior_predictive", "sbc"]


def __getattr__(name: str) -> object:
    """Return a public function (PEP 562): `import bayes_border` alone must stay cheap, for `--help` pays it."""
    if name not in __all__:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module("bayes_border.api"), name)


def __dir__() -> list[str]:
    """Return the public names, for completion in a notebook."""
    return sorted(__all__)


class _Package(ModuleType):
    """The package itself: a public function keeps its name although a module has the same (gmm, compare)."""

    def __setattr__(self, name: str, value: object) -> None:
        """Set an attribute, unless it is the import system's, of a module in a function's place."""
        if not (name in __all__ and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
