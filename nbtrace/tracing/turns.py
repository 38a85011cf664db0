"""Changes of a host's offset of which no fact tells, by when its logs begin and end.

A bundle is collected from all hosts at once, and they write all the time. So where the logs of a clock end an hour after
all others, and somewhere in the world zones change just so after the last fact that tells the clock's offset, the
clock was set then.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from nbtrace.tracing.changes import change_between
from nbtrace.zones import offset_of

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["STEPS", "turned", "written"]

STEPS: Final = (30, 60)  # minutes by which summer time differs (IANA time zone database)
_NEAR: Final = timedelta(minutes=5)  # I: so far apart logs of one bundle end that are written to all the time
_AGREED: Final = timedelta(minutes=7)  # half of a quarter of an hour
_CLOCK: Final = ("host", "format")


def turned(zones: pl.DataFrame, facts: pl.DataFrame, heard: pl.DataFrame, logs: pl.DataFrame) -> pl.DataFrame:
    """Return the zones of clocks, those with a change that changed within the bundle.

    Args:
        zones: host, format, zone and facts: as they are known by facts.
        facts: all facts whose times are known, in UTC: kind, key, host, format and time.
        heard: who was heard, as ``windows.heard`` tells it, in the times of the clocks.
        logs: the table ``logs``.
    """
    spans = heard.join(logs.select("log_id", "format"), on="log_id", how="left")
    sure = spans.filter(pl.col("time_quality") == "epoch")
    if sure.is_empty() or zones.is_empty():
        return zones
    begin, end = sure.select(pl.col("first").min(), pl.col("last").max()).row(0)
    local = spans.filter(pl.col("time_quality").is_in(["local", "again"]))
    clocks = local.group_by(_CLOCK).agg(
        pl.col("first").min(), pl.col("last").max(), again=(pl.col("time_quality") == "again").any()
    )
    others = facts.select("kind", "key", "host", "format", utc="time").unique()
    pairs = facts.join(others, on=["kind", "key"], suffix="_of_other")
    same = (pl.col("host") == pl.col("host_of_other")) & (pl.col("format") == pl.col("format_of_other"))
    agreed = pairs.filter(~same.fill_null(value=False) & ((pl.col("time") - pl.col("utc")).abs() <= _AGREED))
    told = agreed.group_by(_CLOCK).agg(early=pl.col("time").min(), late=pl.col("time").max())
    rows = []
    known = zones.join(clocks, on=_CLOCK, how="left").join(told, on=_CLOCK, how="left")
    for row in known.iter_rows(named=True):
        zone = row["zone"]
        if "," not in zone and row["last"] is not None and row["late"] is not None:
            offset = 0 if zone == "UTC" else offset_of(zone)
            zone = _after(row, offset, end) or _before(row, offset, begin) or zone
        rows.append((row["host"], row["format"], zone, row["facts"]))
    return pl.DataFrame(rows, schema=zones.schema, orient="row")


def _after(row: dict[str, Any], offset: int, end: datetime) -> str | None:
    """Return the zone of a clock that changed after its last fact, by the end of its logs."""
    beyond = row["last"] - timedelta(minutes=offset) - end
    for step in (sign * step for step in STEPS for sign in (1, -1)):
        if abs(beyond - timedelta(minutes=step)) <= _NEAR and (step > 0 or row["again"]):
            turn = change_between(row["late"], end, offset, offset + step)
            if turn is not None:
                return f"{written(offset)}, {written(offset + step)} from {turn:%Y-%m-%dT%H:%M}Z"
    return None


def _before(row: dict[str, Any], offset: int, begin: datetime) -> str | None:
    """Return the zone of a clock that changed before its first fact, by the beginning of its logs."""
    early = begin - (row["first"] - timedelta(minutes=offset))
    for step in (sign * step for step in STEPS for sign in (1, -1)):
        if abs(early - timedelta(minutes=step)) <= _NEAR and (step > 0 or row["again"]):
            turn = change_between(begin, row["early"], offset - step, offset)
            if turn is not None:
                return f"{written(offset - step)}, {written(offset)} from {turn:%Y-%m-%dT%H:%M}Z"
    return None


def written(minutes: int) -> str:
    """Write an offset: ``+05:30``."""
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"
