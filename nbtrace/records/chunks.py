"""A log in chunks that end where a record begins: memory does not grow with the file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

import polars as pl

from nbtrace.records.counted import attempt
from nbtrace.records.text import split_lines

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
_SLICE: Final = 1 << 18  # very short lines that are a chunk: they take more memory than their text
_SHORT: Final = 12  # bytes of a line on average: no record is so short
_BACK: Final = 64  # starts that are tried from the end: so many pieces one torn record may have
_PLAIN: Final = 8  # fields before the counted ones of a raw record (log-formats.md §1.3, L)


class Source(Protocol):
    """Where bytes come from: anything that is read like a file."""

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes, at most ``size`` of them; none at the end."""
        ...


class Chunk(NamedTuple):
    """Lines of a log (``line`` from 1, ``text`` and ``size``), and the bytes before them and up to their end."""

    lines: pl.DataFrame
    offset: int
    end: int


def chunks(start: bytes, stream: Source, lowered: Lowered, size: int = CHUNK) -> Iterator[Chunk]:
    """Yield the lines of a log, of which ``start`` was read already, in chunks of about ``size`` bytes: at least one.

    A chunk ends before a line that starts a record, and not inside a record whose counts want more text; a log in
    which no record begins for longer than that is read on until one does, up to a bound: there it is cut at the end of
    a line.
    """
    pattern = re.compile(b"(?m)^(?:" + lowered.head.encode() + b")")
    counted = "counted" in lowered.fields
    rest, offset, enough = start, 0, size
    while data := _some(stream, enough - len(rest)):
        if len(rest) + len(data) < enough:  # the end
            break
        cut = _cut(data, pattern, counted=counted)
        if not cut:
            rest, data = b"", rest + data
            cut = _cut(data, pattern, counted=counted)
            if not cut and len(data) + _OF_LINE * data.count(b"\n") >= _LONGEST:
                cut = data.rfind(b"\n") + 1 or len(data)
        if cut:
            end = offset + len(rest) + cut
            yield from _sliced(Chunk(split_lines(data, rest, cut), offset, end))
            offset = end
        rest = data[cut:]
        enough = size if cut else 2 * len(rest)
    if rest or data or not offset:
        yield from _sliced(Chunk(split_lines(data, rest), offset, offset + len(rest) + len(data)))


def _some(stream: Source, size: int) -> bytes:
    """Return the next bytes: as many as asked for, fewer at the end only, and at least one."""
    data = stream.read(max(size, 1))
    while len(data) < size and (more := stream.read(size - len(data))):
        data += more
    return data


def _sliced(chunk: Chunk) -> Iterator[Chunk]:
    """Yield a chunk as it is, or as several where its lines are so short that each takes many times its size."""
    lines, end = chunk.lines, chunk.offset
    if lines.height <= _SLICE or lines.height * _SHORT < chunk.end - chunk.offset:
        yield chunk
        return
    for at in range(0, lines.height, _SLICE):
        some = lines.slice(at, _SLICE)
        begin, end = end, end + int(some["size"].sum())
        yield Chunk(some.with_columns(pl.col("line") - at), begin, min(end, chunk.end))


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
