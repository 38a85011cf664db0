"""A log in chunks that end where a record begins: memory does not grow with the file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from nbtrace.records.counted import attempt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbtrace.grammar.lowering import Lowered

__all__ = ["CHUNK", "Chunk", "Source", "chunks"]

# Bytes: large enough for polars, small enough that the system gives the same memory again for each (from 32 MiB on
# it maps new pages every time, which costs as much as to search them).
CHUNK: Final = 12 << 20
_TAIL: Final = 1 << 16  # bytes at the end of a chunk in which the last start of a record is looked for first
_LONGEST: Final = 32 << 20  # bytes without a start of a record: no record is so long
_OF_LINE: Final = 64  # bytes of memory that a line takes beside its text
_SLICE: Final = 1 << 20  # bytes of a chunk of very short lines, which take more memory than their text
_SHORT: Final = 12  # bytes of a line on average: no record is so short
_BACK: Final = 64  # starts that are tried from the end: so many pieces one torn record may have
_PLAIN: Final = 8  # fields before the counted ones of a raw record (log-formats.md §1.3, L)


class Source(Protocol):
    """Where bytes come from: anything that is read like a file."""

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes, at most ``size`` of them; none at the end."""
        ...


class Chunk(NamedTuple):
    """Bytes of a log, and how many there are before them."""

    data: bytes
    offset: int


def chunks(start: bytes, stream: Source, lowered: Lowered, size: int = CHUNK) -> Iterator[Chunk]:
    """Yield the bytes of a log, of which ``start`` was read already, in chunks of about ``size``: at least one.

    A chunk ends before a line that starts a record, and not inside a record whose counts want more text; a log in
    which no record begins for longer than that is read on until one does, up to a bound: there it is cut at the end of
    a line.
    """
    pattern = re.compile(b"(?m)^(?:" + lowered.head.encode() + b")")
    counted = "counted" in lowered.fields
    rest, offset, enough = start, 0, size
    while data := stream.read(max(enough - len(rest), 1)):
        if len(rest) + len(data) < enough:
            rest += data
            continue
        if cut := _cut(data, pattern, counted=counted):  # as nearly always; what was read is copied once only
            ready, rest = b"".join((rest, memoryview(data)[:cut])), data[cut:]
        else:
            whole = rest + data
            cut = _cut(whole, pattern, counted=counted)
            if not cut and len(whole) + _OF_LINE * whole.count(b"\n") >= _LONGEST:
                cut = whole.rfind(b"\n") + 1 or len(whole)
            ready, rest = whole[:cut], whole[cut:]
        if ready:
            yield from _sliced(ready, offset)
        offset, enough = offset + len(ready), size if ready else 2 * len(rest)
    if rest or not offset:
        yield from _sliced(rest, offset)


def _sliced(data: bytes, offset: int) -> Iterator[Chunk]:
    """Yield bytes as one chunk, or as several where their lines are so short that each would take many times its size."""
    if len(data) <= _SLICE or data.count(b"\n") * _SHORT < len(data):
        yield Chunk(data, offset)
        return
    begin = 0
    while begin < len(data):
        end = data.find(b"\n", begin + _SLICE) + 1 or len(data)
        yield Chunk(data[begin:end], offset + begin)
        begin = end


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
