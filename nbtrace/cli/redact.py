"""``nbtrace redact``: a copy of a bundle that can be given away."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from nbtrace.cli.options import named

__all__ = ["redact"]

LEFT, UNREAD = 1, 4
_LISTED = 10  # left-out files and kept words


def redact(
    bundle: Annotated[
        Path,
        typer.Argument(
            metavar="BUNDLE", help="A folder or a single file with NetBackup logs.", show_default=False, parser=named
        ),
    ],
    out: Annotated[
        Path, typer.Argument(metavar="OUT", help="The new folder of the copy.", show_default=False, parser=named)
    ],
    *,
    also: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A name that is private as well; may be given several times."),
    ] = None,
    key: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Give the same names again; without it, each copy has its own.")
    ] = None,
    key_map: Annotated[
        Path | None,
        typer.Option(
            "--map",
            metavar="FILE",
            help="Where to write which name became which, instead of OUT.map.csv.",
            parser=named,
        ),
    ] = None,
    grammars: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="A folder of your own grammars; private.lark finds more names.", parser=named),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing when all went well.")] = False,
) -> None:
    """Write a copy of a bundle in which hosts, clients, users, addresses, policies and SLPs have other names.

    Names of files and folders are changed as well; times, job ids and the shapes of names stay, so the copy gives the
    same answers. The map that leads back is written beside it: keep it to yourself.

    \b
    Examples:
      nbtrace redact case-4711/ case-4711-shared
      nbtrace redact case-4711/ shared --also acme --also "Jane Doe"

    \b
    Exit status:
      0  the copy is written, and no name is left in it
      1  a name would have been left: nothing is written
      2  wrong usage, or OUT cannot be written
      3  there is no file in the input
      4  the copy is written, but a part of the input could not be read and is not in it
    """  # noqa: D301 - the escape is typer's mark for lines to keep
    from nbtrace.cli.progress import progress
    from nbtrace.errors import RedactionError
    from nbtrace.redact import redact as run
    from nbtrace.report.text import clean

    before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # whoever stops it finds nothing half done
    try:
        with progress(wanted=not quiet) as report:
            copy = run([bundle], out, key_map=key_map, also=also or (), key=key, grammars=grammars, progress=report)
    except RedactionError as error:
        sys.stderr.write(clean(f"nbtrace: {error}\n"))
        raise typer.Exit(LEFT) from None
    finally:
        signal.signal(signal.SIGTERM, before)
    unread = _listed([said for _, said in copy.unread])
    if unread:
        unread.insert(0, "A part of the input could not be read and is not in the copy:")
    if quiet:
        if unread:
            sys.stderr.write(clean("\n".join([*unread, ""])))
            raise typer.Exit(UNREAD)
        return
    kinds = copy.names.group_by("kind", maintain_order=True).len().iter_rows()
    told = ", ".join(f"{number} {kind}" for kind, number in kinds) or "none"
    lines = [
        f"Wrote {out}: {copy.files} files, {copy.bytes / 1e6:,.1f} MB.",
        f"Names: {told}; replaced in {copy.replaced:,} places, and none of them is left.",
        f"The map that leads back is {key_map or f'{out}.map.csv'}: do not give it away.",
    ]
    if copy.left_out:
        lines += [
            "Left out, as no names can be found in them:",
            *_listed([f"{path}: {why}" for path, why in copy.left_out]),
        ]
    if copy.kept:
        lines += ["Kept, as they are or may be ordinary words (--also NAME replaces them):", *_listed(copy.kept)]
    typer.echo(clean("\n".join([*lines, *unread])))
    if unread:
        raise typer.Exit(UNREAD)


def _listed(rows: Sequence[str]) -> list[str]:
    more = len(rows) - _LISTED
    return [*(f"  {row}" for row in rows[:_LISTED]), *([f"  and {more} more"] if more > 0 else [])]
