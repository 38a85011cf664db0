"""What each log of each host covers."""

from __future__ import annotations

from typing import Final

import polars as pl

from nbtrace.tables import COVERAGE
from nbtrace.tracing.windows import Windows

__all__ = ["coverage"]

_SAMPLES: Final = 3


def coverage(logs: pl.DataFrame, stats: pl.DataFrame, speakers: pl.DataFrame, windows: Windows) -> pl.DataFrame:
    """Return the table ``coverage``: one row a log of a host, over all its files.

    Args:
        logs: the table ``logs``.
        stats: one row a log: log_id, entries, unparsed, first_time, last_time, highest_level, samples.
        speakers: which speakers were heard in which log: log_id, speaker (null for strangers to the flow).
        windows: when each speaker's log was listening.
    """
    heard = speakers.filter(pl.col("speaker").is_not_null()).group_by("log_id").agg(pl.col("speaker").unique().sort())
    table = (
        logs.join(stats, on="log_id", how="inner")
        .join(heard, on="log_id", how="left")
        .group_by("host", "role", "log", "originator", "format")
        .agg(
            files=pl.len(), first_time=pl.col("first_time").min(), last_time=pl.col("last_time").max(),
            entries=pl.col("entries").sum(), unparsed=pl.col("unparsed").sum(), highest_level=pl.col("highest_level").max(),
            zone=pl.col("zone").first(), zone_source=pl.col("zone_source").first(),
            samples=pl.col("samples").list.explode().drop_nulls().head(_SAMPLES), speaker=pl.col("speaker").list.explode().drop_nulls().first(),
        )
        .sort("host", "log", "format")
    )
    spans = [
        [{"from": start, "to": end} for start, end in windows.spans.get((host, speaker), ())] for host, speaker in table.select("host", "speaker").iter_rows()
    ]
    return COVERAGE.check(COVERAGE.shape(table.with_columns(windows=pl.Series(spans, dtype=COVERAGE.schema["windows"]))))
