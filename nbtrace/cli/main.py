"""The command line: its commands, and the edge where every error becomes one sentence."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from typing import Annotated, NoReturn

import typer

import nbtrace
from nbtrace.cli.analyze import analyze
from nbtrace.cli.cache import cache
from nbtrace.cli.explain import explain
from nbtrace.cli.grammars import app as grammars
from nbtrace.cli.help import PlainCommand
from nbtrace.cli.inventory import inventory
from nbtrace.cli.simulate import simulate
from nbtrace.errors import NbtraceError, NothingReadableError

__all__ = ["app", "main"]

USAGE, NOTHING, DEFECT, INTERRUPTED = 2, 3, 70, 130

# Plain help and errors: they answer at once, and look the same on every terminal and in a pipe.
app = typer.Typer(name="nbtrace", add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
app.command(cls=PlainCommand, short_help="Say what became of every replicated image.")(analyze)
app.command(cls=PlainCommand, short_help="Say which logs are there, and what to ask for.")(inventory)
app.command(cls=PlainCommand, short_help="Explain a status code, a finding, a step or a daemon.")(explain)
app.command(cls=PlainCommand, short_help="Write a bundle of invented logs to try nbtrace on.")(simulate)
app.command(cls=PlainCommand, short_help="Show or empty what is kept of logs for the next time.")(cache)
app.add_typer(grammars, name="grammars", short_help="Show messages that nobody knows, and learn rules for them.")


def _version(wanted: bool) -> None:  # noqa: FBT001 - typer hands the option over by position
    if wanted:
        typer.echo(f"nbtrace {nbtrace.__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    *,
    version: Annotated[  # noqa: ARG001 - its callback answers
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Say for every NetBackup A.I.R. image whether it was imported, and if not, where it stopped and why.

    All from a folder of logs: nbtrace needs no NetBackup, no network and no rights but to read the logs.

    \b
    Example:
      nbtrace analyze case-4711/
    """  # noqa: D301 - the escape is typer's mark for lines to keep
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), err=True)
        raise typer.Exit(USAGE)


def main() -> None:
    """Run the command line; every error becomes one sentence on stderr and an exit status."""
    if hasattr(signal, "SIGPIPE"):
        # `| head` ends nbtrace as it ends any other program; Python's own way is to complain.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    if sys.stdout is None:  # closed: what is opened next would take its place
        _stop(USAGE, "The output cannot be written: there is no standard output.")
    try:
        status = app(prog_name="nbtrace", standalone_mode=False)
        if status == INTERRUPTED:  # typer's answer to Ctrl-C
            _leave()
        sys.stdout.flush()
    except NbtraceError as error:
        _stop(NOTHING if isinstance(error, NothingReadableError) else USAGE, str(error))
    except typer.TyperException as error:
        context = getattr(error, "ctx", None)
        _stop(USAGE, error.format_message(), f"Try '{context.command_path} --help'." if context else "")
    except (KeyboardInterrupt, typer.Abort):
        _leave()
    except OSError as error:
        # What could not be written must not be tried again when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _stop(USAGE, f"The output cannot be written: {error.strerror or error}.")
    except Exception as error:
        if os.environ.get("NBTRACE_DEBUG"):
            raise
        told = f"{type(error).__name__}: {error}".splitlines()[0]
        _stop(
            DEFECT,
            f"This is a defect in nbtrace, not in your logs ({told}).",
            "Please report it; NBTRACE_DEBUG=1 shows the details.",
        )
    sys.exit(status)


def _leave() -> NoReturn:
    """Exit as an interrupted program does, at once: threads that still read a chunk are not waited for.

    Folders of temporary files were removed on the way here, and what is kept of archives has no name.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(INTERRUPTED)


def _stop(status: int, *lines: str) -> NoReturn:
    """Say what is wrong, cleaned of what may stem from a log or a file name, and exit."""
    from nbtrace.report.text import one_line

    try:
        if sys.stderr is not None:
            sys.stderr.write("nbtrace: " + "\n".join(map(one_line, filter(None, lines))) + "\n")
            sys.stderr.flush()
    except OSError:  # there is nobody to tell, and the status still says it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
    sys.exit(status)
