"""The options that say how far archives are unpacked, and how many images are traced."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final

import typer

from nbtrace.errors import InputError

if TYPE_CHECKING:
    from nbtrace.analysis import Limits

__all__ = [
    "MaxDepth",
    "MaxImages",
    "MaxMembers",
    "MaxRatio",
    "MaxSeconds",
    "MaxUnpacked",
    "MinFree",
    "limits_of",
    "options_of",
]

_PANEL: Final = "How far to go"
_OPTIONS: Final = {
    "total": "--max-unpacked",
    "ratio": "--max-ratio",
    "members": "--max-members",
    "depth": "--max-depth",
    "seconds": "--max-seconds",
    "free": "--min-free",
    "images": "--max-images",
}

MaxUnpacked = Annotated[
    str,
    typer.Option("--max-unpacked", metavar="SIZE", help="Bytes unpacked in all, e.g. 500G.", rich_help_panel=_PANEL),
]
MaxRatio = Annotated[
    int,
    typer.Option("--max-ratio", metavar="N", help="How many times its size a part may grow.", rich_help_panel=_PANEL),
]
MaxMembers = Annotated[
    int, typer.Option("--max-members", metavar="N", help="Files in archives, in all.", rich_help_panel=_PANEL)
]
MaxDepth = Annotated[
    int,
    typer.Option(
        "--max-depth", metavar="N", help="How deep archives may lie inside each other.", rich_help_panel=_PANEL
    ),
]
MaxSeconds = Annotated[
    float,
    typer.Option("--max-seconds", metavar="S", help="Seconds spent on unpacking one file.", rich_help_panel=_PANEL),
]
MinFree = Annotated[
    str,
    typer.Option("--min-free", metavar="SIZE", help="Bytes left free in the folder TMPDIR.", rich_help_panel=_PANEL),
]
MaxImages = Annotated[
    int, typer.Option("--max-images", metavar="N", help="Images traced, the newest.", rich_help_panel=_PANEL)
]


def limits_of(*, total: str, ratio: int, members: int, depth: int, seconds: float, free: str, images: int) -> Limits:
    """Return what was typed as limits; ``InputError`` where a number makes no sense."""
    from nbtrace.analysis import Limits

    for name, number in {"ratio": ratio, "members": members, "depth": depth, "images": images}.items():
        if number < 1:
            raise InputError(f"{_OPTIONS[name]}: {number} is less than 1.")
    if not seconds > 0:
        raise InputError(f"{_OPTIONS['seconds']}: {seconds:g} is no time to unpack anything.")
    return Limits(
        total=_size(_OPTIONS["total"], total),
        ratio=ratio,
        members=members,
        depth=depth,
        free=_size(_OPTIONS["free"], free),
        seconds=seconds,
        images=images,
    )


def options_of(limits: Limits) -> dict[str, object]:
    """Return the options of the limits that are not the usual ones, to be typed again."""
    usual = type(limits)()
    return {
        option: getattr(limits, name)
        for name, option in _OPTIONS.items()
        if getattr(limits, name) != getattr(usual, name)
    }


def _size(option: str, text: str) -> int:
    """Read a number of bytes that was typed."""
    found = re.fullmatch(r"(\d{1,15}) ?([KMGT]?)(?:I?B)?", text.strip().upper(), re.ASCII)
    if found is None:
        raise InputError(f"{option}: '{text}' is not a size; write it like 500G or 200M.")
    return int(found[1]) << (10 * " KMGT".index(found[2] or " "))
