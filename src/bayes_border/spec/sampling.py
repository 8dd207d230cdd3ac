"""How long does the sampler run, and how carefully?"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SamplerSettings:
    """Settings of one NUTS run: `draws` and `tune` are a chain's."""

    draws: int = 1000
    tune: int = 500
    chains: int = 4
    target_accept: float = 0.98


#: A calibration's fits: two chains, so that R-hat is defined; each fit is one of a thousand, and its draws are thinned.
SBC_SETTINGS = SamplerSettings(draws=150, tune=50, chains=2, target_accept=0.85)
