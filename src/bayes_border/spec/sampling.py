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


#: A calibration's fits: each is one of a thousand, and its draws are thinned. One chain, which warms up once: two that
#: start near one mode (`bayes.pilot`) would say no more of another one, and R-hat compares the chain's halves.
SBC_SETTINGS = SamplerSettings(draws=250, tune=50, chains=1, target_accept=0.8)
