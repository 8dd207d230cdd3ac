"""What can a script ask of a published panel equation? The public interface, loaded when first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bayes_border.api import check, compare, fit, gmm, load_study, placebo, posterior_predictive

__all__ = ["check", "compare", "fit", "gmm", "load_study", "placebo", "posterior_predictive"]


def __getattr__(name: str) -> object:
    """Return a public function (PEP 562): `import bayes_border` alone must stay cheap, for `--help` pays it."""
    if name not in __all__:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module("bayes_border.api"), name)


def __dir__() -> list[str]:
    """Return the public names, for completion in a notebook."""
    return sorted(__all__)
