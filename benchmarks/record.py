"""Where is what was measured kept, and with what is it told apart: when, on which machine, with which versions?"""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from bayes_border.store.rows import write_json
from bayes_border.workflow.provenance import versions

RESULTS = Path(__file__).parent / "results"


def keep(name: str, content: Mapping[str, object], *, load: float, also: Mapping[str, str] | None = None) -> Path:
    """Write a measurement to `results/<name>_<date>.json` and return the path.

    Parameters
    ----------
    name, content
        Of the benchmark, and what it measured.
    load
        Mean length of the machine's queue in the minute before: a busy machine's times are not to be trusted.
    also
        Versions of further packages.
    """
    now = datetime.now(UTC)
    head = {
        "date": now.isoformat(timespec="seconds"),
        "machine": {"processor": processor(), "cores": os.cpu_count(), "system": platform.system()},
        "load_before": load,
        "versions": {**versions(), **(also or {})},
    }
    return write_json(RESULTS / f"{name}_{now:%Y-%m-%dT%H%M%S}.json", {**head, **content})


def processor() -> str:
    """Return the processor's name, as far as the system tells it."""
    known = Path("/proc/cpuinfo")
    lines = known.read_text(encoding="utf-8").splitlines() if known.is_file() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
