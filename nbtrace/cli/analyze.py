"""``nbtrace analyze``: the main job."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from nbtrace.cli.limits import (
    MaxDepth,
    MaxImages,
    MaxMembers,
    MaxRatio,
    MaxSeconds,
    MaxUnpacked,
    MinFree,
    limits_of,
    options_of,
)
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
    again,
    named,
    plain_locale,
    reading,
)
from nbtrace.errors import InputError

if TYPE_CHECKING:
    from nbtrace.tables import Result

__all__ = ["analyze"]

ALL = 1_000_000_000  # more than any list has
ALL_WELL, ERRORS, INCOMPLETE = 0, 1, 4


def analyze(
    inputs: Bundle,
    *,
    csv: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Write images, steps, jobs, findings and coverage as CSV files into this folder.",
            rich_help_panel=WHAT,
            parser=named,
        ),
    ] = None,
    raw_csv: RawCsv = False,
    image: Annotated[
        str | None, typer.Option(metavar="ID", help="Show one image in full, with its evidence.", rich_help_panel=WHAT)
    ] = None,
    job: Annotated[
        int | None,
        typer.Option(metavar="ID", help="Show one import job in full, with its evidence.", rich_help_panel=WHAT),
    ] = None,
    list_only: Annotated[
        bool, typer.Option("--list", help="Show one line an image, the worst first.", rich_help_panel=WHAT)
    ] = False,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Leave out images that were finished before, e.g. 2026-11-20T22:00 (UTC).",
            rich_help_panel=WHAT,
        ),
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="Leave out images that began later (UTC).", rich_help_panel=WHAT)
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Show at most N images of a list; 0 shows all. Without it 20, and all with --list.",
            rich_help_panel=WHAT,
        ),
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print the outcome line only.", rich_help_panel=PAPER)
    ] = False,
    verbose: Annotated[
        bool,
        typer.Option("--verbose", "-v", help="Say afterwards where the time went, on stderr.", rich_help_panel=PAPER),
    ] = False,
    show_tz: Annotated[
        str | None,
        typer.Option(
            metavar="ZONE", help="Show times in this zone; without it in UTC. Files stay UTC.", rich_help_panel=PAPER
        ),
    ] = None,
    no_color: NoColor = False,
    ascii_only: Ascii = False,
    host: Host = None,
    tz: Tz = None,
    host_tz: HostTz = None,
    grammars: Grammars = None,
    no_cache: NoCache = False,
    max_unpacked: MaxUnpacked = "1T",
    max_ratio: MaxRatio = 500,
    max_members: MaxMembers = 100_000,
    max_depth: MaxDepth = 16,
    max_seconds: MaxSeconds = 600.0,
    min_free: MinFree = "1G",
    max_images: MaxImages = 250_000,
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
    if list_only and (image is not None or job is not None or quiet):
        raise InputError("--list shows all images: leave --image, --job and --quiet out.")
    if limit is not None and limit < 0:
        raise InputError(f"--limit: {limit} is less than 0; 0 shows all.")
    between = _time("--since", since), _time("--until", until)
    if between[0] and between[1] and between[0] > between[1]:
        raise InputError(f"--since {since} is later than --until {until}: no image lies in between.")

    began = perf_counter()
    from nbtrace.analysis import analyze as run
    from nbtrace.cli.effort import told
    from nbtrace.cli.progress import progress
    from nbtrace.report.csv_files import write_csv
    from nbtrace.report.terminal import View, console, show
    from nbtrace.report.text import clean

    loaded = perf_counter()
    zone = "UTC" if show_tz is None else _zone(show_tz)
    ascii_only = ascii_only or plain_locale()
    chosen = image is not None or job is not None  # what is asked for by name is shown whenever it was
    options = replace(
        reading(host=host, tz=tz, host_tz=host_tz, grammars=grammars, no_cache=no_cache),
        since=None if chosen else between[0],
        until=None if chosen else between[1],
        limits=limits_of(
            total=max_unpacked,
            ratio=max_ratio,
            members=max_members,
            depth=max_depth,
            seconds=max_seconds,
            free=min_free,
            images=max_images,
        ),
    )
    with progress(wanted=not quiet) as report:
        result = run(inputs, options, report)
    words = again({
        "--host": host, "--tz": tz, "--host-tz": host_tz, "--grammars": grammars, "--since": since, "--until": until,
        "--show-tz": show_tz,
        "--no-cache": no_cache, "--no-color": no_color, "--ascii": ascii_only, **options_of(options.limits),
    })  # fmt: skip
    view = View(
        limit=min(limit, ALL) if limit is not None else 0 if list_only else 20,
        listed=list_only,
        zone=zone,
        quiet=quiet,
        image=image,
        job=job,
        ascii=ascii_only,
        next_command=("nbtrace", "analyze", *map(str, inputs), *words),
    )
    known = perf_counter()
    # First the files: where they cannot be written, nothing is printed but the reason.
    paths = write_csv(result, csv, raw=raw_csv) if csv is not None else []
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


def _zone(text: str) -> str:
    from nbtrace.bundle.zones import parse_zone

    try:
        return parse_zone(text)
    except InputError as error:
        raise InputError(f"--show-tz: {error}") from None


def _status(result: Result) -> int:
    """Return the exit status: errors first, then what nobody can tell.

    A failure after which a retry might be unseen is no last word, and thus one of those that nobody can tell.
    """
    from nbtrace.tables import FAILED_BEFORE

    open_ones = result.images.filter(FAILED_BEFORE)
    sure = result.findings.join(open_ones, on="image_id", how="anti")
    if (sure["severity"] == "error").any():
        return ERRORS
    if result.unreadable or (result.images["verdict"] == "undetermined").any():
        return INCOMPLETE
    return ALL_WELL
