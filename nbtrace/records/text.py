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
_MARKS: Final = "\0\ufeff\r"  # zeros that a crash left, byte order marks of files put together, ends of line

# A line that begins like a record of any format, but that the grammar does not take, is not a continuation line.
_LOOKS_LIKE_RECORD: Final = (
    r"^(?:[0-9]{1,2}:[0-9]{2}:[0-9]{2}\b|[0-9],[0-9]{4,6},|[0-9]{1,4}[/-][0-9]{1,2}[/-][0-9]{1,4} [0-9]{1,2}:[0-9]{2})"
)


def split_lines(data: bytes) -> pl.DataFrame:
    """Return one row a line: ``line`` (UInt32, from 1) and ``text`` without its line end (LF or CRLF).

    ``size`` (UInt64) are the bytes of the line in the file, with its end. Bytes that are no UTF-8 are read as cp1252 or
    latin-1 (log-formats.md §4, L): no byte loses its line, but then nobody knows their sizes, which are null.
    """
    try:
        lines = _lines(data)
    except (pl.exceptions.ComputeError, UnicodeDecodeError):
        lines = _lines(_as_utf8(data)).with_columns(size=pl.lit(None, pl.UInt64))
    # One byte is found many times as fast as three.
    if b"\0" in data or (codecs.BOM_UTF8[:1] in data and codecs.BOM_UTF8 in data):
        return lines.with_columns(pl.col("text").str.strip_chars(_MARKS))
    return lines.with_columns(pl.col("text").str.strip_chars_end("\r")) if b"\r" in data else lines


def _lines(text: bytes) -> pl.DataFrame:
    """Split UTF-8 into lines; an error of polars or of Unicode where it is none."""
    if b"\r" not in text and text[:1].isdigit():
        lines = pl.read_lines(text, name="text").with_row_index("line", offset=1)
    else:
        # polars takes first bytes that look like a compressed file's for one, and the ends of lines for itself.
        whole = pl.Series("text", [text.decode()[: -1 if text.endswith(b"\n") else None]] if text else [], pl.String)
        lines = whole.str.split("\n").explode().to_frame().with_row_index("line", offset=1)
    return lines.select("line", "text", size=pl.col("text").str.len_bytes().cast(pl.UInt64) + 1)


def _as_utf8(data: bytes) -> bytes:
    """Return the text of a log in UTF-8."""
    if data.startswith(_UTF16):
        return data.decode("utf-16", "replace").encode()
    good = len(data.decode("utf-8", "ignore").encode())
    if len(data) - good > len(data) // _GARBAGE:
        return codecs.charmap_decode(data, "strict", _WINDOWS)[0].encode()
    return data.decode("utf-8", "nbtrace.windows").encode()


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
    others = lines.filter(~begins)
    if others.height:
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
