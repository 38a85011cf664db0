"""The arguments and options that say what to read, and how."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbtrace.analysis import Options

__all__ = ["Bundle", "Grammars", "Host", "HostTz", "NoCache", "Tz", "options"]

_HOW = "How to read the bundle"

Bundle: TypeAlias = Annotated[
    list[Path],
    typer.Argument(metavar="BUNDLE...", help="Folders or single files with NetBackup logs.", show_default=False),
]
Host: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(metavar="PATH=NAME", help="Say which host the logs below a path come from.", rich_help_panel=_HOW),
]
Tz: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="ZONE", help="Time zone of the hosts, e.g. Europe/Berlin or +01:00.", rich_help_panel=_HOW),
]
HostTz: TypeAlias = Annotated[
    list[str] | None, typer.Option(metavar="HOST=ZONE", help="Time zone of one host.", rich_help_panel=_HOW)
]
Grammars: TypeAlias = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Your own grammars, added to the shipped ones.", rich_help_panel=_HOW),
]
NoCache: TypeAlias = Annotated[
    bool,
    typer.Option("--no-cache", help="Neither use nor keep what was read of large logs before.", rich_help_panel=_HOW),
]


def options(
    *, host: Sequence[str] | None, tz: str | None, host_tz: Sequence[str] | None, grammars: Path | None, no_cache: bool
) -> Options:
    """Return what an analysis is told by these options."""
    from nbtrace.analysis import Options
    from nbtrace.engines.cache import cache_folder

    cache = None if no_cache else cache_folder()
    return Options(hosts=host or (), tz=tz, host_tz=host_tz or (), grammars=grammars, cache=cache)
