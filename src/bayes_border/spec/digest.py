"""Which model is this, in sixteen digits that change whenever its density does?"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict

from bayes_border.spec.model import ModelSpec


def model_digest(spec: ModelSpec) -> str:
    """Return a SHA-256 of structure, priors and barrier; a model's name and description do not count."""
    content = {name: value for name, value in asdict(spec).items() if name not in {"name", "meaning"}}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]
