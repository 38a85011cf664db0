"""``nbtrace simulate``: a bundle with a known truth."""

from __future__ import annotations

import math
import os
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from nbtrace.cli.drafts import drafted, named
from nbtrace.errors import InputError

__all__ = ["simulate"]

# More than any machine's memory holds: what is beyond is a slip of the finger.
MOST_IMAGES, MOST_NOISE, MOST_HOURS = 10_000_000, 10_000, 24 * 366


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
    images: Annotated[int, typer.Option(metavar="N", help="How many replicated images.")] = 100,
    seed: Annotated[int, typer.Option(metavar="S", help="The same seed writes the same bundle.")] = 0,
    scenario: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="What happens; may be given several times. Without it: everything, mixed."),
    ] = None,
    dialect: Annotated[str, typer.Option(metavar="NAME", help="Whose message texts.")] = "plain",
    zone: Annotated[
        list[str] | None,
        typer.Option(metavar="ZONE", help="Zone of all hosts, or three: primary and the two media servers."),
    ] = None,
    noise: Annotated[float, typer.Option(metavar="X", help="Ordinary jobs for each image.")] = 1.0,
    hours: Annotated[float, typer.Option(metavar="H", help="How long the night lasts.")] = 12.0,
    without: Annotated[
        list[str] | None, typer.Option(metavar="LOG", help="Leave a log out: bpdbm, media, a host, or HOST/LOG.")
    ] = None,
    windows: Annotated[bool, typer.Option("--windows", help="Make the second media server a Windows host.")] = False,
) -> None:
    """Write a bundle of invented logs whose truth is known.

    The envelopes of the records are those of NetBackup as far as they are known; the message texts of an import are
    inventions (docs/simulator.md).
    """
    _check("--images", images, MOST_IMAGES)
    _check("--noise", noise, MOST_NOISE)
    _check("--hours", hours, MOST_HOURS)

    from nbtrace.simulator import Options, truth_path
    from nbtrace.simulator import simulate as run

    options = Options(
        images=images,
        seed=seed,
        scenarios=tuple(scenario) if scenario else None,
        dialect=dialect,
        noise=noise,
        hours=hours,
        without=tuple(without or ()),
        windows=windows,
    )
    if zone:
        options = replace(options, zones=tuple(zone))
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
