"""Bytes of a log → numbered lines → records with their continuation lines."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

import polars as pl

from nbtrace.grammar.columns import starts

if TYPE_CHECKING:
    from nbtrace.grammar.lowering import Lowered

__all__ = ["decode", "join_records", "split_lines"]


def _as_windows_text(error: UnicodeError) -> tuple[str, int]:
    """Read the bytes that are no UTF-8 as cp1252, and what even that lacks as latin-1: no byte loses its line."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    return bad.decode("cp1252", "ignore") or bad.decode("latin-1"), error.end


codecs.register_error("nbtrace.windows", _as_windows_text)


def decode(data: bytes) -> str:
    """Return the text of a log: UTF-8, and cp1252 or latin-1 for every byte that is no UTF-8 (log-formats.md §4, L)."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    return data.removeprefix(codecs.BOM_UTF8).decode("utf-8", "nbtrace.windows")


def split_lines(text: str) -> pl.DataFrame:
    """Return one row a line: ``line`` (UInt32, from 1) and ``text`` without its line end (LF or CRLF)."""
    lines = pl.Series("text", [text], dtype=pl.String).str.split("\n").explode()
    if text.endswith("\n"):
        lines = lines.head(-1)
    elif not text:
        lines = lines.clear()
    return lines.str.strip_chars_end("\r").to_frame().with_row_index("line", offset=1)


def join_records(lines: pl.DataFrame, lowered: Lowered) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Join every line that starts no record to the record before it.

    Returns the records (``line``, ``text`` with line breaks inside) and the lines before the first record, which
    belong to none (``line``, ``text``; blank ones left out).
    """
    marked = lines.with_columns(record=starts(pl.col("text"), lowered).fill_null(value=False).cum_sum())
    orphans = marked.filter((pl.col("record") == 0) & (pl.col("text").str.strip_chars() != "")).select("line", "text")
    marked = marked.filter(pl.col("record") > 0)
    if marked.height == marked["record"].n_unique():
        return marked.select("line", "text"), orphans
    records = marked.group_by("record", maintain_order=True).agg(pl.col("line").first(), pl.col("text"))
    return records.select("line", pl.col("text").list.join("\n").str.strip_chars_end("\n")), orphans
