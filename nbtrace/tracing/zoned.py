"""Times of hosts' clocks → UTC, once the zones of all logs are known: one expression for each zone.

A log is read without knowing its zone, so that what was read of it stays true whatever the zone turns out to be. The
column ``time_quality`` says what a time is before: ``epoch`` (UTC already), ``local`` (what the host's clock showed),
``again`` (the same, after the clock was set back), ``undated`` (a clock without date: days count from 1970), ``none``.
Afterwards it says how sure the time is: ``epoch``, ``zone``, ``assumed``, ``none``.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import polars as pl

from nbtrace.tables import TIME

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

__all__ = ["in_utc", "offset_at", "offset_of", "utc_times"]

_OFFSET: Final = r"([+-])([0-9]{2}):?([0-9]{2})"
_CHANGE: Final = re.compile(rf"({_OFFSET}), ({_OFFSET}) from ([0-9T:-]{{16}})Z")
_ONCE: Final = pl.lit(value=False)
_CLOCKS: Final = ("local", "again", "undated")


def utc_times(
    frame: pl.LazyFrame, logs: pl.DataFrame, times: Sequence[str] = ("time",), repeats: pl.DataFrame | None = None
) -> pl.LazyFrame:
    """Return the frame with these columns in UTC, and with ``time_quality`` as it is afterwards.

    The times of clocks whose log has no zone are null.

    Args:
        frame: has ``log_id`` and ``time_quality``.
        logs: the table ``logs``: log_id, date, zone and zone_source are used. Where a log has no date and its records
            have none either, its times are null.
        times: the columns, of type ``TIME``.
        repeats: ``log_id`` and ``repeats``: up to which time the clock shows what it showed before that file began.
    """
    known = logs.select("log_id", "zone", "zone_source", days=pl.col("date") - pl.lit(date(1970, 1, 1)))
    if repeats is None:
        known = known.with_columns(repeats=pl.lit(None, TIME))
    else:
        known = known.join(repeats, on="log_id", how="left", maintain_order="left")
    frame = frame.join(known.lazy(), on="log_id", how="left", maintain_order="left")
    quality, is_clock = pl.col("time_quality"), pl.col("time_quality").is_in(_CLOCKS)
    dated = (
        pl.when(quality == "undated").then(pl.col(name) + pl.col("days")).otherwise(pl.col(name)).alias(name)
        for name in times
    )
    frame = frame.with_columns(dated)
    for name in times:
        behind = (quality == "local") & (pl.col(name) <= pl.col("repeats"))
        again = ((quality == "again") | behind).fill_null(value=False)
        found: pl.Expr = pl.when(~(is_clock & pl.col("zone").is_null())).then(name)
        for zone in known["zone"].drop_nulls().unique().sort():
            if zone != "UTC":
                found = pl.when(is_clock & (pl.col("zone") == zone)).then(in_utc(name, zone, again)).otherwise(found)
        frame = frame.with_columns(found.cast(TIME).alias(name))
    sure = pl.when(pl.col("zone_source") == "assumed").then(pl.lit("assumed")).otherwise(pl.lit("zone"))
    lost = is_clock & pl.all_horizontal(pl.col(name).is_null() for name in times)
    after = pl.when(lost).then(pl.lit("none")).when(is_clock).then(sure).otherwise(quality)
    return frame.with_columns(time_quality=after).drop("zone", "zone_source", "days", "repeats")


def in_utc(name: str, zone: str, again: pl.Expr = _ONCE) -> pl.Expr:
    """Return the UTC time of a column of local times.

    ``zone`` is an IANA name, an offset ``±HH:MM``, or two of them and when they change: ``+02:00, +01:00 from
    2026-10-25T01:00Z``, UTC included. Of an hour that the clock shows twice, the second one is meant where ``again``
    is true. Times that a change to summer time skips do not exist and are null.
    """
    local = pl.col(name)
    if re.fullmatch(_OFFSET, zone):
        return local - pl.duration(minutes=offset_of(zone))
    if change := _CHANGE.fullmatch(zone):
        turn = pl.lit(change[9] + ":00.000Z").str.to_datetime("%Y-%m-%dT%H:%M:%S%.3fZ", time_unit="ms", time_zone="UTC")
        before, after = (local - pl.duration(minutes=offset_of(change[number])) for number in (1, 5))
        later = (after >= turn) & (again | (before >= turn))
        return pl.when(later).then(after).when(before < turn).then(before)
    reading = pl.when(again).then(pl.lit("latest")).otherwise(pl.lit("earliest"))
    naive = local.dt.replace_time_zone(None)
    return naive.dt.replace_time_zone(zone, ambiguous=reading, non_existent="null").dt.convert_time_zone("UTC")


def offset_at(zone: str, moment: datetime) -> int:
    """Return the minutes by which a zone, a name or an offset, is ahead of UTC at a moment."""
    if re.fullmatch(_OFFSET, zone):
        return offset_of(zone)
    return int((moment.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()).total_seconds()) // 60


def offset_of(text: str) -> int:
    """Return the minutes of an offset ``±HH:MM``."""
    found = re.fullmatch(_OFFSET, text)
    if found is None:
        raise ValueError(text)
    return int(f"{found[1]}1") * (int(found[2]) * 60 + int(found[3]))
