"""Of all identified entries, when each log names which job and which image: the facts by which clocks are compared."""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl

from nbtrace.tracing.zoned import utc_times

__all__ = ["facts"]

_FIRST: Final = 4  # moments kept of each fact from its beginning in a log
_LAST: Final = 2  # and from its end
_MOST: Final = 4000  # facts of each kind: many agree, or none do
_OF_LOG: Final = ("log_id", "host", "format", "role", "zone", "zone_source", "date")


def facts(identified: pl.LazyFrame, logs: pl.DataFrame) -> pl.DataFrame:
    """Return the facts that several logs name: kind (job | image), key, time, dated and the columns above.

    Times are minutes. Of clocks whose zone an option of their host gives they are in UTC, of all others but epochs what
    the clock showed. Of files without a date (not ``dated``) days count from 1970.

    Args:
        identified: entries as they are read: log_id, time, time_quality, job_id, images.
        logs: the table ``logs``.
    """
    given = pl.col("zone_source").is_in(["epoch", "host option"])
    provisional = logs.with_columns(
        zone=pl.when(given).then("zone").otherwise(pl.lit("UTC")), date=pl.col("date").fill_null(date(1970, 1, 1))
    )
    timed = utc_times(identified.select("log_id", "time", "time_quality", "job_id", "images"), provisional)
    found = pl.concat([_shared(timed, logs, kind) for kind in ("job", "image")])
    undated = (pl.col("format") == "legacy") & pl.col("date").is_null()
    return found.join(logs.select(_OF_LOG), on="log_id", how="left").with_columns(dated=~undated).sort("time", "log_id")


def _shared(timed: pl.LazyFrame, logs: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Return the moments (log_id, kind, key, time) of the facts that logs of several clocks name; some, if many do."""
    key = pl.col("job_id").cast(pl.String) if kind == "job" else pl.col("images")
    named = timed.select("log_id", "time", key=key)
    named = named.explode("key") if kind == "image" else named
    minute = pl.col("time").dt.truncate("1m").unique()
    moments = named.drop_nulls().group_by("log_id", "key").agg(first=minute.bottom_k(_FIRST), last=minute.top_k(_LAST))
    table = moments.collect(engine="streaming")
    clock = pl.struct("host", "format").alias("clock")
    clocks = table.join(logs.select("log_id", clock), on="log_id", how="left")
    several = clocks.group_by("key").agg(pl.col("clock").n_unique()).filter(pl.col("clock") > 1)["key"].sort()
    some = several.gather_every(max(1, len(several) // _MOST))
    kept = table.filter(pl.col("key").is_in(some.implode()))
    time = pl.concat_list("first", "last").list.unique().alias("time")
    return kept.select("log_id", "key", time, kind=pl.lit(kind)).explode("time").select("log_id", "kind", "key", "time")
