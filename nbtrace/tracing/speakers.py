"""Who wrote each record, and in which run of its process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from nbtrace.flows import Flow

__all__ = ["assign_runs", "assign_speakers", "owner"]

_SILENCE: Final = pl.duration(hours=2)  # I: a process number that speaks again after this is another process
_AFTER_END: Final = pl.duration(seconds=10)  # I: the last lines of a process follow its end line at once


def owner(flow: Flow) -> pl.Expr:
    """Return the speaker that owns a log (String), from the columns ``originator``, ``daemon`` and ``log``."""
    by_originator = {number: speaker.name for speaker in flow.speaker for number in speaker.originators}
    by_log = {log: speaker.name for speaker in flow.speaker for log in (*speaker.logs, speaker.name)}
    unowned = pl.col("originator").is_null()
    return pl.coalesce(
        pl.col("originator").replace_strict(by_originator, default=None, return_dtype=pl.String),
        *(
            pl.when(unowned).then(pl.col(name).replace_strict(by_log, default=None, return_dtype=pl.String))
            for name in ("daemon", "log")
        ),
    )


def assign_speakers(entries: pl.DataFrame, flow: Flow) -> pl.DataFrame:
    """Add ``speaker`` (String): the flow's name for who wrote the record, null for strangers.

    Unified records: the originator of the emitting code where that speaker may speak inside this log, else the owner;
    legacy records: the log's directory.
    """
    by_originator = {number: speaker.name for speaker in flow.speaker for number in speaker.originators}
    guest = pl.col("file_id").replace_strict(by_originator, default=None, return_dtype=pl.String)
    entries = entries.with_columns(speaker=owner(flow))
    hosts = pl.col("speaker")
    allowed = [
        (guest == speaker.name) & hosts.is_in(list(speaker.inside)) for speaker in flow.speaker if speaker.inside
    ]
    return entries.with_columns(
        speaker=pl.when(pl.any_horizontal(pl.lit(False), *allowed)).then(guest).otherwise(hosts)
    )


def assign_runs(identified: pl.DataFrame, flow: Flow, run_start: pl.Expr, run_end: pl.Expr) -> pl.DataFrame:
    """Add ``session`` (UInt32), and what the run is bound to.

    A run is one process of a speaker that serves one job from its start to its end: it begins where the process number
    is new, where another job id stands, where a start line follows work without a job, or after a long silence.
    Adds ``opening`` (first record of the run that stands for its job) and ``session_job`` (Int64).
    """
    key = ["host", "log", "pid"]
    runs = pl.col("speaker").is_in(flow.marked("runs"))
    rows = identified.with_columns(is_start=run_start, is_end=run_end).filter(runs & pl.col("pid").is_not_null())
    rows = rows.sort(*key, "time", "log_id", "line", nulls_last=True, maintain_order=True)
    job_before = pl.col("job_id").forward_fill().shift(1).over(key)
    gap = pl.col("time").diff().over(key)
    begins = (
        (pl.int_range(pl.len()).over(key) == 0)
        | (pl.col("job_id").is_not_null() & job_before.is_not_null() & (pl.col("job_id") != job_before))
        | (pl.col("is_start") & pl.col("message").str.contains("INITIATING", literal=True))
        | (gap > _SILENCE)
        | (pl.col("is_end").shift(1).over(key) & (gap > _AFTER_END))
    )
    rows = rows.with_columns(session=begins.fill_null(value=False).cum_sum().cast(pl.UInt32))
    rows = rows.with_columns(
        session_job=pl.col("job_id").drop_nulls().first().over("session"),
        opening=pl.int_range(pl.len()).over("session") == 0,
    )
    joined = identified.join(
        rows.select("entry", "session", "session_job", "opening"),
        on="entry",
        how="left",
        maintain_order="left",
    )
    return joined.with_columns(pl.col("opening").fill_null(value=False))
