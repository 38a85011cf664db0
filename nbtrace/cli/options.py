"""Options that several commands share, and what they are turned into."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nbtrace.errors import InputError

if TYPE_CHECKING:
    from nbtrace.analysis import Options

__all__ = [
    "PAPER",
    "WHAT",
    "Ascii",
    "Bundle",
    "Grammars",
    "Host",
    "HostTz",
    "NoCache",
    "NoColor",
    "RawCsv",
    "Tz",
    "again",
    "named",
    "plain_locale",
    "reading",
]

_HOW = "How to read the bundle"
PAPER = "How to print"
WHAT = "What to show"


def named(text: str) -> Path:
    """Return the path that was typed; an empty one is a slip, often of a variable that is not set, and no folder."""
    if not text.strip():
        raise InputError("an empty path was given; name a file or folder, or . for this one.")
    return Path(text)


Bundle = Annotated[
    list[Path],
    typer.Argument(
        metavar="BUNDLE...",
        help="Folders, files or archives with NetBackup logs, packed in any way; - is standard input.",
        show_default=False,
        parser=named,
    ),
]
Host = Annotated[
    list[str] | None,
    typer.Option(metavar="PATH=NAME", help="Say which host the logs below a path come from.", rich_help_panel=_HOW),
]
Tz = Annotated[
    str | None,
    typer.Option(metavar="ZONE", help="Time zone of the hosts, e.g. Europe/Berlin or +01:00.", rich_help_panel=_HOW),
]
HostTz = Annotated[
    list[str] | None, typer.Option(metavar="HOST=ZONE", help="Time zone of one host.", rich_help_panel=_HOW)
]
Grammars = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="Your own grammars, a folder or one file, added to the shipped ones.",
        rich_help_panel=_HOW,
        parser=named,
    ),
]
NoCache = Annotated[
    bool,
    typer.Option("--no-cache", help="Neither use nor keep what was read of large logs before.", rich_help_panel=_HOW),
]
RawCsv = Annotated[
    bool,
    typer.Option(
        "--raw-csv",
        help="Write texts into CSV files as they are, without the ' that keeps spreadsheets from running them.",
        rich_help_panel=WHAT,
    ),
]
NoColor = Annotated[
    bool, typer.Option("--no-color", help="Print without colours (so does NO_COLOR).", rich_help_panel=PAPER)
]
Ascii = Annotated[bool, typer.Option("--ascii", help="Print with ASCII characters only.", rich_help_panel=PAPER)]


def reading(
    *, host: Sequence[str] | None, tz: str | None, host_tz: Sequence[str] | None, grammars: Path | None, no_cache: bool
) -> Options:
    """Return what an analysis is told by these options."""
    from nbtrace.analysis import Options
    from nbtrace.engines.cache import cache_folder

    cache = None if no_cache else cache_folder()
    return Options(hosts=host or (), tz=tz, host_tz=host_tz or (), grammars=grammars, cache=cache)


def plain_locale() -> bool:
    """Return whether the environment asks for plain ASCII; Python itself takes such a locale for UTF-8."""
    return (os.environ.get("LC_ALL") or os.environ.get("LANG")) in {"C", "POSIX"}


def again(given: Mapping[str, object]) -> Iterator[str]:
    """Yield the options that a next command needs again."""
    for name, value in given.items():
        if value is True:
            yield name
        elif value:
            for one in value if isinstance(value, list) else [value]:
                yield from (name, str(one))
