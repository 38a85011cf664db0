"""``nbtrace analyze``: the main job."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nbtrace.errors import InputError

if TYPE_CHECKING:
    from nbtrace.tables import Result

__all__ = ["analyze"]

ALL_WELL, ERRORS, INCOMPLETE = 0, 1, 4

_WHAT = "What to show"
_HOW = "How to read the bundle"


def analyze(
    inputs: Annotated[
        list[Path],
        typer.Argument(metavar="BUNDLE...", help="Folders or single files with NetBackup logs.", show_default=False),
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
            help="Leave out images that were done before, e.g. 2026-11-20T22:00 (UTC).",
            rich_help_panel=_WHAT,
        ),
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="Leave out images that began later (UTC).", rich_help_panel=_WHAT)
    ] = None,
    limit: Annotated[
        int,
        typer.Option(metavar="N", min=0, help="Show at most N images of a list; 0 shows all.", rich_help_panel=_WHAT),
    ] = 20,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print the outcome line only.", rich_help_panel=_WHAT)
    ] = False,
    no_color: Annotated[
        bool, typer.Option("--no-color", help="Print without colours (so does NO_COLOR).", rich_help_panel=_WHAT)
    ] = False,
    ascii_only: Annotated[
        bool, typer.Option("--ascii", help="Print with ASCII characters only.", rich_help_panel=_WHAT)
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
) -> None:
    """Say which images were imported, which were not, where each stopped and why.

    Exit status: 0 every image imported or still in its time; 1 something failed or is overdue; 2 wrong usage;
    3 nothing readable in the input; 4 the answer is incomplete: a part of the input could not be read, or the logs
    that would tell about an image are not there.
    """
    from nbtrace.analysis import Options
    from nbtrace.analysis import analyze as run
    from nbtrace.cli.progress import progress
    from nbtrace.report.csv_files import write_csv
    from nbtrace.report.terminal import View, console, show

    options = Options(
        hosts=host or (),
        tz=tz,
        host_tz=host_tz or (),
        grammars=grammars,
        since=_time("--since", since),
        until=_time("--until", until),
    )
    with progress() as report:
        result = run(inputs, options, report)
    view = View(
        limit=limit,
        quiet=quiet,
        image=image,
        job=job,
        ascii=ascii_only,
        next_command=("nbtrace", "analyze", *map(str, inputs), *_again(options)),
    )
    show(result, console(color=False if no_color else None), view)
    if csv is not None:
        paths = write_csv(result, csv)
        if not quiet:
            typer.echo(f"\nWrote {', '.join(path.name for path in paths)} to {csv}.")
    raise typer.Exit(_status(result))


def _time(option: str, text: str | None) -> datetime | None:
    """Read a time that was typed: ISO 8601, UTC where no zone is given."""
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(
            f"{option}: '{text}' is not a time; write it like 2026-11-20T22:00 (UTC) or 2026-11-20T22:00+01:00."
        ) from None
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)


def _again(options: object) -> list[str]:
    """Return the options that a next command needs again, as they were typed."""
    kept = {
        "--host": "PATH=NAME",
        "--tz": "",
        "--host-tz": "",
        "--grammars": "",
        "--since": "",
        "--until": "",
        "--ascii": "",
        "--no-color": "",
    }
    words, arguments = [], iter(sys.argv[1:])
    del options
    for word in arguments:
        name, _, value = word.partition("=") if word.startswith("--") else (word, "", "")
        if name in kept:
            words.append(word)
            if not value and name not in {"--ascii", "--no-color"}:
                words.append(next(arguments, ""))
    return words


def _status(result: Result) -> int:
    """Return the exit status: errors first, then what nobody can tell."""
    if (result.findings["severity"] == "error").any():
        return ERRORS
    if result.unreadable or (result.images["verdict"] == "undetermined").any():
        return INCOMPLETE
    return ALL_WELL
