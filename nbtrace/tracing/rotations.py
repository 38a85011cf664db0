"""Which file of a log goes on from which other one, and which rotations are missing between them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import polars as pl

from nbtrace.tables import TIME

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

__all__ = ["followed", "missing", "repeating"]

_TURN: Final = timedelta(minutes=30)  # a clock that is set back by more shows times again

# What is left of a path when the rotation is taken out of the name of its file: files of one day of one writer.
_SERIES: Final = ["host", "log", "format", "series"]
_ROTATION: Final = r"[0-9]+(\.[A-Za-z0-9]+)*$"


def followed(logs: pl.DataFrame) -> pl.DataFrame:
    """Return the rotated files: ``log_id``, ``follows`` (the ``log_id`` of the file before) and ``lost`` (some are missing).

    Rotations are counted by day and writer, one more at each rollover (log-formats.md §1.1 and §3, H): a number that is
    one higher goes on from the one before. What comes before the first number of a day is not known.
    """
    files = _rotated(logs)
    follows = pl.when(pl.col("rotation") == pl.col("before") + 1).then("before_id")
    return files.select("log_id", follows=follows, lost=pl.col("rotation") > pl.col("before") + 1)


def repeating(stats: pl.DataFrame, logs: pl.DataFrame) -> pl.DataFrame:
    """Return the files that go on in an hour which the clock shows twice: ``log_id`` and ``repeats``, until when.

    Inside one file the jump back is seen; a file that begins behind it shows nothing of it but its place.

    Args:
        stats: log_id, time_quality, first_time and last_time, as the clocks show them.
        logs: the table ``logs``.
    """
    time = pl.col("time_quality")
    spans = stats.group_by("log_id").agg(
        first=pl.col("first_time").filter(time == "local").min(),
        last=pl.col("last_time").filter(time == "local").max(),
        turned=(time == "again").any(),
    )
    files = {row["log_id"]: row for row in spans.drop_nulls().iter_rows(named=True)}
    repeats: dict[int, datetime] = {}
    for log_id, follows in followed(logs).select("log_id", "follows").drop_nulls().iter_rows():
        if (own := files.get(log_id)) and (before := files.get(follows)):
            turned = follows in repeats or before["turned"] or own["first"] < before["last"] - _TURN
            until = max(repeats.get(follows, before["last"]), before["last"])
            if turned and own["first"] <= until:
                repeats[log_id] = until
    return pl.DataFrame(list(repeats.items()), {"log_id": pl.UInt32, "repeats": TIME}, orient="row")


def missing(logs: pl.DataFrame) -> Iterator[tuple[str, str, str]]:
    """Yield for each file before which rotations are missing its path, its host, and what is missing."""
    gaps = _rotated(logs).filter(pl.col("rotation") > pl.col("before") + 1)
    for path, host, log, before, there in gaps.select("path", "host", "log", "before", "rotation").iter_rows():
        lost = f"rotation {there - 1} is" if there == before + 2 else f"rotations {before + 1} to {there - 1} are"
        yield (
            path,
            host,
            f"Of the log {log} of {host}, {lost} missing before '{path}': what happened then is not known.",
        )


def _rotated(logs: pl.DataFrame) -> pl.DataFrame:
    """Return the files that have a rotation number, with the file ``before`` each in its series: number and id."""
    series = pl.col("path").str.replace(_ROTATION, "")
    files = logs.filter(pl.col("rotation").is_not_null()).with_columns(series=series)
    return files.sort(*_SERIES, "rotation", "log_id").with_columns(
        before=pl.col("rotation").shift().over(_SERIES), before_id=pl.col("log_id").shift().over(_SERIES)
    )
