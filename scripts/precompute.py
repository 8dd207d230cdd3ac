"""Run the calibrations that take minutes and store them with digest and date.

    python scripts/precompute.py coverage [--simulations 200] [--seed 2026]
    python scripts/precompute.py placebo  [--simulations 100] [--seed 2026]

Each writes `data/precomputed/<kind>_<name>.json`, which reports show and mark stale once models,
priors or design have changed.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.metadata import version
from pathlib import Path

from tqdm import tqdm

from bayes_border.bayes.engine import engine_for, shape_of
from bayes_border.checks.coverage import coverage
from bayes_border.checks.stored import Calibration, calibration_digest, stored_path, to_json
from bayes_border.design import Design, build_design
from bayes_border.spec.breaks import Break
from bayes_border.spec.reader import load_model
from bayes_border.spec.sampling import SamplerSettings
from bayes_border.study import Study, load_study

SETTINGS = SamplerSettings()


def main() -> None:
    """Run one calibration and store it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=["coverage"])
    parser.add_argument("--study", default="li_shi_border")
    parser.add_argument("--simulations", type=int, default=200)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    study = load_study(arguments.study)
    reading = Break.read(study.spec.default_break, study.spec.crossing)
    design = build_design(study.panel(), study.spec.terms, reading)
    engine_for(shape_of(design))
    with ThreadPoolExecutor(arguments.workers) as executor:
        path, text = run_coverage(study, design, arguments, executor)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def run_coverage(
    study: Study, design: Design, arguments: argparse.Namespace, executor: ThreadPoolExecutor
) -> tuple[Path, str]:
    """Return where the flagship's coverage is stored, and its stored form."""
    spec = load_model(study.spec.flagship)
    n = arguments.simulations
    result = coverage(
        spec,
        design,
        simulations=n,
        seed=arguments.seed,
        executor=executor,
        settings=SETTINGS,
        progress=partial(tqdm, total=n, unit="fit"),
    )
    facts = {**common_facts(arguments), "converged": float(result.converged.mean())}
    text = to_json(Calibration.COVERAGE, calibration_digest([spec], design), facts, result.table())
    return stored_path(Calibration.COVERAGE, spec.name), text


def common_facts(arguments: argparse.Namespace) -> dict[str, object]:
    """Return what a reader needs to repeat a run."""
    return {
        "simulations": arguments.simulations,
        "seed": arguments.seed,
        "draws": SETTINGS.draws,
        "tune": SETTINGS.tune,
        "chains": SETTINGS.chains,
        "nutpie": version("nutpie"),
        "pymc": version("pymc"),
    }


if __name__ == "__main__":
    main()
