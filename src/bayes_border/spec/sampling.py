"""How long does the sampler run, and how carefully?"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SamplerSettings:
    """Settings of one NUTS run: `draws` and `tune` are a chain's."""

    draws: int = 1000
    tune: int = 1000
    chains: int = 4
    target_accept: float = 0.98
