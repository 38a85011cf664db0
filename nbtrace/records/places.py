"""Some records of a log, of which is known where they stand in the file."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final, Protocol

import polars as pl

from nbtrace.bounds import MOST, at_ends
from nbtrace.grammar.columns import capture, hints, starts
from nbtrace.records.chunks import CHUNK
from nbtrace.records.entries import CLOCKS, shaped, timed
from nbtrace.records.fields import parse
from nbtrace.records.reader import FITTING, begin
from nbtrace.records.text import begun, joined, split_lines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nbtrace.grammar.library import Grammar
    from nbtrace.grammar.lowering import Lowered
    from nbtrace.records.chunks import Source

    class _Places(Source, Protocol):
        def seek(self, offset: int, /) -> object: ...


__all__ = ["read_places", "read_processes"]

_STEP: Final = 1 << 20  # bytes that are left out at once
_NEAR: Final = 1 << 10  # bytes between two records that are read as well, which is cheaper than to look for the next


def read_places(
    stream: Source,
    log: Mapping[str, Any],
    grammars: Sequence[Grammar],
    places: pl.DataFrame,
    clocks: pl.DataFrame,
) -> pl.DataFrame:
    """Return records as ``entries``: those that stand at some places of a log, and perhaps others near them.

    Args:
        stream: the bytes of the file; it is read once, or may seek.
        log: its row of the table ``logs``, as for ``read_log``.
        grammars: the record grammars of its format.
        places: ``from_line``, ``begin`` and ``end``: bytes of the file that begin with that line, and hold whole records.
        clocks: what a look at the whole log told of its times.
    """
    lowered, source = _source(stream, grammars)
    spans = _spans(places)
    records = []
    # A span is read by itself: so many at once that memory does not grow with their number.
    for (_,), some in spans.group_by((pl.col("end") - pl.col("begin")).cum_sum() // CHUNK, maintain_order=True):
        marked = begun(_lines(source, some).with_columns(starts=starts(pl.col("text"), lowered)))
        pieces = joined(marked.filter("begins"), marked.filter(~pl.col("begins"))).rename({"number": "piece"})
        records.append(parse(pieces, pieces["text"], lowered, log["originator"]).records)
    return _entries(pl.concat(records), clocks, log)


def read_processes(
    stream: Source, log: Mapping[str, Any], grammars: Sequence[Grammar], pids: pl.Series, clocks: pl.DataFrame
) -> pl.DataFrame:
    """Return every record that some processes wrote into a log as ``entries``; of very many, the first and the last.

    Args:
        stream: the bytes of the file.
        log: its row of the table ``logs``, as for ``read_log``.
        grammars: the record grammars of its format.
        pids: the numbers of the processes (Int64).
        clocks: what a look at the whole log told of its times.
    """
    lowered, parts = begin(stream, grammars)
    text = pl.col("text")
    maybe = hints(text, lowered, "pid", pids.to_list())
    own = capture(text, lowered, "pid").str.strip_chars_start("0").is_in(pids.cast(pl.String).implode())
    records, before = [], 0
    for chunk in parts:
        lines = chunk.lines.with_columns(pl.col("line") + before, starts=starts(text, lowered))
        before += lines.height
        marked = begun(lines)
        found = marked.filter(maybe).filter(own)
        # Rows of a filter keep the texts of the whole chunk in memory; those that are gathered take only their own along.
        first = found[pl.int_range(found.height, eager=True)]
        pieces = joined(first, marked.filter(~pl.col("begins"))).rename({"number": "piece"})
        records.append(parse(pieces, pieces["text"], lowered, log["originator"]).records)
        if sum(part.height for part in records) > 2 * MOST:
            records = [pl.concat(records).filter(at_ends(MOST, "pid"))]
    return _entries(pl.concat(records).filter(at_ends(MOST, "pid")), clocks, log)


def _entries(records: pl.DataFrame, clocks: pl.DataFrame, log: Mapping[str, Any]) -> pl.DataFrame:
    """Shape records as ``entries``; their times follow from those around them."""
    known = clocks.join(records, on="line", how="anti")
    times, _ = timed(pl.concat([known.select(*CLOCKS), records.select(*CLOCKS)]).sort("line"), log)
    own = records.join(times.select("line", "time", "time_quality"), on="line", how="left", maintain_order="left")
    return shaped(own, log)


class _Forward:
    """A stream that cannot seek, for places in their order. Its ``start`` was read already."""

    def __init__(self, start: bytes, stream: Source) -> None:
        self._start, self._stream, self._at = start, stream, 0

    def seek(self, offset: int, /) -> None:
        """Go forward to a place."""
        while self._at < offset and self.read(min(offset - self._at, _STEP)):
            ...

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes."""
        data = self._start[self._at : self._at + size]
        if len(data) < size:
            data += self._stream.read(size - len(data))
        self._at += len(data)
        return data


def _source(stream: Source, grammars: Sequence[Grammar]) -> tuple[Lowered, _Places]:
    """Return by which expression a log is read, and its bytes from any place on, or from one place after another."""
    if isinstance(stream, io.IOBase) and stream.seekable():
        return begin(stream, grammars)[0], stream
    start = stream.read(FITTING)
    return begin(io.BytesIO(start), grammars)[0], _Forward(start, stream)


def _spans(places: pl.DataFrame) -> pl.DataFrame:
    """Join places that overlap or lie near each other (``from_line``, ``begin``, ``end``)."""
    sorted_ = places.sort("begin", "end")
    is_far = pl.col("begin") > pl.col("end").cum_max().shift() + _NEAR
    spans = sorted_.with_columns(span=is_far.fill_null(value=True).cum_sum())
    return spans.group_by("span", maintain_order=True).agg(
        pl.col("from_line").first(), pl.col("begin").first(), pl.col("end").max()
    )


def _lines(stream: _Places, spans: pl.DataFrame) -> pl.DataFrame:
    """Read the bytes of all spans: ``line`` (its number in the file) and ``text``."""
    parts, at, first_bytes = [], 0, []
    for begin_, end in spans.select("begin", "end").iter_rows():
        stream.seek(begin_)
        part = stream.read(end - begin_)
        parts.append(part if part.endswith(b"\n") else part + b"\n")
        first_bytes.append(at)
        at += len(parts[-1])
    starting = spans.select("from_line", at=pl.Series(first_bytes, dtype=pl.UInt64)).with_row_index("row")
    lines = split_lines(b"".join(parts)).with_columns(at=pl.col("size").cum_sum() - pl.col("size"))
    placed = lines.join_asof(starting, on="at", strategy="backward")
    number = pl.col("from_line") + pl.int_range(pl.len(), dtype=pl.UInt32).over("row")
    return placed.select(number.cast(pl.UInt32).alias("line"), "text")
