"""How does a command line become a verb's result on standard output and an exit code?"""

from __future__ import annotations

import gc
import io
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from importlib import import_module

from bayes_border.cli.parser import Format, create_parser, parse, read_request
from bayes_border.cli.progress import StreamProgress
from bayes_border.cli.render import render
from bayes_border.errors import BorderError, ExitCode
from bayes_border.workflow.request import Request, silent
from bayes_border.workflow.result import Result

__all__ = ["create_parser", "main", "run"]


def run() -> None:
    """Run the command line of this process and leave with its exit code."""
    # The matrices here are small: threads of the linear algebra only wait for one another. Read by
    # OpenBLAS when it is loaded, so said before any verb's module is.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # JSON and CSV are UTF-8 wherever they go, whatever the terminal's locale.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8")
    code = main(sys.argv[1:])
    gc.freeze()  # what ends now needs no collecting, which takes half a second
    sys.exit(code)


def main(argv: Sequence[str]) -> int:
    """Do what the arguments say and return the exit code; a user's mistake is a message, never a traceback."""
    try:
        code = _main(argv)
        sys.stdout.flush()
    except BorderError as error:
        return _fail(str(error), error.exit_code)
    except BrokenPipeError:
        # The reader, `head` perhaps, has left: point the stream elsewhere, or Python complains when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.PIPE_CLOSED
    except OSError as error:
        return _fail(f"cannot read or write: {error}", BorderError.exit_code)
    except KeyboardInterrupt as interrupt:
        # A loop that keeps what it has done says so.
        return _fail(str(interrupt) or "interrupted", ExitCode.INTERRUPTED)
    return code


def _main(argv: Sequence[str]) -> int:
    parser = create_parser()
    try:
        arguments = parse(parser, argv)
    except SystemExit as leaving:  # argparse has said why
        return int(leaving.code or 0)
    if arguments.version:
        sys.stdout.write(f"bayes-border {_version()}\n")
        return ExitCode.DONE
    if arguments.verb is None:
        sys.stderr.write(parser.format_help())
        return ExitCode.USAGE
    following = nullcontext(silent) if arguments.quiet else StreamProgress(sys.stderr)
    with following as progress:
        result = _dispatch(arguments.verb, read_request(arguments, progress))
    _show(result, Format(arguments.format), quiet=arguments.quiet)
    return result.code


def _dispatch(verb: str, request: Request) -> Result:
    # A verb's module is imported when the verb is run, here and nowhere else: the sampler takes seconds
    # to import, and `--help` and the verbs that do not fit must not wait for it.
    with _uncollected():
        module = import_module(f"bayes_border.workflow.{verb}")
    return module.run(request)  # type: ignore[no-any-return]


@contextmanager
def _uncollected() -> Iterator[None]:
    """Have no garbage looked for among modules that are being imported, which takes a sixth of the time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _version() -> str:
    # Reading package metadata costs more than the rest of `--help`.
    return str(import_module("bayes_border.project").package_version())


def _show(result: Result, form: Format, *, quiet: bool) -> None:
    sys.stdout.write(render(result, form))
    if form is Format.CSV and not quiet:
        sys.stderr.writelines(f"{note}\n" for note in result.notes)


def _fail(message: str, code: int) -> int:
    sys.stderr.write(f"bayes-border: {message}\n")
    return code
