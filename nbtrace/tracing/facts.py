"""Of all identified entries, when each log names which job and which image: the facts by which clocks are compared."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

import polars as pl

from nbtrace.tracing.zoned import utc_times

if TYPE_CHECKING:
    from nbtrace.flows import Flow

__all__ = ["facts"]

_FIRST: Final = 4  # moments kept of each fact from its beginning in a log
_LAST: Final = 2  # and from its end
_MOST: Final = 4000  # facts of each kind: many agree, or none do
_NAMED: Final = ("job_id", "images", "speaker", "message", "says_importing")
# What is said when a backup begins: nbjm starts bpbrm (import-flow.md §6, D); bptm is called to write an image
# (log-formats.md §4, M); or the word itself, where it is not part of `backup id`.
_BEGINS: Final = r"(?i)bpbrm|-w\b.*-b |-backup|backup(s|$|[^ _i-]| [^i]|[_-][^i])"
_OF_LOG: Final = ("log_id", "host", "format", "role", "zone", "zone_source", "date")


def facts(identified: pl.LazyFrame, logs: pl.DataFrame, flow: Flow) -> pl.DataFrame:
    """Return the facts by which clocks are compared: kind, key, time, dated and the columns above.

    ``job`` and ``image`` are facts that several logs name; ``backup`` is the first that a log says of an image when it
    is made: the epoch in its id is that moment (log-formats.md §7, M). Replicated images are none: theirs is long ago.

    Times are minutes. Of clocks whose zone an option of their host gives they are in UTC, of all others but epochs what
    the clock showed. Of files without a date (not ``dated``) days count from 1970.

    Args:
        identified: entries as they are read: log_id, time, time_quality, job_id, images, speaker, message and
            says_importing.
        logs: the table ``logs``.
        flow: the process flow; what its anchors name was replicated.
    """
    given = pl.col("zone_source").is_in(["epoch", "host option"])
    provisional = logs.with_columns(
        zone=pl.when(given).then("zone").otherwise(pl.lit("UTC")), date=pl.col("date").fill_null(date(1970, 1, 1))
    )
    timed = utc_times(identified.select("log_id", "time", "time_quality", *_NAMED), provisional)
    anchors = flow.marked("anchors")
    found = pl.concat([*(_shared(timed, logs, kind) for kind in ("job", "image")), _backups(timed, anchors)])
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


def _backups(timed: pl.LazyFrame, anchors: list[str]) -> pl.DataFrame:
    """Return the moments (log_id, kind, key, time) at which logs say first that an image is being made."""
    named = timed.filter(pl.col("images").list.len() > 0).explode("images").rename({"images": "key"})
    of_flow = named.filter(pl.col("speaker").is_in(anchors) | pl.col("says_importing")).select("key").unique()
    first = (
        named.join(of_flow, on="key", how="anti")
        .drop_nulls("time")
        .group_by("log_id", "key")
        .agg(pl.col("time", "message").sort_by("time").first())
        .filter(pl.col("message").str.contains(_BEGINS))
    )
    table = first.select("log_id", kind=pl.lit("backup"), key="key", time=pl.col("time").dt.truncate("1m"))
    found = table.collect(engine="streaming").sort("key", "log_id")
    return found.gather_every(max(1, found.height // _MOST))
