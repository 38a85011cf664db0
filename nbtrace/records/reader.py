"""One log → ``entries``: the reader of every record format, driven by its grammar's fields.

The vocabulary of fields is documented in ``grammars/README.md``; a new format needs a grammar and no code here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from nbtrace.grammar.columns import fields, starts
from nbtrace.knowledge.daemons import originator_name
from nbtrace.records.counted import cut_column
from nbtrace.records.text import decode, join_records, split_lines
from nbtrace.records.times import DAY, clock_ms, epoch_ms, local_dates, rolled_days, to_utc
from nbtrace.tables import ENTRIES, SEVERITY, TIME

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nbtrace.grammar.library import Grammar
    from nbtrace.grammar.lowering import Lowered

__all__ = ["SAMPLES", "LogRead", "read_log"]

SAMPLES: Final = 3  # unparsed lines kept of a log to be shown
_VOCABULARY: Final = (
    "clock",
    "meridiem",
    "date",
    "epoch_ms",
    "epoch_s",
    "pid",
    "tid",
    "severity",
    "level",
    "kind",
    "originator",
    "originator_name",
    "file_id",
    "context",
    "message_id",
    "function",
    "message",
    "counted",
)
# A line that begins like a record of any format, but that no grammar took, is not a continuation line.
_LOOKS_LIKE_RECORD: Final = r"(?m)^(?:[0-9]{1,2}:[0-9]{2}:[0-9]{2}\b.*|[0-9],[0-9]{4,6},.*|[0-9]{1,4}[/-][0-9]{1,2}[/-][0-9]{1,4} [0-9]{1,2}:[0-9]{2}.*)$"
# Words in the text that tell its severity (log-formats.md §4, H: they occur, and the number is not reliable).
_WORD_IN_TEXT: Final = r"^(?:\[[^\]]{1,60}\] ?)?(?:(?:INF|TRV) - )?(INF|WRN|ERR|FTL) - "
_WORDS: Final[Mapping[str, int]] = {
    "INF": SEVERITY["info"],
    "WRN": SEVERITY["warning"],
    "ERR": SEVERITY["error"],
    "FTL": SEVERITY["critical"],
    "DEBUG": SEVERITY["debug"],
    "INFO": SEVERITY["info"],
    "NOTICE": SEVERITY["info"],
    "WARN": SEVERITY["warning"],
    "WARNING": SEVERITY["warning"],
    "ERROR": SEVERITY["error"],
    "CRITICAL": SEVERITY["critical"],
    "FATAL": SEVERITY["critical"],
    "EMERGENCY": SEVERITY["critical"],
}
_KINDS: Final[Mapping[str, str]] = {
    "0": "debug",
    "1": "diagnostic",
    "2": "application",
}  # digits: L, log-formats.md §1.3


@dataclass(frozen=True, slots=True)
class LogRead:
    """What one log gave: its ``entries``, and what no grammar took.

    ``samples`` are the first unparsed lines as (line, text); ``repaired`` counts records whose lengths did not fit;
    ``date_assumed`` says that the order of day and month had to be assumed.
    """

    entries: pl.DataFrame
    lines: int
    unparsed: int
    samples: list[tuple[int, str]]
    repaired: int = 0
    date_assumed: bool = False


def read_log(data: bytes, log: Mapping[str, Any], grammars: Sequence[Grammar]) -> LogRead:
    """Read one log.

    Args:
        data: the bytes of the file.
        log: its row of the table ``logs``: log_id, log, originator, date, zone and zone_source are used.
        grammars: the record grammars of its format; the one that takes most of its lines reads it.

    Returns:
        The log's ``entries`` with UTC times, and counts of what could not be read. Never fails on content.
    """
    lines = split_lines(decode(data))
    lowered = _fitting(lines, [grammar.lowered("start") for grammar in grammars])
    records, orphans = join_records(lines, lowered)
    taken = records.select("line", "text", fields(pl.col("text"), lowered).alias("field")).unnest("field")
    refused = taken.filter(pl.all_horizontal(pl.col(lowered.fields).is_null()))
    taken = (
        taken.join(refused.select("line"), on="line", how="anti", maintain_order="left") if refused.height else taken
    )
    missed = pl.concat([orphans, refused.select("line", "text"), _lookalikes(records)]).sort("line")
    present = taken.with_columns(
        pl.lit(None, pl.String).alias(name) for name in _VOCABULARY if name not in taken.columns
    )
    present, repaired = _counted(present) if "counted" in lowered.fields else (present, 0)
    timed, date_assumed = _timed(present, log)
    entries = _entries(timed, log)
    samples = list(missed.head(SAMPLES).iter_rows())
    return LogRead(entries, lines.height, missed.height, samples, repaired, date_assumed)


def _fitting(lines: pl.DataFrame, choices: Sequence[Lowered]) -> Lowered:
    """Return the expression that starts a record at most lines; the first where several do."""
    if len(choices) == 1:
        return choices[0]
    counts = lines.select(starts(pl.col("text"), lowered).sum().alias(str(n)) for n, lowered in enumerate(choices)).row(
        0
    )
    return choices[counts.index(max(counts))]


def _lookalikes(records: pl.DataFrame) -> pl.DataFrame:
    """Return the continuation lines that look like records of some format but are none (``line``, ``text``)."""
    joined = records.filter(pl.col("text").str.contains("\n", literal=True))
    lines = joined.with_columns(
        pl.col("text").str.split("\n").list.slice(1), at=pl.int_ranges(1, pl.col("text").str.count_matches("\n") + 1)
    ).explode("text", "at")
    return lines.filter(pl.col("text").str.contains(_LOOKS_LIKE_RECORD)).select(
        pl.col("line") + pl.col("at").cast(pl.UInt32), "text"
    )


def _counted(taken: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Fill context, message, function, level and message id from the length-prefixed fields; count the repaired."""
    parts = cut_column(taken["counted"])
    function = pl.col("function").str.strip_prefix("[").str.strip_suffix("]")
    taken = taken.drop("context", "message", "function", "level", "message_id").hstack(parts.with_columns(function))
    message_id = pl.when(pl.col("number").is_not_null()).then(pl.format("V-{}-{}", "originator", "number"))
    return taken.with_columns(message_id=message_id), int((~parts["fit"]).sum())


def _timed(taken: pl.DataFrame, log: Mapping[str, Any]) -> tuple[pl.DataFrame, bool]:
    """Add ``time`` (UTC, ms) and ``time_quality``."""
    zone, assumed = str(log["zone"] or "UTC"), False
    epoch = pl.coalesce(epoch_ms(pl.col("epoch_ms")), epoch_ms(pl.col("epoch_s") + "000"))
    taken = taken.with_columns(clock_of_day=clock_ms(pl.col("clock"), pl.col("meridiem")))
    if taken["date"].null_count() < taken.height:
        days, assumed = local_dates(taken["date"], log["date"])
        taken = taken.with_columns(days.cast(pl.Int32).cast(pl.Int64).alias("day"))
    else:
        first = None if log["date"] is None else (log["date"] - date(1970, 1, 1)).days
        taken = taken.with_columns(day=pl.lit(first, pl.Int64) + rolled_days(pl.col("clock_of_day")))
    local = to_utc(pl.col("day") * DAY + pl.col("clock_of_day"), zone)
    quality = pl.lit("assumed" if log["zone_source"] == "assumed" else "zone")
    return taken.with_columns(
        time=pl.coalesce(epoch, local).cast(TIME),
        time_quality=pl.when(epoch.is_not_null())
        .then(pl.lit("epoch"))
        .when(local.is_not_null())
        .then(quality)
        .otherwise(pl.lit("none")),
    ), assumed


def _entries(taken: pl.DataFrame, log: Mapping[str, Any]) -> pl.DataFrame:
    """Shape the fields as the table ``entries``."""
    originator, file_id = (
        pl.col("originator").cast(pl.Int32, strict=False),
        pl.col("file_id").cast(pl.Int32, strict=False),
    )
    if _swapped(taken, log["originator"]):
        originator, file_id = file_id, originator
    word = pl.col("message").str.extract(_WORD_IN_TEXT, 1).replace_strict(_WORDS, default=None, return_dtype=pl.Int8)
    named = pl.col("severity").str.to_uppercase().replace_strict(_WORDS, default=None, return_dtype=pl.Int8)
    number = pl.col("severity").cast(pl.Int8, strict=False)
    kind = pl.col("kind").replace(_KINDS).str.to_lowercase().fill_null("debug")
    plain = pl.when(kind == "debug").then(SEVERITY["debug"]).otherwise(SEVERITY["info"]).cast(pl.Int8)
    names = {oid: originator_name(oid) for oid in taken.select(originator).to_series().drop_nulls().unique()}
    named_by_number = originator.replace_strict(names, default=None, return_dtype=pl.String)
    frame = taken.with_columns(
        log_id=pl.lit(log["log_id"], pl.UInt32),
        originator=originator,
        file_id=file_id,
        kind=kind,
        severity=pl.max_horizontal(word, named, number).fill_null(plain),
        daemon=pl.coalesce("originator_name", named_by_number, pl.lit(log["log"])),
        level=pl.col("level").cast(pl.Int8, strict=False),
        pid=pl.col("pid").cast(pl.Int64, strict=False),
        tid=pl.col("tid").cast(pl.Int64, strict=False),
        message=pl.col("message").fill_null(""),
        context=pl.col("context").fill_null(""),
    )
    return ENTRIES.shape(frame)


def _swapped(taken: pl.DataFrame, owner: int | None) -> bool:
    """Tell whether file id and originator stand the other way round: the owner of the file is in the other field.

    The order of the two is not known for sure (log-formats.md §1.3, L), the owner in the file's name is (H).
    """
    if owner is None:
        return False
    here, there = ((taken[name] == str(owner)).sum() for name in ("originator", "file_id"))
    return bool(there > here)
