"""What is a finding of the audit, and how grave is it?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """How a finding is to be read, gravest first."""

    CONTRADICTION = "contradiction"
    TO_CHECK = "to check in the original"
    WORTH_KNOWING = "worth knowing"
    CONSISTENT = "consistent"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that an audit of the print has found, for or against it.

    Parameters
    ----------
    id
        Stable name, unique within an audit.
    grade
        How it is to be read.
    title, detail
        A heading, and the sentences that a referee would write.
    cells
        Names of the cells it rests on, `table1/pre/dg_dIS`; empty where it rests on none.
    evidence
        The figures behind it, flat rows of one shape.
    """

    id: str
    grade: Grade
    title: str
    detail: str
    cells: tuple[str, ...] = ()
    evidence: tuple[Mapping[str, object], ...] = ()

    def row(self) -> dict[str, object]:
        """Return the finding as one flat row; its evidence stays behind."""
        return {
            "id": self.id,
            "grade": str(self.grade),
            "title": self.title,
            "detail": self.detail,
            "cells": "; ".join(self.cells),
        }


def count(number: int, singular: str, plural: str = "") -> str:
    """Return a number with its noun, "1 cell" or "3 cells"."""
    return f"{number} {singular if number == 1 else plural or singular + 's'}"


def listed(items: tuple[str, ...] | list[str]) -> str:
    """Return "a, b and c"."""
    items = list(items)
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
