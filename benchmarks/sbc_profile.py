"""Where does the time of one simulation of a calibration go?

    python benchmarks/sbc_profile.py [--simulations 30] [--model NAME]

One thread, after the compile, results kept in a Zarr store. Each part is a function that is timed while it runs, less
the parts inside it; how sampling divides into warm-up and draws is the share of gradients that each takes. The table
is printed and written to `benchmarks/results/sbc_profile_<date>.json` with versions and machine.
"""

from __future__ import annotations

import os

# The matrices are small: threads of the linear algebra only wait for one another. Read when NumPy is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from pathlib import Path

RESULTS = Path(__file__).parent / "results"

#: Which functions are which part, by the place where they are looked up.
PARTS = {
    "truth": ("bayes_border.checks.sbc.draw_prior",),
    "outcome": ("bayes_border.checks.sbc.simulate",),
    "data exchange": ("bayes_border.bayes.fit.model_data", "nutpie.compile_pymc.CompiledPyMCModel.with_data"),
    "warm-up and draws": ("nutpie.sample.sample", "nutpie.sample"),
    "conversion": ("nutpie.sample._BackgroundSampler._extract",),
    "units": ("bayes_border.bayes.fit.to_parameters",),
    "quantities": ("bayes_border.checks.sbc._quantities",),
    "effective sizes": ("bayes_border.checks.sbc.effective_sizes",),
    "R-hat": ("bayes_border.checks.sbc.rhats",),
    "ranks": ("bayes_border.checks.sbc.thinned_pit",),
    "store": ("bayes_border.store.runs.RunStore.write",),
}
