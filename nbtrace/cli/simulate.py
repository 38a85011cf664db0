"""``nbtrace simulate``: a bundle with a known truth."""

from __future__ import annotations

import math
import os
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from nbtrace.cli.drafts import drafted
from nbtrace.cli.options import named
from nbtrace.errors import InputError

__all__ = ["simulate"]

_HAPPENS, _CLOCKS, _WRITTEN, _LOST = "What happens", "Clocks", "How it is written", "What is not in the bundle"
# More than any machine's memory holds: what is beyond is a slip of the finger.
MOST_IMAGES, MOST_NOISE, MOST_HOURS = 10_000_000, 10_000, 24 * 366
MOST_SECONDS = 10 * 366 * 86_400  # ten years: no clock is wrong by more, and no log silent for longer
YEARS = range(2002, 2099)  # backup ids have ten digits, names of legacy logs two for the year


def simulate(
    out: Annotated[
        Path,
        typer.Argument(
            metavar="OUT",
            help="The new folder of the bundle; its truth is written beside it as OUT.truth.json.",
            show_default=False,
            parser=named,
        ),
    ],
    *,
    images: Annotated[
        int, typer.Option(metavar="N", help="How many replicated images.", rich_help_panel=_HAPPENS)
    ] = 100,
    seed: Annotated[
        int, typer.Option(metavar="S", help="The same seed writes the same bundle.", rich_help_panel=_HAPPENS)
    ] = 0,
    scenario: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="What happens; may be given several times. Without it: everything, mixed.",
            rich_help_panel=_HAPPENS,
        ),
    ] = None,
    noise: Annotated[
        float, typer.Option(metavar="X", help="Ordinary jobs for each image.", rich_help_panel=_HAPPENS)
    ] = 1.0,
    domains: Annotated[
        int,
        typer.Option(metavar="N", help="Target domains in the bundle, with equal job ids.", rich_help_panel=_HAPPENS),
    ] = 1,
    odd_names: Annotated[
        bool, typer.Option("--odd-names", help="Clients with misleading names.", rich_help_panel=_HAPPENS)
    ] = False,
    start: Annotated[
        datetime | None,
        typer.Option(
            metavar="TIME",
            formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
            help="When the night begins (UTC), such as 2026-10-24T20:00.",
            rich_help_panel=_CLOCKS,
        ),
    ] = None,
    hours: Annotated[float, typer.Option(metavar="H", help="How long it lasts.", rich_help_panel=_CLOCKS)] = 12.0,
    zone: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ZONE",
            help="Zone of all hosts, or three: primary and the two media servers.",
            rich_help_panel=_CLOCKS,
        ),
    ] = None,
    skew: Annotated[
        float,
        typer.Option(
            metavar="S", help="How many seconds the media servers' clocks may be wrong.", rich_help_panel=_CLOCKS
        ),
    ] = 0.0,
    dialect: Annotated[
        str, typer.Option(metavar="NAME", help="Whose message texts.", rich_help_panel=_WRITTEN)
    ] = "plain",
    windows: Annotated[
        bool,
        typer.Option("--windows", help="Make the second media server a Windows host.", rich_help_panel=_WRITTEN),
    ] = False,
    printed: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LOG",
            help="A unified log that is handed in as vxlogview text; none: all raw. Without it: some.",
            rich_help_panel=_WRITTEN,
        ),
    ] = None,
    heartbeat: Annotated[
        float,
        typer.Option(metavar="S", help="Seconds between the lines of small talk.", rich_help_panel=_WRITTEN),
    ] = 60.0,
    log_kb: Annotated[
        int, typer.Option(metavar="KB", help="The size at which a log file rolls over.", rich_help_panel=_WRITTEN)
    ] = 51_200,
    level: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LOG=N",
            help="How much a log writes: unified 1 to 6, legacy 0 to 5. Without it: everything.",
            rich_help_panel=_WRITTEN,
        ),
    ] = None,
    listing: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Add the printout of a command: bpdbjobs, pendimplist, bpimagelist and others.",
            rich_help_panel=_WRITTEN,
        ),
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option(metavar="LOG", help="Leave a log out: bpdbm, media, a host, or HOST/LOG.", rich_help_panel=_LOST),
    ] = None,
    holes: Annotated[
        int, typer.Option(metavar="N", help="Cut a span of time out of N logs.", rich_help_panel=_LOST)
    ] = 0,
    short: Annotated[
        int, typer.Option(metavar="N", help="Let N logs begin late or end early.", rich_help_panel=_LOST)
    ] = 0,
    lost_files: Annotated[
        int,
        typer.Option(metavar="N", help="Lose N files from the middle of logs that rolled over.", rich_help_panel=_LOST),
    ] = 0,
) -> None:
    """Write a bundle of invented logs whose truth is known.

    The envelopes of the records are those of NetBackup as far as they are known; the message texts of an import are
    inventions (docs/simulator.md).
    """
    _check("--images", images, MOST_IMAGES)
    _check("--noise", noise, MOST_NOISE)
    _check("--hours", hours, MOST_HOURS)
    _check("--skew", skew, MOST_SECONDS)
    _check("--heartbeat", heartbeat, MOST_SECONDS)
    if start is not None and start.year not in YEARS:
        raise InputError(f"--start: {start:%Y-%m-%d} is not in the years {YEARS[0]} to {YEARS[-1]}.")
    from datetime import UTC

    from nbtrace.simulator import Options, truth_path
    from nbtrace.simulator import simulate as run

    given = {
        "zones": tuple(zone) if zone else None,
        "start": start.replace(tzinfo=UTC) if start is not None else None,
        "printed": tuple(each for each in printed if each != "none") if printed else None,  # nothing: all raw
    }
    options = Options(
        images=images,
        seed=seed,
        scenarios=tuple(scenario) if scenario else None,
        dialect=dialect,
        noise=noise,
        domains=domains,
        odd_names=odd_names,
        hours=hours,
        skew_s=skew,
        windows=windows,
        heartbeat_s=heartbeat,
        log_kb=log_kb,
        levels=tuple(level or ()),
        listings=tuple(listing or ()),
        without=tuple(without or ()),
        holes=holes,
        short=short,
        lost_files=lost_files,
        **{name: value for name, value in given.items() if value is not None},  # type: ignore[arg-type]
    )
    with drafted(out) as draft:
        if os.path.lexists(truth_path(out)):
            raise InputError(f"{truth_path(out)} is there already; remove it, or give a new name for the bundle.")
        truth = run(draft, options)
    verdicts = ", ".join(f"{count} {verdict}" for verdict, count in sorted(truth.verdicts.items()))
    typer.echo(f"Wrote {out} ({len(truth.images)} images: {verdicts}) and its truth, {truth_path(out)}.")


def _check(option: str, value: float, most: int) -> None:
    """Refuse what is no number of things, or more of them than can be."""
    if not math.isfinite(value) or not 0 <= value <= most:
        raise InputError(f"{option}: {value:g} is not between 0 and {most:,}.")
