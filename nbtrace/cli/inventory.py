"""``nbtrace inventory``: which logs are there, and what to ask for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nbtrace.cli.options import (
    PAPER,
    WHAT,
    Ascii,
    Bundle,
    Grammars,
    Host,
    HostTz,
    NoCache,
    NoColor,
    RawCsv,
    Tz,
    named,
    plain_locale,
    reading,
)

__all__ = ["inventory"]

COMPLETE, INCOMPLETE = 0, 4


def inventory(
    inputs: Bundle,
    *,
    csv: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write coverage.csv into this folder.", rich_help_panel=WHAT, parser=named),
    ] = None,
    raw_csv: RawCsv = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print the summary line only.", rich_help_panel=PAPER)
    ] = False,
    no_color: NoColor = False,
    ascii_only: Ascii = False,
    host: Host = None,
    tz: Tz = None,
    host_tz: HostTz = None,
    grammars: Grammars = None,
    no_cache: NoCache = False,
) -> None:
    """Say which logs are there, what they cover, and what to ask for to get a full answer.

    The last part can be pasted into a mail: hosts, folders, files, times and the levels to raise.

    \b
    Example:
      nbtrace inventory case-4711/ --tz Europe/Berlin

    \b
    Exit status:
      0  nothing is missing for a full answer
      2  wrong usage
      3  nothing readable in the input
      4  something is missing, or a part of the input could not be read
    """  # noqa: D301 - the escape is typer's mark for lines to keep
    from nbtrace.analysis import analyze
    from nbtrace.cli.progress import progress
    from nbtrace.report import inventory as report
    from nbtrace.report.csv_files import write_csv
    from nbtrace.report.page import Page
    from nbtrace.report.terminal import console
    from nbtrace.report.text import clean

    options = reading(host=host, tz=tz, host_tz=host_tz, grammars=grammars, no_cache=no_cache)
    with progress(wanted=not quiet) as watching:
        result = analyze(inputs, options, watching)
    paths = write_csv(result, csv, only=("coverage.csv",), raw=raw_csv) if csv is not None else []
    page = Page(console(color=False if no_color else None), result, ascii_only=ascii_only or plain_locale())
    (report.summary if quiet else report.show)(page, result)
    if paths and not quiet:
        typer.echo(f"\nWrote {', '.join(path.name for path in paths)} to {clean(str(csv))}.")
    missing = (result.requests["need"] != "helpful").any()
    raise typer.Exit(INCOMPLETE if missing or result.unreadable else COMPLETE)
