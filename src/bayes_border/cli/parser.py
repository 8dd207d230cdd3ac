"""Which verbs and options does the command line have?"""

from __future__ import annotations

import argparse
import difflib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from bayes_border.errors import ExitCode
from bayes_border.spec.sampling import SBC_SETTINGS, SamplerSettings
from bayes_border.vocabulary import DEFAULT_SEED, DEFAULT_STUDY, Null, TruthSource, Window
from bayes_border.workflow.request import Progress, Request, Sampling, silent
from bayes_border.workflow.sizes import OF_CALIBRATION

type Parser = argparse.ArgumentParser

_EPILOG = "\n".join(["exit codes:", *(f"  {code.value:<5} {code.meaning}" for code in ExitCode)])

#: The largest seed that every random number generator used here takes.
_LARGEST_SEED = 2**63 - 1


class Format(StrEnum):
    """How rows are written to standard output."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb: what it does in one line, and the options it adds to the common ones."""

    help: str
    options: tuple[Callable[[Parser], None], ...] = ()


def create_parser() -> Parser:
    """Return the parser of every verb."""
    parser = argparse.ArgumentParser(
        prog="bayes-border",
        description="Bayesian reanalysis of a published panel equation whose outcome stands on both sides.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.set_defaults(parser=parser)
    parser.add_argument("--version", action="store_true", help="show the version and exit")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", title="verbs")
    for name, verb in VERBS.items():
        description = f"{verb.help[0].upper()}{verb.help[1:]}."
        verb_parser = verbs.add_parser(name, help=verb.help, description=description, allow_abbrev=False)
        verb_parser.set_defaults(parser=verb_parser)
        for add in (_common, *verb.options):
            add(verb_parser)
    return parser


def parse(parser: Parser, argv: Sequence[str]) -> argparse.Namespace:
    """Return the parsed arguments; an option that a verb does not have is answered with that verb's usage.

    Raises
    ------
    SystemExit
        If they cannot be parsed, or ask for help; what there is to say has been said.
    """
    arguments, unknown = parser.parse_known_args(argv)
    if unknown:
        asked: Parser = arguments.parser
        options = re.findall(r"--[a-z-]+", asked.format_help())
        near = [difflib.get_close_matches(word, options, n=1) for word in unknown]
        meant = ", ".join(dict.fromkeys(option for options in near for option in options))
        asked.error(f"unrecognized arguments: {' '.join(unknown)}{f' (did you mean {meant}?)' if meant else ''}")
    return arguments


def read_request(arguments: argparse.Namespace, progress: Progress = silent) -> Request:
    """Return the request that parsed arguments make; an option that the verb lacks keeps its default."""
    given = {name: value for name, value in vars(arguments).items() if value is not None}
    sampling = Sampling(**{name: given[name] for name in Sampling.__slots__ if name in given})
    named = {name: given[name] for name in Request.__slots__ if name in given and name not in _FILES}
    files = {name: given[f"{name}_file"] for name in _FILES if f"{name}_file" in given}
    return Request(**{**named, **files, "sampling": sampling, "progress": progress})


def seed(text: str) -> int:
    """Read a seed; argparse says what is wrong with one that no generator of random numbers takes."""
    # Counted first: Python does not convert thousands of digits.
    if len(text) > len(str(_LARGEST_SEED)) or _whole(text, 0) > _LARGEST_SEED:
        message = f"{text!r} is not a whole number of at least 0 and at most {_LARGEST_SEED}"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def positive(text: str) -> int:
    """Read a whole number of at least 1; argparse says what is wrong with anything else."""
    return _whole(text, 1)


def place(text: str) -> Path:
    """Read the path of a file or folder; an empty one is a shell's unset variable perhaps, not the current folder."""
    if not text.strip():
        message = f"{text!r} names no file or folder"
        raise argparse.ArgumentTypeError(message)
    return Path(text)


# `--draws` is a number of draws where a model is sampled and a file of them where one is read.
_FILES = ("draws", "estimates")


def _common(parser: Parser) -> None:
    group = parser.add_argument_group("common options")
    group.add_argument("--study", default=DEFAULT_STUDY, metavar="NAME", help="study, or a TOML file (%(default)s)")
    group.add_argument("--panel", metavar="NAME|FILE", help="panel of the study, or a file of your own")
    group.add_argument("--seed", type=seed, default=DEFAULT_SEED, metavar="N", help="random seed (%(default)s)")
    group.add_argument("--format", choices=[str(f) for f in Format], default=Format.TABLE, help="form (%(default)s)")
    group.add_argument("--quiet", action="store_true", help="no progress and no remarks on standard error")


def _study(parser: Parser) -> None:
    parser.add_argument("study", nargs="?", default=argparse.SUPPRESS, metavar="STUDY", help="same as --study")


def _model(parser: Parser) -> None:
    parser.add_argument("model", metavar="MODEL", help="model of the family, or a TOML file")


def _other_model(parser: Parser) -> None:
    parser.add_argument("--model", metavar="NAME|FILE", help="a model of the family in place of recipes")


def _model_option(parser: Parser) -> None:
    parser.add_argument("--model", metavar="NAME|FILE", help="model (the study's flagship)")


def _break(parser: Parser) -> None:
    parser.add_argument("--break", dest="break_", metavar="count|label|split|YEAR", help="reading of the break")


def _table(parser: Parser) -> None:
    parser.add_argument("--table", metavar="NAME", help="published table whose outcome is explained")


def _sampling(parser: Parser, usual: SamplerSettings | None = None) -> None:
    usual = usual or SamplerSettings()
    group = parser.add_argument_group("sampling")
    group.add_argument("--draws", type=positive, metavar="N", help=f"draws a chain after tuning ({usual.draws})")
    group.add_argument("--tune", type=positive, metavar="N", help=f"tuning steps a chain ({usual.tune})")
    group.add_argument("--chains", type=positive, metavar="N", help=f"chains ({usual.chains})")
    _unconverged(group)


def _short_sampling(parser: Parser) -> None:
    _sampling(parser, SBC_SETTINGS)


def _unconverged(group: argparse._ActionsContainer) -> None:
    text = "go on when the convergence gate refuses, and say so on every output"
    group.add_argument("--allow-unconverged", action="store_true", help=text)


def _recipe(parser: Parser) -> None:
    parser.add_argument("--recipe", metavar="NAME|FILE", help="recipe (all of the study's)")


def _window(parser: Parser) -> None:
    parser.add_argument("--window", choices=[str(w) for w in Window], help="window (all three)")


def _evidence(parser: Parser) -> None:
    text = (
        "add every account of the errors (clusters by unit, year and both, HAC, CR2, CR3, wild bootstrap), "
        "Anderson-Rubin sets and the estimates without each province"
    )
    parser.add_argument("--errors", action="store_true", help=text)
    text = "add specification tests: Hansen, Sargan, difference-in-Hansen, m1-m3, first stage, dependence"
    parser.add_argument("--tests", action="store_true", help=text)


def _simulations(parser: Parser) -> None:
    of_prior, around = (OF_CALIBRATION[source] for source in (TruthSource.PRIOR, TruthSource.POSTERIOR))
    text = f"panels of a calibration ({of_prior}; {around} around a posterior), a placebo, a check (as each needs)"
    parser.add_argument("--simulations", type=positive, metavar="N", help=text)


def _placebo(parser: Parser) -> None:
    parser.add_argument("--null", choices=[str(n) for n in Null], help="null (all of the study's)")
    _loop(parser)
    parser.add_argument("--power", action="store_true", help="coverage and power on panels drawn from our posterior")
    parser.add_argument("--resolution", action="store_true", help="smallest effects that can be told from zero")
    text = "folder for one Zarr store a run; the same command goes on from what it holds"
    parser.add_argument("--output", type=place, metavar="FOLDER", help=text)


def _loop(parser: Parser) -> None:
    text = "folder of a reanalysis' draws, read in place of fitting"
    parser.add_argument("--fits", type=place, metavar="FOLDER", help=text)
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--workers", type=positive, metavar="N", help="threads (one more than cores)")
    text = "Dask scheduler, such as tcp://HOST:8786, whose workers are used in place of threads"
    where.add_argument("--scheduler", metavar="ADDRESS", help=text)


def _sbc(parser: Parser) -> None:
    text = "around the panel: truths are draws from its posterior, and each fit sees the panel and a simulated copy"
    parser.add_argument("--posterior", action="store_true", help=text)
    text = "model that truths and panels are drawn from (the fitted one, or its coherent counterpart)"
    parser.add_argument("--generator", metavar="NAME|FILE", help=text)
    _loop(parser)
    text = "Zarr store of the run; the same command goes on from what it holds"
    parser.add_argument("--output", type=place, metavar="STORE", help=text)


def _files(parser: Parser) -> None:
    parser.add_argument("--estimates", dest="estimates_file", type=place, metavar="FILE", help="estimates (JSON, CSV)")
    parser.add_argument("--draws", dest="draws_file", type=place, metavar="FILE", help="draws (netCDF DataTree)")
    _unconverged(parser)


def _output_file(parser: Parser) -> None:
    parser.add_argument("--output", type=place, metavar="FILE", help="write the draws to this netCDF file")


def _output_folder(parser: Parser) -> None:
    parser.add_argument("--output", type=place, metavar="FOLDER", help="folder to write to (reports/<study>)")


def _whole(text: str, least: int) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < least:
        message = f"{text!r} is not a whole number of at least {least}"
        raise argparse.ArgumentTypeError(message)
    return int(text)


_REANALYSE = (_study, _break, _sampling, _simulations, _output_folder)
_PLACEBO = (_recipe, _other_model, _placebo, _simulations, _sampling, _break, _table)

#: Every verb; the module that does it is `workflow/<verb>.py`.
VERBS = {
    "reanalyse": Verb("run the whole reanalysis and write its report", _REANALYSE),
    "audit": Verb("check the printed tables and claims against one another"),
    "data": Verb("show what the panel holds and where each figure comes from, or validate a file"),
    "fit": Verb("sample one model", (_model, _break, _table, _sampling, _output_file)),
    "ppc": Verb("check one model by posterior prediction", (_model_option, _break, _table, _sampling, _output_file)),
    "gmm": Verb("estimate the equation by the frequentist recipes", (_recipe, _window, _break, _table, _evidence)),
    "placebo": Verb("estimate on panels that have no interactions", _PLACEBO),
    "sbc": Verb("calibrate a model by simulation", (_model, _sbc, _simulations, _short_sampling, _break, _table)),
    "compare": Verb("set printed and new estimates side by side", (_break, _files, _simulations, _output_folder)),
    "report": Verb("write the report anew", (_break, _unconverged, _simulations, _output_folder)),
}
