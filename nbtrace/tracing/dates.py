"""The date of files of which neither name nor other logs tell it: from the time of their last change, if that fits."""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl

from nbtrace.tables import WRONG_DATES
from nbtrace.zones import in_utc

__all__ = ["by_change"]

_DAYS: Final = (0, -1, 1)  # beside the day of the change: the clock may show another one
_NEAR: Final = pl.duration(minutes=10)  # I: a log that was not touched since was changed last with its last record


def by_change(stats: pl.DataFrame, logs: pl.DataFrame, changed: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Return the files without a date that other logs do not date, as the table ``WRONG_DATES``.

    Their date is that on which the last record and the last change of the file are at the same time; it stays null
    where they never are, since copies often have the time of the copying.

    Args:
        stats: log_id, time_quality and last_time (clock) of the logs.
        logs: the table ``logs``, with zones.
        changed: log_id and changed (UTC).
        known: files (log_id) whose date is known otherwise.
    """
    undated = stats.filter(pl.col("time_quality") == "undated").join(known, on="log_id", how="anti")
    rows = undated.group_by("log_id").agg(pl.col("last_time").max())
    rows = rows.join(logs.select("log_id", "zone"), on="log_id").join(changed, on="log_id")
    rows = rows.with_columns(days=pl.col("changed").dt.date() - pl.col("last_time").dt.date(), date=None)
    parts = [WRONG_DATES.empty()]
    for (zone,), group in rows.group_by("zone", maintain_order=True):
        found = pl.lit(None, pl.Date)
        for day in _DAYS:
            days = pl.col("days") + pl.duration(days=day)
            at = group.with_columns(at=pl.col("last_time") + days).select(in_utc("at", str(zone))).to_series()
            fits = (pl.lit(at) - pl.col("changed")).abs() <= _NEAR
            found = pl.coalesce(found, pl.when(fits).then(pl.lit(date(1970, 1, 1)) + days))
        parts.append(WRONG_DATES.shape(group.with_columns(date=found)))
    return pl.concat(parts).sort("log_id")
