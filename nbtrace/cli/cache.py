"""``nbtrace cache``: what is kept of logs, and how to be rid of it."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["cache"]


def cache(
    *,
    clear: Annotated[bool, typer.Option("--clear", help="Remove all that nbtrace keeps there.")] = False,
) -> None:
    """Show where nbtrace keeps what it read of large logs, and how much that is.

    A second look at the same logs is fast because of it. It holds the lines that name images and jobs, readable by you
    alone.
    """
    from datetime import UTC, datetime

    from nbtrace.engines.cache import Cache, cache_folder
    from nbtrace.report.text import clean, count

    folder = cache_folder()
    if folder is None:
        typer.echo("There is no place for a cache: neither HOME nor XDG_CACHE_HOME is set. Nothing is kept.")
        return
    kept = Cache(folder)
    typer.echo(clean(str(folder)))
    if clear:
        typer.echo(f"removed {kept.clear() / 1e6:,.1f} MB")
    parts = kept.parts()
    if not parts:
        typer.echo("empty")
        return
    oldest = datetime.fromtimestamp(min(part.used for part in parts), UTC)
    size = sum(part.size for part in parts)
    typer.echo(
        f"{count(len(parts), 'part')}, {size / 1e6:,.1f} MB, the oldest used last {oldest:%Y-%m-%d %H:%M:%S} UTC"
    )
