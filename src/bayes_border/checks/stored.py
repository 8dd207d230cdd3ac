"""What did a calibration that takes too long to repeat find, when, and is it still about this model?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

import pandas as pd

from bayes_border.design import Design
from bayes_border.errors import DataError, Fault
from bayes_border.project import data_folder
from bayes_border.spec.digest import model_digest
from bayes_border.spec.model import ModelSpec


class Calibration(StrEnum):
    """Kinds of stored calibration."""

    COVERAGE = "coverage"
    PLACEBO = "placebo"


@dataclass(frozen=True)
class Stored:
    """One stored calibration.

    Parameters
    ----------
    kind
        What was calibrated.
    date
        ISO date of the run.
    digest
        Digest of models and design at that time.
    stale
        Whether models, priors or design have changed since.
    facts
        Seed, settings, simulations, share of fits that passed the gate, versions.
    table
        The result, one row a quantity (coverage) or a null, window and term (placebo).
    """

    kind: Calibration
    date: str
    digest: str
    stale: bool
    facts: Mapping[str, object]
    table: pd.DataFrame


def calibration_digest(specs: list[ModelSpec], design: Design) -> str:
    """Return what a stored calibration must match to be about these models and this design."""
    return "-".join([*(model_digest(spec) for spec in specs), design.digest])


def stored_path(kind: Calibration, name: str) -> Path:
    """Return where the calibration of a model or study lies in the shipped data."""
    return data_folder() / "precomputed" / f"{kind}_{name}.json"


def to_json(kind: Calibration, digest: str, facts: Mapping[str, object], table: pd.DataFrame) -> str:
    """Return the stored form of a calibration that ran today."""
    rows = table.to_dict(orient="records")
    content = {"kind": str(kind), "date": date.today().isoformat(), "digest": digest, "facts": dict(facts), "rows": rows}
    return json.dumps(content, indent=1) + "\n"


def load_stored(kind: Calibration, name: str, digest: str) -> Stored | None:
    """Return the stored calibration, marked stale where `digest` is another; None where there is none.

    Raises
    ------
    DataError
        If the file is no such calibration.
    """
    path = stored_path(kind, name)
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Stored(
            Calibration(content["kind"]),
            content["date"],
            content["digest"],
            content["digest"] != digest,
            content["facts"],
            pd.DataFrame(content["rows"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        fault = Fault("content", f"is no stored calibration ({error})", "run `make calibrate` again")
        raise DataError(str(path), [fault]) from error
