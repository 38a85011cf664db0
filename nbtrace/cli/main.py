"""The command line: commands, and the edge where every error becomes one sentence."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

import nbtrace
from nbtrace.cli.analyze import analyze
from nbtrace.cli.simulate import simulate
from nbtrace.errors import NbtraceError, NothingReadableError

__all__ = ["app", "main"]

USAGE, NOTHING, DEFECT, INTERRUPTED = 2, 3, 70, 130

app = typer.Typer(
    name="nbtrace",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Say for every NetBackup A.I.R. image whether it was imported, and if not, where it stopped and why - from the logs alone.",
)
app.command(rich_help_panel="Look")(analyze)
app.command(rich_help_panel="Try")(simulate)


def _version(wanted: bool) -> None:  # noqa: FBT001 - typer hands the option over by position
    if wanted:
        typer.echo(f"nbtrace {nbtrace.__version__}")
        raise typer.Exit


@app.callback()
def _root(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Nothing to do before a command."""


def main() -> None:
    """Run the command line; every error becomes one sentence on stderr and an exit status."""
    try:
        app()
    except NbtraceError as error:
        sys.stderr.write(f"nbtrace: {_printable(str(error))}\n")
        sys.exit(NOTHING if isinstance(error, NothingReadableError) else USAGE)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # The reader of our output went away (| head): nothing more is wanted, and Python must not complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        if os.environ.get("NBTRACE_DEBUG"):
            raise
        message = _printable(f"{type(error).__name__}: {error}".splitlines()[0])
        sys.stderr.write(
            f"nbtrace: this is a defect in nbtrace, not in your logs ({message}). Please report it; NBTRACE_DEBUG=1 shows the details.\n"
        )
        sys.exit(DEFECT)


def _printable(text: str) -> str:
    """Clean what may stem from a log or a file name."""
    from nbtrace.report.text import clean

    return clean(text)
