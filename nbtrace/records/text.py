"""Bytes of a log → numbered lines → pieces: records with their continuation lines, and what no grammar takes."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Final

import polars as pl

from nbtrace.grammar.columns import starts

if TYPE_CHECKING:
    from nbtrace.grammar.lowering import Lowered

__all__ = ["begun", "join_records", "joined", "lines_of", "split_lines"]

_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# cp1252, and latin-1 for the five bytes that it lacks: a character for every byte.
_WINDOWS: Final = "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(256))
_GARBAGE: Final = 10  # one byte in so many is no UTF-8: then it is none at all, and not worth a call for every byte
_PACKED: Final = (b"\x1f\x8b", b"x\x01", b"x^", b"x\x9c", b"x\xda", b"(\xb5/\xfd")  # what polars takes for compressed
_MARKS: Final = "\0\ufeff\r"  # zeros that a crash left, byte order marks of files put together, ends of line

# A line that begins like a record of any format, but that the grammar does not take, is not a continuation line.
_LOOKS_LIKE_RECORD: Final = (
    r"^(?:[0-9]{1,2}:[0-9]{2}:[0-9]{2}\b|[0-9],[0-9]{4,6},|[0-9]{1,4}[/-][0-9]{1,2}[/-][0-9]{1,4} [0-9]{1,2}:[0-9]{2})"
)


def split_lines(data: bytes, before: bytes = b"", end: int | None = None) -> pl.DataFrame:
    """Return one row a line: ``line`` (UInt32, from 1) and ``text`` without its line end (LF or CRLF).

    ``size`` (UInt64) are the bytes of the line in the file, with its end. Bytes that are no UTF-8 are read as cp1252 or
    latin-1 (log-formats.md §4, L): no byte loses its line, but then nobody knows their sizes, which are null.

    Args:
        data: the bytes, of which no copy is made as long as nothing is the matter with them.
        before: bytes that stand before them.
        end: where to stop in ``data``: behind a line, or at the end of all.
    """
    end = len(data) if end is None else end
    texts, in_file = _plain_lines(before, data, end), True
    if texts is None:
        text, in_file = _decoded(before + data[:end])
        texts = _split(text)
    size = pl.col("text").str.len_bytes().cast(pl.UInt64) + 1
    lines = texts.with_row_index("line", offset=1).with_columns(size=size if in_file else pl.lit(None, pl.UInt64))
    # One byte is found many times as fast as three.
    if any(b"\0" in part or (codecs.BOM_UTF8[:1] in part and codecs.BOM_UTF8 in part) for part in (before, data)):
        return lines.with_columns(pl.col("text").str.strip_chars(_MARKS))
    return lines.with_columns(pl.col("text").str.strip_chars_end("\r")) if b"\r" in before or b"\r" in data else lines


def _plain_lines(before: bytes, data: bytes, end: int) -> pl.DataFrame | None:
    """Return the lines (``text``) of plain UTF-8; nothing where polars would read something else than text with LF.

    What follows ``end`` is split as well and left out, and the line that ``before`` begins is split by itself: both is
    cheaper than to copy the data.
    """
    first = before + data[: data.find(b"\n", 0, end) + 1 or end]
    if any(b"\r" in text or not text[:1].isascii() or text.startswith(_PACKED) for text in (first, data)):
        return None
    behind = data.count(b"\n", end) + (end < len(data) and not data.endswith(b"\n"))
    try:
        lines = pl.read_lines(data, name="text")
        lines = lines.head(lines.height - behind)
        return pl.concat([_split(first.decode()), lines.slice(1)]) if before else lines
    except (pl.exceptions.ComputeError, UnicodeDecodeError):  # it is no UTF-8
        return None


def _split(text: str) -> pl.DataFrame:
    """Split a text into lines (``text``); to begin with many is slower than with ``read_lines``, with few faster."""
    whole = pl.Series("text", [text.removesuffix("\n")] if text else [], pl.String)
    return whole.str.split("\n").explode().to_frame()


def _decoded(data: bytes) -> tuple[str, bool]:
    """Return the text of a log, and whether it is that of the file: UTF-8."""
    try:
        return data.decode(), True
    except UnicodeDecodeError:
        if data.startswith(_UTF16):
            return data.decode("utf-16", "replace"), False
    good = len(data.decode("utf-8", "ignore").encode())
    if len(data) - good > len(data) // _GARBAGE:
        return codecs.charmap_decode(data, "strict", _WINDOWS)[0], False
    return data.decode("utf-8", "nbtrace.windows"), False


def _as_windows_text(error: UnicodeError) -> tuple[str, int]:
    """Read the bytes that are no UTF-8 as Windows text."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return codecs.charmap_decode(error.object[error.start : error.end], "strict", _WINDOWS)[0], error.end


codecs.register_error("nbtrace.windows", _as_windows_text)


def join_records(lines: pl.DataFrame, lowered: Lowered, firsts: pl.Series | None = None) -> pl.DataFrame:
    """Join every line that begins nothing to what began before it; ``firsts`` are the first lines of several files.

    Returns pieces in the order of the file: ``line`` (its first), ``text`` (with line breaks inside) and ``starts``
    (Boolean): a record, or lines that belong to none, being before the first record or behind a line that looks like
    a record of another format. Each line is in one piece.
    """
    marked = begun(lines.with_columns(starts=starts(pl.col("text"), lowered)), firsts)
    first, rest = marked.filter("begins"), marked.filter(~pl.col("begins"))
    return joined(first, rest).select("line", "text", "starts")


def begun(lines: pl.DataFrame, firsts: pl.Series | None = None) -> pl.DataFrame:
    """Add ``begins`` (Boolean), where a piece begins, and ``number`` (UInt32) of the piece, from 0.

    A piece begins with a record (``starts``), with what looks like a record of another format, and with the first line,
    or with each of several first lines (``firsts``).
    """
    begins = pl.col("starts")
    if not lines["starts"].all():
        others = lines.filter(~begins)
        strange = others.filter(pl.col("text").str.contains(_LOOKS_LIKE_RECORD))["line"]
        begins = begins | pl.col("line").is_in(
            pl.concat([strange, lines["line"].head(1) if firsts is None else firsts]).implode()
        )
    return lines.with_columns(begins=begins).with_columns(number=pl.col("begins").cum_sum() - 1)


def joined(first: pl.DataFrame, rest: pl.DataFrame) -> pl.DataFrame:
    """Add the lines of ``rest`` to the text of the first line of their piece (``number``, in rising order)."""
    behind = rest if rest.is_empty() else rest.join(first, on="number", how="semi", maintain_order="left")
    if behind.is_empty():
        return first
    texts = behind.group_by("number", maintain_order=True).agg(pl.col("text").str.join("\n"))
    at = first["number"].search_sorted(texts["number"])
    return first.with_columns(first["text"].scatter(at, first["text"].gather(at) + "\n" + texts["text"]))


def lines_of(pieces: pl.DataFrame) -> pl.DataFrame:
    """Return the lines of pieces (``line``, ``text``) one by one; blank ones are left out."""
    if pieces.is_empty():
        return pieces.select("line", "text")
    split = pieces.select("line", pl.col("text").str.split("\n"))
    numbered = split.with_columns(after=pl.int_ranges(0, pl.col("text").list.len(), dtype=pl.UInt32))
    lines = numbered.explode("text", "after").select(pl.col("line") + pl.col("after"), "text")
    return lines.filter(pl.col("text").str.strip_chars() != "")
