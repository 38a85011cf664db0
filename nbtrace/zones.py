"""Local times → UTC, in zones as the tables name them: IANA names, offsets, and offsets that change."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import polars as pl

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["in_utc", "offset_at", "offset_of"]

_OFFSET: Final = r"([+-])([0-9]{2}):?([0-9]{2})"
_CHANGE: Final = re.compile(rf"({_OFFSET}), ({_OFFSET}) from ([0-9T:-]{{16}})Z")
_ONCE: Final = pl.lit(value=False)


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
