"""``nbtrace analyze``: the main job."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from nbtrace.cli.limits import (
    MaxDepth,
    MaxMembers,
    MaxRatio,
    MaxSeconds,
    MaxUnpacked,
    MinFree,
    limits_of,
    options_of,
)
from nbtrace.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nbtrace.tables import Result

__all__ = ["analyze"]

ALL_WELL, ERRORS, INCOMPLETE = 0, 1, 4

_WHAT = "What to show"
_HOW = "How to read the bundle"
_PAPER = "How to print"


def analyze(
    inputs: Annotated[
        list[Path],
        typer.Argument(
            metavar="BUNDLE...",
            help="Folders, files or archives with NetBackup logs, packed in any way; - is standard input.",
            show_default=False,
        ),
    ],
    *,
    csv: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Write images, steps, jobs, findings and coverage as CSV files into this folder.",
            rich_help_panel=_WHAT,
        ),
    ] = None,
    image: Annotated[
        str | None, typer.Option(metavar="ID", help="Show one image in full, with its evidence.", rich_help_panel=_WHAT)
    ] = None,
    job: Annotated[
        int | None,
        typer.Option(metavar="ID", help="Show one import job in full, with its evidence.", rich_help_panel=_WHAT),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Leave out images that were finished before, e.g. 2026-11-20T22:00 (UTC).",
            rich_help_panel=_WHAT,
        ),
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="Leave out images that began later (UTC).", rich_help_panel=_WHAT)
    ] = None,
    limit: Annotated[
        int,
        typer.Option(metavar="N", help="Show at most N images of a list; 0 shows all.", rich_help_panel=_WHAT),
    ] = 20,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print the outcome line only.", rich_help_panel=_PAPER)
    ] = False,
    verbose: Annotated[
        bool,
        typer.Option("--verbose", "-v", help="Say afterwards where the time went, on stderr.", rich_help_panel=_PAPER),
    ] = False,
    no_color: Annotated[
        bool, typer.Option("--no-color", help="Print without colours (so does NO_COLOR).", rich_help_panel=_PAPER)
    ] = False,
    ascii_only: Annotated[
        bool, typer.Option("--ascii", help="Print with ASCII characters only.", rich_help_panel=_PAPER)
    ] = False,
    host: Annotated[
        list[str] | None,
        typer.Option(metavar="PATH=NAME", help="Say which host the logs below a path come from.", rich_help_panel=_HOW),
    ] = None,
    tz: Annotated[
        str | None,
        typer.Option(
            metavar="ZONE", help="Time zone of the hosts, e.g. Europe/Berlin or +01:00.", rich_help_panel=_HOW
        ),
    ] = None,
    host_tz: Annotated[
        list[str] | None, typer.Option(metavar="HOST=ZONE", help="Time zone of one host.", rich_help_panel=_HOW)
    ] = None,
    grammars: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="A folder of your own grammars, added to the shipped ones.", rich_help_panel=_HOW
        ),
    ] = None,
    no_cache: Annotated[
        bool,
        typer.Option(
            "--no-cache", help="Neither use nor keep what was read of large logs before.", rich_help_panel=_HOW
        ),
    ] = False,
    max_unpacked: MaxUnpacked = "1T",
    max_ratio: MaxRatio = 500,
    max_members: MaxMembers = 100_000,
    max_depth: MaxDepth = 16,
    max_seconds: MaxSeconds = 600.0,
    min_free: MinFree = "1G",
) -> None:
    """Say which images were imported, which were not, where each stopped and why.

    \b
    Examples:
      nbtrace analyze case-4711/
      nbtrace analyze case-4711/ --tz Europe/Berlin --csv out/
      nbtrace analyze primary.tgz media1.zip more/ --image web5_1795205555

    \b
    Exit status:
      0  every image is imported or still within its time
      1  something failed or is overdue
      2  wrong usage
      3  nothing readable in the input
      4  the answer is incomplete: a part of the input could not be read,
         or the logs that would tell about an image are not there
    """  # noqa: D301 - the escape is typer's mark for lines to keep
    if image is not None and job is not None:
        raise InputError("--image and --job: choose one of them.")
    if limit < 0:
        raise InputError(f"--limit: {limit} is less than 0; 0 shows all.")
    between = _time("--since", since), _time("--until", until)
    if between[0] and between[1] and between[0] > between[1]:
        raise InputError(f"--since {since} is later than --until {until}: no image lies in between.")

    began = perf_counter()
    from nbtrace.analysis import Options
    from nbtrace.analysis import analyze as run
    from nbtrace.cli.effort import told
    from nbtrace.cli.progress import progress
    from nbtrace.engines.cache import cache_folder
    from nbtrace.report.csv_files import write_csv
    from nbtrace.report.terminal import View, console, show
    from nbtrace.report.text import clean

    loaded = perf_counter()
    ascii_only = ascii_only or _plain_locale()
    chosen = image is not None or job is not None  # what is asked for by name is shown whenever it was
    options = Options(
        hosts=host or (),
        tz=tz,
        host_tz=host_tz or (),
        grammars=grammars,
        since=None if chosen else between[0],
        until=None if chosen else between[1],
        cache=None if no_cache else cache_folder(),
        limits=limits_of(
            total=max_unpacked,
            ratio=max_ratio,
            members=max_members,
            depth=max_depth,
            seconds=max_seconds,
            free=min_free,
        ),
    )
    with progress(wanted=not quiet) as report:
        result = run(inputs, options, report)
    again = _again({
        "--host": host, "--tz": tz, "--host-tz": host_tz, "--grammars": grammars, "--since": since, "--until": until,
        "--no-cache": no_cache, "--no-color": no_color, "--ascii": ascii_only, **options_of(options.limits),
    })  # fmt: skip
    view = View(
        limit=limit,
        quiet=quiet,
        image=image,
        job=job,
        ascii=ascii_only,
        next_command=("nbtrace", "analyze", *map(str, inputs), *again),
    )
    known = perf_counter()
    # First the files: where they cannot be written, nothing is printed but the reason.
    paths = write_csv(result, csv) if csv is not None else []
    show(result, console(color=False if no_color else None), view)
    if paths and not quiet:
        typer.echo(f"\nWrote {', '.join(path.name for path in paths)} to {clean(str(csv))}.")
    if verbose:
        phases = {"load": loaded - began, **result.phases, "report": perf_counter() - known}
        typer.echo(told(replace(result, phases=phases)), err=True)
    raise typer.Exit(_status(result))


def _time(option: str, text: str | None) -> datetime | None:
    """Read a time that was typed: ISO 8601, UTC where no zone is given."""
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InputError(
            f"{option}: '{text}' is not a time; write it like 2026-11-20T22:00 (UTC) or 2026-11-20T22:00+01:00."
        ) from None


def _plain_locale() -> bool:
    """Return whether the environment asks for plain ASCII; Python itself takes such a locale for UTF-8."""
    return (os.environ.get("LC_ALL") or os.environ.get("LANG")) in {"C", "POSIX"}


def _again(given: Mapping[str, object]) -> Iterator[str]:
    """Yield the options that a next command needs again."""
    for name, value in given.items():
        if value is True:
            yield name
        elif value:
            for one in value if isinstance(value, list) else [value]:
                yield from (name, str(one))


def _status(result: Result) -> int:
    """Return the exit status: errors first, then what nobody can tell."""
    if (result.findings["severity"] == "error").any():
        return ERRORS
    if result.unreadable or (result.images["verdict"] == "undetermined").any():
        return INCOMPLETE
    return ALL_WELL
