"""A log in chunks that end where a record begins: memory does not grow with the file."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, Final, Protocol

from nbtrace.records.counted import attempt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbtrace.grammar.lowering import Lowered

__all__ = ["CHUNK", "Source", "chunks"]

CHUNK: Final = 32 << 20  # bytes: large enough for polars to work on both cores, small enough to be many times in memory
_LONGEST: Final = 32 << 20  # bytes of one record, so that a log that stops being one does not fill the memory
_TAIL: Final = 1 << 16  # bytes at the end of a chunk in which the last start of a record is looked for first
_BACK: Final = 64  # starts that are tried from the end: so many pieces one torn record may have
_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_PLAIN: Final = 8  # fields before the counted ones of a raw record (log-formats.md §1.3, L)


class Source(Protocol):
    """Where bytes come from: anything that is read like a file."""

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes, at most ``size`` of them; none at the end."""
        ...


def chunks(stream: Source, lowered: Lowered, size: int = CHUNK) -> Iterator[bytes]:
    """Yield the bytes of a log in chunks of about ``size``; together they are the whole log.

    A chunk ends before a line that starts a record, and not inside a record whose counts want more text; a log in
    which no record begins is read on until one does, at most to ``_LONGEST``. UTF-16 has no such lines and is one chunk.
    """
    start = re.compile(b"(?m)^(?:" + lowered.head.encode() + b")")
    rest = stream.read(size)
    if rest.startswith(_UTF16):
        rest += stream.read()
    while data := stream.read(size):
        if cut := _cut(rest, start, counted="counted" in lowered.fields):
            yield rest[:cut]
            rest = rest[cut:]
        elif len(rest) >= _LONGEST:  # no record is so long: what goes on belongs to none
            cut = rest.rfind(b"\n") + 1 or len(rest)
            yield rest[:cut]
            rest = rest[cut:]
        rest += data
    if rest:
        yield rest


def _cut(data: bytes, start: re.Pattern[bytes], *, counted: bool) -> int:
    """Return where the last record begins that follows a whole one; 0 where none does."""
    for reach in (_TAIL, len(data)):
        begin = max(data.rfind(b"\n", 0, max(len(data) - reach, 0)) + 1, 0)
        places = [begin + found.start() for found in start.finditer(memoryview(data)[begin:])][-_BACK:]
        for before, place in zip(reversed(places[:-1]), reversed(places[1:]), strict=True):
            if place and not (counted and _wants_more(data[before:place])):
                return place
        if reach >= len(data):
            break
    return 0


def _wants_more(record: bytes) -> bool:
    """Tell whether the counts of a raw record want more text than it has."""
    fields = record.decode("utf-8", "replace").rstrip("\n").split(",", _PLAIN)
    return len(fields) > _PLAIN and attempt(fields[_PLAIN])[1] > 0
