"""``nbtrace simulate``: a bundle with a known truth."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["simulate"]


def simulate(
    out: Annotated[
        Path,
        typer.Argument(
            metavar="OUT",
            help="The new folder of the bundle; its truth is written beside it as OUT.truth.json.",
            show_default=False,
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
    truth = run(out, options)
    verdicts = ", ".join(f"{count} {verdict}" for verdict, count in sorted(truth.verdicts.items()))
    typer.echo(f"Wrote {out} ({len(truth.images)} images: {verdicts}) and its truth, {truth_path(out)}.")
