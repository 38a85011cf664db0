"""Many small logs at once → ``entries``: what it costs to begin with a log is paid once for all of them."""

from __future__ import annotations

import codecs
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import polars as pl

from nbtrace.records.entries import shaped, timed_many
from nbtrace.records.fields import parse
from nbtrace.records.reader import LogRead
from nbtrace.records.text import join_records, split_lines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nbtrace.grammar.library import Grammar
    from nbtrace.grammar.lowering import Lowered

__all__ = ["is_plain", "of_many", "read_many"]


def of_many(grammars: Sequence[Grammar]) -> bool:
    """Tell whether logs of a format can be read together: by one grammar, and without dates, of which each log has an order."""
    return len(grammars) == 1 and "date" not in grammars[0].lowered().fields


def is_plain(text: bytes) -> bool:
    """Tell whether the bytes of a log can stand beside those of others: UTF-8, without zeros and byte order marks."""
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return b"\0" not in text and codecs.BOM_UTF8 not in text


def read_many(
    texts: Sequence[bytes], logs: Sequence[Mapping[str, Any]], grammar: Grammar
) -> tuple[pl.DataFrame, list[LogRead]]:
    """Return the ``entries`` of logs, as ``read_log`` would for one after the other, and the figures of each.

    Args:
        texts: the bytes of each file, of which each ``is_plain``.
        logs: their rows of the table ``logs``, in rising order of log_id.
        grammar: the record grammar of their format: it is one ``of_many``.
    """
    whole = [text + b"\n" if text and not text.endswith(b"\n") else text for text in texts]
    counts = [text.count(b"\n") for text in whole]
    known = _known(logs, [0, *accumulate(counts)][: len(logs)])
    records, missed = (_placed(rows, known) for rows in _records(b"".join(whole), known, grammar.lowered()))
    reads = {log["log_id"]: LogRead(lines=count) for log, count in zip(logs, counts, strict=True)}
    level = pl.col("level").cast(pl.Int64, strict=False).max()
    misfit = (~pl.col("fit")).sum() if "fit" in records.columns else pl.lit(0)
    for log_id, *figures in records.group_by("log_id").agg(pl.len(), level, misfit.alias("misfit")).iter_rows():
        reads[log_id].records, reads[log_id].highest_level, reads[log_id].repaired = figures
    for (log_id,), lines in missed.select("log_id", "line", "text").group_by("log_id"):
        reads[log_id].miss(lines.drop("log_id"))
    return shaped(timed_many(records, logs)), list(reads.values())


def _known(logs: Sequence[Mapping[str, Any]], before: Sequence[int]) -> pl.DataFrame:
    """Return what is known of each log: ``log_id``, ``log``, ``owner``, and ``before``, how many lines are before it."""
    rows = [(log["log_id"], log["log"], log["originator"], lines) for log, lines in zip(logs, before, strict=True)]
    schema = {"log_id": pl.UInt32, "log": pl.String, "owner": pl.Int32, "before": pl.UInt32}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _records(data: bytes, known: pl.DataFrame, lowered: Lowered) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the fields of the records of all logs, and the lines that no record takes."""
    pieces = join_records(split_lines(data), lowered, known["before"] + 1).with_row_index("piece")
    if "counted" in lowered.fields:
        own = known.select("owner", "before")[_which(pieces, known)]
        pieces = pieces.hstack(own).with_columns(end=(pl.col("piece").max() + 1).over("before")).drop("before")
    parsed = parse(pieces, pieces["text"], lowered, None)
    return parsed.records.drop("piece", "owner", "end", strict=False), parsed.missed


def _which(rows: pl.DataFrame, known: pl.DataFrame) -> pl.Series:
    """Return in which of the logs (number of its row) each ``line`` stands."""
    return known["before"].search_sorted(rows["line"], side="left") - 1


def _placed(rows: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Add ``log_id`` and ``log``, and number the lines of each log from 1."""
    own = known.select("log_id", "log", "before")[_which(rows, known)]
    return rows.hstack(own).with_columns(pl.col("line") - pl.col("before")).drop("before")
