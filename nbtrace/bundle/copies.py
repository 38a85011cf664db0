"""The same log handed in twice is counted once: by its content, whatever it is called and however it is packed."""

from __future__ import annotations

from collections import defaultdict
from hashlib import sha256
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import polars as pl

    from nbtrace.bundle.members import Member

__all__ = ["copies", "start_of"]

_PIECE: Final = 1 << 20
_TELLING: Final = 4096  # bytes: so much of the same text on two hosts is one log that was collected under two names
SHORT: Final = "-"  # marks the beginning of a log that tells less
_SURE: Final = {"option": 0, "path": 1, "name": 2, "folder": 3}  # where the name of a host comes from


def start_of(head: bytes) -> str:
    """Return what logs with the same beginning have in common; empty for an empty one."""
    if not head:
        return ""
    return sha256(head[:_TELLING]).hexdigest() + ("" if len(head) >= _TELLING else SHORT)


def copies(logs: pl.DataFrame, members: Mapping[str, Member]) -> dict[str, str]:
    """Return for each log that another one holds as well the path of that other one.

    A log that goes on where a copy of it ends is the one that is kept; of equals the one whose host and date are known
    best. Copies are logs of the same daemon, short ones only where they are of the same host. ``logs`` has, beside the columns
    of the table of logs, ``start``: what ``start_of`` says of each.
    """
    begins: defaultdict[tuple[str, str, str], list[_Log]] = defaultdict(list)
    rows = logs.select("path", "host", "host_source", "log", "date", "start").iter_rows()
    for path, host, source, log, date, start in rows:
        if start:
            begins[start, log, host if start.endswith(SHORT) else ""].append(
                (date is None, _SURE.get(source, len(_SURE)), path.count("!"), path)
            )
    found: dict[str, str] = {}
    for alike in begins.values():
        if len(alike) > 1:
            found |= _of(sorted(alike), members)
    return found


_Log = tuple[bool, int, int, str]  # in the order of preference


def _of(logs: Sequence[_Log], members: Mapping[str, Member]) -> dict[str, str]:
    """Return the copies among logs that begin alike."""
    kept: list[str] = []
    found: dict[str, str] = {}
    for *_, path in logs:
        for at, other in enumerate(kept):
            longer = _longer(members[path], members[other])
            if longer is None:
                continue
            if longer is members[path]:
                found = {copy: path if whole == other else whole for copy, whole in found.items()}
                found[other], kept[at] = path, path
            else:
                found[path] = other
            break
        else:
            kept.append(path)
    return found


def _longer(one: Member, other: Member) -> Member | None:
    """Return which of two holds all of the other: ``other`` where they are equal, ``None`` where they differ."""
    first, second = _pieces(one), _pieces(other)
    while True:
        mine, its = next(first, b""), next(second, b"")
        size = min(len(mine), len(its))
        if mine[:size] != its[:size]:
            return None
        if len(mine) != len(its) or not size:
            return one if len(mine) > len(its) else other


def _pieces(member: Member) -> Iterator[bytes]:
    """Yield the text of a member in equal pieces; nothing more where it cannot be read on."""
    try:
        with member.open() as stream:
            while data := stream.read(_PIECE):
                yield data
    except OSError:
        return
