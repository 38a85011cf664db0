"""Fields of records → ``entries``: their times in UTC, their severities, who wrote them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from nbtrace.knowledge.daemons import originator_name
from nbtrace.records.times import DAY, HOUR, clock_ms, epoch_ms, local_dates, rolled_days, set_back
from nbtrace.tables import ENTRIES, SEVERITY, TIME

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["CLOCKS", "shaped", "timed", "timed_many"]

# All that the time of a record comes from.
CLOCKS: Final[Mapping[str, type[pl.DataType]]] = {
    "line": pl.UInt32,
    **dict.fromkeys(("clock", "meridiem", "date", "epoch_ms", "epoch_s"), pl.String),
}

_NO_DATE: Final = date(1970, 1, 1)  # the first day of a file of which nobody says the date
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
_NUMBERS: Final[Mapping[str, int]] = {str(number): number for number in SEVERITY.values()}
_KINDS: Final[Mapping[str, str]] = {
    "0": "debug",
    "1": "diagnostic",
    "2": "application",
}  # digits: L, log-formats.md §1.3


def timed(taken: pl.DataFrame, log: Mapping[str, Any]) -> tuple[pl.DataFrame, bool]:
    """Add ``time`` and ``time_quality``: epochs are UTC, all other times are those of the host's clock."""
    assumed, known = False, "local"
    local = pl.Series("local", [None], pl.Int64).new_from_index(0, taken.height)
    if taken["clock"].null_count() < taken.height:
        clock = clock_ms(taken["clock"], taken["meridiem"])
        if taken["date"].null_count() < taken.height:
            dates, assumed = local_dates(taken["date"], log["date"])
            local = _days(dates) * DAY + clock
        else:
            known = "undated" if log["date"] is None else "local"
            local = (rolled_days(clock) + ((log["date"] or _NO_DATE) - _NO_DATE).days) * DAY + clock
    return _told(taken, local, pl.lit(known), set_back(local)), assumed


def timed_many(taken: pl.DataFrame, logs: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Add the same to the records of several logs without printed dates (``log_id``, in rising order)."""
    clock = clock_ms(taken["clock"], taken["meridiem"])
    jump = pl.col("clock").forward_fill().diff()
    turns = (jump < -HOUR // 2) | (jump > DAY - HOUR)  # then it has several days, or an hour twice
    turning = taken.select("log_id").with_columns(clock=clock).select(turns.any().over("log_id").fill_null(value=False))
    is_turning = turning.to_series()
    calm, clock = taken.filter(~is_turning), clock.filter(~is_turning)
    dates = {log["log_id"]: log["date"] for log in logs}
    date_of_log = calm["log_id"].replace_strict(dates, return_dtype=pl.Date)
    local = _days(date_of_log.fill_null(_NO_DATE)) * DAY + clock
    known = pl.when(date_of_log.is_null()).then(pl.lit("undated")).otherwise(pl.lit("local"))
    told = [_told(calm, local, known, pl.repeat(value=False, n=calm.height, eager=True))]
    by_number = {log["log_id"]: log for log in logs}
    for (log_id,), part in taken.filter(is_turning).group_by("log_id", maintain_order=True):
        told.append(timed(part, by_number[log_id])[0])
    return pl.concat(told).sort("log_id", maintain_order=True)


def _told(taken: pl.DataFrame, local: pl.Series, known: pl.Expr, again: pl.Series) -> pl.DataFrame:
    """Add ``time`` and ``time_quality``: of epochs, else ``local`` (ms), which is ``known`` so well, or there twice."""
    epoch = pl.coalesce(epoch_ms(pl.col("epoch_ms")), epoch_ms(pl.col("epoch_s") + "000"))
    return taken.with_columns(
        time=pl.coalesce(epoch, pl.from_epoch(local, "ms").dt.replace_time_zone("UTC")).cast(TIME),
        time_quality=pl.when(epoch.is_not_null())
        .then(pl.lit("epoch"))
        .when(again & (known == "local"))
        .then(pl.lit("again"))
        .when(local.is_not_null())
        .then(known)
        .otherwise(pl.lit("none")),
    )


def _days(dates: pl.Series) -> pl.Series:
    """Days since 1970."""
    return dates.cast(pl.Int32).cast(pl.Int64)


def shaped(taken: pl.DataFrame, log: Mapping[str, Any] | None = None) -> pl.DataFrame:
    """Shape the fields as the table ``entries``; of several logs the columns ``log_id`` and ``log`` tell each."""
    own = {"log_id": pl.lit(log["log_id"], pl.UInt32), "log": pl.lit(log["log"])} if log else {}
    originator = pl.col("originator").cast(pl.Int32, strict=False)
    word = pl.col("message").str.extract(_WORD_IN_TEXT, 1).replace_strict(_WORDS, default=None, return_dtype=pl.Int8)
    named = pl.col("severity").str.to_uppercase().replace_strict(_WORDS, default=None, return_dtype=pl.Int8)
    number = pl.col("severity").replace_strict(_NUMBERS, default=None, return_dtype=pl.Int8)
    kind = pl.col("kind").replace(_KINDS).str.to_lowercase().fill_null("debug")
    plain = pl.when(kind == "debug").then(SEVERITY["debug"]).otherwise(SEVERITY["info"]).cast(pl.Int8)
    names = {oid: originator_name(oid) for oid in taken.select(originator).to_series().drop_nulls().unique()}
    named_by_number = originator.replace_strict(names, default=None, return_dtype=pl.String)
    frame = taken.with_columns(
        log_id=own.get("log_id", pl.col("log_id")),
        originator=originator,
        file_id=pl.col("file_id").cast(pl.Int32, strict=False),
        kind=kind,
        severity=pl.max_horizontal(word, named, number).fill_null(plain),
        daemon=pl.coalesce("originator_name", named_by_number, own.get("log", pl.col("log"))),
        level=pl.col("level").cast(pl.Int8, strict=False),
        pid=pl.col("pid").cast(pl.Int64, strict=False),
        tid=pl.col("tid").cast(pl.Int64, strict=False),
        message=pl.col("message").fill_null(""),
        context=pl.col("context").fill_null(""),
    )
    return ENTRIES.shape(frame)
