"""A copy of a bundle that can be given away: what was handed in goes through the stages ``bundle`` and ``redaction``."""

from __future__ import annotations

import re
import secrets
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nbtrace.bundle import read_bundle
from nbtrace.errors import InputError, NothingReadableError
from nbtrace.grammar.library import Library
from nbtrace.redaction import Copy, Known, Unread
from nbtrace.redaction import redact as run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["redact"]

_SHORTEST = 2  # characters of a name that is searched for
_NUMBER = re.compile(r"\d+(:[\d.]+)*")  # also a time


def redact(
    inputs: Sequence[Path],
    out: Path,
    *,
    key_map: Path | None = None,
    also: Sequence[str] = (),
    key: str | None = None,
    grammars: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Copy:
    """Write a copy of a bundle in which private names are replaced.

    Args:
        inputs: what was handed in; several are taken as one bundle.
        out: the new folder; its private map is written beside it.
        key_map: where else to write the map.
        also: names that are private as well, and counted as such wherever they stand.
        key: gives the same names again; without it a new one is drawn.
        grammars: a site's folder of grammars; its ``private.lark`` finds more names.
        progress: called with the bytes that were gone through and those in all.

    Raises:
        InputError: An input does not exist, or a name is too short to be searched for, or a number.
        NothingReadableError: There is no file in the input, or none of text.
        OutputError: Something cannot be written, or is there already.
        RedactionError: A name was left, or there are too many of them; nothing was written.
    """
    for name in also:
        if len(name.strip()) < _SHORTEST or not any(map(str.isalnum, name)):
            raise InputError(
                f"The name '{name}' is too short to be searched for: give at least {_SHORTEST} characters."
            )
        if _NUMBER.fullmatch(name.strip()):
            raise InputError(
                f"The name '{name}' is a number: it would be found in times and numbers of jobs, and change the answers."
            )
    library = Library(grammars)
    bundle = read_bundle(inputs, library=library)
    if not bundle.members:
        raise NothingReadableError(bundle.without_logs())
    hosts = [host for host in bundle.logs["host"].unique(maintain_order=True) if not re.fullmatch(r"host-[\d.]+", host)]
    total, done = 4 * sum(member.size for member in bundle.members.values()), 0

    def count(size: int) -> None:
        nonlocal done
        done += size
        if progress is not None:
            progress(done, total)

    copy = run(
        list(bundle.members.values()),
        out,
        key_map or Path(f"{out}.map.csv"),
        library=library,
        known=Known(hosts, also, frozenset(bundle.listings["path"])),
        key=secrets.token_hex(16) if key is None else key,
        inputs=[path for path in inputs if path.is_dir()],
        progress=count,
    )
    gone = {member.path for member in bundle.members.values() if member.refused and member.lost}
    lost = {path: Unread(path, f"'{path}': {why}.") for path, why in copy.left_out if path in gone}
    lost |= {note.path: Unread(note.path, note.detail) for note in bundle.notes() if note.lost}
    left_out = [(path, why) for path, why in copy.left_out if path not in lost]
    others = [unread for unread in copy.unread if unread.path not in lost]
    return replace(copy, left_out=left_out, unread=[*lost.values(), *others])
